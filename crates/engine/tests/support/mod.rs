//! What the tests of the engine share: a writer of as little FHIR as cards need, and answers to requests.

#![allow(dead_code, reason = "each test file takes what it needs")]

use std::sync::OnceLock;

use cds_hooks::author::{Author, NewOrder};
use cds_hooks::call::HookCall;
use cds_hooks::card::Card;
use cds_hooks::error::CallError;
use cds_hooks::profile::{Profile, SummaryHook};
use document::Document;
use domain::time::Clock;
use engine::answer::{Recipient, answer};
use engine::decide::Decision;
use fhir::fetched::Fetched;
use jiff::tz::TimeZone;
use knowledge::Library;
use knowledge::files::Files;
use serde_json::{Value, json};

/// Writes as little as cards need.
pub struct Minimal;

impl Minimal {
    fn order(kind: &str, order: &NewOrder<'_>, code_member: &str) -> Value {
        let mut resource = json!({
            "resourceType": kind, "status": "draft", "intent": "order",
            "subject": {"reference": order.patient},
            code_member: {"coding": [{"system": order.system, "code": order.code, "display": order.display}]},
        });
        for (name, reason) in order.reasons {
            resource[name] = serde_json::from_str(reason).expect("reasons are JSON");
        }
        if let Some((from, to)) = order.due {
            resource["occurrencePeriod"] = json!({"start": from, "end": to});
        }
        resource
    }
}

impl Author for Minimal {
    fn service_request(&self, order: &NewOrder<'_>) -> Option<String> {
        Some(Minimal::order("ServiceRequest", order, "code").to_string())
    }

    fn medication_request(&self, order: &NewOrder<'_>, dose: &str) -> Option<String> {
        let mut resource = Minimal::order("MedicationRequest", order, "medicationCodeableConcept");
        resource["dosageInstruction"] = json!([{"text": dose}]);
        Some(resource.to_string())
    }

    fn operation_outcome(&self, error: &CallError) -> String {
        json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": error.code}]}).to_string()
    }
}

/// The library that comes with the program.
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| Library::embedded().expect("the library that comes with the program"))
}

/// A fixture, such as `textbook`.
pub fn fixture(name: &str) -> Value {
    static FIXTURES: OnceLock<Files> = OnceLock::new();
    let files = FIXTURES.get_or_init(Files::fixtures);
    let found = files.0.iter().find(|(path, _)| path.trim_end_matches(".json") == name);
    let (_, text) = found.unwrap_or_else(|| panic!("no fixture {name}"));
    serde_json::from_str(text).expect("a fixture is JSON")
}

/// The decision on a request at the moment of the fixtures.
pub fn decided(text: &str, summary: SummaryHook) -> Result<Decision<'static>, CallError> {
    let document = Document::parse(text).expect("JSON");
    let call = HookCall::read(&document, None)?;
    let clock = Clock::parse("2026-11-22T09:00:00Z", &TimeZone::UTC).expect("a moment");
    let recipient = Recipient { profile: Some(Profile::Standard), public_url: None, summary, author: &Minimal };
    answer(library(), &call, &Fetched::default(), &clock, &recipient).map(|(decision, _)| decision)
}

/// The cards of a request.
pub fn cards(request: &Value) -> Vec<Card> {
    let decision = decided(&request.to_string(), SummaryHook::Both);
    decision.unwrap_or_else(|error| panic!("{}", error.message)).cards
}
