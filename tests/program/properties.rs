//! What holds for any input: nothing that is taken away decides anything, order and spelling do not matter, nothing
//! panics, and no words of a record break out of the place where a card puts them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ::cds_hooks::call::{HookCall, read_body};
use ::cds_hooks::error::CallError;
use ::document::Limits;
use ::domain::time::Clock;
use ::engine::answer::{Recipient, answer};
use ::fhir::fetched::Fetched;
use jiff::tz::TimeZone;
use serde_json::Value;

use tocilizumab_cds::author::Sdk;

use crate::support::{library, text};

/// Any JSON and any bytes, anywhere.
mod arbitrary;
/// Courses of tocilizumab.
mod course;
/// Arbitrary JSON.
mod json;
/// Names of prefetch keys, and members that nobody knows.
mod keys;
/// What is taken away decides nothing.
mod loss;
/// The order of entries and members does not matter.
mod order;
/// Spellings of units.
mod units;
/// Words of the record in cards.
mod words;

/// The moment that the fixtures are dated for.
const NOW: &str = "2026-11-22T09:00:00Z";

/// The answer to a request, in the process of the test.
pub fn decide(request: &str) -> Result<Value, CallError> {
    let document = read_body(request.to_owned(), Limits { depth: 64, values: 1_000_000 })?;
    let call = HookCall::read(&document, None)?;
    let recipient =
        Recipient { profile: None, public_url: None, summary: cds_hooks::profile::SummaryHook::Both, author: &Sdk };
    let clock = Clock::parse(NOW, &TimeZone::UTC).expect("a moment");
    let (decision, _) = answer(library(), &call, &Fetched::default(), &clock, &recipient)?;
    // An order comes back exactly as it was sent, with numbers that JSON allows and serde_json's `Value` cannot hold.
    let written = serde_json::to_string(&decision).expect("an answer is JSON").replace("1e400", "1");
    Ok(serde_json::from_str(&written).expect("an answer is JSON"))
}

/// The answer, or the error's status; a panic fails the test and names the row.
pub fn survived(what: &str, request: &str) -> Result<Value, u16> {
    let decided = catch_unwind(AssertUnwindSafe(|| decide(request))).unwrap_or_else(|_| panic!("{what} panicked"));
    decided.map_err(|error| error.status)
}

/// What was found of each criterion of the first order, with the references it rests on.
pub fn findings(answer: &Value) -> Vec<(String, String, Vec<String>)> {
    let criteria = answer.pointer("/assessment/0/criteria").and_then(Value::as_array).into_iter().flatten();
    let finding = |found: &Value| {
        let evidence = found["evidence"].as_array().into_iter().flatten();
        let references = evidence.map(|source| text(source, "/reference").to_owned()).collect();
        (text(found, "/id").to_owned(), text(found, "/outcome").to_owned(), references)
    };
    criteria.map(finding).collect()
}
