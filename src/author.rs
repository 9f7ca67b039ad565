//! Where the types of fhir-sdk meet the rest of the program: here and nowhere else.
//!
//! What the library offers to order is the same from call to call but for the patient, the user and the moment. So
//! fhir-sdk writes each order once, with stand-ins for those, and a call replaces them.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

use cds_hooks::author::{Author, NewOrder};
use cds_hooks::error::CallError;
use document::{Document, Node};
use fhir_authoring::{Code, Issue, Service, medication_request, operation_outcome, service_request};

/// Writes FHIR with the types of fhir-sdk.
#[derive(Debug, Clone, Copy)]
pub struct Sdk;

impl Author for Sdk {
    fn service_request(&self, order: &NewOrder<'_>) -> Option<String> {
        filled(order, None, service_request)
    }

    fn medication_request(&self, order: &NewOrder<'_>, dose: &str) -> Option<String> {
        filled(order, Some(dose), |service| medication_request(service, dose))
    }

    fn operation_outcome(&self, error: &CallError) -> String {
        operation_outcome(&Issue { code: error.code, text: &error.message, expression: error.expression.as_deref() })
    }
}

/// An order that was written with stand-ins, and all that the library says of it.
#[derive(Debug)]
struct Form {
    /// System, code, display, dose, and whether it is due later.
    key: [String; 5],
    /// The members of the resource: a text that stays, or the place of a value of the call.
    members: Vec<Member>,
}

#[derive(Debug)]
enum Member {
    /// Name and value as they are written.
    Fixed(String),
    Subject,
    Encounter,
    AuthoredOn,
    Requester,
    Due,
}

/// The forms so far. The library bounds how many there are.
static FORMS: RwLock<Vec<Form>> = RwLock::new(Vec::new());

/// The order with the values of the call in the places of the stand-ins.
fn filled(
    order: &NewOrder<'_>,
    dose: Option<&str>,
    write: impl FnOnce(&Service<'_>) -> Option<String>,
) -> Option<String> {
    let NewOrder { system, code, display, due, .. } = *order;
    let key = [system, code, display, dose.unwrap_or_default(), if due.is_some() { "later" } else { "" }];
    if let Some(form) = FORMS.read().unwrap_or_else(PoisonError::into_inner).iter().find(|form| form.key == key) {
        return Some(form.fill(order));
    }
    let stand_in = Service {
        patient: "Patient/stand-in",
        encounter: Some("Encounter/stand-in"),
        requester: Some("Practitioner/stand-in"),
        code: Code { system, code, display },
        due: due.map(|_| ("2000-01-01", "2000-01-02")),
        authored_on: Some("2000-01-01T00:00:00Z"),
    };
    let form = Form::read(key.map(str::to_owned), write(&stand_in)?)?;
    let filled = form.fill(order);
    FORMS.write().unwrap_or_else(PoisonError::into_inner).push(form);
    Some(filled)
}

impl Form {
    fn read(key: [String; 5], written: String) -> Option<Form> {
        let document = Document::parse(written).ok()?;
        let member = |(name, node): (Cow<'_, str>, Node<'_>)| match &*name {
            "subject" => Member::Subject,
            "encounter" => Member::Encounter,
            "authoredOn" => Member::AuthoredOn,
            "requester" => Member::Requester,
            "occurrencePeriod" => Member::Due,
            _ => Member::Fixed(format!("{}:{}", quoted(&name), node.text())),
        };
        Some(Form { key, members: document.root().object()?.members().map(member).collect() })
    }

    fn fill(&self, order: &NewOrder<'_>) -> String {
        let reference = |name: &str, target: &str| format!(r#""{name}":{{"reference":{}}}"#, quoted(target));
        let mut text = String::with_capacity(1024);
        for member in &self.members {
            let written = match member {
                Member::Fixed(text) => Some(Cow::Borrowed(text.as_str())),
                Member::Subject => Some(reference("subject", order.patient).into()),
                Member::Encounter => order.encounter.map(|target| reference("encounter", target).into()),
                Member::Requester => order.requester.map(|target| reference("requester", target).into()),
                Member::Due => order.due.map(|(from, to)| {
                    format!(r#""occurrencePeriod":{{"start":{},"end":{}}}"#, quoted(from), quoted(to)).into()
                }),
                Member::AuthoredOn => {
                    order.authored_on.map(|moment| format!(r#""authoredOn":{}"#, quoted(&in_utc(moment))).into())
                }
            };
            if let Some(written) = written {
                text.push(if text.is_empty() { '{' } else { ',' });
                text.push_str(&written);
            }
        }
        // The reasons are those of another order, to the letter: no type of ours could lose anything of them.
        for (name, reason) in order.reasons {
            text.push(',');
            text.push_str(&format!("{}:{reason}", quoted(name)));
        }
        text.push('}');
        text
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A moment as fhir-sdk writes it: `Z` for an offset of nothing.
fn in_utc(moment: &str) -> String {
    moment.strip_suffix("+00:00").map_or_else(|| moment.to_owned(), |bare| format!("{bare}Z"))
}

#[cfg(test)]
mod tests {
    use super::{Author, Code, NewOrder, Sdk, Service, medication_request, service_request};

    /// What a call fills in reads as if fhir-sdk had written the whole.
    #[test]
    fn a_filled_form_is_what_fhir_sdk_writes() {
        for (encounter, requester, moment) in [
            (Some("Encounter/1"), Some("Practitioner/ä\"1"), "2026-11-22T09:00:00+00:00"),
            (None, Some("Practitioner/1"), "2026-11-22T09:00:00+01:00"),
            (Some("Encounter/1"), None, "2026-07-22T23:59:59-11:30"),
            (None, None, "2026-11-22T09:00:00+00:00"),
        ] {
            let code = Code { system: "http://loinc.org", code: "26499-4", display: "Neutrophils" };
            let patient = "Patient/a b";
            let due = encounter.map(|_| ("2026-12-20", "2027-01-17"));
            let service = Service { patient, encounter, requester, code, due, authored_on: Some(moment) };
            let order = NewOrder {
                patient,
                encounter,
                requester,
                system: code.system,
                code: code.code,
                display: code.display,
                reasons: &[],
                due,
                authored_on: Some(moment),
            };
            // The first is filled from a form that is just made, the second from one that is kept.
            for _ in 0..2 {
                assert_eq!(Sdk.service_request(&order), service_request(&service));
                assert_eq!(Sdk.medication_request(&order, "1 g"), medication_request(&service, "1 g"));
            }
            let reason = r#"[{"coding":[{"code":"M34.81"}],"x":1.50}]"#;
            let reasons = [("reasonCode", reason.to_owned())];
            let with_reason = Sdk.service_request(&NewOrder { reasons: &reasons, ..order }).expect("an order");
            let without = Sdk.service_request(&order).expect("an order");
            let members = without.strip_suffix('}').expect("an object");
            assert_eq!(with_reason, format!("{members},\"reasonCode\":{reason}}}"), "reasons stay to the letter");
        }
    }
}
