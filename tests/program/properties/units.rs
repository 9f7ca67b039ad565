//! One value has one verdict, in whatever unit of the table it is written and wherever the unit stands.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{decide, findings};
use crate::support::{fixture, with};

#[derive(Deserialize)]
struct Table {
    canonical: String,
    alias: Vec<Alias>,
}

#[derive(Deserialize)]
struct Alias {
    factor: Decimal,
    spellings: Vec<String>,
}

/// What is measured: its table, its key and LOINC code, the criterion, and the limit in the canonical unit.
const MEASURED: [(&str, &str, &str, &str, i64); 4] = [
    ("cell-count", "neutrophils", "751-8", "neutrophils-below-start-limit", 2_000),
    ("cell-count", "platelets", "777-3", "platelets-below-start-limit", 100_000),
    ("enzyme-activity", "alt", "1742-6", "alt-above-start-limit", 60),
    ("enzyme-activity", "ast", "1920-8", "ast-above-start-limit", 60),
];

fn tables() -> BTreeMap<String, Table> {
    toml::from_str(include_str!("../../../hooks/units.toml")).expect("the tables of units")
}

/// Where a unit can stand.
#[derive(Debug, Clone, Copy)]
enum Place {
    Code,
    Unit,
    Both,
}

/// The outcome for this value in this unit; the upper limit of enzymes is 40 U/L.
fn outcome(measured: (&str, &str, &str, &str, i64), value: Decimal, unit: &str, place: Place) -> String {
    let (_, key, code, criterion, _) = measured;
    let mut quantity = json!({"value": "VALUE"});
    if matches!(place, Place::Code | Place::Both) {
        quantity["code"] = Value::from(unit);
    }
    if matches!(place, Place::Unit | Place::Both) {
        quantity["unit"] = Value::from(unit);
    }
    let observation = json!({"resourceType": "Observation", "id": "x", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "effectiveDateTime": "2026-11-10",
        "valueQuantity": quantity, "referenceRange": [{"high": {"value": 40, "unit": "U/L"}}]});
    let request = with(&fixture("textbook"), "/prefetch", Some(json!({ key: observation })));
    let request = request.to_string().replace("\"VALUE\"", &value.to_string());
    let answer = decide(&request).unwrap_or_else(|error| panic!("{unit}: {error:?}"));
    let found = findings(&answer).into_iter().find(|(id, ..)| id == criterion);
    found.map_or_else(|| panic!("{criterion} is not assessed"), |(_, outcome, _)| outcome)
}

/// The expected outcome: neutrophils and platelets are held against a lower limit, enzymes against an upper one.
fn expected(measured: (&str, &str, &str, &str, i64), canonical: Decimal) -> &'static str {
    let limit = Decimal::from(measured.4);
    let met = if measured.0 == "cell-count" { canonical < limit } else { canonical > limit };
    if met { "met" } else { "not-met" }
}

#[test]
fn every_spelling_at_the_limit_and_beside_it() {
    let tables = tables();
    for measured in MEASURED.into_iter().step_by(2) {
        let table = &tables[measured.0];
        for alias in &table.alias {
            for spelling in &alias.spellings {
                let limit = Decimal::from(measured.4).checked_div(alias.factor).expect("a factor");
                for share in ["0.95", "1", "1.05"] {
                    let value = (limit * share.parse::<Decimal>().expect("a number")).round_dp(6);
                    let verdict = outcome(measured, value, spelling, Place::Unit);
                    let wanted = expected(measured, value * alias.factor);
                    assert_eq!(
                        verdict, wanted,
                        "{}: {value} {spelling} (limit {} {})",
                        measured.1, measured.4, table.canonical
                    );
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_near_the_limit(
        which in 0..MEASURED.len(),
        (alias, spelling) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        per_mille in 800_i64..1200,
        place in prop_oneof![Just(Place::Code), Just(Place::Unit), Just(Place::Both)],
    ) {
        let measured = MEASURED[which];
        let tables = tables();
        let aliases = &tables[measured.0].alias;
        let alias = &aliases[alias.index(aliases.len())];
        let spelling = &alias.spellings[spelling.index(alias.spellings.len())];
        let limit = Decimal::from(measured.4).checked_div(alias.factor).expect("a factor");
        let value = (limit * Decimal::new(per_mille, 3)).round_dp(4);
        let verdict = outcome(measured, value, spelling, place);
        prop_assert_eq!(verdict, expected(measured, value * alias.factor), "{} {} {:?}", value, spelling, place);
    }
}
