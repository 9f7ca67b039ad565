use jiff::tz::TimeZone;

use super::{Draft, Why, count, is_any, read};
use crate::meaning::Meanings;
use crate::medicine::Chart;
use crate::resource::Resource;
use crate::resources::Resources;
use crate::testing::{document, library, resource};

#[test]
fn what_is_looked_at_first_finds_all_that_is_read() {
    let actemra = r#""medicationCodeableConcept": {"text": "Actemra"}"#;
    let medicines = [
        actemra,
        r#""medicationCodeableConcept": {"text": "ibuprofen"}"#,
        r#""medicationCodeableConcept": {}"#,
        r#""medicationReference": {"reference": "Medication/elsewhere"}"#,
        r#""medicationReference": {"display": "tocilizumab"}"#,
        r#""code": {"text": "Tocilizumab infusion 8 mg/kg"}"#,
        r#""activity": [{"detail": {"description": "tocilizumab weekly"}}]"#,
        &format!(r#""contained": [{{"resourceType": "MedicationRequest", {actemra}}}]"#),
        r#""note": []"#,
    ];
    let kinds = [
        "MedicationRequest",
        "MedicationOrder",
        "Medicationrequest",
        "MedicationDispense",
        "MedicationAdministration",
        "MedicationStatement",
        "ServiceRequest",
        "CarePlan",
        "RequestGroup",
        "Observation",
    ];
    let (mut found, mut tried, nothing) = (0, 0, Resources::default());
    for kind in kinds {
        for medicine in medicines {
            for status in ["draft", "stopped", "completed"] {
                let text = format!(r#"{{"resourceType": "{kind}", "id": "x", "status": "{status}", {medicine}}}"#);
                let document = document(&text);
                let meanings = Meanings::new(library());
                let chart = Chart { drafts: &nothing, record: &nothing, meanings: &meanings };
                let resource = Resource::alone(document.root()).expect("a resource");
                let is_read = !read(&resource, chart, &TimeZone::UTC).is_empty();
                assert_eq!(is_any(&resource, chart, &TimeZone::UTC), is_read, "{kind} {status} {medicine}");
                (found, tried) = (found + usize::from(is_read), tried + 1);
            }
        }
    }
    assert!(found > 15 && found < tried / 2, "{found} of {tried}");
}

/// What a draft is, in a few words each.
fn drafts(text: &str) -> Vec<String> {
    let (document, nothing, meanings) = (document(text), Resources::default(), Meanings::new(library()));
    let chart = Chart { drafts: &nothing, record: &nothing, meanings: &meanings };
    let resource = Resource::alone(document.root()).expect("a resource");
    let found = read(&resource, chart, &TimeZone::UTC);
    let words = |draft: &Draft<'_, '_>| match draft {
        Draft::Order(found) => {
            format!("{} of {}{}", found.order.reference, found.drug.name, if found.is_draft { "" } else { ", inside" })
        }
        Draft::Unchecked(unchecked) => format!("{}: {}", unchecked.order, unchecked.why.words()),
    };
    found.iter().map(words).collect()
}

/// A draft that may be an order of the drug is read as one or told of, whatever it comes as.
#[test]
fn a_draft_is_an_order_or_is_told_of() {
    const DRUG: &str = r#""medicationCodeableConcept": {"text": "Actemra"}"#;
    const OTHER: &str = r#""medicationCodeableConcept": {"text": "ibuprofen"}"#;
    let inside = |members: &str| format!(r#""contained": [{}]"#, resource("MedicationRequest", "i", members));
    let rxnorm = r#"{"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "612865"}]}"#;
    for (kind, members, expected) in [
        ("MedicationRequest", DRUG.to_owned(), vec!["MedicationRequest/x of tocilizumab"]),
        ("MedicationRequest", OTHER.to_owned(), vec![]),
        ("MedicationRequest", format!(r#"{DRUG}, "status": "stopped""#), vec![]),
        ("MedicationRequest", format!(r#"{DRUG}, "doNotPerform": true"#), vec![]),
        ("MedicationRequest", format!(r#"{DRUG}, "doNotPerform": false"#), vec!["MedicationRequest/x of tocilizumab"]),
        ("MedicationRequest", r#""note": []"#.to_owned(), vec!["MedicationRequest/x: no medication"]),
        (
            "MedicationRequest",
            r#""medicationCodeableConcept": {}"#.to_owned(),
            vec!["MedicationRequest/x: no medication that can be read"],
        ),
        (
            "MedicationRequest",
            r#""medicationReference": {"reference": "Medication/9"}"#.to_owned(),
            vec!["MedicationRequest/x: its medication was not sent"],
        ),
        ("Medicationrequest", DRUG.to_owned(), vec!["Medicationrequest/x: its type is misspelt"]),
        ("Medicationquest", DRUG.to_owned(), vec![]),
        ("MedicationDispense", DRUG.to_owned(), vec!["MedicationDispense/x of tocilizumab"]),
        ("MedicationDispense", r#""note": []"#.to_owned(), vec![]),
        ("MedicationStatement", DRUG.to_owned(), vec!["MedicationStatement/x: a record of use, not an order"]),
        ("MedicationStatement", OTHER.to_owned(), vec![]),
        (
            "ServiceRequest",
            r#""code": {"text": "Tocilizumab infusion 8 mg/kg"}"#.to_owned(),
            vec!["ServiceRequest/x of tocilizumab"],
        ),
        ("ServiceRequest", r#""code": {"text": "tocilizumab level"}"#.to_owned(), vec![]),
        ("ServiceRequest", r#""code": {"text": "infusion of iron"}"#.to_owned(), vec![]),
        ("ServiceRequest", format!(r#""code": {rxnorm}"#), vec!["ServiceRequest/x of tocilizumab"]),
        ("RequestGroup", inside(DRUG), vec!["MedicationRequest/i of tocilizumab, inside"]),
        ("RequestGroup", inside(OTHER), vec![]),
        (
            "RequestGroup",
            format!(r#"{}, "action": [{{"title": "tocilizumab"}}]"#, inside(DRUG)),
            vec!["MedicationRequest/i of tocilizumab, inside"],
        ),
        (
            "RequestGroup",
            r#""action": [{"title": "iron"}, {"description": "tocilizumab"}]"#.to_owned(),
            vec!["RequestGroup/x: only named in a plan"],
        ),
        ("RequestGroup", r#""action": [{"title": "iron"}]"#.to_owned(), vec![]),
        (
            "CarePlan",
            format!(r#""activity": [{{"detail": {{"code": {rxnorm}}}}}]"#),
            vec!["CarePlan/x: only named in a plan"],
        ),
        (
            "CarePlan",
            r#""activity": [{"detail": {"productCodeableConcept": {"text": "Actemra"}}}]"#.to_owned(),
            vec!["CarePlan/x: only named in a plan"],
        ),
        (
            "CarePlan",
            r#""activity": [{"detail": {"productReference": {"display": "Actemra"}}}]"#.to_owned(),
            vec!["CarePlan/x: only named in a plan"],
        ),
        ("CarePlan", format!(r#""contained": [{}]"#, resource("CarePlan", "i", &inside(DRUG))), vec![]),
        ("Observation", DRUG.to_owned(), vec![]),
    ] {
        assert_eq!(drafts(&resource(kind, "x", &members)), expected, "{kind} {members}");
    }
}

/// The most orders that a call may hold is known before they are read.
#[test]
fn the_orders_of_a_plan_are_counted() {
    let two = r#""contained": [{"resourceType": "MedicationRequest"}, {"resourceType": "Patient"}]"#;
    for (kind, members, expected) in [
        ("MedicationRequest", two, 1),
        ("RequestGroup", two, 2),
        ("RequestOrchestration", two, 2),
        ("CarePlan", r#""note": []"#, 0),
        ("Observation", two, 0),
    ] {
        let text = resource(kind, "x", members);
        let document = document(&text);
        assert_eq!(count(&Resource::alone(document.root()).expect("a resource")), expected, "{kind}");
    }
}

#[test]
fn some_reasons_say_that_it_is_the_drug() {
    for (why, is_of_drug) in [
        (Why::OtherPatient, true),
        (Why::NoOrder, true),
        (Why::InPlan, true),
        (Why::Unreadable("x"), false),
        (Why::NoMedication, false),
        (Why::OddMedication, false),
        (Why::MedicationElsewhere, false),
    ] {
        assert_eq!(why.is_of_drug(), is_of_drug, "{why:?}");
    }
}
