//! What probably helps against a failure: the first thing to try when a server is being connected.

use std::collections::BTreeSet;

use super::report::QueryFailure;
use fhir::failure::{Access, Failure};

/// Why there is no answer for a type of resource, and what probably helps.
pub fn trouble(failure: Failure, resource: &str) -> QueryFailure {
    QueryFailure {
        failure,
        code: failure.code(),
        words: words(failure),
        remedy: remedy(failure, &BTreeSet::from([resource])),
    }
}

/// What happened, as a sentence that can be read on its own.
fn words(failure: Failure) -> String {
    match failure {
        Failure::Forbidden => "the server refused access (403)".to_owned(),
        Failure::NotFound => "the server does not have it (404)".to_owned(),
        Failure::Gone => "the server no longer has it (410)".to_owned(),
        Failure::Throttled => "the server was too busy (429)".to_owned(),
        Failure::Server(status) => format!("the server failed ({status})"),
        Failure::Status(status) => format!("the server gave no usable answer ({status})"),
        Failure::NoValue => "the query could not be filled with this patient's id".to_owned(),
        Failure::Address(forbidden) => format!("the server's address is never asked ({forbidden})"),
        other => other.words().replacen("The FHIR server", "the server", 1).replacen("The ", "the ", 1),
    }
}

/// What probably helps against a failure that these types of resources share.
pub fn remedy(failure: Failure, resources: &BTreeSet<&str>) -> String {
    let listed = |before: &str, after: &str| {
        resources.iter().map(|resource| format!("{before}{resource}{after}")).collect::<Vec<_>>().join(", ")
    };
    match failure {
        Failure::Forbidden => format!(
            "The token probably lacks a scope, {} (SMART 2; in SMART 1 .read for .rs), or is for another patient.",
            listed("patient/", ".rs")
        ),
        Failure::Unauthorized(Access::NoToken) => {
            "Put an access token into a variable of the environment and name it: --token-env NAME.".to_owned()
        }
        Failure::Unauthorized(Access::Unsendable) => {
            "The variable holds what no HTTP header can carry; look for line breaks.".to_owned()
        }
        Failure::Unauthorized(_) => {
            "Get a new token; then compare its issuer and audience with what the server expects.".to_owned()
        }
        Failure::NotFound if resources.len() > 1 && resources.contains("Patient") => {
            "Is --fhir the base URL of FHIR, such as https://ehr.example/fhir/R4?".to_owned()
        }
        Failure::NotFound | Failure::Gone if resources.contains("Patient") => {
            "Is the id that of the Patient resource, and not a record number?".to_owned()
        }
        Failure::NotFound | Failure::Gone => {
            format!("Does the server offer {}? GET [base]/metadata says so.", listed("", ""))
        }
        Failure::Throttled => "Ask again later; in production such a part counts as not retrieved.".to_owned(),
        Failure::Server(_) => "Look into the server's own log for the time of this probe.".to_owned(),
        Failure::Redirect => "Give the URL that it redirects to; redirects are never followed.".to_owned(),
        Failure::TimedOut => {
            "Raise --timeout-ms to learn how long it takes; deadline-ms must allow as much.".to_owned()
        }
        Failure::UnknownName => "Is the host's name right, and does this machine know it?".to_owned(),
        Failure::Unreachable => "Is the address right, and does a firewall or a proxy stand between?".to_owned(),
        Failure::Tls(_) => {
            "The server's certificate must be trusted by this machine and be valid for its name.".to_owned()
        }
        Failure::TooLarge => "Raise limits.fhir-body-bytes, or let the server send shorter pages.".to_owned(),
        Failure::Html => "That is probably a log-in page or a proxy; is --fhir the base URL of FHIR itself?".to_owned(),
        Failure::Xml => "The server must answer in JSON when asked for application/fhir+json.".to_owned(),
        Failure::Status(400 | 405 | 422 | 501) => {
            format!("Does the server support these searches of {}? GET [base]/metadata says so.", listed("", ""))
        }
        _ => "Look at what the server sends: curl the same query with the same token.".to_owned(),
    }
}
