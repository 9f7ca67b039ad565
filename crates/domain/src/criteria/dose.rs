//! What the order itself says: route, amount, interval and product.

use rust_decimal::Decimal;

use super::{Finding, Words};
use crate::assess::Subject;
use crate::fact::Source;
use crate::order::{Dose, Reading};
use crate::rule::{DoseFinding, ProductFinding};
use crate::truth::{Outcome, Reason};
use crate::words::number;

/// Decides a finding on the order's dose.
pub fn decide(finding: &DoseFinding, subject: &Subject<'_>) -> Finding {
    let order = subject.order;
    match finding {
        DoseFinding::RouteNot(route) => read(&order.route, |r| r != route, subject),
        DoseFinding::AmountNot(amount) => read(&order.dose, |dose| *dose != Dose::Milligrams(*amount), subject),
        DoseFinding::IntervalNot(days) => read(&order.interval, |interval| *interval != Decimal::from(*days), subject),
        DoseFinding::IntervalIs(days) => read(&order.interval, |interval| *interval == Decimal::from(*days), subject),
        DoseFinding::ProductConflictsWithRoute => conflict(subject),
    }
}

/// Decides a finding on the order's product.
pub fn product(finding: &ProductFinding, subject: &Subject<'_>) -> Finding {
    let product = &subject.order.product;
    let outcome = match finding {
        ProductFinding::NotRecognised if product.product.is_some() => Outcome::NotMet,
        ProductFinding::NotRecognised => Outcome::Met,
        ProductFinding::LacksIndication(indication) => {
            let brand =
                product.brand.as_ref().and_then(|name| subject.drug.brands.iter().find(|brand| brand.name == *name));
            match (brand, &product.product) {
                (Some(brand), _) if brand.lacks.contains(indication) => Outcome::Met,
                (Some(_), _) | (None, Some(_)) => Outcome::NotMet,
                (None, None) => Outcome::Unknown(Reason::Absent),
            }
        }
    };
    on_order(outcome, product.brand.as_ref().unwrap_or(&product.words).clone(), subject)
}

/// A product that goes by one route only, ordered by another.
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

/// Something read from the order, held against a test.
fn read<T>(reading: &Reading<T>, test: impl Fn(&T) -> bool, subject: &Subject<'_>) -> Finding {
    match reading {
        Reading::Known(value, words) => {
            let outcome = if test(value) { Outcome::Met } else { Outcome::NotMet };
            on_order(outcome, words.clone(), subject)
        }
        Reading::Missing => Finding::bare(Outcome::Unknown(Reason::Absent)),
        Reading::Unreadable(words) => on_order(Outcome::Unknown(Reason::Unreadable), words.clone(), subject),
    }
}

/// A finding whose evidence is the order.
fn on_order(outcome: Outcome, words: String, subject: &Subject<'_>) -> Finding {
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
