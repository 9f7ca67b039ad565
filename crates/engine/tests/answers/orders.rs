//! Orders in other clothes: whatever the drafts of a call hold, an order of the drug is checked, or a card or an error
//! says that it was not. The patient is the textbook's with neutrophils of 1,900, so a checked order has a critical card.

use cds_hooks::profile::SummaryHook;
use serde_json::{Value, json};

use super::support::{decided, fixture};

/// What comes of a call: `checked` for the critical card, `unchecked: …` for the card on orders that were not, `nothing`,
/// or an error.
fn comes_of(request: &Value) -> String {
    let decision = match decided(&request.to_string(), SummaryHook::OrderSign) {
        Ok(decision) => decision,
        Err(error) => return format!("{}: {}", error.status, error.message),
    };
    let checked =
        decision.cards.iter().any(|card| card.rule == "laboratory-limits" && card.indicator.code() == "critical");
    let unchecked = decision.cards.iter().find(|card| card.rule == "unchecked-orders");
    match (checked, unchecked) {
        (true, None) => "checked".to_owned(),
        (false, Some(card)) => format!("unchecked: {}", card.summary),
        (true, Some(card)) => format!("checked, and unchecked: {}", card.summary),
        (false, None) if decision.cards.is_empty() => "nothing".to_owned(),
        (false, None) => format!("only {}", decision.cards[0].rule),
    }
}

fn patient() -> Value {
    fixture("patients/neutrophils-1.9")
}

fn order() -> Value {
    patient()["context"]["draftOrders"]["entry"][0]["resource"].clone()
}

/// The order with other members; a null takes one away.
fn order_with(changes: &Value) -> Value {
    let mut order = order();
    for (name, value) in changes.as_object().expect("members") {
        match value {
            Value::Null => drop(order.as_object_mut().expect("an order").remove(name)),
            value => order[name] = value.clone(),
        }
    }
    order
}

/// The call with these resources as its drafts.
fn with_drafts(resources: &[Value]) -> Value {
    let entries: Vec<Value> = resources.iter().map(|resource| json!({"resource": resource})).collect();
    with_bundle(&json!({"resourceType": "Bundle", "type": "collection", "entry": entries}))
}

fn with_bundle(drafts: &Value) -> Value {
    let mut request = patient();
    request["context"]["draftOrders"] = drafts.clone();
    request
}

#[test]
fn drafts_that_hold_no_orders_are_an_error() {
    let order = order();
    for (drafts, expected) in [
        (order.clone(), "400: context.draftOrders: must be a Bundle of the draft orders, not a MedicationRequest"),
        (
            json!({"resourceType": "Parameters"}),
            "400: context.draftOrders: must be a Bundle of the draft orders, not a Parameters",
        ),
        (json!({"entry": [{"resource": null}]}), "400: context.draftOrders.entry[0]: holds no resource"),
        (
            json!({"entry": [{"resource": {"resourceType": "Bundle", "entry": [{"resource": order}]}}]}),
            "400: context.draftOrders.entry[0]: is a Bundle inside the Bundle",
        ),
        (json!({"entry": []}), "nothing"),
    ] {
        assert_eq!(comes_of(&with_bundle(&drafts)), expected, "{drafts}");
    }
}

#[test]
fn an_order_that_cannot_be_read_is_said() {
    let codes = json!({"medicationCodeableConcept": {"coding": [[1]]}});
    for (what, drafts, expected) in [
        ("the order as it is", vec![order()], "checked"),
        (
            "no medication",
            vec![order_with(&json!({"medicationCodeableConcept": null}))],
            "unchecked: An order could not be read (MedicationRequest/toci: no medication): if it is tocilizumab, it was not checked",
        ),
        (
            "a medication of garbage",
            vec![order_with(&codes)],
            "unchecked: An order could not be read (MedicationRequest/toci: no medication that can be read): if it is tocilizumab, it was not checked",
        ),
        (
            "a medication that was not sent",
            vec![order_with(
                &json!({"medicationCodeableConcept": null, "medicationReference": {"reference": "Medication/x"}}),
            )],
            "unchecked: An order could not be read (MedicationRequest/toci: its medication was not sent): if it is tocilizumab, it was not checked",
        ),
        (
            "a type that is misspelt",
            vec![order_with(&json!({"resourceType": "Medicationrequest"}))],
            "unchecked: An order could not be read (Medicationrequest/toci: its type is misspelt): if it is tocilizumab, it was not checked",
        ),
        (
            "one of two",
            vec![order(), Value::Null],
            "checked, and unchecked: An order could not be read (entry 2 of the draft orders: holds no resource): if it is tocilizumab, it was not checked",
        ),
        (
            "two of three",
            vec![order(), Value::Null, json!("x")],
            "checked, and unchecked: 2 orders could not be read: those for tocilizumab were not checked",
        ),
        ("another medicine", vec![order_with(&json!({"medicationCodeableConcept": {"text": "metformin"}}))], "nothing"),
    ] {
        let said = comes_of(&with_drafts(&drafts));
        assert_eq!(said, expected, "{what}");
        assert!(said.split("unchecked: ").last().is_none_or(|summary| summary.chars().count() < 140), "{what}");
    }
}

#[test]
fn an_order_that_is_over_gets_no_card() {
    for status in ["stopped", "cancelled", "completed", "entered-in-error", "Stopped", " completed "] {
        let over = order_with(&json!({"status": status}));
        assert_eq!(comes_of(&with_drafts(&[over])), "nothing", "{status}");
    }
    for status in ["draft", "active", "on-hold", "unknown", "made-up"] {
        assert_eq!(comes_of(&with_drafts(&[order_with(&json!({"status": status}))])), "checked", "{status}");
    }
    let stopped = json!({"resourceType": "MedicationRequest", "id": "ada", "status": "stopped", "intent": "order",
        "medicationCodeableConcept": {"text": "adalimumab"}, "subject": {"reference": "Patient/toci-patient"}});
    let decision = decided(&with_drafts(&[order(), stopped]).to_string(), SummaryHook::OrderSign).expect("an answer");
    let combined = decision.cards.iter().any(|card| card.rule == "concurrent-immunosuppression");
    assert!(!combined, "a biologic that is being stopped is not combined with");
}

#[test]
fn the_patient_of_an_order_is_found_in_the_drafts() {
    let url = "urn:uuid:0c2d5b0e-9a5d-4c55-8d5e-3c52d7f0a001";
    let entry = |subject: &str, id: &str| {
        json!({"entry": [
            {"fullUrl": url, "resource": {"resourceType": "Patient", "id": id}},
            {"resource": order_with(&json!({"subject": {"reference": subject}}))},
        ]})
    };
    let other =
        "unchecked: An order of tocilizumab was not checked (MedicationRequest/toci: of another patient than the call)";
    for (what, subject, id, expected) in [
        ("the patient of the call", url, "toci-patient", "checked"),
        ("another patient", url, "someone-else", other),
        ("an entry that is not there", "urn:uuid:nowhere", "toci-patient", other),
        ("an id in other letters", "Patient/TOCI-PATIENT", "toci-patient", other),
        ("an absolute reference", "https://ehr.example/Patient/toci-patient", "toci-patient", "checked"),
    ] {
        assert_eq!(comes_of(&with_bundle(&entry(subject, id))), expected, "{what}");
    }
    let stranger =
        order_with(&json!({"subject": {"reference": "Patient/x"}, "medicationCodeableConcept": {"text": "metformin"}}));
    assert_eq!(comes_of(&with_drafts(&[stranger])), "nothing", "an order of another drug and another patient");
}

#[test]
fn plans_infusions_and_doses_are_checked_or_said_not_to_be() {
    let subject = json!({"reference": "Patient/toci-patient"});
    let named = |kind: &str, more: Value| {
        let mut resource =
            json!({"resourceType": kind, "id": "x", "status": "draft", "intent": "order", "subject": subject});
        resource.as_object_mut().expect("a resource").extend(more.as_object().expect("members").clone());
        resource
    };
    let medication = order()["medicationCodeableConcept"].clone();
    let hcpcs = |code: &str| json!({"code": {"coding": [{"system": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "code": code}]}});
    for (what, draft, expected) in [
        ("a RequestGroup with the order inside", named("RequestGroup", json!({"contained": [order()]})), "checked"),
        ("a CarePlan with the order inside", named("CarePlan", json!({"contained": [order()]})), "checked"),
        (
            "a CarePlan with an activity",
            named("CarePlan", json!({"activity": [{"detail": {"productCodeableConcept": medication}}]})),
            "unchecked: An order of tocilizumab was not checked (CarePlan/x: only named in a plan)",
        ),
        (
            "a RequestGroup with an action in words",
            named("RequestGroup", json!({"action": [{"title": "Tocilizumab 162 mg weekly"}]})),
            "unchecked: An order of tocilizumab was not checked (RequestGroup/x: only named in a plan)",
        ),
        ("an infusion by HCPCS", named("ServiceRequest", hcpcs("J3262")), "checked"),
        ("an infusion of a biosimilar", named("ServiceRequest", hcpcs("Q5133")), "checked"),
        (
            "an infusion in words",
            named("ServiceRequest", json!({"code": {"text": "Tocilizumab infusion 8 mg/kg"}})),
            "checked",
        ),
        ("a drug level", named("ServiceRequest", json!({"code": {"text": "Tocilizumab level"}})), "nothing"),
        ("another infusion", named("ServiceRequest", json!({"code": {"text": "Infliximab infusion"}})), "nothing"),
        (
            "a dispense",
            named("MedicationDispense", json!({"medicationCodeableConcept": medication, "status": "preparation"})),
            "checked",
        ),
        (
            "an administration",
            named(
                "MedicationAdministration",
                json!({"medicationCodeableConcept": medication, "status": "in-progress"}),
            ),
            "checked",
        ),
        (
            "an administration that was",
            named("MedicationAdministration", json!({"medicationCodeableConcept": medication, "status": "completed"})),
            "nothing",
        ),
        (
            "a statement",
            named("MedicationStatement", json!({"medicationCodeableConcept": medication, "status": "active"})),
            "unchecked: An order of tocilizumab was not checked (MedicationStatement/x: a record of use, not an order)",
        ),
        (
            "a plan of other things",
            named("CarePlan", json!({"activity": [{"detail": {"code": {"text": "Walk"}}}]})),
            "nothing",
        ),
    ] {
        assert_eq!(comes_of(&with_drafts(&[draft])), expected, "{what}");
    }
}

#[test]
fn a_plan_beside_the_order_itself_adds_nothing() {
    let plan = json!({"resourceType": "RequestGroup", "id": "x", "status": "draft", "intent": "order",
        "subject": {"reference": "Patient/toci-patient"},
        "action": [{"title": "Tocilizumab weekly", "resource": {"reference": "MedicationRequest/toci"}}]});
    assert_eq!(comes_of(&with_drafts(&[plan, order()])), "checked");
}

#[test]
fn an_order_inside_a_plan_is_not_offered_to_be_removed() {
    let plan = json!({"resourceType": "RequestGroup", "id": "x", "status": "draft", "intent": "order",
        "contained": [order()], "subject": {"reference": "Patient/toci-patient"}});
    let decision = decided(&with_drafts(&[plan]).to_string(), SummaryHook::OrderSign).expect("an answer");
    let offered = decision.cards.iter().flat_map(|card| &card.suggestions);
    let labels: Vec<&str> = offered.map(|suggestion| suggestion.label.as_str()).collect();
    assert!(!labels.iter().any(|label| label.contains("Remove")), "{labels:?}");
}

#[test]
fn only_what_was_selected_is_asked_about() {
    let mut request =
        with_drafts(&[order(), order_with(&json!({"id": "odd", "medicationCodeableConcept": {"coding": [[1]]}}))]);
    request["hook"] = json!("order-select");
    request["context"]["selections"] = json!(["MedicationRequest/toci"]);
    assert_eq!(comes_of(&request), "checked");
    request["context"]["selections"] = json!(["MedicationRequest/odd"]);
    assert!(comes_of(&request).starts_with("unchecked: "), "{}", comes_of(&request));
    request["context"]["draftOrders"]["entry"][1]["resource"]["medicationCodeableConcept"] = Value::Null;
    assert_eq!(comes_of(&request), "nothing", "its medication is not entered yet");
}

#[test]
fn blanks_around_a_type_change_nothing() {
    let told = |text: &str| {
        let decision = decided(text, SummaryHook::Both).expect("a decision");
        let cards = decision.cards.iter().map(|card| {
            let offered: Vec<&str> = card.suggestions.iter().map(|suggestion| suggestion.label.as_str()).collect();
            format!("{}: {}\n{:?}\n{offered:?}", card.rule, card.summary, card.detail)
        });
        cards.collect::<Vec<_>>()
    };
    for name in ["patients/neutrophils-1.9", "patients/igra-positive", "textbook"] {
        let plain = fixture(name).to_string();
        let expected = told(&plain);
        assert!(!expected.is_empty(), "{name}");
        for (before, after) in [(" ", ""), ("", " "), ("\\n\\t", "\\u2003"), ("\u{a0}", "\u{a0}")] {
            let types = padded(&plain, before, after);
            assert_eq!(told(&types), expected, "{name} with `{before}` and `{after}`");
        }
    }
}

/// The text with something before and after the name of each type.
fn padded(text: &str, before: &str, after: &str) -> String {
    let mut parts = text.split("\"resourceType\":\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |written, part| {
        let (name, rest) = part.split_once('"').expect("a string ends");
        format!("{written}\"resourceType\":\"{before}{name}{after}\"{rest}")
    })
}
