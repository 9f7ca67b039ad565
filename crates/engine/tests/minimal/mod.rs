//! An author of FHIR that writes as little as cards need, so that these tests do not wait for FHIR's whole model.

use cds_hooks::author::{Author, NewOrder};
use cds_hooks::error::CallError;
use serde_json::{Value, json};

/// Writes as little as cards need.
pub struct Minimal;

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
