//! What the text of the order says of the dose, in addition to its fields. The text is compared with the fields and may
//! warn; it never takes the place of a field, because a sentence can name the dose of another drug.

use super::dose::on_order;
use super::label_amount::{is_amount_beyond, is_cap};
use super::label_schedule::is_interval_beyond;
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::Source;
use crate::order::{Dose, DrugOrder, OrderText, Reading};
use crate::truth::{Outcome, Reason};

/// Something about the words of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoseWords {
    /// The order has a text, and route, amount or interval is not in its field.
    Only,
    /// A field says something else.
    Contradict,
    /// What the words name and no field says goes beyond the label.
    BeyondLabel,
    /// The order is to be given as needed.
    AsNeeded,
    /// The words cap a dose by weight, and no field does.
    Capped,
}

impl CriterionKind for DoseWords {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let order = subject.order;
        if *self == DoseWords::AsNeeded {
            let outcome = if order.as_needed { Outcome::Met } else { Outcome::NotMet };
            let words = if order.as_needed { "as needed" } else { "at fixed times" };
            return on_order(outcome, words.to_owned(), subject);
        }
        let Some(text) = &order.text else { return Finding::bare(Outcome::Unknown(Reason::Absent)) };
        let outcome = match self {
            DoseWords::Contradict => contradict(order, text),
            DoseWords::BeyondLabel => beyond_label(text, subject),
            DoseWords::Capped if is_cap(&text.caps, subject) => Outcome::Met,
            DoseWords::Only if fields(order).iter().any(Option::is_none) => Outcome::Met,
            DoseWords::Capped | DoseWords::Only | DoseWords::AsNeeded => Outcome::NotMet,
        };
        let mut finding = on_order(outcome, text.words.clone(), subject);
        if *self == DoseWords::Contradict {
            let fields: Vec<&str> = fields(order).into_iter().flatten().collect();
            let both = format!("in the fields {}; in the text “{}”", fields.join(", "), text.words);
            finding.evidence = vec![Source::new(order.reference.clone(), both, order.authored.clone())];
            finding.words.value = None;
        }
        finding
    }

    fn properties(&self) -> Properties<'_> {
        let must_show: &[&str] = match self {
            DoseWords::AsNeeded => &["met", "not-met"],
            _ => EVERY_OUTCOME,
        };
        Properties { concepts: Vec::new(), window_days: None, must_show, is_of_order: true }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, _: &Names<'_>) -> Explanation {
        let (met, not_met, unknown) = match self {
            DoseWords::Only => (
                "the order has a text, and route, dose or interval is not in its field",
                "route, dose and interval are in their fields",
                "the order has no text",
            ),
            DoseWords::Contradict => (
                "the text names a dose, a route or an interval, and the field says another one",
                "each field says what the text names",
                "no text, or it names nothing that a field says too",
            ),
            DoseWords::BeyondLabel => (
                "the text names one dose or one interval beyond the label, and its field says none",
                "what the text names is within the label, or a field says it too",
                "no text, or it names nothing without doubt",
            ),
            DoseWords::Capped => (
                "the text names a most for one dose that is not above the label's",
                "it names none",
                "the order has no text",
            ),
            DoseWords::AsNeeded => ("the order says “as needed”, in its field or its text", "it does not", "never"),
        };
        Explanation::new(met, not_met, unknown)
    }
}

/// The words of the fields for amount, route and interval; `None` where a field says nothing that was understood.
fn fields(order: &DrugOrder) -> [Option<&str>; 3] {
    fn words<T>(reading: &Reading<T>) -> Option<&str> {
        match reading {
            Reading::Known(_, words) => Some(words),
            Reading::Missing | Reading::Unreadable(_) => None,
        }
    }
    [words(&order.dose), words(&order.route), words(&order.interval)]
}

/// Whether a field and the text name different things. A text may name the dose of another drug too, so that
/// one agreement is enough.
fn contradict(order: &DrugOrder, text: &OrderText) -> Outcome {
    // An amount per kilogram and one in milligrams cannot be compared without the weight.
    let alike = |dose: &&Dose| {
        order.dose.known().is_some_and(|known| std::mem::discriminant(known) == std::mem::discriminant(*dose))
    };
    let doses: Vec<&Dose> = text.doses.iter().filter(alike).collect();
    let compared = [
        agrees(order.dose.known(), doses.iter().copied()),
        agrees(order.route.known(), text.routes.iter()),
        agrees(order.interval.known(), text.intervals.iter()),
    ];
    match compared {
        all if all.contains(&Some(false)) => Outcome::Met,
        all if all.contains(&Some(true)) => Outcome::NotMet,
        _ => Outcome::Unknown(Reason::Absent),
    }
}

/// Whether a field agrees with one of those that the text names; `None` where either says nothing.
fn agrees<'t, T: PartialEq + 't>(field: Option<&T>, mut named: impl Iterator<Item = &'t T> + Clone) -> Option<bool> {
    let field = field?;
    named.clone().next()?;
    Some(named.any(|named| named == field))
}

/// Whether what only the text says goes beyond the label. Where a field says it, the field decides.
fn beyond_label(text: &OrderText, subject: &Subject<'_>) -> Outcome {
    let order = subject.order;
    if text.doses.is_empty() && text.intervals.is_empty() {
        return Outcome::Unknown(Reason::Absent);
    }
    // The route of the text counts where its field says none.
    let route = match (order.route.known(), text.routes.as_slice()) {
        (None, [only]) => Some(only),
        (known, _) => known,
    };
    let route = route.map(String::as_str);
    let dose = match (order.dose.known(), text.doses.as_slice()) {
        (Some(_), _) | (None, []) => None,
        (None, [only]) => Some(is_amount_beyond(*only, route, subject)),
        (None, _) => Some(None),
    };
    let interval = match (order.interval.known(), text.intervals.as_slice()) {
        (Some(_), _) | (None, []) => None,
        (None, [only]) => Some(is_interval_beyond(*only, route, subject)),
        (None, _) => Some(None),
    };
    let asked: Vec<Option<bool>> = [dose, interval].into_iter().flatten().collect();
    match asked {
        asked if asked.contains(&Some(true)) => Outcome::Met,
        asked if asked.contains(&None) => Outcome::Unknown(Reason::Indeterminate),
        _ => Outcome::NotMet,
    }
}

#[cfg(test)]
mod tests {
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
}
