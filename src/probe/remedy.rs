//! What probably helps against a failure: the first thing that whoever connects a server would try.

use super::report::Trouble;
use crate::fhir::client::{Access, Failure};

/// Why there is no answer for a type of resource, and what probably helps.
pub fn trouble(failure: Failure, resource: &str) -> Trouble {
    Trouble { code: failure.code(), words: words(failure), remedy: remedy(failure, resource) }
}

/// What happened, as a sentence that stands alone.
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

fn remedy(failure: Failure, resource: &str) -> String {
    let scope = format!("patient/{resource}.rs");
    match failure {
        Failure::Forbidden => format!(
            "The token probably lacks the scope {scope} (SMART 2; in SMART 1 {}), or it is for another patient.",
            scope.replace(".rs", ".read")
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
        Failure::NotFound if resource == "Patient" => {
            "Is the id that of the Patient resource, not a record number? Is --fhir the base URL, such as .../fhir/R4?"
                .to_owned()
        }
        Failure::NotFound | Failure::Gone => {
            format!("Does the server offer {resource}? GET [base]/metadata says so.")
        }
        Failure::Throttled => "Ask again later; in production such a part counts as not retrieved.".to_owned(),
        Failure::Server(_) => "Look into the server's own log for the time of this probe.".to_owned(),
        Failure::Redirect => "Give the URL that it redirects to; redirects are never followed.".to_owned(),
        Failure::TimedOut => {
            "Raise --timeout-ms to learn how long it takes; deadline-ms must allow as much.".to_owned()
        }
        Failure::Unreachable => "Is the address right, and does a firewall or a proxy stand between?".to_owned(),
        Failure::Tls => {
            "The server's certificate must be trusted by this machine and be valid for its name.".to_owned()
        }
        Failure::TooLarge => "Raise limits.fhir-body-bytes, or let the server send shorter pages.".to_owned(),
        Failure::Html => "That is probably a log-in page or a proxy; is --fhir the base URL of FHIR itself?".to_owned(),
        Failure::Xml => "The server must answer in JSON when asked for application/fhir+json.".to_owned(),
        Failure::Status(400 | 405 | 422 | 501) => {
            format!("The server does not support this search of {resource}; its CapabilityStatement says what it does.")
        }
        _ => "Look at what the server sends: curl the same query with the same token.".to_owned(),
    }
}
