//! What the order itself says of route, amount and interval.

use rust_decimal::Decimal;

use super::{CriterionKind, DrugList, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Words};
use crate::assess::Subject;
use crate::fact::{ConceptId, Source};
use crate::order::{Dose, Reading};
use crate::truth::{Outcome, Reason};
use crate::words::{amount, days, number};

/// Something about the dose of the order.
#[derive(Debug)]
pub enum DoseFinding {
    /// The route is another one than this, by its id.
    RouteNot(String),
    /// The amount is another one, in milligrams.
    AmountNot(Decimal),
    /// The interval is another one, in days.
    IntervalNot(i64),
    /// The interval is this one, in days.
    IntervalIs(i64),
    /// The product cannot be given by the ordered route.
    ProductConflictsWithRoute,
}

impl CriterionKind for DoseFinding {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let order = subject.order;
        match self {
            DoseFinding::RouteNot(route) => compare(&order.route, |r| r != route, subject),
            DoseFinding::AmountNot(amount) => compare(&order.dose, |dose| *dose != Dose::Milligrams(*amount), subject),
            DoseFinding::IntervalNot(days) => {
                compare(&order.interval, |interval| *interval != Decimal::from(*days), subject)
            }
            DoseFinding::IntervalIs(days) => {
                compare(&order.interval, |interval| *interval == Decimal::from(*days), subject)
            }
            DoseFinding::ProductConflictsWithRoute => conflict(subject),
        }
    }

    fn concepts(&self) -> Vec<&ConceptId> {
        Vec::new()
    }

    fn window(&self) -> Option<i64> {
        None
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let (met, not_met, list) = match self {
            DoseFinding::RouteNot(id) => {
                let route = names.drug.routes.iter().find(|route| route.id == *id);
                let shown = route.map_or(id.as_str(), |route| &route.shown);
                let met = format!("the ordered route is another than {shown}");
                (met, format!("the ordered route is {shown}"), Some(DrugList::Routes))
            }
            DoseFinding::AmountNot(milligrams) => {
                let shown = amount(*milligrams, "mg");
                (format!("the ordered dose is another than {shown}"), format!("the ordered dose is {shown}"), None)
            }
            DoseFinding::IntervalNot(interval) => {
                let met = format!("the ordered interval is another than {}", days(*interval));
                (met, format!("the ordered interval is {}", days(*interval)), None)
            }
            DoseFinding::IntervalIs(interval) => {
                (format!("the ordered interval is {}", days(*interval)), "it is another".to_owned(), None)
            }
            DoseFinding::ProductConflictsWithRoute => {
                let met = "the product goes by one route only, and another is ordered".to_owned();
                (met, "product and route agree".to_owned(), Some(DrugList::Products))
            }
        };
        let unknown = "not on the order, or not readable there; free text is not interpreted";
        Explanation { list, ..Explanation::new(met, not_met, unknown) }
    }

    fn must_show(&self) -> &'static [&'static str] {
        EVERY_OUTCOME
    }

    fn is_of_order(&self) -> bool {
        true
    }
}

/// A product that can be given by one route only, ordered by another.
fn conflict(subject: &Subject<'_>) -> Finding {
    let order = subject.order;
    let only = order.product.product.as_ref().and_then(|product| product.route.as_ref());
    let recognised = order.product.product.is_some();
    let (outcome, words) = match (only, &order.route) {
        (Some(only), Reading::Known(route, words)) if only != route => (Outcome::Met, words.clone()),
        (_, Reading::Known(_, words)) if recognised => (Outcome::NotMet, words.clone()),
        (_, Reading::Unreadable(words)) => (Outcome::Unknown(Reason::Unreadable), words.clone()),
        _ => (Outcome::Unknown(Reason::Absent), String::new()),
    };
    let mut finding = on_order(outcome, words, subject);
    finding.words.what = Some(order.product.words.clone());
    finding
}

/// Something read from the order, compared by a test.
fn compare<T>(reading: &Reading<T>, test: impl Fn(&T) -> bool, subject: &Subject<'_>) -> Finding {
    match reading {
        Reading::Known(value, words) => {
            let outcome = if test(value) { Outcome::Met } else { Outcome::NotMet };
            on_order(outcome, words.clone(), subject)
        }
        Reading::Missing => Finding::bare(Outcome::Unknown(Reason::Absent)),
        Reading::Unreadable(words) => on_order(Outcome::Unknown(Reason::Unreadable), words.clone(), subject),
    }
}

/// A finding whose evidence is the order itself, with the words of the order that decided.
pub(super) fn on_order(outcome: Outcome, words: String, subject: &Subject<'_>) -> Finding {
    let order = subject.order;
    let source = Source::new(order.reference.clone(), words.clone(), order.authored.clone());
    let limit = subject.drug.labelled_dose.as_ref().map(|dose| format!("{} mg", number(dose.amount)));
    let words = Words {
        value: Some(words.clone()),
        what: Some(words),
        date: subject.order.authored.as_ref().map(|when| when.shown()),
        limit,
        ..Words::default()
    };
    Finding { outcome, evidence: vec![source], words }
}
