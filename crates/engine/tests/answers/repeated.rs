//! Members that stand twice in one object. Parsers differ in which of the two they take, so nobody can tell what the
//! sender means: where it matters the call is refused or the record counts as unreadable, and nothing is cleared by it.

use cds_hooks::profile::SummaryHook;
use serde_json::Value;

use super::support::{decided, fixture};

/// The text of the textbook call with the first of these pieces replaced.
fn changed(from: &str, to: &str) -> String {
    let text = fixture("textbook").to_string();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn in_the_call_itself_they_are_an_error_with_their_place() {
    for (from, to, expected) in [
        (r#""hook":"#, r#""hook":"order-select","hook":"#, "the body has two members of the name `hook`"),
        (
            r#""draftOrders":"#,
            r#""draftOrders":{"entry":[]},"draftOrders":"#,
            "context has two members of the name `draftOrders`",
        ),
        (r#""patientId":"#, r#""patientId":"x","patientId":"#, "context has two members of the name `patientId`"),
        (r#""allergies":"#, r#""allergies":null,"allergies":"#, "prefetch has two members of the name `allergies`"),
        (
            r#""draftOrders":{"#,
            r#""draftOrders":{"entry":[],"#,
            "context.draftOrders: has two members of the name `entry`",
        ),
    ] {
        let error = decided(&changed(from, to), SummaryHook::OrderSign).err();
        let (status, message) = error.map(|error| (error.status, error.message)).unwrap_or_default();
        assert_eq!((status, message.as_str()), (400, expected), "{to}");
    }
}

/// The outcome of a criterion.
fn outcome(text: &str, id: &str) -> String {
    let decision = decided(text, SummaryHook::OrderSign).unwrap_or_else(|error| panic!("{}", error.message));
    let assessments = serde_json::to_value(&decision.assessments).expect("JSON");
    let criteria = assessments[0]["criteria"].as_array().expect("criteria").clone();
    let found = criteria.iter().find(|criterion| criterion["id"] == id).unwrap_or_else(|| panic!("no {id}"));
    let reason = found["reason"].as_str().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{}{reason}", found["outcome"].as_str().unwrap_or_default())
}

/// The call with another neutrophil count in addition to the one that is there.
fn with_newer_count(members: &str) -> String {
    let newer = format!(
        r#"{{"resource":{{"resourceType":"Observation","id":"newer","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"751-8"}}]}},"subject":{{"reference":"Patient/toci-patient"}},"effectiveDateTime":"2026-11-20",{members}}}}}"#
    );
    let mut request = fixture("textbook");
    let entries = request["prefetch"]["neutrophils"]["entry"].as_array_mut().expect("entries");
    entries.push(Value::from("PLACE"));
    request["prefetch"]["neutrophils"].as_object_mut().expect("a Bundle").remove("total");
    request.to_string().replace("\"PLACE\"", &newer)
}

#[test]
fn a_result_that_says_two_things_clears_nobody() {
    let amount = |value: &str| format!(r#""valueQuantity":{{"value":{value},"unit":"10*3/uL"}}"#);
    let id = "neutrophils-below-start-limit";
    assert_eq!(outcome(&with_newer_count(&amount("4.2")), id), "not-met");
    assert_eq!(outcome(&with_newer_count(&amount("1.9")), id), "met");
    for members in [
        format!("{},{}", amount("4.2"), amount("1.9")),
        format!("{},{}", amount("1.9"), amount("4.2")),
        r#""valueQuantity":{"value":4.2,"value":1.9,"unit":"10*3/uL"}"#.to_owned(),
        format!(r#"{},"status":"final""#, amount("1.9")),
    ] {
        let text = with_newer_count(&members);
        assert!(outcome(&text, id).starts_with("unknown: "), "{members}: {}", outcome(&text, id));
        let decision = decided(&text, SummaryHook::OrderSign).expect("an answer");
        let said = decision.cards.iter().any(|card| card.rule == "laboratory-limits");
        assert!(said, "{members}: a card says that the count is not known");
    }
}

#[test]
fn a_condition_that_says_two_things_is_unreadable() {
    let condition = r#""resourceType":"Condition","#;
    let text = changed(condition, r#""resourceType":"Condition","resourceType":"Condition","#);
    assert_eq!(outcome(&text, "active-serious-infection"), "unknown: unreadable");
}

#[test]
fn what_is_said_twice_around_the_records_is_unreadable_too() {
    for (from, to, id) in [
        (r#""birthDate":"#, r#""birthDate":"2015-01-01","birthDate":"#, "not-adult"),
        (r#""conditions":{"#, r#""conditions":{"entry":[],"#, "active-serious-infection"),
        (r#""allergies":{"#, r#""allergies":{"entry":[],"#, "tocilizumab-hypersensitivity"),
        (r#""platelets":{"#, r#""platelets":{"entry":[],"#, "platelets-below-start-limit"),
    ] {
        assert_eq!(outcome(&changed(from, to), id), "unknown: unreadable", "{to}");
    }
}

#[test]
fn the_mark_of_utf_8_before_a_body_is_skipped() {
    let text = format!("\u{feff}{}", fixture("patients/neutrophils-1.9"));
    assert_eq!(outcome(&text, "neutrophils-below-start-limit"), "met");
}
