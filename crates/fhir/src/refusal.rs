//! Why a FHIR server is not asked at all: because of how the call names it, or because of where its name leads.

use serde::{Deserialize, Serialize};

/// Why a call's server is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Refusal {
    /// The call names none.
    NoServer,
    /// It is no base URL.
    NoBaseUrl,
    /// It is not among those that may be asked.
    NotListed,
    /// The access is bound to another patient.
    OtherPatient,
}

/// Why an address is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Forbidden {
    /// Where clouds keep the credentials of their machines.
    Metadata,
    /// Of one link only.
    LinkLocal,
    /// No address of a machine: unspecified, multicast, broadcast.
    NoMachine,
    /// This machine, under another name than `localhost`.
    Loopback,
    /// Another machine, under the name `localhost`.
    NotLoopback,
    /// A private network, and the setting does not allow it.
    Private,
}

impl Forbidden {
    /// A short code for the log.
    pub fn code(self) -> &'static str {
        match self {
            Forbidden::Metadata => "address-metadata",
            Forbidden::LinkLocal => "address-link-local",
            Forbidden::NoMachine => "address-of-no-machine",
            Forbidden::Loopback => "address-loopback",
            Forbidden::NotLoopback => "localhost-elsewhere",
            Forbidden::Private => "address-private",
        }
    }
}

impl std::fmt::Display for Forbidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Forbidden {}

impl Refusal {
    /// What an integrator reads.
    pub fn sentence(self) -> &'static str {
        match self {
            Refusal::NoServer => "the call names no fhirServer",
            Refusal::NoBaseUrl => "fhirServer is not the http or https URL of a server",
            Refusal::NotListed => "fhirServer is not on the list of servers that may be asked",
            Refusal::OtherPatient => "fhirAuthorization is bound to another patient than context.patientId",
        }
    }

    /// Code, cause and words, as of any failure.
    pub fn told(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Refusal::NoServer => ("no-server", "", "Not sent, and the call names no FHIR server"),
            Refusal::NoBaseUrl => {
                ("server-is-no-base-url", "server may not be asked", "Not sent, and the FHIR server has no usable URL")
            }
            Refusal::NotListed => {
                ("server-not-listed", "server may not be asked", "Not sent, and the FHIR server may not be asked")
            }
            Refusal::OtherPatient => (
                "token-of-another-patient",
                "access is for another patient",
                "Not sent, and the access token is for another patient",
            ),
        }
    }
}
