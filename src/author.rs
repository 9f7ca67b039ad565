//! Where the types of fhir-sdk meet the rest of the program: here and nowhere else.

use cds_hooks::author::{Author, NewOrder};
use cds_hooks::error::CallError;
use fhir_authoring::{Code, Issue, Service, medication_request, operation_outcome, service_request};

/// Writes FHIR with the types of fhir-sdk.
#[derive(Debug, Clone, Copy)]
pub struct Sdk;

impl Author for Sdk {
    fn service_request(&self, order: &NewOrder<'_>) -> Option<String> {
        service_request(&service(order))
    }

    fn medication_request(&self, order: &NewOrder<'_>, dose: &str) -> Option<String> {
        medication_request(&service(order), dose)
    }

    fn operation_outcome(&self, error: &CallError) -> String {
        operation_outcome(&Issue { code: error.code, text: &error.message, expression: error.expression.as_deref() })
    }
}

fn service<'a>(order: &NewOrder<'a>) -> Service<'a> {
    let NewOrder { patient, encounter, requester, system, code, display, reason, authored_on } = *order;
    Service { patient, encounter, requester, code: Code { system, code, display }, reason, authored_on }
}
