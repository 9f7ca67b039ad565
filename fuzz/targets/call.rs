//! The body of a call, and of feedback: read, judged, and the answer written. What comes out must be JSON again.
#![no_main]

use cds_hooks::call::{HookCall, read_body};
use cds_hooks::feedback::Feedback;
use cds_hooks::profile::{Profile, SummaryHook};
use document::Limits;
use engine::answer::{Recipient, answer, answer_json};
use fhir::fetched::Fetched;
use fuzz::{Nobody, clock, library};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(document) = read_body(text.to_owned(), Limits { depth: 64, values: 1_000_000 }) else { return };
    let now = clock();
    let _ = Feedback::read(&document, jiff::Timestamp::UNIX_EPOCH);
    let Ok(call) = HookCall::read(&document, None) else { return };
    for profile in [None, Some(Profile::Epic), Some(Profile::V1)] {
        let recipient = Recipient { profile, public_url: None, summary: SummaryHook::Both, author: &Nobody };
        let Ok((decision, _)) = answer(library(), &call, &Fetched::default(), &now, &recipient) else { return };
        let json = answer_json(&decision, true).expect("an answer can be written");
        let read: serde_json::Value = serde_json::from_slice(&json).expect("an answer is JSON");
        assert!(read["cards"].is_array(), "an answer has cards");
    }
});
