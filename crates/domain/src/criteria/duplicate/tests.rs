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
        assert_eq!(found.outcome.to_string(), outcome, "{day}: a supply for exactly half an interval does not last");
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
        ("a record of the reference product without a route", vec![unknown_route()], injection(), "unknown: absent"),
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
    assert_eq!((found.words.next.as_deref(), found.words.date.as_deref()), (Some("10 Dec 2026"), Some("10 Nov 2026")));
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
