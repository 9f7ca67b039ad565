use super::DoseWords::{self, AsNeeded, BeyondLabel, Capped, Contradict, Only};
use super::{CriterionKind, Earlier};
use crate::assess::Subject;
use crate::criteria::Finding;
use crate::dose_table::DoseRow;
use crate::order::{Dose, DrugOrder, OrderText, Reading};
use crate::rule::Drug;
use crate::testing::{described, dose_row, drug, number, order, rule, with_subject};

/// At most 162 mg once a week, by the only route.
fn with_limits() -> Drug {
    let row = DoseRow { closest_days: number("7"), ..dose_row(&[], "subcutaneous", "162 mg", "162") };
    Drug { doses: vec![row], ..drug() }
}

fn found(kind: DoseWords, order: &DrugOrder) -> Finding {
    let (rule, drug) = (rule(Vec::new()), with_limits());
    with_subject(&[], order, None, |subject| {
        let &Subject { facts, order, indication, clock, .. } = subject;
        kind.decide(&Subject::new(&drug, facts, order, indication, clock), Earlier { rule: &rule, findings: &[] })
    })
}

fn read<T>(value: T, words: &str) -> Reading<T> {
    Reading::Known(value, words.to_owned())
}

/// 162 mg weekly under the skin, in the fields.
fn complete() -> DrugOrder {
    DrugOrder {
        dose: read(Dose::Milligrams(number("162")), "162 mg"),
        route: read("subcutaneous".to_owned(), "under the skin"),
        interval: read(number("7"), "every week"),
        ..order()
    }
}

/// The same with a text that names these amounts, intervals and routes.
fn saying(doses: &[&str], intervals: &[&str], routes: &[&str], order: DrugOrder) -> DrugOrder {
    let text = OrderText {
        words: "the text".to_owned(),
        doses: doses.iter().map(|dose| Dose::Milligrams(number(dose))).collect(),
        intervals: intervals.iter().map(|days| number(days)).collect(),
        routes: routes.iter().map(|id| (*id).to_owned()).collect(),
        ..OrderText::default()
    };
    DrugOrder { text: Some(text), ..order }
}

/// An order whose text caps one dose.
fn capped(at: &str) -> DrugOrder {
    let text = OrderText { caps: vec![Dose::Milligrams(number(at))], ..OrderText::default() };
    DrugOrder { text: Some(text), ..complete() }
}

#[test]
fn truth() {
    let weighed = DrugOrder { dose: read(Dose::PerKilogram(number("8")), "8 mg/kg"), ..complete() };
    for (name, kind, order, outcome) in [
        ("no text", Only, order(), "unknown: absent"),
        ("text, and nothing in the fields", Only, saying(&[], &[], &[], order()), "met"),
        ("text, and all in the fields", Only, saying(&[], &[], &[], complete()), "not-met"),
        ("no text to compare", Contradict, complete(), "unknown: absent"),
        ("text that names nothing", Contradict, saying(&[], &[], &[], complete()), "unknown: absent"),
        ("the same dose", Contradict, saying(&["162"], &["7"], &["subcutaneous"], complete()), "not-met"),
        ("another dose", Contradict, saying(&["1620"], &[], &[], complete()), "met"),
        ("another interval", Contradict, saying(&["162"], &["1"], &[], complete()), "met"),
        ("another route", Contradict, saying(&["162"], &["7"], &["intravenous"], complete()), "met"),
        ("the same dose beside one more", Contradict, saying(&["650", "162"], &[], &[], complete()), "not-met"),
        ("a dose, but none in the field", Contradict, saying(&["1620"], &[], &[], order()), "unknown: absent"),
        ("milligrams beside a dose by weight", Contradict, saying(&["560"], &[], &[], weighed), "unknown: absent"),
        ("no text at all", BeyondLabel, order(), "unknown: absent"),
        ("text without a dose", BeyondLabel, saying(&[], &[], &[], order()), "unknown: absent"),
        ("ten times the dose", BeyondLabel, saying(&["1620"], &[], &[], order()), "met"),
        ("every day", BeyondLabel, saying(&["162"], &["1"], &["subcutaneous"], order()), "met"),
        ("the dose of the label", BeyondLabel, saying(&["162"], &["7"], &[], order()), "not-met"),
        ("two doses", BeyondLabel, saying(&["1620", "650"], &[], &[], order()), "unknown: indeterminate"),
        ("the field decides", BeyondLabel, saying(&["1620"], &["1"], &[], complete()), "not-met"),
        ("a route without limits", BeyondLabel, saying(&["162"], &[], &["x"], order()), "unknown: indeterminate"),
        ("no text to cap it", Capped, complete(), "unknown: absent"),
        ("a text without a cap", Capped, saying(&["162"], &[], &[], complete()), "not-met"),
        ("a cap", Capped, capped("162"), "met"),
        ("a cap above the label", Capped, capped("163"), "not-met"),
        ("as needed", AsNeeded, DrugOrder { as_needed: true, ..complete() }, "met"),
        ("at fixed times", AsNeeded, complete(), "not-met"),
    ] {
        assert_eq!(found(kind, &order).outcome.to_string(), outcome, "{name}");
    }
}

#[test]
fn text_and_fields_are_cited() {
    let contradiction = found(Contradict, &saying(&["1620"], &[], &[], complete()));
    let cited = "in the fields 162 mg, under the skin, every week; in the text “the text”";
    assert_eq!(contradiction.evidence[0].received, cited);
    assert_eq!(contradiction.words.what.as_deref(), Some("the text"));
    let only = found(Only, &saying(&[], &[], &[], order()));
    assert_eq!((only.words.value.as_deref(), only.evidence.len()), (Some("the text"), 1));
}

#[test]
fn description() {
    for (kind, shows, met) in [
        (Only, "met, not-met, unknown", "the order has a text, and route, dose or interval is not in its field"),
        (
            Contradict,
            "met, not-met, unknown",
            "the text names a dose, a route or an interval, and the field says another one",
        ),
        (
            BeyondLabel,
            "met, not-met, unknown",
            "the text names one dose or one interval beyond the label, and its field says none",
        ),
        (AsNeeded, "met, not-met", "the order says “as needed”, in its field or its text"),
    ] {
        let lines = described(&mut { kind });
        assert_eq!(lines[2..5], [&format!("shows: {shows}"), "of the order: true", &format!("met: {met}")]);
    }
}
