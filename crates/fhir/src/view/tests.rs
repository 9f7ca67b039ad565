use std::borrow::Cow;

use super::{Concept, decimal, reference};
use crate::testing::document;

#[test]
fn concepts_are_read_in_every_shape() {
    for text in [
        r#"{"coding":[{"system":"s","code":"1","display":"One"}],"text":"One"}"#,
        r#"{"coding":{"system":"s","code":1,"display":"One"}}"#,
        r#"[{"coding":[{"system":"s","code":" 1 "}],"text":"One"}]"#,
        r#"{"system":"s","code":"1","display":"One"}"#,
    ] {
        let document = document(text);
        let concept = Concept::read(document.root());
        assert_eq!((&*concept.codings[0].code, concept.shown().as_str()), ("1", "One"), "{text}");
    }
    let shown = |text: &str| Concept::read(document(text).root()).shown();
    assert_eq!((shown("\"words\"").as_str(), shown("7").as_str()), ("words", ""));
}

#[test]
fn decimals_keep_their_digits() {
    assert_eq!(decimal("7.20").map(|d| d.to_string()).as_deref(), Some("7.20"));
    assert_eq!(decimal("1.9e3").map(|d| d.normalize().to_string()).as_deref(), Some("1900"));
    assert_eq!(decimal("1.9e-3").map(|d| d.to_string()).as_deref(), Some("0.0019"));
    assert_eq!(decimal("1.5E1").map(|d| d.to_string()).as_deref(), Some("15"));
    assert_eq!(decimal("0e9").map(|d| d.to_string()).as_deref(), Some("0"));
    let long = format!("1.9{}", "0".repeat(40));
    assert_eq!(decimal(&long).map(|d| d.normalize().to_string()).as_deref(), Some("1.9"));
    let rounded = format!("1.{}", "9".repeat(38));
    for text in ["1e400", "1e-400", "12e-41", "x", "", "1e", "1e1.5", &rounded, &format!("{rounded}e1")] {
        assert_eq!(decimal(text), None, "{text}");
    }
}

/// What a sender says twice is said once, in the order in which it came first.
#[test]
fn words_are_kept_once() {
    let words = |text: &str| {
        let document = document(text);
        Concept::read(document.root()).words.into_iter().map(Cow::into_owned).collect::<Vec<String>>()
    };
    for (text, expected) in [
        (r#"{"text": "a", "coding": [{"display": "a"}]}"#, vec!["a"]),
        (r#"{"text": "a", "coding": [{"display": "b"}]}"#, vec!["a", "b"]),
        (r#"{"text": "a", "coding": [{"display": "b"}, {"display": "a"}, {"display": "b"}]}"#, vec!["a", "b"]),
        (r#"{"text": " ", "coding": [{"display": " "}]}"#, vec![]),
    ] {
        assert_eq!(words(text), expected, "{text}");
    }
    let mut both = Concept::of_words(Cow::Borrowed(" a "));
    both.add(Concept::of_words(Cow::Borrowed("b")));
    both.add(Concept::of_words(Cow::Borrowed("a")));
    assert_eq!(both.words, ["a", "b"]);
}

#[test]
fn a_reference_is_an_object_or_a_string() {
    for (text, expected) in [
        (r#"{"subject": {"reference": "Patient/p"}}"#, Some("Patient/p")),
        (r#"{"subject": [{"reference": "Patient/p"}, {"reference": "Patient/q"}]}"#, Some("Patient/p")),
        (r#"{"subject": "Patient/p"}"#, Some("Patient/p")),
        (r#"{"subject": {"display": "p"}}"#, None),
        (r#"{"subject": null}"#, None),
        ("{}", None),
    ] {
        let document = document(text);
        assert_eq!(reference(&document.root().object().expect("an object"), "subject").as_deref(), expected, "{text}");
    }
}
