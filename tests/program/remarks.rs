//! What cards say of the record itself: parts that are missing, and entries of another patient that were left out.

use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{card, cards, moved, text, with};

/// The detail of the card of the whole assessment, up to where the assessment begins.
fn remarks(answer: &Value) -> String {
    let detail = card(answer, "summary").map(|card| text(card, "/detail")).unwrap_or_default();
    detail.split("Order for: ").next().unwrap_or_default().trim().to_owned()
}

/// The value of a prefetch key with one more entry.
fn more(request: &Value, path: &str, resource: &Value) -> Value {
    let mut value = request.pointer(path).unwrap_or_else(|| panic!("{path}: not there")).clone();
    value["entry"].as_array_mut().unwrap_or_else(|| panic!("{path}: no entries")).push(json!({"resource": resource}));
    if let Some(bundle) = value.as_object_mut() {
        bundle.remove("total");
    }
    with(request, path, Some(value))
}

#[test]
fn the_card_of_the_whole_assessment_says_what_is_missing() {
    let server = Server::shared();
    let textbook = moved("textbook");
    let other = json!({"resourceType": "Condition", "subject": {"reference": "Patient/someone-else"},
        "code": {"text": "Pneumonia"}});
    let failed = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]});
    let one = more(&textbook, "/prefetch/conditions", &other);
    let two = more(&one, "/prefetch/allergies", &with(&other, "/resourceType", Some("AllergyIntolerance".into())));
    let draft =
        more(&textbook, "/context/draftOrders", &with(&other, "/resourceType", Some("MedicationRequest".into())));
    let link = json!([{"relation": "next", "url": "https://ehr.example/next"}]);
    let not_sent = with(&with(&textbook, "/prefetch/allergies", None), "/prefetch/alt", None);
    for (what, request, expected) in [
        ("nothing", textbook.clone(), ""),
        ("one entry of another patient", one, "**1 entry of another patient was left out.**"),
        ("two of them", two, "**2 entries of another patient were left out.**"),
        ("an order of another patient", draft, "**1 entry of another patient was left out.**"),
        (
            "parts that were not sent",
            not_sent.clone(),
            "**Missing.** Not sent, and the call names no FHIR server: allergy intolerance, ALT.",
        ),
        (
            "parts that were not sent, and a server that is not to be asked",
            with(&not_sent, "/fhirServer", Some("https://ehr.example/r4".into())),
            "**Missing.** Not sent, and the FHIR server may not be asked: allergy intolerance, ALT.",
        ),
        (
            "a part that failed at the client",
            with(&textbook, "/prefetch/platelets", Some(failed)),
            "**Missing.** The calling system could not retrieve it: platelets.",
        ),
        (
            "a part that has more pages",
            with(&textbook, "/prefetch/conditions/link", Some(link)),
            "**Read only in part**, more than could be read is on record: condition.",
        ),
    ] {
        assert_eq!(remarks(&server.call(what, &request)), expected, "{what}");
    }
}

#[test]
fn a_card_that_misses_something_says_why() {
    let server = Server::shared();
    let call = with(
        &with(&moved("textbook"), "/prefetch/platelets", None),
        "/fhirServer",
        Some("https://ehr.example/".into()),
    );
    let answer = server.call("platelets", &call);
    let detail = card(&answer, "laboratory-limits").map(|card| text(card, "/detail")).unwrap_or_default();
    assert!(detail.contains("- **Platelets**: could not be retrieved (server may not be asked)"), "{detail}");
}

#[test]
fn without_that_card_the_first_card_mentions_the_other_patient() {
    let server = Server::shared();
    let on_treatment = with(&moved("patients/continuation-platelets-92"), "/hook", Some("patient-view".into()));
    let view = |request: &Value| {
        let reply = server.post("tocilizumab-patient-view", request);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    };
    let before = view(&on_treatment);
    assert!(
        card(&before, "summary").is_none() && !cards(&before).is_empty(),
        "the chart raises cards, and no overview"
    );
    let other = json!({"resourceType": "Condition", "subject": {"reference": "Patient/someone-else"}});
    let after = view(&more(&on_treatment, "/prefetch/conditions", &other));
    let detail = |answer: &Value| text(answer, "/cards/0/detail").to_owned();
    assert_eq!(detail(&after), format!("**1 entry of another patient was left out.**\n\n{}", detail(&before)));
    assert_eq!(cards(&after)[1..], cards(&before)[1..], "only the first card mentions it");
}
