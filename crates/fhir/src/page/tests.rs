use super::{Bundle, Page};
use crate::testing::document;

/// A page in one line: what it is, and of a Bundle everything that is counted.
fn line(text: &str) -> String {
    let document = document(text);
    let page = Page::read(document.root());
    let resources: Vec<String> = page.resources().iter().map(|resource| resource.reference()).collect();
    match &page {
        Page::Nothing => "nothing".to_owned(),
        Page::Failed(why) => (*why).to_owned(),
        Page::Repeated => "repeated".to_owned(),
        Page::Lone(_) => format!("lone {}", resources.join(" ")),
        Page::Bundle(bundle) => format!("{}: {}", resources.join(" "), counted(bundle)),
    }
}

fn counted(bundle: &Bundle<'_>) -> String {
    let Bundle { odd, repeated, untyped, matches, outcomes, next, self_link, total, is_searchset, is_whole, .. } =
        bundle;
    let numbers = [("odd", *odd), ("repeated", *repeated), ("untyped", *untyped), ("outcomes", outcomes.len())];
    let mut words = vec![format!("{matches} matched")];
    words.extend(numbers.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{n} {name}")));
    words.extend(total.map(|total| format!("of {total}")));
    words.extend(self_link.as_ref().map(|link| format!("self {link}")));
    words.extend(next.as_ref().map(|link| format!("next {link}")));
    words.extend(
        [(*is_searchset, "searchset"), (*is_whole, "whole")].iter().filter(|(is, _)| *is).map(|(_, w)| (*w).to_owned()),
    );
    words.join(", ")
}

#[test]
fn an_answer_comes_in_many_forms() {
    let alt = r#"{"resourceType": "Observation", "id": "alt"}"#;
    for (name, text, expected) in [
        ("null", "null", "nothing"),
        ("no resource", "7", "neither a resource nor null"),
        ("a resource", alt, "lone Observation/alt"),
        ("an outcome", r#"{"resourceType": "OperationOutcome"}"#, "the client could not retrieve it"),
        ("no type", r#"{"id": "alt"}"#, "an object without resourceType"),
        ("a list without a type", r#"{"entry": []}"#, ": 0 matched, whole"),
        ("an entry that is no list", r#"{"entry": {}}"#, "an object without resourceType"),
        ("two members of one name", r#"{"resourceType": "Observation", "id": "a", "id": "b"}"#, "repeated"),
        (
            "two members of one name inside",
            r#"{"resourceType": "Observation", "code": {"text": "a", "text": "b"}}"#,
            "repeated",
        ),
        ("a wrapper", &format!(r#"{{"response": {{"status": "200 OK"}}, "resource": {alt}}}"#), "lone Observation/alt"),
        (
            "a wrapper of a number",
            &format!(r#"{{"response": {{"status": 200}}, "resource": {alt}}}"#),
            "lone Observation/alt",
        ),
        (
            "a wrapper of a failure",
            &format!(r#"{{"response": {{"status": "404"}}, "resource": {alt}}}"#),
            "the client's request failed",
        ),
        ("a wrapper twice", &format!(r#"{{"resource": {{"resource": {alt}}}}}"#), "a wrapper inside a wrapper"),
    ] {
        assert_eq!(line(text), expected, "{name}");
    }
}

#[test]
fn entries_are_counted_by_what_they_hold() {
    let one = |entry: &str| line(&format!(r#"{{"resourceType": "Bundle", "type": "searchset", "entry": [{entry}]}}"#));
    let entry =
        |mode: &str, resource: &str| one(&format!(r#"{{"search": {{"mode": "{mode}"}}, "resource": {resource}}}"#));
    let (alt, pill) =
        (r#"{"resourceType": "Observation", "id": "alt"}"#, r#"{"resourceType": "Medication", "id": "m"}"#);
    let outcome = r#"{"resourceType": "OperationOutcome", "issue": []}"#;
    for (name, found, expected) in [
        ("a match", entry("match", alt), "Observation/alt: 1 matched, searchset, whole"),
        ("no mode", one(&format!(r#"{{"resource": {alt}}}"#)), "Observation/alt: 1 matched, searchset, whole"),
        ("included, not asked for", entry("include", alt), ": 0 matched, searchset, whole"),
        ("an included Medication", entry("include", pill), "Medication/m: 0 matched, searchset, whole"),
        ("an outcome", entry("outcome", outcome), ": 0 matched, 1 outcomes, searchset, whole"),
        ("an outcome without a mode", entry("match", outcome), ": 0 matched, 1 outcomes, searchset, whole"),
        ("a result under the mode of an outcome", entry("outcome", alt), ": 0 matched, searchset, whole"),
        ("no type", entry("match", "{}"), ": 1 matched, 1 untyped, searchset"),
        ("no type, included", entry("include", "{}"), ": 0 matched, searchset"),
        ("a match without a resource", one(r#"{"search": {"mode": "match"}}"#), ": 1 matched, 1 odd, searchset"),
        ("an outcome without a resource", one(r#"{"search": {"mode": "outcome"}}"#), ": 0 matched, searchset"),
        ("an outcome that is no object", entry("outcome", "7"), ": 0 matched, 1 odd, searchset"),
        ("no object", one("7"), ": 0 matched, 1 odd, searchset"),
        (
            "two members of one name",
            entry("match", r#"{"resourceType": "Observation", "id": "a", "id": "b"}"#),
            ": 1 matched, 1 odd, 1 repeated, searchset",
        ),
    ] {
        assert_eq!(found, expected, "{name}");
    }
    let three = [alt, "{}", "7", "{}", "7"].map(|resource| format!(r#"{{"resource": {resource}}}"#)).join(",");
    assert_eq!(one(&three), "Observation/alt: 5 matched, 2 odd, 2 untyped, searchset");
}

#[test]
fn a_bundle_says_what_it_is() {
    for (members, expected) in [
        (r#""type": "searchset", "total": 12"#, ": 0 matched, of 12, searchset, whole"),
        (r#""type": "collection""#, ": 0 matched, whole"),
        (
            r#""link": [{"relation": "self", "url": "s"}, {"relation": "next", "url": "n"}, {"relation": "last", "url": "l"}]"#,
            ": 0 matched, self s, next n, whole",
        ),
        (r#""link": [{"relation": "next"}]"#, ": 0 matched, next , whole"),
        (
            r#""link": [{"relation": "next", "url": "a"}, {"relation": "next", "url": "b"}]"#,
            ": 0 matched, next a, whole",
        ),
    ] {
        assert_eq!(line(&format!(r#"{{"resourceType": "Bundle", {members}}}"#)), expected, "{members}");
    }
    assert_eq!(line(r#"{"entry": [], "type": "searchset"}"#), ": 0 matched, whole", "who names no type says little");
}

#[test]
fn a_page_is_asked_for_what_it_holds() {
    let asked = |entry: &str| {
        let text = format!(r#"{{"resourceType": "Bundle", "entry": [{entry}]}}"#);
        let document = document(&text);
        let page = Page::read(document.root());
        let has_error = page.bundle().expect("a Bundle").has_error();
        (page.is_empty_bundle(), has_error, page.is_of_another_type("Observation"))
    };
    let outcome = |severity: &str| {
        format!(r#"{{"resource": {{"resourceType": "OperationOutcome", "issue": [{{"severity": "{severity}"}}]}}}}"#)
    };
    for (entry, expected) in [
        ("", (true, false, false)),
        (r#"{"resource": {"resourceType": "Condition"}}"#, (false, false, false)),
        (r#"{"resource": {}}"#, (false, false, false)),
        (&outcome("error"), (true, true, false)),
        (&outcome("fatal"), (true, true, false)),
        (&outcome("warning"), (true, false, false)),
    ] {
        assert_eq!(asked(entry), expected, "{entry}");
    }
    for (kind, expected) in [("Observation", false), ("Condition", true)] {
        let text = format!(r#"{{"resourceType": "{kind}"}}"#);
        let document = document(&text);
        let page = Page::read(document.root());
        assert_eq!((page.is_of_another_type("Observation"), page.is_empty_bundle()), (expected, false), "{kind}");
    }
}
