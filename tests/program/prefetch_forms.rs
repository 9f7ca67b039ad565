//! The table of section 2D: every form in which a prefetch value comes, and what the criterion that rests on it says.
//! "Asked and none" is `absent`, "asked without an answer" is `not-retrieved`, and neither is ever shown as the other.

use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{card, moved, outcome, text, with};

/// The keys under test: the criterion that rests on each, and its outcome for the textbook patient.
const KEYS: [(&str, &str); 3] = [
    ("patient", "not-adult"),
    ("allergies", "tocilizumab-hypersensitivity"),
    ("neutrophils", "neutrophils-below-start-limit"),
];

const KNOWN: &str = "not-met";
const ABSENT: &str = "unknown: absent";
const NOT_RETRIEVED: &str = "unknown: not-retrieved";
const UNREADABLE: &str = "unknown: unreadable";

fn failure() -> Value {
    json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "forbidden"}]})
}

/// Each form of the value, made from the resource that the key should bring; `None` leaves the key out.
fn forms(resource: &Value) -> Vec<(&'static str, Option<Value>, &'static str)> {
    let entry = |mode: &str| json!({"resource": resource, "search": {"mode": mode}});
    let bundle = |entries: Value| json!({"resourceType": "Bundle", "type": "searchset", "entry": entries});
    let none_found = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-found",
        "details": {"coding": [{"code": "4101"}], "text": "Resource request returns no results."}}]});
    vec![
        ("resource", Some(resource.clone()), KNOWN),
        ("searchset", Some(bundle(json!([entry("match")]))), KNOWN),
        ("searchset without modes", Some(bundle(json!([{"resource": resource}]))), KNOWN),
        (
            "collection",
            Some(json!({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": resource}]})),
            KNOWN,
        ),
        ("Bundle without type", Some(json!({"resourceType": "Bundle", "entry": [{"resource": resource}]})), KNOWN),
        ("Bundle without resourceType", Some(json!({"entry": [{"resource": resource}]})), KNOWN),
        ("Bundle with one entry, no array", Some(bundle(json!({"resource": resource}))), KNOWN),
        (
            "match beside a warning",
            Some(bundle(json!([entry("match"), {"resource": none_found, "search": {"mode": "outcome"}}]))),
            KNOWN,
        ),
        (
            "only an error among the entries",
            Some(bundle(json!([{"resource": failure(), "search": {"mode": "outcome"}}]))),
            NOT_RETRIEVED,
        ),
        ("empty Bundle", Some(bundle(json!([]))), ABSENT),
        ("Bundle without entry", Some(json!({"resourceType": "Bundle", "type": "searchset", "total": 0})), ABSENT),
        ("Epic: none found", Some(bundle(json!([{"resource": none_found, "search": {"mode": "outcome"}}]))), ABSENT),
        ("none found, no mode", Some(bundle(json!([{"resource": none_found}]))), ABSENT),
        ("only an include", Some(bundle(json!([entry("include")]))), ABSENT),
        ("null", Some(json!(null)), ABSENT),
        ("OperationOutcome", Some(failure()), NOT_RETRIEVED),
        ("key left out", None, NOT_RETRIEVED),
        ("wrapped, 200 OK", Some(json!({"response": {"status": "200 OK"}, "resource": resource})), KNOWN),
        (
            "wrapped, 200 as number",
            Some(json!({"response": {"status": 200}, "resource": bundle(json!([entry("match")]))})),
            KNOWN,
        ),
        ("wrapped, no response", Some(json!({"resource": resource})), KNOWN),
        ("wrapped, 200 and null", Some(json!({"response": {"status": "200"}, "resource": null})), ABSENT),
        ("wrapped, 404", Some(json!({"response": {"status": "404 Not Found"}, "resource": failure()})), NOT_RETRIEVED),
        (
            "wrapped, 503 with a stale resource",
            Some(json!({"response": {"status": "503"}, "resource": resource})),
            NOT_RETRIEVED,
        ),
        ("wrapped, 401 without resource", Some(json!({"response": {"status": "401"}})), NOT_RETRIEVED),
        ("wrapped twice", Some(json!({"resource": {"resource": resource}})), NOT_RETRIEVED),
        ("wrapped HTML", Some(json!({"response": {"status": "200"}, "resource": "<html></html>"})), NOT_RETRIEVED),
        ("HTML", Some(json!("<!DOCTYPE html><html><body>Login</body></html>")), NOT_RETRIEVED),
        ("empty string", Some(json!("")), NOT_RETRIEVED),
        ("array", Some(json!([resource])), NOT_RETRIEVED),
        ("number", Some(json!(404)), NOT_RETRIEVED),
        ("false", Some(json!(false)), NOT_RETRIEVED),
        ("empty object", Some(json!({})), NOT_RETRIEVED),
        ("entry that is no object", Some(bundle(json!(["x"]))), UNREADABLE),
        ("entry without resource", Some(bundle(json!([{"fullUrl": "https://ehr.example/x"}]))), UNREADABLE),
        ("null among the entries", Some(bundle(json!([null]))), UNREADABLE),
    ]
}

/// The first resource that a key of the textbook patient brings.
fn resource_of(request: &Value, key: &str) -> Value {
    let value = &request["prefetch"][key];
    value.pointer("/entry/0/resource").unwrap_or(value).clone()
}

#[test]
fn every_form_of_every_key() {
    let server = Server::shared();
    let textbook = moved("textbook");
    for (key, criterion) in KEYS {
        for (form, value, expected) in forms(&resource_of(&textbook, key)) {
            let what = format!("{key}: {form}");
            let answer = server.call(&what, &with(&textbook, &format!("/prefetch/{key}"), value));
            assert_eq!(outcome(&answer, criterion), expected, "{what}");
            for (other, criterion) in KEYS.iter().filter(|(other, _)| *other != key) {
                assert_eq!(outcome(&answer, criterion), KNOWN, "{what} must not touch {other}");
            }
        }
    }
}

#[test]
fn what_could_not_be_read_is_said_and_what_is_absent_is_not() {
    let server = Server::shared();
    let textbook = moved("textbook");
    for (form, value, expected) in forms(&resource_of(&textbook, "allergies")) {
        let answer = server.call(form, &with(&textbook, "/prefetch/allergies", value));
        let card = card(&answer, "hypersensitivity").map(|card| (text(card, "/indicator"), text(card, "/summary")));
        match expected {
            NOT_RETRIEVED | UNREADABLE => {
                let (indicator, summary) =
                    card.unwrap_or_else(|| panic!("{form}: nobody says that allergies were not read"));
                assert_eq!(indicator, "warning", "{form}");
                assert!(summary.contains("could not be read"), "{form}: {summary}");
            }
            _ => assert!(card.is_none(), "{form}: allergies were read, yet {card:?}"),
        }
    }
}

#[test]
fn beside_an_error_what_came_counts_and_what_did_not_come_is_not_absent() {
    let server = Server::shared();
    let textbook = moved("textbook");
    for ((key, criterion), expected) in KEYS.into_iter().zip([KNOWN, NOT_RETRIEVED, KNOWN]) {
        let entries = json!([{"resource": resource_of(&textbook, key)}, {"resource": failure()}]);
        let value = json!({"resourceType": "Bundle", "type": "searchset", "entry": entries});
        let answer = server.call(key, &with(&textbook, &format!("/prefetch/{key}"), Some(value)));
        assert_eq!(outcome(&answer, criterion), expected, "{key}");
    }
}

#[test]
fn a_resource_of_another_type_is_no_answer() {
    let server = Server::shared();
    let textbook = moved("textbook");
    for (key, criterion) in KEYS {
        let other = json!({"resourceType": "Basic", "id": "x", "subject": {"reference": "Patient/toci-patient"}});
        let answer = server.call(key, &with(&textbook, &format!("/prefetch/{key}"), Some(other)));
        assert_eq!(outcome(&answer, criterion), NOT_RETRIEVED, "{key}: a Basic says nothing of what was asked for");
    }
}

#[test]
fn pages_that_were_not_read_may_hold_more() {
    let server = Server::shared();
    let textbook = moved("textbook");
    let next = json!([{"relation": "next", "url": "https://ehr.example.org/fhir?page=2"}]);
    // A search that sends the newest first is complete on its first page.
    for (key, criterion, expected) in [
        ("allergies", "tocilizumab-hypersensitivity", NOT_RETRIEVED),
        ("conditions", "active-serious-infection", NOT_RETRIEVED),
        ("neutrophils", "neutrophils-below-start-limit", KNOWN),
    ] {
        let answer = server.call(key, &with(&textbook, &format!("/prefetch/{key}/link"), Some(next.clone())));
        assert_eq!(outcome(&answer, criterion), expected, "{key}");
    }
}

#[test]
fn an_included_medication_tells_what_was_taken() {
    let server = Server::shared();
    let textbook = moved("textbook");
    let medication = |code: &str| {
        let coding = json!([{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code}]);
        let medication = json!({"resourceType": "Medication", "id": "m1", "code": {"coding": coding}});
        json!({"resource": medication, "search": {"mode": "include"}})
    };
    for (what, beside, phase) in [
        ("tocilizumab", Some(medication("612865")), "continuation"),
        ("another drug", Some(medication("68149")), "new-start"),
        ("nothing at hand", None, "undetermined"),
    ] {
        let statement = json!({"resource": {"resourceType": "MedicationStatement", "id": "s1", "status": "active",
            "medicationReference": {"reference": "Medication/m1"}, "subject": {"reference": "Patient/toci-patient"}}});
        let entries: Vec<Value> = [statement].into_iter().chain(beside).collect();
        let bundle = json!({"resourceType": "Bundle", "type": "searchset", "entry": entries});
        let answer = server.call(what, &with(&textbook, "/prefetch/medication-statements", Some(bundle)));
        assert_eq!(crate::support::assessed(&answer)[0]["phase"], phase, "a statement that refers to {what}");
    }
}

#[test]
fn the_fixtures_of_forms_say_what_they_should() {
    let server = Server::shared();
    for (name, criterion, expected) in [
        ("shapes/prefetch-null", "tocilizumab-hypersensitivity", ABSENT),
        ("shapes/prefetch-null", "tuberculosis-test-positive", ABSENT),
        ("shapes/prefetch-empty-bundles", "neutrophils-below-start-limit", ABSENT),
        ("shapes/prefetch-empty-bundles", "active-serious-infection", ABSENT),
        ("shapes/prefetch-key-omitted", "tocilizumab-hypersensitivity", NOT_RETRIEVED),
        ("shapes/prefetch-operation-outcomes", "neutrophils-below-start-limit", NOT_RETRIEVED),
        ("shapes/prefetch-operation-outcomes", "tocilizumab-hypersensitivity", NOT_RETRIEVED),
        ("shapes/prefetch-wrapped-failure", "tocilizumab-hypersensitivity", NOT_RETRIEVED),
        ("shapes/prefetch-wrapped", "neutrophils-below-start-limit", KNOWN),
        ("shapes/prefetch-wrapped", "tocilizumab-hypersensitivity", KNOWN),
        ("shapes/prefetch-collections", "neutrophils-below-start-limit", KNOWN),
        ("shapes/prefetch-own-keys", "neutrophils-below-start-limit", KNOWN),
        ("shapes/prefetch-own-keys", "platelets-below-start-limit", KNOWN),
        ("shapes/prefetch-paged", "active-serious-infection", NOT_RETRIEVED),
        ("shapes/epic-no-results", "tocilizumab-hypersensitivity", ABSENT),
        ("patients/infected-digital-ulcer-allergies-refused", "tocilizumab-hypersensitivity", NOT_RETRIEVED),
        ("patients/infected-digital-ulcer-allergies-refused", "active-serious-infection", "met"),
    ] {
        assert_eq!(outcome(&server.call(name, &moved(name)), criterion), expected, "{name}: {criterion}");
    }
}
