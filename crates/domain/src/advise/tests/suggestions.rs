//! Which suggestions are offered with an advice.

use super::{assessment, found, ids, if_met, rule_with};
use crate::advise::{advise, already_ordered};
use crate::fact::{Facts, Ordered};
use crate::hook::Hook;
use crate::phase::Phase;
use crate::rule::Indicator::{Critical, Info, Warning};
use crate::rule::{Action, Advice, Drug, Rule, Suggestion, UnlessOrdered};
use crate::testing::{advice, drug, source};
use crate::truth::Outcome::{Met, NotMet};

#[test]
fn suggestions_are_offered_unless_ordered_already() {
    let suggestion = |id: &str, criteria: &[&str], unless_ordered: Option<&str>| Suggestion {
        id: id.to_owned(),
        label: id.to_owned(),
        criteria: ids(criteria),
        unless_ordered: unless_ordered.map_or(UnlessOrdered::Never, |id| UnlessOrdered::All(id.into())),
        unless_met: Vec::new(),
        text: None,
        due: None,
        action: Action::DeleteOrder,
    };
    let offered = Advice { suggest: ids(&["always", "for-a", "for-b", "test", "done"]), ..if_met(Warning, "x") };
    let mut rule =
        rule_with(vec![offered, Advice { suggest: ids(&["silent"]), met: ids(&["b"]), ..advice(Info, "y") }]);
    rule.suggestions = vec![
        suggestion("always", &[], None),
        suggestion("for-a", &["a"], None),
        suggestion("for-b", &["b"], None),
        suggestion("test", &[], Some("test-order")),
        suggestion("done", &[], Some("done-order")),
        suggestion("silent", &[], None),
        suggestion("never", &[], None),
    ];
    let ordered = Ordered { concept: "done-order".into(), source: source("ServiceRequest", "done", "") };
    let facts = Facts { ordered: vec![ordered], ..Facts::default() };
    let (drug, found, assessment) = (drug(), found([Met, NotMet]), assessment(Phase::Continuation, false));
    let advised = advise(&drug, &rule, &found, &assessment, &facts, &Hook::OrderSign).expect("advice");
    let offered: Vec<&str> = advised.suggestions.iter().map(|suggestion| suggestion.id.as_str()).collect();
    assert_eq!(offered, ["always", "for-a", "test"]);
    let pending: Vec<(&str, &str)> =
        advised.pending.iter().map(|(suggestion, order)| (suggestion.id.as_str(), order.reference.as_str())).collect();
    assert_eq!(pending, [("done", "ServiceRequest/done")]);
}

/// An order suppresses only the test that it brings.
#[test]
fn an_order_stands_for_what_it_brings_only() {
    let each = UnlessOrdered::Each(vec![("a".to_owned(), "a-order".into()), ("b".to_owned(), "b-order".into())]);
    let order = |concept: &str, id: &str| Ordered { concept: concept.into(), source: source("ServiceRequest", id, "") };
    let with = |ordered: &[(&str, &str)], needed: &[&str]| {
        let ordered = ordered.iter().map(|(concept, id)| order(concept, id)).collect();
        let facts = Facts { ordered, ..Facts::default() };
        let found = already_ordered(&each, needed.iter().copied(), &facts);
        found.iter().map(|source| source.reference.clone()).collect::<Vec<_>>()
    };
    let (a, b) = (("a-order", "a"), ("b-order", "b"));
    assert_eq!(with(&[a], &["a"]), ["ServiceRequest/a"]);
    assert_eq!(with(&[a], &["a", "b"]), [""; 0]);
    assert_eq!(with(&[a, b], &["a", "b"]), ["ServiceRequest/a", "ServiceRequest/b"]);
    assert_eq!(with(&[a, ("b-order", "a")], &["a", "b"]), ["ServiceRequest/a"], "one panel for both");
    assert_eq!(with(&[a], &[]), [""; 0]);
}
#[test]
fn the_labelled_dose_is_offered_to_its_own_family() {
    let offer = Suggestion {
        id: "dose".to_owned(),
        label: String::new(),
        criteria: Vec::new(),
        unless_ordered: UnlessOrdered::Never,
        unless_met: Vec::new(),
        text: None,
        due: None,
        action: Action::UpdateDose,
    };
    let rule = Rule {
        suggestions: vec![offer],
        ..rule_with(vec![Advice { suggest: ids(&["dose"]), ..if_met(Critical, "x") }])
    };
    let mut drug = drug();
    let offers = |drug: &Drug, families: &[&str]| {
        let mut assessment = assessment(Phase::Continuation, false);
        assessment.indication.families = ids(families);
        let found = found([Met, Met]);
        let advised = advise(drug, &rule, &found, &assessment, &Facts::default(), &Hook::OrderSign);
        advised.map_or(0, |advised| advised.suggestions.len())
    };
    assert_eq!(offers(&drug, &[]), 1, "a dose of no family is offered to all");
    drug.labelled_dose.as_mut().expect("a dose").family = Some("lung".to_owned());
    assert_eq!((offers(&drug, &["lung"]), offers(&drug, &["eyes"]), offers(&drug, &[])), (1, 0, 0));
}
