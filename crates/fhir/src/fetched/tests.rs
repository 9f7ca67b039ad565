use super::Fetched;
use crate::failure::Failure;
use crate::pages::Pages;
use crate::refusal::Refusal;
use document::Document;

fn page(text: &'static str) -> Document<'static> {
    Document::parse(text).expect("JSON")
}

fn answer(key: &str, bodies: &[&'static str]) -> (String, Result<Pages, Failure>) {
    (key.to_owned(), Ok(Pages { bodies: bodies.iter().map(|text| page(text)).collect(), cut: None }))
}

fn failed(key: &str, failure: Failure) -> (String, Result<Pages, Failure>) {
    (key.to_owned(), Err(failure))
}

#[test]
fn rounds_are_added_up() {
    let mut fetched = Fetched {
        parts: vec![answer("alt", &["{}", "[1]"])],
        medications: vec![Ok(page("null"))],
        asked: ["alt".to_owned()].into(),
        refusal: None,
    };
    assert_eq!(fetched.bytes(), 9, "two pages and a Medication");
    fetched.add(Fetched {
        parts: vec![failed("ast", Failure::TimedOut)],
        medications: vec![Err(Failure::Gone)],
        asked: ["ast".to_owned()].into(),
        refusal: Some(Refusal::NotListed),
    });
    let keys: Vec<&str> = fetched.parts.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!((keys, fetched.medications.len(), fetched.bytes()), (vec!["alt", "ast"], 2, 9));
    assert_eq!(fetched.refusal, Some(Refusal::NotListed));
    for (key, asked, known) in [("alt", true, true), ("ast", true, true), ("crp", false, false)] {
        assert_eq!((fetched.asked_for(key), fetched.of(key).is_some()), (asked, known), "{key}");
    }
    assert!(matches!(fetched.of("ast"), Some(Err(Failure::TimedOut))));
}

/// A server that does not show the patient shows nothing: what it does not find proves nothing.
#[test]
fn a_hidden_patient_is_noticed() {
    use Failure::{Forbidden, Gone, NotFound, OtherResource, TimedOut};
    for (failure, expected) in
        [(Forbidden, true), (NotFound, true), (Gone, true), (OtherResource, true), (TimedOut, false)]
    {
        let fetched = Fetched { parts: vec![failed("patient", failure)], ..Fetched::default() };
        assert_eq!((fetched.hides("patient"), fetched.hides("alt")), (expected, false), "{failure:?}");
    }
    assert!(!Fetched { parts: vec![answer("patient", &["{}"])], ..Fetched::default() }.hides("patient"));
}

#[test]
fn an_integrator_is_told_why_nothing_came() {
    assert_eq!(Fetched::default().failure_summary(), "no FHIR server was asked");
    let parts = vec![failed("alt", Failure::TimedOut), failed("ast", Failure::TimedOut), failed("crp", Failure::Gone)];
    let summary = Fetched { parts, ..Fetched::default() }.failure_summary();
    assert!(summary.ends_with("(status-410, timed-out)"), "{summary}");
}
