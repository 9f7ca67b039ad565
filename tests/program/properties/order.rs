//! In what order a client sends the keys of prefetch, and the entries of its Bundles, changes nothing.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use super::decide;
use crate::support::{fixture, names};
use crate::walk::difference;

/// Where the answers to two requests differ.
fn differ(one: &str, other: &str) -> Option<String> {
    match (decide(one), decide(other)) {
        (Ok(one), Ok(other)) => difference(&one, &other),
        (one, other) => (one.as_ref().err() != other.as_ref().err()).then(|| format!("{one:?} is not {other:?}")),
    }
}

/// The request with keys and entries in another order. It is put together as text: the order of keys is lost in values.
fn shuffled(request: &Value, mut seed: u64) -> String {
    let mut keys = Vec::new();
    for (key, value) in request["prefetch"].as_object().into_iter().flatten() {
        let mut value = value.clone();
        if let Some(entries) = value.get_mut("entry").and_then(Value::as_array_mut) {
            shuffle(entries, &mut seed);
        }
        keys.push(format!("{}:{value}", Value::from(key.clone())));
    }
    shuffle(&mut keys, &mut seed);
    let other = request.as_object().into_iter().flatten().filter(|(name, _)| *name != "prefetch");
    let others: Vec<String> = other.map(|(name, value)| format!("{}:{value}", Value::from(name.clone()))).collect();
    format!("{{{},\"prefetch\":{{{}}}}}", others.join(","), keys.join(","))
}

fn shuffle<T>(items: &mut [T], seed: &mut u64) {
    for last in (1..items.len()).rev() {
        // Knuth's generator: any will do, as long as a seed that fails can be used again.
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(last, (*seed >> 33) as usize % (last + 1));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_changes_nothing(which in any::<Index>(), seed in any::<u64>()) {
        let all = names(&["", "patients", "healthy", "shapes"]);
        let name = all[which.index(all.len())];
        let request = fixture(name);
        let text = shuffled(&request, seed);
        prop_assert_eq!(differ(&request.to_string(), &text), None, "{}", name);
    }
}

#[test]
fn two_findings_in_either_order() {
    // Two active infections, two counts of one day: rows in which the order could show.
    let textbook = fixture("textbook");
    let infection = |id: &str, code: &str, words: &str| {
        serde_json::json!({"resource": {"resourceType": "Condition", "id": id,
            "subject": {"reference": "Patient/toci-patient"},
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": words}]}}})
    };
    let count = |id: &str, value: f64| {
        serde_json::json!({"resource": {"resourceType": "Observation", "id": id, "status": "final",
            "subject": {"reference": "Patient/toci-patient"}, "effectiveDateTime": "2026-11-20",
            "code": {"coding": [{"system": "http://loinc.org", "code": "751-8"}]},
            "valueQuantity": {"value": value, "unit": "10*3/uL"}}})
    };
    for (what, key, entries) in [
        (
            "two infections",
            "conditions",
            [infection("a", "233604007", "Pneumonia"), infection("b", "128045006", "Cellulitis")],
        ),
        ("two counts that differ", "neutrophils", [count("a", 1.2), count("b", 4.0)]),
        ("two low counts", "neutrophils", [count("a", 1.2), count("b", 1.4)]),
    ] {
        let with = |entries: Vec<Value>| {
            let mut request = textbook.clone();
            let bundle = request["prefetch"][key]["entry"].as_array_mut().expect("entries");
            bundle.extend(entries);
            request.to_string()
        };
        let reversed: Vec<Value> = entries.iter().rev().cloned().collect();
        assert_eq!(differ(&with(entries.to_vec()), &with(reversed)), None, "{what}");
    }
}
