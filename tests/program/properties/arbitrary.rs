//! Whatever a client sends, the service gives an answer that follows the standard, or an error with a 4xx status. It
//! never panics.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::json::{any_json, paths};
use super::{decide, survived};
use crate::support::{cards, fixture, library, names, text};
use crate::walk::faults;

/// Checks that every card of an answer follows the standard, and that every error is a 4xx.
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
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

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
        prop_assert!(decide(&text).is_err(), "{}", text);
    }

    #[test]
    fn a_body_with_broken_places(places in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6)) {
        let mut bytes = fixture("textbook").to_string().into_bytes();
        for (place, byte) in &places {
            let at = place.index(bytes.len());
            bytes[at] = *byte;
        }
        // A body that is not UTF-8 is refused before it is parsed.
        let request = String::from_utf8_lossy(&bytes);
        if let Err(status) = survived(&format!("the textbook patient with {places:?}"), &request) {
            prop_assert!((400..500).contains(&status));
        }
    }
}

/// Numbers, dates and texts at the edge of what can be represented.
const NUMBERS: &str = "0 -0 -1 1e28 1e-28 1e400 1e-400 79228162514264337593543950335 0.0000000000000000000000000001 \
    123456789012345678901234567890123456789 \"1e400\" \"<é\"";
const DATES: &str = "9999-12-31 0000 0001-01 2026-02-30 2026-13 2026-11-22T24:00:00Z 9999-12-31T23:59:59-23:59 - T \
    0001-01-01T00:00:00+23:59 2026-11-10T 2026-11-10T09:00+é 2026-11-10T09:00:00+99:99";
const TEXTS: [&str; 7] = ["", " ", "\u{0}", "é", "\u{1f600}", "\u{202e}x", "`|<b>*_[]()#~!\\\n- x"];

/// What is tried in place of a value, as JSON.
fn extremes(value: &Value, path: &str) -> Vec<String> {
    let quoted = |text: &str| Value::from(text).to_string();
    let is_date = |text: &str| text.starts_with("20") && text.as_bytes().get(4) == Some(&b'-');
    match value {
        Value::Number(_) => NUMBERS.split_whitespace().map(str::to_owned).collect(),
        Value::String(text) if is_date(text) => DATES.split_whitespace().map(quoted).collect(),
        Value::String(_) if path.starts_with("/context/draftOrders") => TEXTS.into_iter().map(quoted).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn extremes_everywhere() {
    let mut tried = 0;
    for name in ["textbook", "patients/continuation-platelets-92"] {
        let request = fixture(name);
        // Of the second patient, only what the textbook patient lacks: a course of the drug.
        let own = |path: &String| name == "textbook" || path.starts_with("/prefetch/medication-");
        for path in paths(&request).into_iter().filter(own) {
            let here = request.pointer(&path).expect("a path of the request");
            let mut marked = request.clone();
            *marked.pointer_mut(&path).expect("a path of the request") = Value::from("@here@");
            for extreme in extremes(here, &path) {
                let body = marked.to_string().replace("\"@here@\"", &extreme);
                // serde_json cannot hold every number; then the orders of the unchanged request are used.
                let read = serde_json::from_str::<Value>(&body).unwrap_or_else(|_| request.clone());
                answered(&format!("{name} with {path} = {extreme}"), &body, read.pointer("/context/draftOrders/entry"));
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "only {tried} extremes were tried");
}
