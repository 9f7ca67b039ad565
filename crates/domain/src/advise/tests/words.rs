//! What the words of an advice become.

use super::{assessment, found, ids, if_met, rule_with, said};
use crate::advise::{Filled, advise};
use crate::criteria::Words;
use crate::fact::Facts;
use crate::hook::Hook;
use crate::phase::Phase;
use crate::rule::Indicator::Warning;
use crate::rule::{Advice, Rule};
use crate::testing::{advice, drug};
use crate::truth::Outcome::{Met, Unknown};
use crate::truth::Reason;

/// What a template becomes when `a` is met with these words and `b` is unknown: as a summary, and as the pieces of a
/// text, of which the template's own are `true`.
fn filled(template: &str, words: Words) -> (String, Vec<(bool, String)>) {
    let advice = Advice { text: Some(template.to_owned()), unknown: ids(&["b"]), ..if_met(Warning, template) };
    let rule = rule_with(vec![advice]);
    let mut found = found([Met, Unknown(Reason::Stale)]);
    found.findings[0].words = words;
    let (drug, assessment) = (drug(), assessment(Phase::Continuation, false));
    let advised = advise(&drug, &rule, &found, &assessment, &Facts::default(), &Hook::OrderSign).expect("advice");
    let pieces = advised.points[0].text.as_ref().expect("a text").iter().map(|piece| match piece {
        Filled::Written(words) => (true, (*words).to_owned()),
        Filled::Found(words) => (false, words.clone()),
    });
    (advised.points[0].summary.clone(), pieces.collect())
}

#[test]
fn tokens_are_filled_from_the_findings() {
    let some = |text: &str| Some(text.to_owned());
    let words = || Words {
        value: some("5 mg"),
        date: some("10 Nov 2026"),
        limit: some("6 mg"),
        ratio: some("2 x"),
        what: some("a *name*"),
        ..Words::default()
    };
    for (template, summary) in [
        ("{a.value} {a.date} {a.limit} {a.ratio}", "5 mg 10 Nov 2026 6 mg 2 x"),
        ("{a.what}", "a *name*"),
        ("{unknown} are missing", "name b are missing"),
        ("{b.reason}", "last result too old"),
        ("{a.reason}", "not stated"),
        ("{b.date}", "undated"),
        ("{b.value}", "not stated"),
        ("{c.value} {a.colour} {a}", "not stated not stated not stated"),
    ] {
        assert_eq!(filled(template, words()).0, summary, "{template}");
    }
    let pieces = [(true, "*As* ".to_owned()), (false, "a *name*".to_owned())];
    assert_eq!(filled("*As* {a.what}", words()).1, pieces, "what writes a text must escape the words of the record");
    let without_ratio = Words { ratio: None, ..words() };
    assert_eq!(filled("{a.ratio}", without_ratio).0, "5 mg", "a value where there is no ratio");
    let long = Words { value: some("a value that is too long"), ..Words::default() };
    assert_eq!(filled("{a.value}", long).0, "a value that is…");
}

#[test]
fn names_of_the_unknown_stand_once_each() {
    let mut rule = rule_with(vec![Advice { unknown: ids(&["a", "b"]), ..advice(Warning, "{unknown}") }]);
    let unknown = [Unknown(Reason::Absent), Unknown(Reason::Stale)];
    let summary = |rule: &Rule, outcomes| said(rule, outcomes, |advised| advised.expect("advice").summary);
    assert_eq!(summary(&rule, unknown), "name a, name b");
    assert_eq!(summary(&rule, [Met, unknown[0]]), "name b");
    rule.criteria[1].name = rule.criteria[0].name.clone();
    assert_eq!(summary(&rule, unknown), "name a");
}
