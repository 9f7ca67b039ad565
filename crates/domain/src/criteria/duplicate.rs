//! The same drug twice: another order of it among the drafts, or a course with another product that still covers the
//! patient. A renewal of the same product is no duplicate.

use rust_decimal::Decimal;

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::course::{Course, cited};
use crate::fact::{Medication, Shown, Source};
use crate::order::Reading;
use crate::rule::Drug;
use crate::time::When;
use crate::truth::{Outcome, Reason};

/// Where the other order or course of the drug is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Duplicate {
    /// Another order among the drafts.
    Draft,
    /// A course with another product, which covers the patient for more than half of an interval.
    OtherProduct,
    /// The same, where the other one is given by the first of these routes and the order by the second.
    Switch(String, String),
}

impl CriterionKind for Duplicate {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let course = Course::of(subject.facts, subject.clock, |m| m.concept == subject.drug.id);
        match self {
            Duplicate::Draft => drafts(&course, subject),
            Duplicate::OtherProduct => other_products(&course, subject),
            Duplicate::Switch(from, to) => switch(&course, from, to, subject),
        }
    }

    fn properties(&self) -> Properties<'_> {
        let (must_show, is_of_order): (&'static [&'static str], bool) = match self {
            Duplicate::Draft => (&["met", "not-met"], true),
            Duplicate::OtherProduct | Duplicate::Switch(..) => (EVERY_OUTCOME, false),
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
            Duplicate::Switch(from, to) => Explanation::new(
                format!("the same, where {drug} on record is {from} and the order is {to}"),
                "the order goes by another route, or nothing on record covers the patient by that one",
                "nothing on record covers the patient, a route is not known, or no dose is on record",
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
            // The last dose tells when the next one is due; a prescription does not.
            lasting.sort_by_key(|m| !m.is_taken());
            let next = lasting.first().filter(|m| m.shown == Shown::Administered).and_then(|m| m.until.as_ref());
            let next = next.map(When::shown);
            lasting.extend(course.records(|m| m.shown == Shown::Planned && m.source.reference == *order));
            let mut finding = Finding::of(Outcome::Met, cited(&lasting), subject);
            finding.words.next = next;
            finding
        }
        (true, true) => Finding::bare(Outcome::Unknown(subject.facts.why_none(&subject.drug.id))),
    }
}

/// A change from one route to another: the label says when the first dose by the new one is given.
fn switch(course: &Course<'_>, from: &str, to: &str, subject: &Subject<'_>) -> Finding {
    let found = other_products(course, subject);
    match (found.outcome, &subject.order.route) {
        (Outcome::Met, Reading::Known(route, _)) if route != to => Finding::bare(Outcome::NotMet),
        (Outcome::Met, Reading::Known(..)) => {
            let route_of = |source: &Source| {
                let record = course.records(|m| m.source.is(source));
                record.first().and_then(|m| m.product.as_ref()).and_then(|product| product.route.as_deref())
            };
            match found.evidence.first().and_then(route_of) {
                // A prescription does not tell when the next dose is due.
                Some(route) if route == from && found.words.next.is_some() => found,
                Some(route) if route != from => Finding::bare(Outcome::NotMet),
                Some(_) | None => Finding { outcome: Outcome::Unknown(Reason::Absent), ..found },
            }
        }
        (Outcome::Met, Reading::Missing | Reading::Unreadable(_)) => {
            Finding { outcome: Outcome::Unknown(Reason::Absent), ..found }
        }
        _ => found,
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

#[cfg(test)]
mod tests;
