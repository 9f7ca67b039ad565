//! A drug, an order and a rule that tests change where they need something else.

use super::{number, when};
use crate::dose_table::{DoseBand, DoseRange, DoseRow, DoseTolerance, IntervalRange};
use crate::order::{DrugOrder, OrderReason, OrderedProduct, Reading};
use crate::rule::{
    Advice, Brand, Coding, CourseLimits, Criterion, Drug, Indication, Indicator, LabelledDose, Monitoring, Route, Rule,
};

/// A drug with one of everything.
pub fn drug() -> Drug {
    let coding = Coding { system: "urn:codes".to_owned(), code: "1".to_owned(), display: "one".to_owned() };
    let brand = |name: &str, lacks: &[&str]| Brand {
        name: name.to_owned(),
        words: vec![name.to_lowercase()],
        lacks: lacks.iter().map(|id| (*id).to_owned()).collect(),
    };
    Drug {
        id: "drug".into(),
        name: "drug".to_owned(),
        names: vec!["drug".to_owned()],
        sounds_like: Vec::new(),
        developer: None,
        funding: None,
        check_by_hand: None,
        course: CourseLimits { continuation_days: 90, resumption_days: 180, resumption_after_hold_days: 365 },
        products: Vec::new(),
        brands: vec![brand("Reference", &[]), brand("Biosimilar", &["lung"])],
        routes: vec![Route {
            id: "subcutaneous".to_owned(),
            value_set: "routes".into(),
            shown: "under the skin".to_owned(),
            code: coding.clone(),
            interval_days: None,
        }],
        other_routes: None,
        doses: Vec::new(),
        tolerance: DoseTolerance {
            rounding: number("0.1"),
            interval: number("0.1"),
            far_above: number("1.3"),
            episode_days: 30,
        },
        weight: None,
        labelled_dose: Some(LabelledDose {
            family: None,
            amount: number("162"),
            route: "subcutaneous".to_owned(),
            interval_days: 7,
            text: "162 mg weekly".to_owned(),
            product: coding,
        }),
        indications: vec![indication("lung", Some("lung"), &["lung-disease"]), indication("joints", None, &["joints"])],
        reason_words: Vec::new(),
        monitoring: vec![
            watched("blood", &[], Some(182), 56),
            watched("blood", &[], None, 90),
            Monitoring { once: true, ..watched("once", &[], Some(365), 56) },
            watched("other-use", &["joints"], None, 56),
        ],
        prior_authorization: None,
        rules: Vec::new(),
    }
}

/// A row of the plan by which a treatment is watched.
fn watched(of: &str, indications: &[&str], until_days: Option<i64>, to_days: i64) -> Monitoring {
    Monitoring {
        of: of.to_owned(),
        indications: indications.iter().map(|id| (*id).to_owned()).collect(),
        until_days,
        from_days: 28,
        to_days,
        once: false,
        source: String::new(),
        verified: true,
    }
}

/// A dose such as `162 mg` or `4 to 8 mg/kg` for every weight, every 4 weeks, and the most milligrams of one dose.
pub fn dose_row(indications: &[&str], route: &str, dose: &str, most: &str) -> DoseRow {
    DoseRow {
        indications: indications.iter().map(|id| (*id).to_owned()).collect(),
        route: route.to_owned(),
        age_from: 18,
        most: number(most),
        closest_days: number("14"),
        doses: None,
        bands: vec![dose_band(None, None, dose, "28", "28")],
        source: String::new(),
        verified: true,
    }
}

/// A dose for some weights, at an interval between two ends in days.
pub fn dose_band(from: Option<&str>, below: Option<&str>, dose: &str, tightest: &str, loosest: &str) -> DoseBand {
    let (range, unit) = dose.rsplit_once(' ').expect("a dose with its unit");
    let (least, most) = range.split_once(" to ").unwrap_or((range, range));
    DoseBand {
        from: from.map(number),
        below: below.map(number),
        dose: DoseRange { least: number(least), most: number(most), per_kilogram: unit == "mg/kg" },
        interval: Some(IntervalRange { usual: number(loosest), tightest: number(tightest), loosest: number(loosest) }),
        reduced_dose: None,
        reduced_days: None,
    }
}

/// An advice without conditions.
pub fn advice(indicator: Indicator, summary: &str) -> Advice {
    Advice {
        met: Vec::new(),
        unless_met: Vec::new(),
        not_met: Vec::new(),
        unknown: Vec::new(),
        reasons: Vec::new(),
        cited: None,
        phases: Vec::new(),
        hooks: Vec::new(),
        indications: Vec::new(),
        except: Vec::new(),
        indicator,
        summary: summary.to_owned(),
        text: None,
        texts: Vec::new(),
        suggest: Vec::new(),
        in_summary: false,
    }
}

/// An indication that these conditions show together.
pub fn indication(id: &str, family: Option<&str>, all: &[&str]) -> Indication {
    Indication {
        id: id.to_owned(),
        family: family.map(str::to_owned),
        name: format!("{id} in words"),
        all: all.iter().map(|id| (*id).into()).collect(),
        reason: None,
        refuted: None,
        routes: Vec::new(),
        only_by_its_routes: false,
        within_days: None,
    }
}

/// An order that says nothing but its product, in words.
pub fn order() -> DrugOrder {
    DrugOrder {
        reference: "MedicationRequest/order".to_owned(),
        product: OrderedProduct { words: "drug".to_owned(), product: None, brand: None },
        route: Reading::Missing,
        dose: Reading::Missing,
        interval: Reading::Missing,
        doses: None,
        most_per_dose: None,
        text: None,
        as_needed: false,
        authored: when("2026-11-22"),
        is_current_treatment: false,
        reason: OrderReason::default(),
    }
}

/// A rule with these criteria and nothing else.
pub fn rule(criteria: Vec<Criterion>) -> Rule {
    Rule { id: "rule".to_owned(), criteria, ..Rule::default() }
}
