//! The access that a call grants: to which server, with which token, about which patient.

use fhir::failure::Access;

/// The access that a call grants. It is never kept longer than the call.
#[derive(Clone, Copy)]
pub struct Grant<'c> {
    /// `fhirServer` of the call.
    pub server: Option<&'c str>,
    /// The bearer token, or why none may be sent.
    pub token: Result<&'c str, Access>,
    /// Id of the patient to whom the token is bound, if it says so.
    pub bound_patient: Option<&'c str>,
    /// Id of the patient of the call, without `Patient/`.
    pub patient_id: &'c str,
    /// Id of the encounter of the call, without `Encounter/`.
    pub encounter_id: Option<&'c str>,
    /// Reference to the user of the call, such as `Practitioner/1`.
    pub user_id: Option<&'c str>,
}

/// Shows no field, since the token is secret.
impl std::fmt::Debug for Grant<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Grant")
    }
}
