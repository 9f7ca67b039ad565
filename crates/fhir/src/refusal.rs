//! Why a FHIR server is not asked at all: because of the URL in the call, or because of the address of its name.

use serde::{Deserialize, Serialize};

/// Why a call's server is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Refusal {
    /// The call names none.
    NoServer,
    /// The URL is not a base URL.
    NoBaseUrl,
    /// The server is not in the list of servers that may be asked.
    NotListed,
    /// The access token is bound to another patient.
    OtherPatient,
}

/// Why an address is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Forbidden {
    /// The metadata service of a cloud, which gives out credentials.
    Metadata,
    /// A link-local address.
    LinkLocal,
    /// Not the address of one machine: unspecified, multicast or broadcast.
    NoMachine,
    /// A loopback address under another name than `localhost`.
    Loopback,
    /// An address of another machine under the name `localhost`.
    NotLoopback,
    /// An address of a private network, which the setting does not allow.
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
    /// Words for an integrator.
    pub fn sentence(self) -> &'static str {
        match self {
            Refusal::NoServer => "the call names no fhirServer",
            Refusal::NoBaseUrl => "fhirServer is not the http or https URL of a server",
            Refusal::NotListed => "fhirServer is not on the list of servers that may be asked",
            Refusal::OtherPatient => "fhirAuthorization is bound to another patient than context.patientId",
        }
    }

    /// Its code, its cause and its words, as for any failure.
    pub fn parts(self) -> (&'static str, &'static str, &'static str) {
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
