use super::{Chart, medicine, unresolved};
use crate::meaning::Meanings;
use crate::resource::Resource;
use crate::resources::Resources;
use crate::testing::{document, library};

/// The Medications and another resource that came with the orders.
const BESIDE: &str = r##"[
    {"resourceType": "Medication", "id": "pen", "code": {"text": "Actemra pen"}},
    {"resourceType": "Medication", "id": "mixture", "ingredient": [
        {"itemCodeableConcept": {"text": "water"}}, {"item": {"text": "iron"}},
        {"itemReference": {"reference": "Medication/pen"}}]},
    {"resourceType": "Medication", "id": "old", "product": {"ingredient": [{"item": {"text": "gold"}}]}},
    {"resourceType": "Observation", "id": "pen", "code": {"text": "no medicine"}}
]"##;

/// What a request says of its medicine, and the Medication that was not received.
fn said(members: &str) -> (Vec<String>, Option<String>) {
    let text = format!(r#"{{"resourceType": "MedicationRequest", {members}}}"#);
    let (beside, request) = (document(BESIDE), document(&text));
    let (mut drafts, record, meanings) = (Resources::default(), Resources::default(), Meanings::new(library()));
    beside.root().items().filter_map(Resource::alone).for_each(|resource| drafts.add(resource));
    let chart = Chart { drafts: &drafts, record: &record, meanings: &meanings };
    let object = request.root().object().expect("an object");
    let words = medicine(&object, chart).said.words.iter().map(|words| words.to_string()).collect();
    (words, unresolved(&object, chart))
}

#[test]
fn a_medicine_is_found_by_every_path() {
    let reference = |link: &str| format!(r#""medicationReference": {{"reference": "{link}"}}"#);
    let contained =
        |members: &str| format!(r##""contained": [{{"id": "n"}}, {{"id": "m", {members}}}], {}"##, reference("#m"));
    for (name, members, expected) in [
        ("a concept", r#""medicationCodeableConcept": {"text": "Actemra"}"#.to_owned(), vec!["Actemra"]),
        ("a concept of R5", r#""medication": {"concept": {"text": "Actemra"}}"#.to_owned(), vec!["Actemra"]),
        (
            "a reference of R5",
            r#""medication": {"reference": {"reference": "Medication/pen"}}"#.to_owned(),
            vec!["Actemra pen"],
        ),
        ("a Medication", reference("Medication/pen"), vec!["Actemra pen"]),
        ("its ingredients", reference("Medication/mixture"), vec!["water", "iron", "Actemra pen"]),
        ("ingredients of DSTU2", reference("Medication/old"), vec!["gold"]),
        ("a contained one", contained(r#""code": {"text": "Actemra"}"#), vec!["Actemra"]),
        ("another resource", reference("Observation/pen"), vec![]),
        (
            "a reference with words",
            r#""medicationReference": {"reference": "Medication/9", "display": "Actemra"}"#.to_owned(),
            vec!["Actemra"],
        ),
    ] {
        assert_eq!(said(&members).0, expected, "{name}");
    }
    for (link, missing) in [("Medication/pen", false), ("Medication/9", true), ("#m", true), ("Observation/pen", true)]
    {
        assert_eq!(said(&reference(link)).1, missing.then(|| link.to_owned()), "{link}");
    }
    assert_eq!(said(&contained(r#""code": {"text": "Actemra"}"#)).1, None, "it is contained");
    assert_eq!(said(r#""medicationCodeableConcept": {"text": "Actemra"}"#).1, None, "nothing is referred to");
}
