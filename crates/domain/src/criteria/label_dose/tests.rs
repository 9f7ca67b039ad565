use super::LabelDoseFinding::{Amount, Schedule};
use super::{CriterionKind, Earlier, LabelDose, LabelDoseFinding};
use crate::assess::Subject;
use crate::criteria::{AmountFinding, Finding, ScheduleFinding};
use crate::dose_table::DoseRow;
use crate::order::{Dose, DrugOrder, Reading};
use crate::rule::{Coding, Drug, Indication, Route, WeightAge, WeightRules};
use crate::testing::{Fact, described, dose_band, dose_row, drug, indication, number, order, rule, with_subject};
use AmountFinding::{
    Above, AboveWeight, Below, BelowWeight, CalculatedAbove, FarAboveWeight, OtherWeight, Reduced, Weight,
};
use ScheduleFinding::{Closer, Continuing, Tighter, TooMany, TooSoon, UnderAge, Wider};

/// One dose.
mod amounts;
/// Interval, number of doses and age.
mod schedules;

/// The lung by skin; the joints by skin, and by vein with bands at 30 kg; the skull by vein, two doses 12 hours apart; the
/// arteries by skin every week and by mouth every day; the heart by mouth from 30 kg.
fn labelled() -> Drug {
    let skin = |indication: &str| DoseRow {
        closest_days: number("7"),
        bands: vec![dose_band(None, None, "162 mg", "7", "14")],
        ..dose_row(&[indication], "skin", "162 mg", "162")
    };
    let mut joints = dose_row(&["joints"], "vein", "4 to 8 mg/kg", "800");
    joints.bands = vec![
        dose_band(None, Some("30"), "10 mg/kg", "28", "28"),
        dose_band(Some("30"), None, "4 to 8 mg/kg", "28", "28"),
    ];
    joints.bands[1].reduced_dose = Some(number("4"));
    let mut skull = dose_row(&["skull"], "vein", "8 mg/kg", "800");
    (skull.doses, skull.closest_days, skull.bands[0].interval) = (Some(2), number("0.5"), None);
    let by_mouth = |indication: &str, from| DoseRow {
        closest_days: number("1"),
        bands: vec![dose_band(from, None, "20 mg", "1", "1")],
        ..dose_row(&[indication], "mouth", "20 mg", "20")
    };
    let coding = Coding { system: "urn:codes".to_owned(), code: "1".to_owned(), display: "one".to_owned() };
    let route = |id: &str| Route {
        id: id.to_owned(),
        value_set: "routes".into(),
        shown: format!("by {id}"),
        code: coding.clone(),
        interval_days: None,
    };
    let ages = vec![WeightAge { below_years: None, within_days: 365, least: number("2"), most: number("400") }];
    Drug {
        doses: vec![
            skin("lung"),
            skin("joints"),
            joints,
            skull,
            skin("arteries"),
            by_mouth("arteries", None),
            by_mouth("heart", Some("30")),
        ],
        indications: vec![
            Indication { within_days: Some(365), ..indication("lung", None, &[]) },
            Indication { within_days: Some(40), routes: vec!["vein".to_owned()], ..indication("skull", None, &[]) },
        ],
        routes: vec![route("skin"), route("vein")],
        weight: Some(WeightRules { concept: "weight".into(), ages }),
        ..drug()
    }
}

fn found(is: LabelDoseFinding, order: &DrugOrder, indication: Option<&str>, known: &[Fact]) -> Finding {
    let kind = LabelDose { is, weight: Some("weight".into()) };
    with_subject(known, order, indication, |subject| {
        let drug = labelled();
        let &Subject { facts, indication, clock, .. } = subject;
        let subject = Subject::new(&drug, facts, order, indication, clock);
        kind.decide(&subject, Earlier { rule: &rule(Vec::new()), findings: &[] })
    })
}

fn read<T>(value: T) -> Reading<T> {
    Reading::Known(value, "as written".to_owned())
}

/// An order by a route, of `500 mg` or `8 mg/kg`, every so many days; what is empty is missing.
fn of(route: &str, dose: &str, days: &str) -> DrugOrder {
    let dose = dose.split_once(' ').map(|(value, unit)| match unit {
        "mg" => Dose::Milligrams(number(value)),
        _ => Dose::PerKilogram(number(value)),
    });
    DrugOrder {
        route: if route.is_empty() { Reading::Missing } else { read(route.to_owned()) },
        dose: dose.map_or(Reading::Missing, read),
        interval: if days.is_empty() { Reading::Missing } else { read(number(days)) },
        ..order()
    }
}

#[test]
fn description() {
    for (is, shows, reads, list) in [
        (Amount(Above), "met, not-met, unknown", "", "Doses"),
        (Amount(FarAboveWeight), "met, not-met, unknown", "weight", "Doses"),
        (Amount(Weight), "met, unknown", "weight", "Doses"),
        (Schedule(ScheduleFinding::Route), "met, not-met, unknown", "", "Routes"),
        (Schedule(TooMany), "met, not-met, unknown", "", "Doses"),
    ] {
        let of_order = !matches!(is, Amount(Weight) | Schedule(TooMany));
        let lines = described(&mut LabelDose { is, weight: Some("weight".into()) });
        assert_eq!(lines[0], format!("reads: {reads}"), "{is:?}");
        assert_eq!(lines[2], format!("shows: {shows}"), "{is:?}");
        assert_eq!(lines[3], format!("of the order: {of_order}"), "{is:?}");
        for (line, start) in lines[4..7].iter().zip(["met: ", "not met: ", "unknown: "]) {
            assert!(line.starts_with(start) && line.len() > start.len(), "{is:?} {line}");
        }
        assert_eq!(lines.last().map(String::as_str), Some(format!("list: {list}").as_str()), "{is:?}");
    }
}

/// The handbook tells the findings apart.
#[test]
fn every_finding_is_explained_in_words_of_its_own() {
    let amounts =
        [Above, AboveWeight, Below, BelowWeight, CalculatedAbove, FarAboveWeight, OtherWeight, Reduced, Weight];
    let schedules = [Closer, Continuing, Tighter, TooMany, TooSoon, UnderAge, Wider, ScheduleFinding::Route];
    let all = || amounts.map(Amount).into_iter().chain(schedules.map(Schedule));
    let met = all().map(|is| described(&mut LabelDose { is, weight: None }).swap_remove(4));
    assert_eq!(met.collect::<std::collections::BTreeSet<String>>().len(), all().count());
}
