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
mod tests {
    use super::Duplicate;
    use crate::criteria::Finding;
    use crate::fact::{Shown, TakenProduct};
    use crate::order::{DrugOrder, OrderedProduct, Reading};
    use crate::rule::Drug;
    use crate::testing::{
        Fact, changed, cited, described, drug, find, find_on_order, medicine_as, number, order, referred_to, source,
    };
    use crate::truth::Reason;
    use Shown::{Administered, Dispensed, Planned, Prescribed, Stated};

    /// A record of the drug by brand and route, `?` for what it does not say.
    fn record(shown: Shown, day: &str, brand: &str, route: &str) -> Fact {
        let known = |word: &str| (word != "?").then(|| word.to_owned());
        changed(medicine_as("drug", shown, day), |m| {
            m.product = Some(TakenProduct { brand: known(brand), route: known(route) });
            m.source = source("MedicationDispense", &format!("{brand}-{day}"), day);
        })
    }

    fn draft(id: &str) -> Fact {
        changed(medicine_as("drug", Planned, ""), |m| m.source = source("MedicationRequest", id, "2026-11-22"))
    }

    /// A weekly injection of the biosimilar.
    fn injection() -> DrugOrder {
        let product = OrderedProduct { words: "one".to_owned(), product: None, brand: Some("Biosimilar".to_owned()) };
        DrugOrder {
            product,
            route: Reading::Known("subcutaneous".to_owned(), String::new()),
            interval: Reading::Known(number("7"), String::new()),
            ..order()
        }
    }

    fn on_record(known: &[Fact], order: &DrugOrder) -> Finding {
        find_on_order(&Duplicate::OtherProduct, known, order)
    }

    #[test]
    fn truth_among_the_drafts() {
        let outcome = |known: &[Fact]| find(&Duplicate::Draft, known).outcome.to_string();
        assert_eq!(outcome(&[draft("order")]), "not-met");
        assert_eq!(outcome(&[draft("order"), record(Dispensed, "2026-11-01", "Reference", "?")]), "not-met");
        let two = [draft("order"), draft("other")];
        assert_eq!(outcome(&two), "met");
        assert_eq!(cited(&find(&Duplicate::Draft, &two)), ["MedicationRequest/order", "MedicationRequest/other"]);
    }

    #[test]
    fn truth_on_record() {
        let other = |shown, day| record(shown, day, "Reference", "subcutaneous");
        let same = |shown, day| record(shown, day, "Biosimilar", "subcutaneous");
        for (name, known, outcome) in [
            ("nothing", vec![], "unknown: absent"),
            ("nothing, and part is missing", vec![Fact::Gap("drug", Reason::NotRetrieved)], "unknown: not-retrieved"),
            ("another brand", vec![other(Dispensed, "2026-11-10")], "met"),
            ("another brand, prescribed", vec![other(Prescribed, "2026-11-10")], "met"),
            ("another brand, on the medication list only", vec![other(Stated, "")], "unknown: absent"),
            ("another brand, for half an interval", vec![other(Dispensed, "2026-10-27")], "met"),
            ("another brand, for less", vec![other(Dispensed, "2026-10-26")], "unknown: absent"),
            ("another brand, used up", vec![other(Dispensed, "2026-10-01")], "unknown: absent"),
            ("the same product", vec![same(Dispensed, "2026-11-10")], "not-met"),
            ("the same product, used up", vec![same(Dispensed, "2026-10-01")], "unknown: absent"),
            (
                "the order itself, on record",
                vec![referred_to("MedicationRequest/order", other(Prescribed, "2026-11-10"))],
                "unknown: absent",
            ),
            ("the same product beside another", vec![same(Stated, ""), other(Dispensed, "2026-11-10")], "not-met"),
            ("another route", vec![record(Administered, "2026-11-10", "Biosimilar", "vein")], "met"),
            ("brand and route not known", vec![record(Dispensed, "2026-11-10", "?", "?")], "not-met"),
        ] {
            assert_eq!(on_record(&known, &injection()).outcome.to_string(), outcome, "{name}");
        }
        let known = [draft("order"), draft("other"), other(Prescribed, "2026-11-12"), other(Dispensed, "2026-11-10")];
        let [handed_over, prescribed] =
            ["2026-11-10", "2026-11-12"].map(|day| format!("MedicationDispense/Reference-{day}"));
        assert_eq!(
            cited(&on_record(&known, &injection())),
            [handed_over.as_str(), prescribed.as_str(), "MedicationRequest/order"],
            "what was taken comes first, and of the drafts only this order is cited"
        );
        let fortnightly = DrugOrder { interval: Reading::Known(number("14"), String::new()), ..injection() };
        for (day, outcome) in [("2026-10-31", "met"), ("2026-10-30", "unknown: absent")] {
            let found = on_record(&[other(Dispensed, day)], &fortnightly);
            assert_eq!(
                found.outcome.to_string(),
                outcome,
                "{day}: a supply for exactly half an interval does not last"
            );
        }
    }

    #[test]
    fn truth_of_a_switch() {
        let kind = Duplicate::Switch("vein".to_owned(), "subcutaneous".to_owned());
        let infusion = || record(Administered, "2026-11-10", "Biosimilar", "vein");
        let other_infusion = || record(Administered, "2026-11-10", "Reference", "vein");
        let syringe = || record(Dispensed, "2026-11-10", "Reference", "subcutaneous");
        let unknown_route = || record(Dispensed, "2026-11-10", "Reference", "?");
        let by = |route| DrugOrder { route, ..injection() };
        let to_vein = by(Reading::Known("vein".to_owned(), String::new()));
        for (name, known, order, outcome) in [
            ("an infusion, then an injection", vec![infusion()], injection(), "met"),
            ("an injection of another brand", vec![syringe()], injection(), "not-met"),
            (
                "a record of the reference product without a route",
                vec![unknown_route()],
                injection(),
                "unknown: absent",
            ),
            (
                "infusions prescribed only",
                vec![record(Prescribed, "2026-11-10", "Biosimilar", "vein")],
                injection(),
                "unknown: absent",
            ),
            ("an injection, then an infusion", vec![syringe()], to_vein.clone(), "not-met"),
            ("an infusion of another brand, then an infusion", vec![other_infusion()], to_vein, "not-met"),
            ("the order does not say by which route", vec![unknown_route()], by(Reading::Missing), "unknown: absent"),
            ("nothing", vec![], injection(), "unknown: absent"),
        ] {
            let kind = kind.clone();
            assert_eq!(find_on_order(&kind, &known, &order).outcome.to_string(), outcome, "{name}");
        }
        let found = find_on_order(&kind, &[infusion()], &injection());
        assert_eq!(
            (found.words.next.as_deref(), found.words.date.as_deref()),
            (Some("10 Dec 2026"), Some("10 Nov 2026"))
        );
        let lines = described(&mut kind.clone());
        assert_eq!(lines[4], "met: the same, where drug on record is vein and the order is subcutaneous");
    }

    /// Without an interval on the order, the labelled one counts.
    #[test]
    fn an_order_that_says_less() {
        let other = |day| record(Dispensed, day, "Reference", "?");
        let order = DrugOrder { interval: Reading::Missing, route: Reading::Missing, ..injection() };
        assert_eq!(on_record(&[other("2026-10-27")], &order).outcome.to_string(), "met");
        assert_eq!(on_record(&[other("2026-10-26")], &order).outcome.to_string(), "unknown: absent");
        let interval_of = |drug: &Drug, route: Reading<String>| super::usual_interval(drug, &route);
        let mut monthly = drug();
        monthly.routes[0].interval_days = Some(28);
        let (by_skin, by_vein) = (injection().route, Reading::Known("vein".to_owned(), String::new()));
        assert_eq!(interval_of(&monthly, by_skin), number("28"), "that of the route comes first");
        assert_eq!(interval_of(&monthly, by_vein), number("7"), "another route says nothing");
        let brandless = DrugOrder { product: crate::testing::order().product, ..order };
        assert_eq!(on_record(&[other("2026-11-10")], &brandless).outcome.to_string(), "not-met");
    }

    #[test]
    fn description() {
        let lines = described(&mut { Duplicate::Draft });
        assert_eq!(
            lines[2..5],
            ["shows: met, not-met", "of the order: true", "met: another order of drug among the drafts"]
        );
        let lines = described(&mut { Duplicate::OtherProduct });
        assert_eq!(lines[..4], ["reads: ", "window: None", "shows: met, not-met, unknown", "of the order: false"]);
    }
}
