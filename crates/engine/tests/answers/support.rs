//! Answers to requests, as the service gives them.

use std::sync::OnceLock;

use cds_hooks::call::HookCall;
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
use serde_json::Value;

use super::author::Minimal;

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
