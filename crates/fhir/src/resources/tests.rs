use super::Resources;
use crate::resource::Resource;
use crate::testing::document;

/// What is kept of these entries, each with the URL of its entry and its text, as the value of `note`.
fn kept(entries: &[(Option<&str>, &str)], look: impl Fn(&Resources<'_>) -> Vec<String>) -> Vec<String> {
    let documents: Vec<_> = entries.iter().map(|(url, text)| (url, document(text))).collect();
    let mut resources = Resources::default();
    for (url, document) in &documents {
        let object = document.root().object().expect("an object");
        resources.add(Resource::read(object, url.map(|url| url.to_owned().into())).expect("a resource"));
    }
    assert_eq!((resources.len(), resources.is_empty()), (resources.iter().count(), resources.iter().next().is_none()));
    look(&resources)
}

fn note(resource: &Resource<'_>) -> String {
    resource.object.string("note").unwrap_or_default().into_owned()
}

fn notes(resources: &Resources<'_>) -> Vec<String> {
    resources.iter().map(note).collect()
}

const A: &str = r#"{"resourceType": "Observation", "id": "1", "note": "a"}"#;
const A_AGAIN: &str = r#"{"note": "a", "resourceType": "Observation", "id": "1", "meta": {"versionId": "2"}}"#;
const B: &str = r#"{"resourceType": "Observation", "id": "1", "note": "b"}"#;
const OTHER_ID: &str = r#"{"resourceType": "Observation", "id": "2", "note": "a"}"#;
const OTHER_TYPE: &str = r#"{"resourceType": "Condition", "id": "1", "note": "a"}"#;
const NO_ID: &str = r#"{"resourceType": "Observation", "note": "a"}"#;

/// Two that claim one name and say different things are both kept: nobody can tell which of them holds.
#[test]
fn copies_are_left_out_and_contradictions_are_kept() {
    for (name, entries, expected) in [
        ("none", vec![], vec![]),
        ("a copy with another version", vec![(None, A), (None, A_AGAIN)], vec!["a"]),
        ("one that says something else", vec![(None, A), (None, B)], vec!["a", "b"]),
        ("copies of both", vec![(None, A), (None, B), (None, B), (None, A_AGAIN)], vec!["a", "b"]),
        ("another id", vec![(None, A), (None, OTHER_ID)], vec!["a", "a"]),
        ("another type", vec![(None, A), (None, OTHER_TYPE)], vec!["a", "a"]),
        ("one entry twice, without an id", vec![(Some("u:1"), NO_ID), (Some("u:1"), NO_ID)], vec!["a"]),
        ("two entries without an id", vec![(Some("u:1"), NO_ID), (Some("u:2"), NO_ID)], vec!["a", "a"]),
        ("an id in two entries", vec![(Some("u:1"), A), (Some("u:2"), A_AGAIN)], vec!["a"]),
    ] {
        assert_eq!(kept(&entries, notes), expected, "{name}");
    }
}

#[test]
fn references_find_what_they_point_to() {
    let none = r#"{"resourceType": "Medication", "note": "lone"}"#;
    let entries = [
        (Some("urn:uuid:1"), A),
        (Some("urn:uuid:2"), B),
        (Some("https://e/Observation/9"), NO_ID),
        (Some("urn:uuid:1"), OTHER_TYPE),
        (None, none),
    ];
    for (reference, expected) in [
        ("Observation/1", "a"),
        ("https://e/fhir/Observation/1", "a"),
        ("Condition/1", "a"),
        ("urn:uuid:2", "b"),
        ("urn:uuid:1", "a"),
        ("https://e/Observation/9", "a"),
        ("Observation/3", "-"),
        ("Condition/2", "-"),
        ("urn:uuid:3", "-"),
    ] {
        let found = kept(&entries, |resources| vec![resources.find(reference).map_or("-".to_owned(), note)]);
        assert_eq!(found, [expected], "{reference}");
    }
    let kinds = |reference: &str| {
        kept(&entries, |resources| {
            resources.find(reference).map(|resource| resource.kind.to_string()).into_iter().collect()
        })
    };
    assert_eq!(kinds("urn:uuid:1"), ["Observation"], "of several the first");
    assert_eq!(kinds("Condition/1"), ["Condition"]);
}

#[test]
fn some_can_be_left_out() {
    let entries = [(None, A), (None, B), (None, OTHER_ID), (Some("urn:uuid:1"), OTHER_TYPE)];
    let documents: Vec<_> = entries.iter().map(|(url, text)| (url, document(text))).collect();
    let all = || {
        let mut resources = Resources::default();
        for (url, document) in &documents {
            let object = document.root().object().expect("an object");
            resources.add(Resource::read(object, url.map(|url| url.to_owned().into())).expect("a resource"));
        }
        resources
    };
    assert_eq!(notes(&all().without(|_| false)), ["a", "b", "a", "a"]);
    let without = all().without(|resource| note(resource) == "b");
    assert_eq!(notes(&without), ["a", "a", "a"]);
    assert_eq!(without.find("urn:uuid:1").map(|resource| resource.kind.to_string()).as_deref(), Some("Condition"));
    assert!(all().without(|_| true).is_empty());
}
