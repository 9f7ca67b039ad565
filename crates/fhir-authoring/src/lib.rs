//! The FHIR that we write, as plain functions over fhir-sdk's types.
//!
//! fhir-sdk's serde code is generic and is compiled wherever it is called, all resource types at once. So it is
//! called here and nowhere else, by functions without type parameters, and this crate is built without optimisation.

use fhir_sdk::DateTime;
use fhir_sdk::r4b::codes::{IssueSeverity, IssueType, RequestIntent, RequestStatus};
use fhir_sdk::r4b::resources::{
    MedicationRequest, MedicationRequestMedication, OperationOutcome, OperationOutcomeIssue, ServiceRequest,
    ServiceRequestOccurrence,
};
use fhir_sdk::r4b::types::{CodeableConcept, Coding, Dosage, Period, Reference};

/// One thing that went wrong.
#[derive(Debug, Clone, Copy)]
pub struct Issue<'a> {
    /// A code of FHIR's issue types; one that FHIR does not know becomes `processing`.
    pub code: &'a str,
    /// What is wrong, for a person.
    pub text: &'a str,
    /// The path of the member to blame.
    pub expression: Option<&'a str>,
}

/// A code with its system and name.
#[derive(Debug, Clone, Copy)]
pub struct Code<'a> {
    /// The URI of the code system.
    pub system: &'a str,
    /// The code.
    pub code: &'a str,
    /// Its name.
    pub display: &'a str,
}

/// A service or medicine to be ordered.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// `Patient/id`.
    pub patient: &'a str,
    /// `Encounter/id`.
    pub encounter: Option<&'a str>,
    /// `Practitioner/id` or the like.
    pub requester: Option<&'a str>,
    /// What is ordered.
    pub code: Code<'a>,
    /// The first and the last day on which a service is due; `None` means now.
    pub due: Option<(&'a str, &'a str)>,
    /// RFC 3339 moment of the order.
    pub authored_on: Option<&'a str>,
}

/// An OperationOutcome with one error, as JSON.
pub fn operation_outcome(issue: &Issue<'_>) -> String {
    let parse = |code: &str| serde_json::from_value::<IssueType>(serde_json::Value::from(code)).ok();
    let details = CodeableConcept::builder().text(issue.text.to_owned()).build();
    let entry = OperationOutcomeIssue::builder()
        .severity(IssueSeverity::Error)
        .code(parse(issue.code).unwrap_or(IssueType::Processing))
        .diagnostics(issue.text.to_owned())
        .expression(issue.expression.map(|path| Some(path.to_owned())).into_iter().collect());
    let outcome = details
        .and_then(|details| entry.details(details).build())
        .and_then(|entry| OperationOutcome::builder().issue(vec![Some(entry)]).build());
    match outcome.map(|outcome| serde_json::to_string(&outcome)) {
        Ok(Ok(json)) => json,
        // Neither can fail with the members given above; an error answer must not be lost even so.
        _ => r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}"#.to_owned(),
    }
}

/// A draft MedicationRequest with its dose in words, as JSON; `None` when a member that FHIR demands is missing or a
/// date is not one. How much and how often is for the clinician to enter: a click must not invent it.
pub fn medication_request(order: &Service<'_>, dose: &str) -> Option<String> {
    let reference = |target: &str| Reference::builder().reference(target.to_owned()).build().ok();
    let medication = MedicationRequestMedication::CodeableConcept(concept(&order.code)?);
    let dosage = Dosage::builder().text(dose.to_owned()).build().ok()?;
    let mut builder = MedicationRequest::builder()
        .status("draft".to_owned())
        .intent("order".to_owned())
        .medication(medication)
        .subject(reference(order.patient)?)
        .dosage_instruction(vec![Some(dosage)]);
    if let Some(encounter) = order.encounter {
        builder = builder.encounter(reference(encounter)?);
    }
    if let Some(requester) = order.requester {
        builder = builder.requester(reference(requester)?);
    }
    if let Some(moment) = order.authored_on {
        builder = builder.authored_on(serde_json::from_value(serde_json::Value::from(moment)).ok()?);
    }
    serde_json::to_string(&builder.build().ok()?).ok()
}

/// A CodeableConcept of one code.
fn concept(code: &Code<'_>) -> Option<CodeableConcept> {
    let coding = Coding::builder()
        .system(code.system.to_owned())
        .code(code.code.to_owned())
        .display(code.display.to_owned())
        .build()
        .ok()?;
    CodeableConcept::builder().coding(vec![Some(coding)]).text(code.display.to_owned()).build().ok()
}

/// A draft ServiceRequest, as JSON; `None` when a member that FHIR demands is missing or a date is not one.
pub fn service_request(service: &Service<'_>) -> Option<String> {
    let reference = |target: &str| Reference::builder().reference(target.to_owned()).build().ok();
    let code = concept(&service.code)?;
    let mut builder = ServiceRequest::builder()
        .status(RequestStatus::Draft)
        .intent(RequestIntent::Order)
        .code(code)
        .subject(reference(service.patient)?);
    if let Some((from, to)) = service.due {
        let day = |text: &str| serde_json::from_value::<DateTime>(serde_json::Value::from(text)).ok();
        let period = Period::builder().start(day(from)?).end(day(to)?).build().ok()?;
        builder = builder.occurrence(ServiceRequestOccurrence::Period(period));
    }
    if let Some(encounter) = service.encounter {
        builder = builder.encounter(reference(encounter)?);
    }
    if let Some(requester) = service.requester {
        builder = builder.requester(reference(requester)?);
    }
    if let Some(moment) = service.authored_on {
        let moment = serde_json::from_value(serde_json::Value::from(moment)).ok()?;
        builder = builder.authored_on(moment);
    }
    serde_json::to_string(&builder.build().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::{Code, Issue, Service, operation_outcome, service_request};

    #[test]
    fn an_outcome_says_what_and_where() {
        let json = operation_outcome(&Issue { code: "invalid", text: "hook: missing", expression: Some("hook") });
        assert_eq!(
            json,
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","details":{"text":"hook: missing"},"diagnostics":"hook: missing","expression":["hook"]}]}"#
        );
    }

    #[test]
    fn a_service_request_is_whole() {
        let service = Service {
            patient: "Patient/1",
            encounter: None,
            requester: Some("Practitioner/2"),
            code: Code { system: "http://loinc.org", code: "57021-8", display: "CBC" },
            due: Some(("2026-12-20", "2027-01-17")),
            authored_on: Some("2026-11-22T09:00:00+00:00"),
        };
        let json = service_request(&service).expect("a resource");
        assert!(json.contains(r#""status":"draft","intent":"order""#), "{json}");
        assert!(json.contains(r#""authoredOn":"2026-11-22T09:00:00Z""#), "{json}");
        assert!(json.contains(r#""occurrencePeriod":{"start":"2026-12-20","end":"2027-01-17"}"#), "{json}");
        assert!(service_request(&Service { authored_on: Some("soon"), ..service }).is_none());
        assert!(service_request(&Service { due: Some(("soon", "later")), ..service }).is_none());
    }
}
