//! An order whose name sounds like tocilizumab, through the whole pipeline.

use cds_hooks::author::{Author, NewOrder};
use cds_hooks::call::HookCall;
use cds_hooks::error::CallError;
use cds_hooks::profile::Profile;
use document::Document;
use domain::time::Clock;
use engine::answer::{Recipient, answer};
use fhir::fetched::Fetched;
use knowledge::Library;
use knowledge::files::Files;

/// Writes nothing: no card here offers an order.
struct Silent;

impl Author for Silent {
    fn service_request(&self, _: &NewOrder<'_>) -> Option<String> {
        None
    }

    fn medication_request(&self, _: &NewOrder<'_>, _: &str) -> Option<String> {
        None
    }

    fn operation_outcome(&self, _: &CallError) -> String {
        String::new()
    }
}

/// The summaries of the cards, how many orders were assessed, and how many could not be told, for this medicine on the
/// order of the textbook patient.
fn answered(medicine: &str) -> (Vec<String>, usize, usize) {
    let library = Library::embedded().expect("a valid library");
    let text = &Files::fixtures().0["textbook"];
    let (before, rest) = text.split_once("\"medicationCodeableConcept\":").expect("an order");
    let (_, after) = rest.split_once("\"subject\"").expect("its patient");
    let text = format!("{before}\"medicationCodeableConcept\": {medicine}, \"subject\"{after}");
    let document = Document::parse(text).expect("JSON");
    let call = HookCall::read(&document, None).expect("a call");
    let clock = Clock::parse("2026-11-22T09:00:00Z", &jiff::tz::TimeZone::UTC).expect("a moment");
    let recipient = Recipient { profile: Some(Profile::Standard), public_url: None, author: &Silent };
    let (decision, _) = answer(&library, &call, &Fetched::default(), &clock, &recipient).expect("an answer");
    let summaries = decision.cards.iter().map(|card| card.summary.clone()).collect();
    (summaries, decision.assessments.len(), decision.unclear)
}

#[test]
fn what_sounds_like_the_drug_is_said_and_what_says_nothing_is_counted() {
    let card = |name: &str| format!("Order “{name}” could not be identified: if it is tocilizumab, it was not checked");
    for (medicine, cards, unclear) in [
        (r#"{"text": "tocilzumab 162 mg"}"#, vec![card("tocilzumab 162 mg")], 1),
        (r#"{"text": "TCZ"}"#, vec![card("TCZ")], 1),
        (r#"{"coding": [{"system": "urn:site", "code": "17", "display": "Actemra162"}]}"#, vec![card("Actemra162")], 1),
        (r#"{"coding": [{"system": "urn:site", "code": "17"}]}"#, vec![], 1),
        (r#"{"text": "certolizumab pegol"}"#, vec![], 0),
        (r#"{"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "999999"}]}"#, vec![], 0),
    ] {
        assert_eq!(answered(medicine), (cards, 0, unclear), "{medicine}");
    }
    let (_, assessed, unclear) = answered(r#"{"text": "tocilizumab 162 mg"}"#);
    assert_eq!((assessed, unclear), (1, 0), "the drug itself");
}
