//! Bodies that are made to be expensive: each has its answer, of a bounded size, and the service goes on. What they cost
//! is measured by `benches/bodies`, at ten times the size; here nothing looks at a clock.

use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{moved, with};

/// What is sent is a tenth of what was once found to be expensive, because this is no optimised build.
const TENTH: usize = 10;

/// No answer to any of them is longer than this, or than the body: what a finding rests on is listed whole.
const LONGEST_ANSWER: usize = 64 * 1024;

/// So many values of a generator, as the items of a JSON array.
fn items(full: usize, item: impl Fn(usize) -> Value) -> Value {
    (0..full / TENTH).map(item).collect()
}

/// A Bundle of so many resources.
fn bundle(full: usize, resource: impl Fn(usize) -> Value) -> Value {
    let entries = items(full, |n| json!({"resource": resource(n)}));
    json!({"resourceType": "Bundle", "type": "searchset", "entry": entries})
}

fn tiny(kind: &str) -> Value {
    bundle(40_000, |n| json!({"resourceType": kind, "id": format!("t{n}")}))
}

/// The textbook patient's count of neutrophils, with a member changed.
fn count(textbook: &Value, path: &str, value: Value) -> Value {
    with(&textbook["prefetch"]["neutrophils"]["entry"][0]["resource"], path, Some(value))
}

/// A Bundle of one Condition with these codings.
fn coded(codings: &Value) -> Value {
    let subject = json!({"reference": "Patient/toci-patient"});
    let condition = json!({"resourceType": "Condition", "id": "c", "subject": subject, "code": {"coding": codings}});
    bundle(TENTH, |_| condition.clone())
}

/// Each body with the status of its answer.
fn bodies() -> Vec<(&'static str, u16, String)> {
    let textbook = moved("textbook");
    let prefetch = |key: &str, value: Value| with(&textbook, &format!("/prefetch/{key}"), Some(value)).to_string();
    let raw = |text: &str| prefetch("conditions", "@here@".into()).replace("\"@here@\"", text);
    let unknown: Value = (0..100_000 / TENTH).map(|n| (format!("key-{n}"), Value::Null)).collect();
    let mut beside = unknown.clone();
    for (key, value) in textbook["prefetch"].as_object().into_iter().flatten() {
        beside[key] = value.clone();
    }
    let members: Value = (0..300_000 / TENTH).map(|n| (format!("m{n}"), json!(1))).collect();
    let component = json!({"code": count(&textbook, "/id", "x".into())["code"], "valueQuantity": {"value": 4.2}});
    let statement = |n: usize| {
        json!({"resourceType": "MedicationStatement", "id": format!("s{n}"), "status": "active",
            "subject": {"reference": "Patient/toci-patient"},
            "medicationReference": {"reference": format!("Medication/m{n}")}})
    };
    let unit = "10*".repeat(1_000_000 / TENTH);
    let depth = 2_000_000 / TENTH;
    vec![
        ("displays", 200, prefetch("conditions", coded(&items(20_000, |n| json!({"display": format!("d {n}")}))))),
        ("tiny resources", 200, prefetch("conditions", tiny("Condition"))),
        ("tiny orders", 400, with(&textbook, "/context/draftOrders", Some(tiny("MedicationRequest"))).to_string()),
        ("unknown keys alone", 412, with(&textbook, "/prefetch", Some(unknown)).to_string()),
        ("unknown keys beside ours", 200, with(&textbook, "/prefetch", Some(beside)).to_string()),
        ("components", 200, {
            let components = items(20_000, |_| component.clone());
            prefetch("neutrophils", bundle(TENTH, |_| count(&textbook, "/component", components.clone())))
        }),
        ("counts of one day", 200, {
            prefetch("neutrophils", bundle(20_000, |n| count(&textbook, "/id", format!("n{n}").into())))
        }),
        ("references to nothing", 200, prefetch("medication-statements", bundle(10_000, statement))),
        ("a long unit", 200, {
            let measured = json!({"value": 4.2, "unit": unit, "code": unit, "system": "http://unitsofmeasure.org"});
            prefetch("neutrophils", bundle(TENTH, |_| count(&textbook, "/valueQuantity", measured.clone())))
        }),
        ("a long id of the order", 200, {
            with(&textbook, "/context/draftOrders/entry/0/resource/id", Some("x".repeat(300_000).into())).to_string()
        }),
        ("a long unit of the dose", 200, {
            let path = "/context/draftOrders/entry/0/resource/dosageInstruction/0/doseAndRate/0/doseQuantity/unit";
            with(&textbook, path, Some("x".repeat(300_000).into())).to_string()
        }),
        ("members", 200, prefetch("conditions", bundle(TENTH, |_| members.clone()))),
        ("codings", 200, {
            prefetch("conditions", coded(&items(150_000, |n| json!({"system": "urn:s", "code": n.to_string()}))))
        }),
        ("nested arrays", 400, raw(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)))),
        ("flat arrays", 200, raw(&format!("[{}]", vec!["[]"; 1_300_000 / TENTH].join(",")))),
        ("more values than are let in", 413, raw(&format!("[{}]", vec!["[]"; 1_300_000].join(",")))),
    ]
}

#[test]
fn each_has_its_answer_and_the_service_goes_on() {
    let server = Server::unhurried();
    for (what, status, body) in bodies() {
        let headers = [("Content-Type", "application/json")];
        let reply = server.send("POST", "/cds-services/tocilizumab-order-sign", &headers, body.as_bytes());
        let start: String = reply.body.chars().take(500).collect();
        assert_eq!(reply.status, status, "{what}: {start}");
        let size = reply.body.len();
        assert!(
            size <= LONGEST_ANSWER.max(body.len()),
            "{what}: an answer of {size} bytes to {} bytes: {start}",
            body.len()
        );
    }
    server.call("afterwards", &moved("textbook"));
}
