//! Rows C: what clients send, and how it is treated.

use serde_json::{Value, json};

use crate::server::Server;
use crate::stand_in::{StandIn, TOKEN};
use crate::support::{assessed, card, moved, outcome, text, timeless, with};
use crate::walk::difference;

const NEUTROPHILS: &str = "neutrophils-below-start-limit";

/// The textbook call without its neutrophils, which this FHIR server has.
fn lacking(fhir: &StandIn) -> Value {
    let textbook = moved("textbook");
    fhir.hold(&textbook);
    with(&with(&textbook, "/prefetch/neutrophils", None), "/fhirServer", Some(fhir.base().into()))
}

fn authorization() -> Value {
    json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "cds"})
}

/// The outcome for the neutrophils when one member of the authorization is changed; `None` removes it.
fn with_authorization(member: &str, value: Option<Value>) -> String {
    let fhir = StandIn::start();
    let changed = with(&json!({"a": authorization()}), &format!("/a/{member}"), value)["a"].clone();
    let request = with(&lacking(&fhir), "/fhirAuthorization", Some(changed));
    outcome(&Server::unhurried().call(member, &request), NEUTROPHILS)
}

const READ: &str = "not-met";
const NOT_READ: &str = "unknown: not-retrieved";

#[test]
fn c1_the_hook_must_fit() {
    for hook in ["order-select", "order-dispatch", "patient-view", ""] {
        let reply =
            Server::shared().post("tocilizumab-order-sign", &with(&moved("textbook"), "/hook", Some(hook.into())));
        assert_eq!((reply.status, text(&reply.json(), "/resourceType")), (400, "OperationOutcome"), "{hook}");
        assert!(text(&reply.json(), "/issue/0/details/text").contains("hook"), "{hook}: {}", reply.body);
    }
}

#[test]
fn c2_any_id_of_a_call() {
    for id in [json!("6fa0a4c2-3b5b-11ec-8d3d-0242ac130003"), json!("d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"), json!("7")]
    {
        let request = with(&moved("textbook"), "/hookInstance", Some(id.clone()));
        assert!(!assessed(&Server::shared().call("id", &request)).is_empty(), "{id}");
    }
    assert!(!assessed(&Server::shared().call("no id", &with(&moved("textbook"), "/hookInstance", None))).is_empty());
}

#[test]
fn c3_only_a_listed_server_is_asked() {
    let fhir = StandIn::start();
    let request = with(&lacking(&fhir), "/fhirAuthorization", Some(authorization()));
    let elsewhere = Server::with_settings("fhir-servers = [\"https://ehr.example.org/fhir\"]");
    assert_eq!(outcome(&elsewhere.call("not on the list", &request), NEUTROPHILS), NOT_READ);
    assert_eq!(fhir.asked(), [""; 0], "a server that is not on the list is not contacted");
    let without = with(&with(&request, "/fhirServer", None), "/fhirAuthorization", None);
    assert_eq!(outcome(&Server::shared().call("no server", &without), NEUTROPHILS), NOT_READ);
}

#[test]
fn c4_the_token_is_used_and_not_logged() {
    let (fhir, server) = (StandIn::start(), Server::with_settings("deadline-ms = 60000"));
    let request = with(&lacking(&fhir), "/fhirAuthorization", Some(authorization()));
    assert_eq!(outcome(&server.call("token", &request), NEUTROPHILS), READ);
    let log = server.into_log();
    assert!(log.contains("answered") && !log.contains(TOKEN), "{log}");
    assert_eq!(with_authorization("access_token", None), NOT_READ, "the stand-in asks for it");
}

#[test]
fn c5_token_type() {
    for (kind, expected) in [("Bearer", READ), ("bearer", READ), ("BEARER", READ), ("mac", NOT_READ)] {
        assert_eq!(with_authorization("token_type", Some(kind.into())), expected, "{kind}");
    }
}

#[test]
fn c6_a_token_that_ran_out() {
    for (seconds, expected) in [(json!(300), READ), (json!(1), READ), (json!(0), NOT_READ), (json!(-5), NOT_READ)] {
        assert_eq!(with_authorization("expires_in", Some(seconds.clone())), expected, "{seconds}");
    }
}

#[test]
fn c7_scopes_are_not_interpreted() {
    for scope in ["user/Patient.Read", "patient/Observation.rs", "Observation.Read (Labs) (R4)", "", "launch"] {
        assert_eq!(with_authorization("scope", Some(scope.into())), READ, "{scope}");
    }
    assert_eq!(with_authorization("scope", None), READ);
}

#[test]
fn c8_subject_changes_nothing() {
    assert_eq!(with_authorization("subject", Some("somebody-else".into())), READ);
    assert_eq!(with_authorization("subject", None), READ);
}

#[test]
fn c9_a_token_of_another_patient() {
    for (patient, expected) in [("toci-patient", READ), ("Patient/toci-patient", READ), ("another", NOT_READ)] {
        assert_eq!(with_authorization("patient", Some(patient.into())), expected, "{patient}");
    }
}

#[test]
fn c10_the_context() {
    for (value, status) in [(Some(json!("x")), 400), (Some(json!([])), 400), (None, 400)] {
        let reply =
            Server::shared().post("tocilizumab-order-sign", &with(&moved("textbook"), "/context", value.clone()));
        assert_eq!(reply.status, status, "{value:?}: {}", reply.body);
    }
}

#[test]
fn c11_any_part_of_prefetch() {
    let textbook = moved("textbook");
    let strange = with(&textbook, "/prefetch/your-key", Some(json!({"resourceType": "Basic"})));
    let (plain, found) = (Server::shared().call("plain", &textbook), Server::shared().call("strange key", &strange));
    assert_eq!(difference(&timeless(&found), &timeless(&plain)), None);
    let some = with(&textbook, "/prefetch/neutrophils", None);
    assert_eq!(outcome(&Server::shared().call("some keys", &some), NEUTROPHILS), NOT_READ);
}

#[test]
fn c12_extensions_are_passed_over() {
    let textbook = moved("textbook");
    let extended = with(&textbook, "/extension", Some(json!({"org.example.version": "7", "x": [null]})));
    let (plain, found) = (Server::shared().call("plain", &textbook), Server::shared().call("extended", &extended));
    assert_eq!(difference(&timeless(&found), &timeless(&plain)), None);
}

#[test]
fn c13_drafts_are_not_looked_up() {
    let (fhir, server) = (StandIn::start(), Server::unhurried());
    let request = with(&moved("textbook"), "/fhirServer", Some(fhir.base().into()));
    fhir.hold(&request);
    let request = with(&with(&request, "/prefetch", None), "/fhirAuthorization", Some(authorization()));
    server.call("all from the server", &request);
    let asked = fhir.asked();
    assert!(asked.len() > 10 && asked.iter().all(|query| !query.starts_with("MedicationRequest/")), "{asked:?}");
}

#[test]
fn c14_what_is_missing_is_named() {
    for member in ["patientId", "draftOrders"] {
        let request = with(&moved("textbook"), &format!("/context/{member}"), None);
        let reply = Server::shared().post("tocilizumab-order-sign", &request);
        assert_eq!(reply.status, 400, "{member}: {}", reply.body);
        assert_eq!(reply.json()["issue"][0]["expression"][0], format!("context.{member}"), "{}", reply.body);
    }
    let answer = Server::shared().call("no user", &with(&moved("textbook"), "/context/userId", None));
    assert!(card(&answer, "summary").is_some(), "a user is not needed");
}
