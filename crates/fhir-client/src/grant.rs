//! What a call lets its service ask of a FHIR server: which server, with which token, about which patient.

use fhir::failure::Access;

/// The access that a call brings with it. It dies with the call.
#[derive(Clone, Copy)]
pub struct Grant<'c> {
    /// The base URL of the server, as the call names it.
    pub server: Option<&'c str>,
    /// The bearer token, or why there is none that may be sent.
    pub token: Result<&'c str, Access>,
    /// The patient that the token is bound to, if it says so.
    pub bound_patient: Option<&'c str>,
    /// Id of the patient whom the call is about.
    pub patient_id: &'c str,
    /// Id of the encounter.
    pub encounter_id: Option<&'c str>,
    /// Who orders, such as `Practitioner/1`.
    pub user_id: Option<&'c str>,
}

/// Shows nothing of the token.
impl std::fmt::Debug for Grant<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Grant")
    }
}
