//! All cases of the library that comes with the program, without the FHIR model that the program writes with: so the
//! members below the engine can be tested by what the whole library says, in seconds.

use cds_hooks::author::{Author, NewOrder};
use cds_hooks::error::CallError;
use engine::check::check;
use knowledge::files::Files;
use serde_json::{Value, json};

/// Writes as little as cards need.
struct Minimal;

impl Minimal {
    fn order(kind: &str, order: &NewOrder<'_>, code_member: &str) -> Value {
        json!({
            "resourceType": kind, "status": "draft", "intent": "order",
            "subject": {"reference": order.patient},
            code_member: {"coding": [{"system": order.system, "code": order.code, "display": order.display}]},
        })
    }
}

impl Author for Minimal {
    fn service_request(&self, order: &NewOrder<'_>) -> Option<String> {
        Some(Minimal::order("ServiceRequest", order, "code").to_string())
    }

    fn medication_request(&self, order: &NewOrder<'_>, dose: &str) -> Option<String> {
        let mut resource = Minimal::order("MedicationRequest", order, "medicationCodeableConcept");
        resource["dosageInstruction"] = json!([{"text": dose}]);
        Some(resource.to_string())
    }

    fn operation_outcome(&self, error: &CallError) -> String {
        json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": error.code}]}).to_string()
    }
}

#[test]
fn every_case_of_the_library_holds() {
    let report = check(&Files::embedded(), &Files::fixtures(), &Minimal);
    assert_eq!(report.mistakes, [], "{} cases", report.cases);
    assert!(report.cases > 60, "only {} cases were run", report.cases);
}
