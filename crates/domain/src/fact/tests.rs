use super::Facts;
use crate::fact::Presence::Active;
use crate::fact::Shown::Stated;
use crate::testing::{Fact, allergy, condition, event, facts, measured, measured_as, medicine_as, source, tested};
use crate::truth::{Outcome, Reason};

/// The references of all facts, kind by kind.
fn references(facts: &Facts) -> Vec<&str> {
    let sources = facts.measurements.iter().map(|fact| &fact.source);
    let sources = sources.chain(facts.tests.iter().map(|fact| &fact.source));
    let sources = sources.chain(facts.conditions.iter().map(|fact| &fact.source));
    let sources = sources.chain(facts.medications.iter().map(|fact| &fact.source));
    let sources = sources.chain(facts.allergies.iter().map(|fact| &fact.source));
    let sources = sources.chain(facts.events.iter().map(|fact| &fact.source));
    sources.map(|source| source.reference.as_str()).collect()
}

#[test]
fn the_newest_come_first_whatever_the_order_of_the_sender() {
    let newer = [
        measured("2026-11-02", "1"),
        tested("2026-11-02", "negative"),
        condition("b", Active, "2026-11-02"),
        medicine_as("b", Stated, "2026-11-02"),
        allergy("a", Active),
        event("b", "2026-11-02", false),
    ];
    let older = [
        measured("2026-11-01", "2"),
        tested("", "positive"),
        condition("a", Active, "2026-11"),
        medicine_as("a", Stated, "2026-11-01"),
        allergy("b", Active),
        event("a", "2026-11-01", false),
    ];
    // A month may be as late as its last day.
    let sorted = [
        "Observation/1",
        "Observation/2",
        "Observation/negative",
        "Observation/positive",
        "Condition/a",
        "Condition/b",
        "MedicationStatement/b",
        "MedicationStatement/a",
        "AllergyIntolerance/a",
        "AllergyIntolerance/b",
        "Procedure/b",
        "Procedure/a",
    ];
    for known in [[newer.clone(), older.clone()].concat(), [older, newer].concat()] {
        let mut facts = facts(&known);
        facts.ordered = [("b", "2026-11-01"), ("a", "2026-11-02")]
            .map(|(id, date)| super::Ordered { concept: "x".into(), source: source("ServiceRequest", id, date) })
            .into();
        facts.sort();
        assert_eq!(references(&facts), sorted);
        assert_eq!(facts.ordered[0].source.reference, "ServiceRequest/a");
    }
}

#[test]
fn the_newest_at_hand_may_not_be_the_newest() {
    let facts = facts(&[Fact::Unordered("measure"), Fact::Gap("other", Reason::Unreadable)]);
    let odd = Facts { odd: ["measure".into()].into(), ..Facts::default() };
    let of = |outcome| odd.if_newest(&"measure".into(), outcome);
    assert_eq!((of(Outcome::NotMet), of(Outcome::Met)), (Outcome::Unknown(Reason::Unreadable), Outcome::Met));
    let unknown = Outcome::Unknown(Reason::Stale);
    for (concept, outcome, expected) in [
        ("measure", Outcome::Met, Outcome::Unknown(Reason::NotRetrieved)),
        ("measure", Outcome::NotMet, Outcome::Unknown(Reason::NotRetrieved)),
        ("measure", unknown, unknown),
        ("measure", Outcome::NotApplicable, Outcome::NotApplicable),
        ("other", Outcome::Met, Outcome::Met),
    ] {
        assert_eq!(facts.if_newest(&concept.into(), outcome), expected, "{concept} {outcome}");
    }
    assert_eq!((facts.why_none("other"), facts.why_none("measure")), (Reason::Unreadable, Reason::Absent));
}

#[test]
fn a_citation_is_the_same_only_when_it_is_the_very_one() {
    let (one, other) = (source("Observation", "5", "2026-11-01"), source("Observation", "5", "2026-11-01"));
    assert!(one == other && one.is(&one.clone()) && !one.is(&other));
    let changed = one.with_value("6".to_owned());
    assert_eq!((changed.received.as_str(), changed.reference.as_str()), ("6", "Observation/5"));
    assert_eq!(changed.effective, one.effective);
    assert_eq!(facts(&[measured_as("m", "", "1")]).measurements[0].source.received, "1");
}
