//! What a course of tocilizumab may and may not do to the limits of an order: fewer proofs of a dose never make a
//! start easier, and a prescription alone is never taken for a treatment.

use jiff::ToSpan;
use jiff::civil::date;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{decide, findings};
use crate::support::{fixture, text};

/// A record of tocilizumab: its type, its status, how many days ago it begins, and how many days it names.
type Given = (&'static str, &'static str, i64, Option<i64>);

fn given(kinds: &'static [&'static str]) -> impl Strategy<Value = Given> {
    let status =
        select(&["active", "completed", "stopped", "on-hold", "cancelled", "unknown", "ACTIVE", "", "odd"][..]);
    (select(kinds), status, 0..400i64, proptest::option::of(select(&[7i64, 28, 84, 365][..])))
}

const REQUEST: &[&str] = &["MedicationRequest"];
const PROOFS: &[&str] = &["MedicationDispense", "MedicationAdministration"];
const ANY: &[&str] = &["MedicationRequest", "MedicationDispense", "MedicationAdministration", "MedicationStatement"];

fn resource(number: usize, (kind, status, ago, days): Given) -> Value {
    let day = |ago: i64| date(2026, 11, 22).saturating_sub(ago.days()).to_string();
    let mut resource = json!({
        "resourceType": kind, "id": format!("given-{number}"), "status": status, "intent": "order",
        "subject": {"reference": "Patient/toci-patient"},
        "medicationCodeableConcept": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm",
            "code": "1441527", "display": "tocilizumab prefilled syringe"}]},
    });
    match (kind, days) {
        ("MedicationRequest", days) => {
            resource["authoredOn"] = day(ago).into();
            if let Some(days) = days {
                resource["dispenseRequest"] = json!({"expectedSupplyDuration": {"value": days, "unit": "d"}});
            }
        }
        ("MedicationDispense", days) => {
            resource["whenHandedOver"] = day(ago).into();
            if let Some(days) = days {
                resource["daysSupply"] = json!({"value": days, "unit": "d"});
            }
        }
        ("MedicationStatement", Some(days)) => {
            resource["effectivePeriod"] = json!({"start": day(ago), "end": day((ago - days).max(0))});
        }
        ("MedicationStatement", None) => resource["effectivePeriod"] = json!({"start": day(ago)}),
        _ => resource["effectiveDateTime"] = day(ago).into(),
    }
    resource
}

/// The textbook patient with a neutrophil count between the limit of a start and that of a hold, and these records.
fn answer(records: &[Value]) -> Value {
    let mut request = fixture("textbook");
    request["prefetch"]["neutrophils"]["entry"][0]["resource"]["valueQuantity"]["value"] = json!(1.4);
    for record in records {
        let key = match text(record, "/resourceType") {
            "MedicationRequest" => "medication-requests",
            "MedicationDispense" => "medication-dispenses",
            "MedicationAdministration" => "medication-administrations",
            _ => "medication-statements",
        };
        let bundle = &mut request["prefetch"][key];
        bundle.as_object_mut().expect("a Bundle").remove("total");
        if bundle["entry"].is_null() {
            bundle["entry"] = json!([]);
        }
        bundle["entry"].as_array_mut().expect("entries").push(json!({"resource": record}));
    }
    decide(&request.to_string()).expect("an answer")
}

fn phase(answer: &Value) -> &str {
    text(answer, "/assessment/0/phase")
}

/// Whether the limit for a start was asked.
fn is_asked(answer: &Value) -> bool {
    findings(answer).iter().any(|(id, outcome, _)| id == "neutrophils-below-start-limit" && outcome != "not-applicable")
}

fn resources(given: &[Given]) -> Vec<Value> {
    given.iter().enumerate().map(|(number, given)| resource(number, *given)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fewer_proofs_of_a_dose_never_turn_a_start_limit_off(
        others in vec(given(ANY), 0..4), proof in given(PROOFS), at in 0..4usize,
    ) {
        let mut all = others.clone();
        all.insert(at.min(others.len()), proof);
        let whole = resources(&all);
        let without: Vec<Value> = whole.iter().enumerate().filter(|(n, _)| *n != at.min(others.len())).map(|(_, r)| r.clone()).collect();
        if is_asked(&answer(&whole)) {
            prop_assert!(is_asked(&answer(&without)), "{all:?}");
        }
    }

    #[test]
    fn a_prescription_alone_is_no_treatment(others in vec(given(ANY), 0..3), request in given(REQUEST)) {
        let before = answer(&resources(&others));
        let after = answer(&resources(&[others.clone(), vec![request]].concat()));
        prop_assert!(phase(&after) != "continuation" || phase(&before) == "continuation", "{others:?} {request:?}");
    }

    #[test]
    fn a_count_below_the_limit_of_a_first_dose_is_never_passed_over_at_a_start(all in vec(given(ANY), 0..4)) {
        let answer = answer(&resources(&all));
        let speaks = answer["cards"].as_array().into_iter().flatten()
            .any(|card| text(card, "/source/topic/code") == "laboratory-limits");
        prop_assert!(speaks || phase(&answer) == "continuation", "{all:?}");
    }
}
