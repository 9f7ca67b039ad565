//! The same drug twice: another order of it among the drafts, or a course with another product that still covers the
//! patient. A renewal of the same product is no duplicate.

use rust_decimal::Decimal;

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::course::{Course, cited};
use crate::fact::{Medication, Shown};
use crate::order::Reading;
use crate::rule::Drug;
use crate::truth::Outcome;

/// Where the other order or course of the drug is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicate {
    /// Another order among the drafts.
    Draft,
    /// A course with another product, which covers the patient for more than half of an interval.
    OtherProduct,
}

impl CriterionKind for Duplicate {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let course = Course::of(subject.facts, subject.clock, |m| m.concept == subject.drug.id);
        match self {
            Duplicate::Draft => drafts(&course, subject),
            Duplicate::OtherProduct => other_products(&course, subject),
        }
    }

    fn properties(&self) -> Properties<'_> {
        let (must_show, is_of_order): (&'static [&'static str], bool) = match self {
            Duplicate::Draft => (&["met", "not-met"], true),
            Duplicate::OtherProduct => (EVERY_OUTCOME, false),
        };
        Properties { concepts: Vec::new(), window_days: None, must_show, is_of_order }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let drug = &names.drug.name;
        match self {
            Duplicate::Draft => Explanation::new(
                format!("another order of {drug} among the drafts"),
                "none among them",
                "never: all drafts are sent along",
            ),
            Duplicate::OtherProduct => Explanation::new(
                format!(
                    "{drug} of another brand, or by another route, covers the patient for more than half of an interval, and none of the ordered product does"
                ),
                "the ordered product itself covers the patient: a renewal",
                "nothing on record covers the patient",
            ),
        }
    }
}

/// All drafts of the drug, this order among them: the finding is the same for each of the orders.
fn drafts(course: &Course<'_>, subject: &Subject<'_>) -> Finding {
    let drafts = course.records(|m| m.shown == Shown::Planned);
    if drafts.len() < 2 {
        return Finding::bare(Outcome::NotMet);
    }
    Finding::of(Outcome::Met, cited(&drafts), subject)
}

fn other_products(course: &Course<'_>, subject: &Subject<'_>) -> Finding {
    let order = &subject.order.reference;
    let covering = course.records(|m| {
        m.shown != Shown::Planned && m.source.reference != *order && m.covers(subject.clock) == Outcome::Met
    });
    let (same, other): (Vec<&Medication>, Vec<&Medication>) =
        covering.into_iter().partition(|m| is_same_product(m, subject));
    let mut lasting: Vec<&Medication> = other.into_iter().filter(|m| lasts(m, subject)).collect();
    match (same.is_empty(), lasting.is_empty()) {
        (false, _) => Finding::of(Outcome::NotMet, cited(&same), subject),
        (true, false) => {
            lasting.extend(course.records(|m| m.shown == Shown::Planned && m.source.reference == *order));
            Finding::of(Outcome::Met, cited(&lasting), subject)
        }
        (true, true) => Finding::bare(Outcome::Unknown(subject.facts.why_none(&subject.drug.id))),
    }
}

/// Whether a record may be about the product that is ordered: brand and route agree as far as both are known.
fn is_same_product(record: &Medication, subject: &Subject<'_>) -> bool {
    let Some(taken) = &record.product else { return true };
    let brand = subject.drug.brand_of(&subject.order.product);
    let same_brand = match (&taken.brand, brand) {
        (Some(taken), Some(ordered)) => *taken == ordered,
        (None, _) | (_, None) => true,
    };
    let same_route = match (&taken.route, &subject.order.route) {
        (Some(taken), Reading::Known(ordered, _)) => taken == ordered,
        (None, _) | (_, Reading::Missing | Reading::Unreadable(_)) => true,
    };
    same_brand && same_route
}

/// Whether its supply or its dose covers the patient for more than half of an interval of the order. The entry of a
/// medication list has no supply, and often names no brand.
fn lasts(record: &Medication, subject: &Subject<'_>) -> bool {
    let Some(until) = record.until.as_ref().filter(|_| record.shown != Shown::Stated) else { return false };
    let remaining = -subject.clock.days_since(until).0;
    let interval = match &subject.order.interval {
        Reading::Known(days, _) => *days,
        Reading::Missing | Reading::Unreadable(_) => usual_interval(subject.drug, &subject.order.route),
    };
    Decimal::from(remaining.saturating_mul(2)) > interval
}

/// The interval of the route, or else of the labelled dose.
fn usual_interval(drug: &Drug, route: &Reading<String>) -> Decimal {
    let by_route = match route {
        Reading::Known(id, _) => drug.routes.iter().find(|route| route.id == *id).and_then(|route| route.interval_days),
        Reading::Missing | Reading::Unreadable(_) => None,
    };
    let labelled = || drug.labelled_dose.as_ref().map(|dose| dose.interval_days);
    by_route.or_else(labelled).map_or(Decimal::ZERO, Decimal::from)
}
