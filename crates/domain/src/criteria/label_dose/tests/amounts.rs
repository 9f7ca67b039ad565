//! What is found of one dose, and the calculation that shows it.

use super::{found, of};
use crate::criteria::AmountFinding::{
    Above, AboveWeight, Below, BelowWeight, CalculatedAbove, FarAboveWeight, OtherWeight, Reduced, Weight,
};
use crate::criteria::LabelDoseFinding::Amount;
use crate::order::{DrugOrder, Reading};
use crate::testing::{Fact, measured_as, number};

fn weighs(kilograms: &str) -> Vec<Fact> {
    vec![measured_as("weight", "2026-11-03", kilograms)]
}

fn weighed_long_ago() -> Vec<Fact> {
    vec![measured_as("weight", "2020-11-03", "50")]
}

#[test]
fn amounts() {
    let joints = Some("joints");
    let odd = DrugOrder { dose: Reading::Unreadable("2 puffs".to_owned()), ..of("skin", "", "") };
    let capped = DrugOrder { most_per_dose: Some(number("800")), ..of("vein", "8 mg/kg", "") };
    for (name, is, order, indication, known, outcome) in [
        ("the most", Above, of("skin", "162 mg", ""), joints, vec![], "not-met"),
        ("more than the most", Above, of("skin", "162.1 mg", ""), joints, vec![], "met"),
        ("no dose", Above, of("skin", "", ""), joints, vec![], "unknown: absent"),
        ("a dose in odd words", Above, odd, joints, vec![], "unknown: unreadable"),
        ("by an unknown route, more than one most", Above, of("", "400 mg", ""), joints, vec![], "unknown: absent"),
        ("by an unknown route, more than each", Above, of("", "801 mg", ""), joints, vec![], "met"),
        ("for a use without this route", Above, of("vein", "801 mg", ""), Some("lung"), vec![], "met"),
        ("by a route without doses", Above, of("spine", "1 mg", ""), joints, vec![], "unknown: absent"),
        ("no dose, which is reported once", FarAboveWeight, of("vein", "", ""), joints, weighs("50"), "not-applicable"),
        ("by weight, no amount to compare", Above, of("vein", "8 mg/kg", ""), joints, vec![], "not-applicable"),
        ("a dose by weight", CalculatedAbove, of("vein", "8 mg/kg", ""), joints, weighs("100"), "not-met"),
        ("more by weight", CalculatedAbove, of("vein", "8 mg/kg", ""), joints, weighs("101"), "met"),
        ("capped", CalculatedAbove, capped, joints, weighs("101"), "not-met"),
        ("without a weight", CalculatedAbove, of("vein", "8 mg/kg", ""), joints, vec![], "unknown: absent"),
        ("1.3 times", FarAboveWeight, of("vein", "520 mg", ""), joints, weighs("50"), "not-met"),
        ("more than 1.3 times", FarAboveWeight, of("vein", "520.1 mg", ""), joints, weighs("50"), "met"),
        ("beyond every weight", FarAboveWeight, of("vein", "13.1 mg/kg", ""), joints, vec![], "met"),
        ("beyond one weight", FarAboveWeight, of("vein", "13 mg/kg", ""), joints, vec![], "unknown: absent"),
        (
            "a weight of long ago",
            FarAboveWeight,
            of("vein", "520 mg", ""),
            joints,
            weighed_long_ago(),
            "unknown: stale",
        ),
        (
            "a weight of long ago, bands",
            OtherWeight,
            of("vein", "10 mg/kg", "28"),
            joints,
            weighed_long_ago(),
            "unknown: stale",
        ),
        (
            "a weight of long ago, and one band",
            FarAboveWeight,
            of("vein", "520 mg", ""),
            Some("skull"),
            weighed_long_ago(),
            "unknown: stale",
        ),
        ("far above for one of the uses only", FarAboveWeight, of("vein", "310 mg", ""), None, weighs("29"), "not-met"),
        ("right for one of the uses", CalculatedAbove, of("vein", "8 mg/kg", ""), None, vec![], "unknown: absent"),
        ("for an unknown use", FarAboveWeight, of("vein", "520.1 mg", ""), None, weighs("50"), "met"),
        (
            "where no dose is by weight",
            FarAboveWeight,
            of("skin", "520 mg", ""),
            joints,
            weighs("50"),
            "not-applicable",
        ),
        ("rounded up", AboveWeight, of("vein", "440 mg", ""), joints, weighs("50"), "not-met"),
        ("above", AboveWeight, of("vein", "440.1 mg", ""), joints, weighs("50"), "met"),
        ("above, by weight", AboveWeight, of("vein", "8.1 mg/kg", ""), joints, weighs("50"), "met"),
        ("rounded down", BelowWeight, of("vein", "180 mg", ""), joints, weighs("50"), "not-met"),
        ("below, for an unknown use", BelowWeight, of("vein", "180 mg", ""), None, weighs("50"), "unknown: absent"),
        ("below", BelowWeight, of("vein", "179.9 mg", ""), joints, weighs("50"), "met"),
        ("below, and the most", BelowWeight, of("vein", "3.9 mg/kg", ""), joints, weighs("210"), "not-met"),
        ("nothing by weight", BelowWeight, of("skin", "100 mg", ""), joints, weighs("50"), "not-met"),
        ("less than the one dose", Below, of("skin", "145.7 mg", ""), joints, vec![], "met"),
        ("a tenth less", Below, of("skin", "145.8 mg", ""), joints, vec![], "not-met"),
        ("that of another weight", OtherWeight, of("vein", "10 mg/kg", "28"), joints, weighs("30"), "met"),
        ("that of this weight", OtherWeight, of("vein", "10 mg/kg", "28"), joints, weighs("29.9"), "not-met"),
        ("of no weight", OtherWeight, of("vein", "20 mg/kg", "28"), joints, weighs("30"), "not-met"),
        ("another weight, perhaps", OtherWeight, of("vein", "10 mg/kg", "28"), joints, vec![], "unknown: absent"),
        ("where no weight matters", OtherWeight, of("skin", "162 mg", "7"), joints, vec![], "not-applicable"),
        (
            "the one band of the use",
            OtherWeight,
            of("mouth", "20 mg", "1"),
            Some("heart"),
            weighs("40"),
            "not-applicable",
        ),
        ("reduced", Reduced, of("vein", "4 mg/kg", "28"), joints, weighs("30"), "met"),
        ("not reduced", Reduced, of("vein", "8 mg/kg", "28"), joints, weighs("30"), "not-met"),
        ("above, for an unknown use", AboveWeight, of("vein", "600 mg", ""), None, weighs("50"), "not-applicable"),
        ("less, for an unknown use", Below, of("skin", "100 mg", ""), None, vec![], "not-applicable"),
        (
            "that of another weight, for an unknown use",
            OtherWeight,
            of("vein", "10 mg/kg", ""),
            None,
            weighs("30"),
            "not-applicable",
        ),
        ("reduced, for an unknown use", Reduced, of("vein", "4 mg/kg", "28"), None, weighs("30"), "not-applicable"),
        (
            "by a route of other uses",
            FarAboveWeight,
            of("vein", "801 mg", ""),
            Some("lung"),
            weighs("50"),
            "not-applicable",
        ),
        (
            "per kilogram, by a route of other uses",
            CalculatedAbove,
            of("vein", "8 mg/kg", ""),
            Some("lung"),
            weighs("101"),
            "not-applicable",
        ),
        (
            "per kilogram, by a route without doses",
            FarAboveWeight,
            of("spine", "8 mg/kg", ""),
            None,
            weighs("50"),
            "not-applicable",
        ),
        ("weighed", Weight, of("vein", "8 mg/kg", ""), joints, weighs("30"), "met"),
        ("not weighed", Weight, of("vein", "500 mg", ""), joints, vec![], "unknown: absent"),
        ("no weight needed", Weight, of("skin", "162 mg", ""), joints, vec![], "not-applicable"),
    ] {
        assert_eq!(found(Amount(is), &order, indication, &known).outcome.to_string(), outcome, "{name}");
    }
}

#[test]
fn the_arithmetic_is_shown_with_the_weight() {
    let order = of("vein", "800 mg", "28");
    let words = found(Amount(FarAboveWeight), &order, Some("joints"), &weighs("72")).words;
    assert_eq!(
        (words.limit.as_deref(), words.ratio.as_deref()),
        (Some("8 mg/kg = 576 mg"), Some("1.39 times the label"))
    );
    let range = "4 to 8 mg/kg x 72 kg (3 Nov 2026) = 288 to 576 mg; ordered 800 mg; label: 4 to 8 mg/kg every 4 weeks from 30 kg";
    assert_eq!(words.range.as_deref(), Some(range));
    let below = found(Amount(BelowWeight), &of("vein", "72 mg", ""), Some("joints"), &weighs("72")).words;
    assert_eq!(
        (below.limit.as_deref(), below.ratio.as_deref()),
        (Some("4 mg/kg = 288 mg"), Some("0.25 times the label")),
        "the lower end decides what is too little"
    );
    for (dose, ratio) in [("801 mg", Some("above the limit")), ("800 mg", None), ("1600 mg", Some("2 times the limit"))]
    {
        let above = found(Amount(Above), &of("vein", dose, ""), Some("joints"), &[]);
        assert_eq!(above.words.ratio.as_deref(), ratio, "{dose}");
    }
    let calculated = found(Amount(CalculatedAbove), &of("vein", "8 mg/kg", ""), Some("joints"), &weighs("110"));
    assert_eq!(calculated.words.value.as_deref(), Some("880 mg"));
    assert_eq!(calculated.evidence.len(), 2, "the order and the weight");
}
