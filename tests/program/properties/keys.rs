//! The names of prefetch keys do not matter where a value shows what it answers, and prove nothing where it does not.

use serde_json::{Value, json};

use super::{decide, findings};
use crate::support::{fixture, library, names, with};
use crate::walk::difference;

/// The request with every prefetched value under a key of the sender's own; a Bundle names its search, if it may.
fn under_own_keys(request: &Value, linked: bool) -> Value {
    let patient = request["context"]["patientId"].as_str().unwrap_or_default();
    let own = library().services.queries.iter().enumerate().filter_map(|(position, query)| {
        let value = request["prefetch"].get(&query.key)?;
        if value["resourceType"] == "OperationOutcome" {
            // Only its key says what could not be read.
            return Some((query.key.clone(), value.clone()));
        }
        let url = query.template.replace("{{context.patientId}}", patient).replace('|', "%7C");
        let is_bundle = value["resourceType"] == "Bundle" || value.get("entry").is_some();
        let searched = url.contains('?') && (value.is_null() || is_bundle);
        let mut value = if value.is_null() { json!({}) } else { value.clone() };
        if searched {
            value["resourceType"] = "Bundle".into();
            value["type"] = "searchset".into();
            if linked {
                value["link"] = json!([{"relation": "self", "url": format!("https://ehr.example/fhir/{url}")}]);
            }
        }
        Some((format!("own-{position}"), value))
    });
    with(request, "/prefetch", Some(Value::Object(own.collect())))
}

/// The cards and the outcome of every criterion.
fn said(answer: &Value) -> Value {
    json!({"cards": answer["cards"], "findings": format!("{:#?}", findings(answer))})
}

#[test]
fn a_value_that_shows_what_it_answers_answers_it() {
    for name in names(&["", "patients", "healthy"]) {
        let request = fixture(name);
        let before = decide(&request.to_string()).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let moved = under_own_keys(&request, true).to_string();
        let after = decide(&moved).unwrap_or_else(|error| panic!("{name} under own keys: {error:?}"));
        assert_eq!(difference(&said(&after), &said(&before)), None, "{name} under own keys");
    }
}

#[test]
fn a_value_that_does_not_show_it_decides_nothing() {
    let mut opened = 0;
    for name in names(&["", "patients", "healthy"]) {
        let request = fixture(name);
        let before = decide(&request.to_string()).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let moved = under_own_keys(&request, false).to_string();
        let after = decide(&moved).unwrap_or_else(|error| panic!("{name} under own keys: {error:?}"));
        for ((id, was, _), (_, now, _)) in findings(&before).iter().zip(&findings(&after)) {
            assert!(now != "not-met" || was == "not-met", "{name}: {id} was {was} and became {now}");
            let open = was != "unknown" || ["unknown", "not-applicable"].contains(&now.as_str());
            assert!(open, "{name}: {id} was unknown and became {now}");
            opened += usize::from(was == "not-met" && now == "unknown");
        }
    }
    assert!(opened > 200, "only {opened} criteria were left open");
}

#[test]
fn empty_bundles_that_do_not_say_what_was_asked_are_no_record() {
    let request = fixture("textbook");
    let empty = json!({"resourceType": "Bundle", "type": "searchset", "total": 0});
    for value in [empty, json!({"resourceType": "Bundle", "entry": []}), json!(null), json!({}), json!([])] {
        let own: Value = (0..40).map(|n| (format!("own-{n}"), value.clone())).collect();
        let refused = decide(&with(&request, "/prefetch", Some(own)).to_string());
        assert_eq!(refused.map_err(|error| error.status), Err(412), "{value}");
    }
}

/// Every object of a value, the parts of the record among them, with members that nobody knows.
fn strewn(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(strewn).collect(),
        Value::Object(members) => {
            let known = members.iter().map(|(name, member)| (name.clone(), strewn(member)));
            let odd = [
                ("vendor-null", json!(null)),
                ("vendor-number", json!(7.5)),
                ("vendor-text", json!("tocilizumab")),
                ("vendor-list", json!([[], {}, "x", null])),
                ("vendor-resource", json!({"resourceType": "OperationOutcome"})),
                ("vendor-bundle", json!({"resourceType": "Bundle", "type": "searchset", "total": 0})),
            ];
            known.chain(odd.map(|(name, member)| (name.to_owned(), member))).collect()
        }
        plain => plain.clone(),
    }
}

/// The answer without the orders that it gives back, unknown members and all.
fn without_orders(answer: &Value) -> Value {
    let mut answer = answer.clone();
    for card in answer["cards"].as_array_mut().into_iter().flatten() {
        for suggestion in card["suggestions"].as_array_mut().into_iter().flatten() {
            for action in suggestion["actions"].as_array_mut().into_iter().flatten() {
                action["resource"] = Value::Null;
            }
        }
    }
    answer
}

#[test]
fn members_that_nobody_knows_change_nothing() {
    for name in names(&["", "patients", "healthy", "shapes"]) {
        let request = fixture(name);
        let before = decide(&request.to_string()).map_err(|error| error.status);
        let after = decide(&strewn(&request).to_string()).map_err(|error| error.status);
        match (before, after) {
            (Ok(before), Ok(after)) => {
                assert_eq!(difference(&without_orders(&after), &without_orders(&before)), None, "A6 {name}");
            }
            (before, after) => assert_eq!(before.err(), after.err(), "A6 {name}"),
        }
    }
}
