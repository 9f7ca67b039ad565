//! Why a part of the record could not be retrieved from a FHIR server: one variant for each way of failing.

use serde::{Deserialize, Serialize};

use super::refusal::{Forbidden, Refusal};
use domain::truth::Reason;

/// Why there is no answer to a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Failure {
    /// No server may be asked.
    NotAllowed(Refusal),
    /// The name of the server resolves to an address that must not be asked.
    Address(Forbidden),
    /// The client tried itself, and sent an OperationOutcome or something unreadable instead.
    ByClient,
    /// The call lacks a value that the query needs.
    NoValue,
    /// HTTP status 401.
    Unauthorized(Access),
    /// HTTP status 403.
    Forbidden,
    /// HTTP status 404. For a search it means that the server does not support the type or the search.
    NotFound,
    /// HTTP status 410.
    Gone,
    /// HTTP status 429, and there was no time to wait and try again.
    Throttled,
    /// An HTTP status from 500 to 599.
    Server(u16),
    /// A redirect, which is never followed.
    Redirect,
    /// Any other HTTP status than 200.
    Status(u16),
    /// The deadline passed before the answer came.
    TimedOut,
    /// The name of the server does not resolve.
    UnknownName,
    /// No connection.
    Unreachable,
    /// The certificate of the server is not trusted, or no version of TLS is common.
    Tls(Distrust),
    /// The decompressed body is larger than the limit.
    TooLarge,
    /// All the memory for answers was in use by other calls.
    NoRoom,
    /// The body ended early, or could not be decompressed.
    CutOff,
    /// No body.
    Empty,
    /// A web page, such as one that asks to log in.
    Html,
    /// XML.
    Xml,
    /// A body that is not JSON, or not UTF-8 text.
    NotJson,
    /// JSON that is not a FHIR resource.
    NotFhir,
    /// An OperationOutcome instead of the resource.
    Outcome,
    /// A resource, or a Bundle of resources, that was not asked for.
    OtherResource,
    /// An object with two members of one name: nobody can tell which of them is meant.
    Repeated,
    /// An empty result from a server that refuses to show the patient, so that it proves nothing.
    PatientHidden,
}

/// What is wrong with the TLS of a server, as an operator has to repair it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Distrust {
    /// Its certificate has expired.
    Expired,
    /// Its certificate is for another name.
    OtherName,
    /// Its certificate was issued by an unknown authority.
    UnknownIssuer,
    /// Something else about its certificate.
    Certificate,
    /// No common TLS.
    Protocol,
}

impl Distrust {
    /// A short code for the log.
    fn code(self) -> &'static str {
        match self {
            Distrust::Expired => "tls-certificate-expired",
            Distrust::OtherName => "tls-certificate-for-another-name",
            Distrust::UnknownIssuer => "tls-certificate-of-unknown-issuer",
            Distrust::Certificate => "tls-certificate",
            Distrust::Protocol => "tls",
        }
    }
}

/// Which access token a server was asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Access {
    /// The token of the call.
    Token,
    /// The call brought none.
    NoToken,
    /// The call's token is no bearer token, so it was not sent.
    OtherType,
    /// The call's token had expired, so it was not sent.
    Expired,
    /// The call's token has characters that no header can carry, so it was not sent.
    Unsendable,
}

impl Failure {
    /// A short code for the log.
    pub fn code(self) -> String {
        match self {
            Failure::Server(status) | Failure::Status(status) => format!("status-{status}"),
            other => other.parts().0.to_owned(),
        }
    }

    /// The kind of failure, of which there are few: for figures, which must not grow with what servers answer.
    pub fn kind(self) -> &'static str {
        self.parts().0
    }

    /// A few words for a clinician, shown with a finding that is unknown because of it; `None` where nothing more is
    /// known than that no answer came.
    pub fn cause(self) -> Option<&'static str> {
        Some(self.parts().1).filter(|cause| !cause.is_empty())
    }

    /// Words for a clinician, followed by the names of what is missing.
    pub fn words(self) -> String {
        match self {
            Failure::Server(status) | Failure::Status(status) => format!("{} ({status})", self.parts().2),
            other => other.parts().2.to_owned(),
        }
    }

    /// Why findings that rest on this part are unknown: an answer that came whole but is not JSON, or says one
    /// thing twice, could not be understood; everything else could not be retrieved.
    pub fn reason(self) -> Reason {
        match self {
            Failure::NotJson | Failure::Repeated => Reason::Unreadable,
            _ => Reason::NotRetrieved,
        }
    }

    /// Its code, its cause and its words.
    fn parts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Failure::NotAllowed(refusal) => refusal.parts(),
            Failure::Address(forbidden) => {
                (forbidden.code(), "server may not be asked", "The address of the FHIR server may not be asked")
            }
            Failure::ByClient => ("failed-at-client", "", "The calling system could not retrieve it"),
            Failure::NoValue => ("no-value", "not asked for", "The call brought too little to ask for it"),
            Failure::Unauthorized(access) => access.parts(),
            Failure::Forbidden => ("status-403", "access refused, 403", "The FHIR server refused access (403)"),
            Failure::NotFound => ("status-404", "not found, 404", "The FHIR server does not have it (404)"),
            Failure::Gone => ("status-410", "gone, 410", "The FHIR server no longer has it (410)"),
            Failure::Throttled => ("status-429", "server too busy, 429", "The FHIR server was too busy (429)"),
            Failure::Server(_) => ("status-5xx", "server failed", "The FHIR server failed"),
            Failure::Redirect => {
                ("redirect", "server pointed elsewhere", "The FHIR server pointed elsewhere, which is not followed")
            }
            Failure::Status(_) => ("status", "no usable answer", "The FHIR server gave no usable answer"),
            Failure::TimedOut => ("timed-out", "no answer in time", "The FHIR server did not answer in time"),
            Failure::UnknownName => {
                ("name-not-resolved", "server not reached", "The name of the FHIR server leads nowhere")
            }
            Failure::Unreachable => ("unreachable", "server not reached", "The FHIR server could not be reached"),
            Failure::Tls(distrust) => {
                (distrust.code(), "server not trusted", "The FHIR server could not be trusted (TLS)")
            }
            Failure::TooLarge => ("too-large", "answer too large", "The FHIR server's answer was too large"),
            Failure::NoRoom => {
                ("no-room", "this service was too busy", "This service was too busy to hold the FHIR server's answer")
            }
            Failure::CutOff => ("cut-off", "answer broke off", "The FHIR server's answer broke off"),
            Failure::Empty => ("empty", "empty answer", "The FHIR server's answer was empty"),
            Failure::Html => ("html", "a web page came", "The FHIR server answered with a web page"),
            Failure::Xml => ("xml", "XML came", "The FHIR server answered in XML, which is not read"),
            Failure::NotJson => ("not-json", "unreadable answer", "The FHIR server's answer could not be read"),
            Failure::NotFhir => ("not-fhir", "answer was not FHIR", "The FHIR server's answer was not FHIR"),
            Failure::Outcome => ("operation-outcome", "server reported an error", "The FHIR server reported an error"),
            Failure::Repeated => (
                "repeated-member",
                "two values of one name",
                "Something is said twice in the record, so that nobody can tell which is meant",
            ),
            Failure::PatientHidden => (
                "patient-not-shown",
                "patient not shown",
                "The FHIR server would not show the patient, so nothing found is not trusted",
            ),
            Failure::OtherResource => {
                ("other-resource", "wrong answer", "The FHIR server answered something else than was asked")
            }
        }
    }
}

impl Access {
    /// The code, cause and words of HTTP status 401.
    fn parts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Access::Token => (
                "status-401",
                "access token not accepted, 401",
                "The FHIR server did not accept the access token (401)",
            ),
            Access::NoToken => {
                ("status-401-without-token", "no access token, 401", "The FHIR server wants an access token (401)")
            }
            Access::OtherType => (
                "status-401-no-bearer-token",
                "no usable access token, 401",
                "The access token was of no usable type (401)",
            ),
            Access::Expired => {
                ("status-401-token-expired", "access token expired, 401", "The access token had expired (401)")
            }
            Access::Unsendable => (
                "status-401-token-unsendable",
                "no usable access token, 401",
                "The access token could not be sent (401)",
            ),
        }
    }
}

#[cfg(test)]
mod tests;
