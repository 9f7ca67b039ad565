//! Arbitrary JSON, often of members and words that FHIR knows: what is no valid call is refused before it is judged.

use proptest::prelude::*;
use serde_json::Value;

const WORDS: &str = "final active stopped 2026-11-10 2026 9999-12-31T23:59:59-14:00 10*3/uL mg U/L mm < # 0-40 <é q7d \
    wk Patient/toci-patient urn:uuid: Observation Bundle MedicationRequest Medication Condition AllergyIntolerance \
    751-8 612865 M34.81 é-3/ü http://loinc.org http://snomed.info/sct http://hl7.org/fhir/sid/icd-10-cm \
    http://hl7.org/fhir/sid/ndc";

const NAMES: &str = "resourceType id entry resource search mode link relation url status code coding system display \
    text value unit low high subject reference contained dosageInstruction doseAndRate timing repeat valueQuantity \
    valueString effectiveDateTime referenceRange component response medicationReference";

fn one_of(words: &'static str) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(words.split_whitespace().collect::<Vec<_>>()).prop_map(str::to_owned)
}

/// Any JSON.
pub fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![3 => one_of(WORDS), 1 => any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let name = prop_oneof![4 => one_of(NAMES), 1 => any::<String>()];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..7).prop_map(Value::from_iter),
        ]
    })
}

/// The paths of all values of a request.
pub fn paths(value: &Value) -> Vec<String> {
    let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
    let below = |name: String, value: &Value| {
        paths(value).into_iter().map(move |path| format!("/{name}{path}")).collect::<Vec<_>>()
    };
    let mut found = vec![String::new()];
    match value {
        Value::Object(members) => found.extend(members.iter().flat_map(|(name, member)| below(escaped(name), member))),
        Value::Array(items) => {
            found.extend(items.iter().enumerate().flat_map(|(at, item)| below(at.to_string(), item)))
        }
        _ => {}
    }
    found
}
