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
mod tests;
