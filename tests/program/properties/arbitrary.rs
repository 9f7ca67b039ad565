//! Whatever a client sends: an answer that keeps to the standard, or an error that says it is the client's. No panic.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use tocilizumab_cds::hook::call::HookCall;

use super::survived;
use crate::support::{cards, fixture, library, names, text};
use crate::walk::faults;

/// Words that mean something to the readers, so that arbitrary JSON is not turned away at the door.
const WORDS: [&str; 28] = [
    "final",
    "active",
    "2026-11-10",
    "2026",
    "9999-12-31T23:59:59-14:00",
    "10*3/uL",
    "mg",
    "U/L",
    "<",
    "Patient/toci-patient",
    "#",
    "urn:uuid:",
    "Observation",
    "Bundle",
    "MedicationRequest",
    "Medication",
    "Condition",
    "http://loinc.org",
    "751-8",
    "http://snomed.info/sct",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://hl7.org/fhir/sid/ndc",
    "M34.81",
    "é-3/ü",
    "0-40",
    "<é",
    "q7d",
    "",
];

const NAMES: [&str; 30] = [
    "resourceType",
    "id",
    "entry",
    "resource",
    "search",
    "mode",
    "link",
    "relation",
    "url",
    "status",
    "code",
    "coding",
    "system",
    "display",
    "text",
    "value",
    "unit",
    "low",
    "high",
    "subject",
    "reference",
    "contained",
    "dosageInstruction",
    "doseAndRate",
    "timing",
    "repeat",
    "valueQuantity",
    "valueString",
    "effectiveDateTime",
    "response",
];

/// Any JSON, often of members and words that FHIR knows.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![3 => prop::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let name = prop_oneof![4 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned), 1 => any::<String>()];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..7).prop_map(Value::from_iter),
        ]
    })
}

/// The paths of all values of a request.
fn paths(value: &Value) -> Vec<String> {
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

/// A request that was answered: no card breaks the standard. One that was not: it was the client's fault.
fn stands(what: &str, request: &Value) {
    answered(what, &request.to_string(), request.pointer("/context/draftOrders/entry"));
}

fn answered(what: &str, request: &str, orders: Option<&Value>) {
    let reference =
        |entry: &Value| format!("{}/{}", text(entry, "/resource/resourceType"), text(entry, "/resource/id"));
    let orders: BTreeSet<String> = match orders {
        Some(Value::Array(entries)) => entries.iter().map(reference).collect(),
        Some(entry) => [reference(entry)].into(),
        None => BTreeSet::new(),
    };
    match survived(what, request) {
        Ok(answer) => {
            let faults: Vec<String> = cards(&answer).iter().flat_map(|card| faults(card, &orders)).collect();
            assert!(faults.is_empty(), "{what}: {faults:?}");
        }
        Err(status) => assert!((400..500).contains(&status), "{what}: status {status}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_in_a_prefetch_slot(slot in any::<Index>(), value in any_json()) {
        let mut request = fixture("textbook");
        let queries = &library().services.queries;
        let key = &queries[slot.index(queries.len())].key;
        request["prefetch"][key] = value.clone();
        stands(&format!("prefetch.{key} = {value}"), &request);
        request["prefetch"][key] = json!({"resourceType": "Bundle", "entry": [{"resource": value.clone()}]});
        stands(&format!("prefetch.{key} = a Bundle of {value}"), &request);
    }

    #[test]
    fn any_json_among_the_orders(value in any_json(), beside in any::<bool>()) {
        let mut request = fixture("textbook");
        let entries = &mut request["context"]["draftOrders"]["entry"];
        match entries.as_array_mut().filter(|_| beside) {
            Some(entries) => entries.push(json!({"resource": value.clone()})),
            None => *entries = value.clone(),
        }
        stands(&format!("draftOrders.entry with {value}"), &request);
    }

    #[test]
    fn any_json_anywhere(which in any::<Index>(), place in any::<Index>(), value in any_json()) {
        let all = names(&["", "patients", "healthy", "shapes"]);
        let name = all[which.index(all.len())];
        let mut request = fixture(name);
        let paths = paths(&request);
        let path = &paths[place.index(paths.len())];
        if let Some(target) = request.pointer_mut(path) {
            *target = value.clone();
        }
        stands(&format!("{name} with {path} = {value}"), &request);
    }

    #[test]
    fn any_bytes_as_a_body(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        prop_assert!(HookCall::parse(&text, None).is_err() || text.contains("hook"));
    }

    #[test]
    fn a_body_with_broken_places(places in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6)) {
        let mut bytes = fixture("textbook").to_string().into_bytes();
        for (place, byte) in &places {
            let at = place.index(bytes.len());
            bytes[at] = *byte;
        }
        // What is no UTF-8 is turned away before it is parsed.
        let request = String::from_utf8_lossy(&bytes);
        if let Err(status) = survived(&format!("the textbook patient with {places:?}"), &request) {
            prop_assert!((400..500).contains(&status));
        }
    }
}

/// Numbers, dates and texts at the edge of what can be represented, at every place where one of their kind stands.
#[test]
fn extremes_everywhere() {
    let numbers = [
        "0",
        "-0",
        "-1",
        "1e28",
        "1e-28",
        "1e400",
        "1e-400",
        "79228162514264337593543950335",
        "0.0000000000000000000000000001",
        "123456789012345678901234567890123456789",
    ];
    let dates = [
        "9999-12-31",
        "0000",
        "0001-01",
        "2026-02-30",
        "2026-13",
        "2026-11-22T24:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "-",
        "T",
        "2026-11-10T",
        "2026-11-10T09:00+é",
        "2026-11-10T09:00:00+99:99",
    ];
    let texts = ["", " ", "\u{0}", "é", "\u{1f600}", "\u{202e}x", "`|<b>*_[]()#~!\\\n- x", "9".repeat(40).as_str()]
        .map(str::to_owned);
    for name in ["textbook", "patients/continuation-platelets-92"] {
        let request = fixture(name);
        for path in paths(&request) {
            let here = request.pointer(&path).expect("a path of the request");
            let is_date = here
                .as_str()
                .is_some_and(|text| text.len() >= 10 && text.starts_with("20") && text.as_bytes()[4] == b'-');
            let extremes: Vec<String> = match here {
                Value::Number(_) => numbers
                    .iter()
                    .map(|n| (*n).to_owned())
                    .chain(["\"1e400\"".to_owned(), "\"<é\"".to_owned()])
                    .collect(),
                Value::String(_) if is_date => dates.iter().map(|date| Value::from(*date).to_string()).collect(),
                Value::String(_) if path.starts_with("/context/draftOrders") => {
                    texts.iter().map(|t| Value::from(t.as_str()).to_string()).collect()
                }
                _ => continue,
            };
            let mut marked = request.clone();
            *marked.pointer_mut(&path).expect("a path of the request") = Value::from("@here@");
            for extreme in extremes {
                let body = marked.to_string().replace("\"@here@\"", &extreme);
                let orders = serde_json::from_str::<Value>(&body)
                    .ok()
                    .and_then(|request| request.pointer("/context/draftOrders/entry").cloned());
                answered(
                    &format!("{name} with {path} = {extreme}"),
                    &body,
                    orders.as_ref().or(request.pointer("/context/draftOrders/entry")),
                );
            }
        }
    }
}
