//! Who writes the FHIR resources that answers carry. The types of fhir-sdk take minutes to compile, so they are handed
//! in from outside, and nothing that decides waits for them.

use super::error::CallError;

/// A service or medicine to be ordered.
#[derive(Debug, Clone, Copy)]
pub struct NewOrder<'a> {
    /// `Patient/id`.
    pub patient: &'a str,
    /// `Encounter/id`.
    pub encounter: Option<&'a str>,
    /// `Practitioner/id` or the like.
    pub requester: Option<&'a str>,
    /// The URI of the code system.
    pub system: &'a str,
    /// The code of what is ordered.
    pub code: &'a str,
    /// Its name.
    pub display: &'a str,
    /// Why, in words.
    pub reason: &'a str,
    /// RFC 3339 moment of the order.
    pub authored_on: Option<&'a str>,
}

/// Writes FHIR resources as JSON.
pub trait Author: Sync {
    /// A draft ServiceRequest; `None` when a member that FHIR demands is missing.
    fn service_request(&self, order: &NewOrder<'_>) -> Option<String>;

    /// A draft MedicationRequest with its dose in words; `None` when a member that FHIR demands is missing.
    fn medication_request(&self, order: &NewOrder<'_>, dose: &str) -> Option<String>;

    /// An OperationOutcome with one error.
    fn operation_outcome(&self, error: &CallError) -> String;
}
