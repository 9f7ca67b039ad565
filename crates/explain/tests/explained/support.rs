//! What the tests share: the library, test patients, and a writer of resources that writes what is needed.

use cds_hooks::author::{Author, NewOrder};
use cds_hooks::call::HookCall;
use cds_hooks::error::CallError;
use cds_hooks::profile::{Profile, SummaryHook};
use document::Document;
use domain::time::Clock;
use engine::answer::{Explained, Recipient, explained};
use fhir::fetched::Fetched;
use jiff::tz::TimeZone;
use knowledge::Library;
use knowledge::files::Files;
use serde_json::json;

/// The moment at which most test patients take place.
pub const MOMENT: &str = "2026-11-22T09:00:00Z";

/// Writes the least of a resource.
pub struct Minimal;

impl Author for Minimal {
    fn service_request(&self, order: &NewOrder<'_>) -> Option<String> {
        Some(json!({"resourceType": "ServiceRequest", "code": {"coding": [{"code": order.code}]}}).to_string())
    }

    fn medication_request(&self, order: &NewOrder<'_>, dose: &str) -> Option<String> {
        Some(json!({"resourceType": "MedicationRequest", "id": order.code, "note": dose}).to_string())
    }

    fn operation_outcome(&self, error: &CallError) -> String {
        json!({"code": error.code}).to_string()
    }
}

/// The library as it is shipped.
pub fn library() -> Library {
    Library::read(&Files::embedded()).expect("a valid library")
}

/// A test patient, by name.
pub fn fixture(name: &str) -> String {
    Files::fixtures().0.get(name).unwrap_or_else(|| panic!("no fixture {name}")).clone()
}

/// The decision on a call, explained.
pub fn decided<'l>(library: &'l Library, request: &str, moment: &str) -> Explained<'l> {
    with_call(request, |call, fetched, recipient| {
        explained(library, call, fetched, &clock(moment), recipient).expect("an answer")
    })
}

/// A moment as a clock.
pub fn clock(moment: &str) -> Clock {
    Clock::parse(moment, &TimeZone::UTC).expect("a moment")
}

/// Does something with a call that reads no FHIR server.
pub fn with_call<T>(request: &str, with: impl for<'a> FnOnce(&'a HookCall<'a>, &'a Fetched, &Recipient<'_>) -> T) -> T {
    let document = Document::parse(request).expect("JSON");
    let call = HookCall::read(&document, None).expect("a call");
    let recipient =
        Recipient { profile: Some(Profile::Standard), public_url: None, summary: SummaryHook::Both, author: &Minimal };
    with(&call, &Fetched::default(), &recipient)
}

/// The call with resources more in its record.
pub fn with_resources(request: &str, resources: &[&str]) -> String {
    let entries: Vec<String> = resources.iter().map(|resource| format!(r#"{{"resource":{resource}}}"#)).collect();
    let bundle = format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","));
    let place = request.find("\"prefetch\"").and_then(|at| Some(at + request[at..].find('{')? + 1)).expect("prefetch");
    let (before, after) = request.split_at(place);
    format!("{before}\"more\":{bundle},{after}")
}
