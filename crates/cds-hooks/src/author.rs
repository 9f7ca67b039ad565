//! The trait that writes the FHIR resources of answers. Its implementation is passed in from outside, so that the crates
//! that decide need not wait for the types of fhir-sdk, which take minutes to compile.

use super::error::CallError;

/// An order for a service or a medicine that a suggestion offers.
#[derive(Debug, Clone, Copy)]
pub struct NewOrder<'a> {
    /// Reference to the patient, `Patient/id`.
    pub patient: &'a str,
    /// Reference to the encounter, `Encounter/id`.
    pub encounter: Option<&'a str>,
    /// Reference to the user who orders, such as `Practitioner/id`.
    pub requester: Option<&'a str>,
    /// URI of the code system.
    pub system: &'a str,
    /// Code of the service or medicine.
    pub code: &'a str,
    /// Name of the service or medicine.
    pub display: &'a str,
    /// The reasons of the order that it goes with: members of a resource, each with its JSON.
    pub reasons: &'a [(&'static str, String)],
    /// The first and the last day on which a service is due; `None` means now.
    pub due: Option<(&'a str, &'a str)>,
    /// Moment of the order, as in RFC 3339.
    pub authored_on: Option<&'a str>,
}

/// Writes FHIR resources as JSON.
pub trait Author: Sync {
    /// A draft ServiceRequest; `None` when a member that FHIR requires is missing.
    fn service_request(&self, order: &NewOrder<'_>) -> Option<String>;

    /// A draft MedicationRequest with its dose in words; `None` when a member that FHIR requires is missing.
    fn medication_request(&self, order: &NewOrder<'_>, dose: &str) -> Option<String>;

    /// An OperationOutcome with one error.
    fn operation_outcome(&self, error: &CallError) -> String;
}
