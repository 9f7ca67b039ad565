//! The moment at which an order is judged, and what was known then.

use document::Document;
use replay::Extent;
use serde_json::{Value, json};

use crate::records::{mixed, ndjson, resources};
use crate::running::{Folder, answers, of, replayed};

#[test]
fn an_order_that_ended_since_is_judged_when_it_was_written() {
    let mut all = resources("later-results");
    let before = of(Folder::new().write("x.ndjson", ndjson(&all)));
    for order in all.iter_mut().filter(|r| r["resourceType"] == "MedicationRequest") {
        order["status"] = json!("completed");
    }
    let after = of(Folder::new().write("x.ndjson", ndjson(&all)));
    assert_eq!(after.values()[0]["asOf"], "2026-08-03T10:00:00+00:00");
    assert_eq!(answers(&after), answers(&before), "results of October are not known in August");
    let path = Folder::new();
    path.write("x.ndjson", ndjson(&all));
    let later = replayed(&[&path.path()], Extent::default(), Some("2026-11-01"));
    assert_eq!(later.values()[0]["asOf"], "2026-11-01T23:59:59+00:00");
    assert_ne!(answers(&later)[0]["cards"], answers(&after)[0]["cards"]);
}

#[test]
fn what_was_put_on_record_later_is_not_known_yet() {
    let outcome = |kind: &str, change: Value, criterion: &str| {
        let mut all = resources("later-results");
        all.push(json!({"resourceType": "Immunization", "id": "mmr", "status": "completed", "occurrenceDateTime": "2026-07-28",
            "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "03"}]},
            "patient": {"reference": "Patient/lea"}}));
        for resource in all.iter_mut().filter(|resource| resource["resourceType"] == kind) {
            resource.as_object_mut().expect("an object").extend(change.as_object().cloned().expect("members"));
        }
        let done = of(Folder::new().write("x.ndjson", ndjson(&all)));
        let criteria = done.values()[0]["assessment"][0]["criteria"].as_array().cloned().expect("criteria");
        let found = criteria.iter().find(|of| of["id"] == criterion).expect("the criterion");
        found["outcome"].as_str().expect("an outcome").to_owned()
    };
    for (kind, name, criterion) in [
        ("DiagnosticReport", "issued", "chest-ct-recorded"),
        ("Immunization", "recorded", "live-vaccine-recent"),
        ("Observation", "issued", "hbsag-negative"),
    ] {
        assert_eq!(outcome(kind, json!({name: "2026-08-03T09:00:00Z"}), criterion), "met", "{kind} before the order");
        let later = outcome(kind, json!({name: "2026-08-05T09:00:00Z"}), criterion);
        assert_eq!(later, "unknown", "{kind} after the order");
    }
}

#[test]
fn an_order_without_a_date_is_judged_at_the_newest_date_of_its_record() {
    let mut all = resources("later-results");
    for order in all.iter_mut().filter(|r| r["resourceType"] == "MedicationRequest") {
        order.as_object_mut().expect("an object").remove("authoredOn");
    }
    let done = of(Folder::new().write("x.ndjson", ndjson(&all)));
    assert_eq!(done.values()[0]["asOf"], "2026-10-02T23:59:59+00:00");
}

#[test]
fn one_order_can_be_assumed_for_every_patient() {
    let folder = Folder::new();
    folder.write("export.ndjson", mixed().join("\n"));
    let mut order = order_of(&resources("later-results"));
    order["id"] = json!("assumed");
    let text = order.to_string();
    let document = Document::parse(text.as_str()).expect("JSON");
    let extent = Extent { assumed: Some(&document), ..Extent::default() };
    let newest = replayed(&[&folder.path()], extent, None);
    let patients: Vec<Value> = newest.values().iter().map(|line| line["patient"].clone()).collect();
    let everyone = [
        "7f6d77e1-2b58",
        "absolute",
        "blanks",
        "by-reference",
        "escaped",
        "hidden",
        "nobody",
        "plain",
        "plain2",
        "slashed",
        "words",
    ];
    assert_eq!(patients, everyone, "{}", newest.err);
    assert!(newest.orders().iter().all(|order| order == "MedicationRequest/assumed"));
    let moments: Vec<Value> = newest.values().iter().map(|line| line["asOf"].clone()).collect();
    assert_eq!((&moments[7], &moments[3]), (&json!("2026-10-02T23:59:59+00:00"), &json!("2026-08-03T23:59:59+00:00")));
    let given = replayed(&[&folder.path()], extent, Some("2026-09-01"));
    assert!(given.values().iter().all(|line| line["asOf"] == "2026-09-01T23:59:59+00:00"));
}

fn order_of(resources: &[Value]) -> Value {
    resources.iter().find(|r| r["resourceType"] == "MedicationRequest").cloned().expect("an order")
}
