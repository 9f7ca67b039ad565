use super::Resource;
use crate::testing::document;

/// Calls `look` with a resource under the URL of its entry.
fn with<T>(text: &str, url: Option<&str>, look: impl FnOnce(&Resource<'_>) -> T) -> Option<T> {
    let document = document(text);
    let object = document.root().object().expect("an object");
    Resource::read(object, url.map(|url| url.to_owned().into())).map(|resource| look(&resource))
}

#[test]
fn a_type_is_written_as_the_standard_writes_it() {
    for (kind, is_one) in [
        ("Observation", true),
        (" Observation ", true),
        ("observation", false),
        ("OBSERVATION", false),
        ("Observation!", false),
        ("7Observation", false),
        ("", false),
    ] {
        let text = format!(r#"{{"resourceType": "{kind}"}}"#);
        assert_eq!(with(&text, None, |resource| resource.kind.to_string()).is_some(), is_one, "{kind}");
    }
}

/// A resource that names no patient is taken for one of the patient who was asked for.
#[test]
fn a_resource_belongs_to_the_patient_it_names() {
    let observation = |member: &str| format!(r#"{{"resourceType": "Observation"{member}}}"#);
    let patient = |member: &str| format!(r#"{{"resourceType": "Patient"{member}}}"#);
    for (name, text, url, expected) in [
        ("nobody", observation(""), None, true),
        ("the patient", observation(r#", "subject": {"reference": "Patient/p"}"#), None, true),
        ("the patient by a URL", observation(r#", "subject": {"reference": "https://e/Patient/p"}"#), None, true),
        ("the patient in words of R2", observation(r#", "patient": {"reference": "Patient/p"}"#), None, true),
        ("null, and the patient", observation(r#", "subject": null, "patient": "Patient/q""#), None, false),
        ("another", observation(r#", "subject": {"reference": "Patient/q"}"#), None, false),
        ("a contained one", observation(r##", "subject": {"reference": "#q"}"##), None, true),
        ("the patient itself", patient(r#", "id": "p""#), None, true),
        ("another patient", patient(r#", "id": "q""#), None, false),
        ("the patient by the URL of its entry", patient(""), Some("https://e/Patient/p"), true),
        ("another by the URL of its entry", patient(""), Some("https://e/Patient/q"), false),
    ] {
        assert_eq!(with(&text, url, |resource| resource.concerns("p")), Some(expected), "{name}");
        assert_eq!(with(&text, url, |resource| resource.concerns("")), Some(true), "{name}, and none was asked for");
    }
    let named = observation(r#", "subject": {"reference": "Patient/q"}"#);
    assert_eq!(with(&named, None, |r| r.subject().map(str::to_owned)), Some(Some("Patient/q".to_owned())));
}

#[test]
fn an_order_may_name_the_patient_by_the_entry_in_its_bundle() {
    let url = Some("urn:uuid:1");
    for (name, text, url, expected) in [
        ("the patient", r#"{"resourceType": "Patient", "id": "p"}"#, url, Some("urn:uuid:1")),
        ("without an entry", r#"{"resourceType": "Patient", "id": "p"}"#, None, None),
        ("another patient", r#"{"resourceType": "Patient", "id": "q"}"#, url, None),
        ("a result with the same id", r#"{"resourceType": "Observation", "id": "p"}"#, url, None),
    ] {
        let found = with(text, url, |resource| resource.url_of_patient("p"));
        assert_eq!(found, Some(expected.map(str::to_owned)), "{name}");
    }
}

#[test]
fn a_resource_is_cited_by_what_names_it() {
    let (with_id, without) = (r#"{"resourceType": "Observation", "id": "7"}"#, r#"{"resourceType": "Observation"}"#);
    for (text, url, reference, last_part) in [
        (with_id, Some("urn:uuid:1"), "Observation/7", "7"),
        (without, Some("https://e/Observation/8"), "https://e/Observation/8", "8"),
        (without, None, "Observation", "Observation"),
    ] {
        let found = with(text, url, |resource| (resource.reference(), resource.last_part().to_owned()));
        assert_eq!(found, Some((reference.to_owned(), last_part.to_owned())));
    }
}
