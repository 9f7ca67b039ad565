//! What the order itself says of route, amount and interval.

use rust_decimal::Decimal;

use super::{CriterionKind, DrugList, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties, Words};
use crate::assess::Subject;
use crate::fact::Source;
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

/// What leaves a finding about route, amount or interval open.
pub(super) const UNREAD: &str = "not on the order, or not readable in its field";

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

    fn properties(&self) -> Properties<'_> {
        Properties { concepts: Vec::new(), window_days: None, must_show: EVERY_OUTCOME, is_of_order: true }
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
        let unknown = UNREAD;
        Explanation { list, ..Explanation::new(met, not_met, unknown) }
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

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::DoseFinding;
    use crate::order::{Dose, DrugOrder, Listed, Product, Reading};
    use crate::testing::{cited, described, find_on_order, number, order};

    fn with(change: impl FnOnce(&mut DrugOrder)) -> DrugOrder {
        let mut order = order();
        change(&mut order);
        order
    }

    fn read<T>(value: T) -> Reading<T> {
        Reading::Known(value, "as written".to_owned())
    }

    fn unreadable<T>() -> Reading<T> {
        Reading::Unreadable("as written".to_owned())
    }

    fn by(route: Reading<String>) -> DrugOrder {
        with(|order| order.route = route)
    }

    fn of(dose: Reading<Dose>) -> DrugOrder {
        with(|order| order.dose = dose)
    }

    fn every(interval: Reading<Decimal>) -> DrugOrder {
        with(|order| order.interval = interval)
    }

    /// An order by a route, of a product that can be given by the route `only`.
    fn product(only: Option<&str>, route: Reading<String>) -> DrugOrder {
        let listed = Listed { code: "1".to_owned(), source: String::new(), verified: false };
        let product = Product {
            system: "urn:codes".to_owned(),
            code: "1".to_owned(),
            display: "one".to_owned(),
            brand: None,
            route: only.map(str::to_owned),
            per_unit: None,
            concentration: None,
            listed,
        };
        with(|order| (order.product.product, order.route) = (Some(product), route))
    }

    #[test]
    fn truth() {
        let subcutaneous = || read("subcutaneous".to_owned());
        let intravenous = || read("intravenous".to_owned());
        let route = || DoseFinding::RouteNot("subcutaneous".to_owned());
        let amount = || DoseFinding::AmountNot(number("162"));
        let conflict = || DoseFinding::ProductConflictsWithRoute;
        let (weekly, two_weeks) = (|| DoseFinding::IntervalNot(7), || DoseFinding::IntervalIs(14));
        for (name, kind, order, outcome) in [
            ("another route", route(), by(intravenous()), "met"),
            ("the route", route(), by(subcutaneous()), "not-met"),
            ("no route", route(), order(), "unknown: absent"),
            ("an unreadable route", route(), by(unreadable()), "unknown: unreadable"),
            ("another amount", amount(), of(read(Dose::Milligrams(number("162.5")))), "met"),
            ("the amount", amount(), of(read(Dose::Milligrams(number("162.0")))), "not-met"),
            ("the amount by weight", amount(), of(read(Dose::PerKilogram(number("162")))), "met"),
            ("no amount", amount(), order(), "unknown: absent"),
            ("another interval", weekly(), every(read(number("7.5"))), "met"),
            ("the interval", weekly(), every(read(number("7"))), "not-met"),
            ("an unreadable interval", weekly(), every(unreadable()), "unknown: unreadable"),
            ("every two weeks", two_weeks(), every(read(number("14"))), "met"),
            ("not every two weeks", two_weeks(), every(read(number("7"))), "not-met"),
            ("a product for the other route", conflict(), product(Some("intravenous"), subcutaneous()), "met"),
            ("a product for the route", conflict(), product(Some("intravenous"), intravenous()), "not-met"),
            ("a product for any route", conflict(), product(None, subcutaneous()), "not-met"),
            ("a product, but no route", conflict(), product(Some("intravenous"), Reading::Missing), "unknown: absent"),
            ("a product, route unreadable", conflict(), product(None, unreadable()), "unknown: unreadable"),
            ("no known product", conflict(), by(subcutaneous()), "unknown: absent"),
        ] {
            assert_eq!(find_on_order(&kind, &[], &order).outcome.to_string(), outcome, "{name}");
        }
    }

    #[test]
    fn the_order_is_cited_in_its_own_words() {
        let found = find_on_order(&DoseFinding::RouteNot("subcutaneous".to_owned()), &[], &by(unreadable()));
        assert_eq!(cited(&found), ["MedicationRequest/order"]);
        let words = found.words;
        assert_eq!((words.value.as_deref(), words.what.as_deref()), (Some("as written"), Some("as written")));
        assert_eq!((words.limit.as_deref(), words.date.as_deref()), (Some("162 mg"), Some("22 Nov 2026")));
        let missing = find_on_order(&DoseFinding::IntervalIs(7), &[], &order());
        assert_eq!((cited(&missing).len(), missing.words.limit), (0, None));
        let conflict = find_on_order(&DoseFinding::ProductConflictsWithRoute, &[], &product(None, read(String::new())));
        assert_eq!(
            (conflict.words.what.as_deref(), conflict.words.value.as_deref()),
            (Some("drug"), Some("as written"))
        );
    }

    #[test]
    fn description() {
        assert_eq!(
            described(&mut DoseFinding::RouteNot("subcutaneous".to_owned())),
            [
                "reads: ",
                "window: None",
                "shows: met, not-met, unknown",
                "of the order: true",
                "met: the ordered route is another than under the skin",
                "not met: the ordered route is under the skin",
                "unknown: not on the order, or not readable in its field",
                "list: Routes",
            ]
        );
        for (mut kind, met, not_met, list) in [
            (
                DoseFinding::RouteNot("oral".to_owned()),
                "the ordered route is another than oral",
                "the ordered route is oral",
                "Routes",
            ),
            (
                DoseFinding::AmountNot(number("162")),
                "the ordered dose is another than 162 mg",
                "the ordered dose is 162 mg",
                "",
            ),
            (
                DoseFinding::IntervalNot(7),
                "the ordered interval is another than 7 days",
                "the ordered interval is 7 days",
                "",
            ),
            (DoseFinding::IntervalIs(14), "the ordered interval is 14 days", "it is another", ""),
            (
                DoseFinding::ProductConflictsWithRoute,
                "the product goes by one route only, and another is ordered",
                "product and route agree",
                "Products",
            ),
        ] {
            let lines = described(&mut kind);
            assert_eq!(lines[4..6], [format!("met: {met}"), format!("not met: {not_met}")]);
            assert_eq!(lines.get(7).map_or("", |line| line.trim_start_matches("list: ")), list);
        }
    }
}
