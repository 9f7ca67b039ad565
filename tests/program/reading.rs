//! Each byte of a call is lexed at most twice: once when its body is read, and once more where the answer gives a part
//! of it back. A counter of the document's lexer says how many were.

use ::document::lexed_bytes;
use serde_json::{Value, json};

use crate::properties::decide;
use crate::support::fixture;

/// The answer, and how many bytes were lexed for it.
fn lexed(body: &str) -> (Value, u64) {
    let before = lexed_bytes();
    let answer = decide(body).unwrap_or_else(|error| panic!("{error:?}"));
    (answer, lexed_bytes() - before)
}

/// The call with so many copies of every resource of its Bundles, each under an id of its own.
fn times(request: &Value, copies: usize) -> Value {
    let mut request = request.clone();
    for bundle in request["prefetch"].as_object_mut().into_iter().flat_map(|prefetch| prefetch.values_mut()) {
        let Some(entries) = bundle["entry"].as_array().cloned() else { continue };
        let copy = |number: usize, entry: &Value| {
            let mut entry = entry.clone();
            let id = format!("{}-{number}", entry["resource"]["id"].as_str().unwrap_or_default());
            entry["fullUrl"] = json!(format!("urn:copy:{id}"));
            entry["resource"]["id"] = json!(id);
            entry
        };
        let copies: Vec<Value> = (0..copies).flat_map(|number| entries.iter().map(move |e| copy(number, e))).collect();
        bundle["total"] = json!(copies.len());
        bundle["entry"] = Value::Array(copies);
    }
    request
}

/// The same JSON with every character of every name and text written as an escape.
fn escaped(value: &Value) -> String {
    let quoted = |text: &str| {
        let units: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{units}\"")
    };
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(escaped).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let members = members.iter().map(|(name, member)| format!("{}:{}", quoted(name), escaped(member)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        plain => plain.to_string(),
    }
}

#[test]
fn each_byte_is_lexed_at_most_twice() {
    // The second one has an order that is changed and given back.
    for name in ["textbook", "patients/every-two-weeks-new-start"] {
        let request = fixture(name);
        let plain = request.to_string();
        let (expected, _) = lexed(&plain);
        let large = times(&request, 10).to_string();
        assert!(large.len() > 6 * plain.len(), "{name}: {} bytes", large.len());
        for (what, body) in [("as it is", plain), ("ten times as large", large), ("escaped", escaped(&request))] {
            let (answer, count) = lexed(&body);
            let size = u64::try_from(body.len()).expect("a size");
            assert!((size..=2 * size).contains(&count), "{name} {what}: {count} of {size} bytes were lexed");
            assert_eq!(answer["cards"].as_array().map(Vec::len), expected["cards"].as_array().map(Vec::len), "{what}");
        }
    }
}
