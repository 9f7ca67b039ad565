use jiff::tz::TimeZone;

use super::{current_treatment, find, unit_days};
use crate::meaning::Meanings;
use crate::medicine::Chart;
use crate::resource::Resource;
use crate::resources::Resources;
use crate::testing::{clock, document, library, resource};

fn with_chart<T>(resources: &[String], look: impl FnOnce(Chart<'_, '_, '_>) -> T) -> T {
    let text = format!("[{}]", resources.join(","));
    let document = document(&text);
    let (drafts, mut record, meanings) = (Resources::default(), Resources::default(), Meanings::new(library()));
    document.root().items().filter_map(Resource::alone).for_each(|resource| record.add(resource));
    look(Chart { drafts: &drafts, record: &record, meanings: &meanings })
}

/// The treatment that may go on, by its reference.
fn current(resources: &[String]) -> Option<String> {
    with_chart(resources, |chart| {
        let found = current_treatment(chart, &clock())?;
        assert!(found.order.is_current_treatment && !found.is_draft);
        Some(found.order.reference)
    })
}

const DRUG: &str = r#""medicationCodeableConcept": {"text": "tocilizumab"}"#;

#[test]
fn an_order_of_the_drug_is_found() {
    let order = |members: &str| {
        with_chart(&[resource("MedicationRequest", "r", members)], |chart| {
            let found = find(chart.record.iter().next()?, chart, &TimeZone::UTC)?;
            Some(found.order.reference)
        })
    };
    assert_eq!(order(DRUG).as_deref(), Some("MedicationRequest/r"));
    for (name, members) in [
        ("another medicine", r#""medicationCodeableConcept": {"text": "ibuprofen"}"#.to_owned()),
        ("one that is stopped", format!(r#"{DRUG}, "status": "stopped""#)),
        ("one that is stopped, in capitals", format!(r#"{DRUG}, "status": " STOPPED ""#)),
        ("one that forbids it", format!(r#"{DRUG}, "doNotPerform": true"#)),
    ] {
        assert_eq!(order(&members), None, "{name}");
    }
}

/// What may go on is what was lately, or what nobody closed.
#[test]
fn a_treatment_may_go_on() {
    let of =
        |kind: &str, status: &str, date: &str| resource(kind, "r", &format!(r#"{DRUG}, "status": "{status}", {date}"#));
    let on = |name: &str, day: &str| format!(r#""{name}": "{day}""#);
    let (old, lately) = ("2020-01-01", "2026-11-01");
    for (name, record, expected) in [
        ("a request", of("MedicationRequest", "active", &on("authoredOn", lately)), true),
        ("an open request of long ago", of("MedicationRequest", "active", &on("authoredOn", old)), true),
        ("the same in DSTU2", of("MedicationOrder", "active", &on("dateWritten", old)), true),
        ("a closed request of long ago", of("MedicationRequest", "completed", &on("authoredOn", old)), false),
        (
            "a statement of long ago that goes on",
            of("MedicationStatement", "active", &on("effectiveDateTime", old)),
            true,
        ),
        (
            "a statement that was stopped long ago",
            of("MedicationStatement", "stopped", &on("effectiveDateTime", old)),
            false,
        ),
        (
            "a statement that was stopped lately",
            of("MedicationStatement", "stopped", &on("effectiveDateTime", lately)),
            true,
        ),
        ("a dose", of("MedicationAdministration", "completed", &on("effectiveDateTime", lately)), true),
        ("a dose of long ago", of("MedicationAdministration", "completed", &on("effectiveDateTime", old)), false),
        ("not taken", of("MedicationStatement", "not-taken", &on("effectiveDateTime", lately)), false),
        ("a result", of("Observation", "active", &on("effectiveDateTime", lately)), false),
    ] {
        assert_eq!(current(&[record]).is_some(), expected, "{name}");
    }
    let another =
        resource("MedicationRequest", "r", r#""medicationCodeableConcept": {"text": "ibuprofen"}, "status": "active""#);
    assert_eq!(current(&[another]), None);
}

/// A request says more than a statement, and both more than a dose; of several, the newest counts.
#[test]
fn the_record_that_says_most_stands_for_the_treatment() {
    let request = |id: &str, day: &str| {
        resource("MedicationRequest", id, &format!(r#"{DRUG}, "status": "active", "authoredOn": "{day}""#))
    };
    let dated = |kind: &str, status: &str| {
        resource(kind, "x", &format!(r#"{DRUG}, "status": "{status}", "effectiveDateTime": "2026-11-10""#))
    };
    let (statement, dose) = (dated("MedicationStatement", "active"), dated("MedicationAdministration", "completed"));
    let (first, second) = (request("1", "2026-10-01"), request("2", "2026-11-01"));
    for (name, records, expected) in [
        ("a dose and a statement", vec![dose.clone(), statement.clone()], "MedicationStatement/x"),
        ("a statement and a request", vec![first.clone(), statement], "MedicationRequest/1"),
        ("a request and a dose", vec![first.clone(), dose], "MedicationRequest/1"),
        ("two requests", vec![second.clone(), first.clone()], "MedicationRequest/2"),
        ("two requests, the other way round", vec![first, second], "MedicationRequest/2"),
    ] {
        assert_eq!(current(&records).as_deref(), Some(expected), "{name}");
    }
}

#[test]
fn periods_have_days() {
    for (unit, days) in [("d", Some("1")), (" Weeks ", Some("7")), ("wk", Some("7")), ("mo", None), ("", None)] {
        assert_eq!(unit_days(unit).map(|days| days.to_string()).as_deref(), days, "{unit}");
    }
    assert!(unit_days("h").is_some_and(|hour| hour < unit_days("d").unwrap_or_default()));
}

/// An order gives its reason by a code, by a condition that it refers to, or in words.
#[test]
fn an_order_has_a_reason() {
    let contained = r#"[{"id": "other", "code": {"text": "gout"}},
        {"resourceType": "Condition", "id": "c", "code": {"text": "rheumatoid arthritis"}}]"#;
    let condition = resource("Condition", "c", r#""code": {"text": "rheumatoid arthritis"}"#);
    let words = |members: &str| {
        let order = resource("MedicationRequest", "r", &format!("{DRUG}, {members}"));
        with_chart(&[order, condition.clone()], |chart| {
            find(chart.record.iter().next()?, chart, &TimeZone::UTC)?.order.reason.words
        })
    };
    for (name, members, expected) in [
        ("none", r#""note": []"#.to_owned(), None),
        ("words", r#""reasonCode": [{"text": "rheumatoid arthritis"}]"#.to_owned(), Some("rheumatoid arthritis")),
        ("words of R5", r#""reason": [{"concept": {"text": "gout"}}]"#.to_owned(), Some("gout")),
        (
            "a condition of the record",
            r#""reasonReference": [{"reference": "Condition/c", "display": "x"}]"#.to_owned(),
            Some("rheumatoid arthritis"),
        ),
        (
            "a contained condition",
            format!(r##""contained": {contained}, "reasonReference": [{{"reference": "#c"}}]"##),
            Some("rheumatoid arthritis"),
        ),
        (
            "a condition that was not received",
            r#""reasonReference": [{"reference": "Condition/9", "display": "gout"}]"#.to_owned(),
            Some("gout"),
        ),
    ] {
        assert_eq!(words(&members).as_deref(), expected, "{name}");
    }
}
