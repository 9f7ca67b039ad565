//! Every test patient as a call of both services: what every answer must keep to, and what some must say.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use ::domain::truth::Reason;
use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::{ASSESSMENT, SERVICES, assessed, card, cards, library, moved, names, text, with};
use crate::walk::{faults, hollow};

/// The shapes of EHRs.
mod shapes;

/// The fixtures that are not answered with cards, and how; all others are 200.
const REFUSED: [(&str, u16); 3] = [
    ("shapes/epic-without-draft-orders", 400),
    // A call of patient-view brings no orders.
    ("shapes/oracle-patient-view", 400),
    ("shapes/prefetch-missing", 412),
];

/// The fixtures without an order that concerns us, and the hooks at which that is so.
const SILENT: [(&str, &[&str]); 6] = [
    ("shapes/other-drug-only", &["order-select", "order-sign"]),
    ("shapes/no-medication-order", &["order-select", "order-sign"]),
    ("shapes/do-not-perform", &["order-select", "order-sign"]),
    ("shapes/draft-orders-empty", &["order-select", "order-sign"]),
    // Who selects an order may have entered no medication yet.
    ("shapes/sandbox-page-load", &["order-select"]),
    ("shapes/selections-other-order", &["order-select"]),
];

/// The fixtures with an order that cannot be checked, and the hooks at which a card says so.
const UNCHECKED: [(&str, &[&str]); 2] = [
    ("shapes/sandbox-page-load", &["order-sign"]),
    ("shapes/order-of-another-patient", &["order-select", "order-sign"]),
];

/// A fixture as a call of one of the services.
pub struct Call {
    pub what: String,
    name: &'static str,
    pub service: &'static str,
    pub request: Value,
    /// The answer; none where the call is refused.
    answer: Option<Value>,
}

/// Every fixture that is a call, moved to today, at both hooks, with its answer.
fn all() -> &'static [Call] {
    static CALLS: OnceLock<Vec<Call>> = OnceLock::new();
    CALLS.get_or_init(|| {
        let server = Server::shared();
        let call = |name: &'static str, (hook, service): (&str, &'static str), request: &Value| {
            let (what, request) = (format!("{name} at {hook}"), with(request, "/hook", Some(hook.into())));
            let answer = answered(&what, name, &server.post(service, &request));
            Call { what, name, service, request, answer }
        };
        let of = |name: &'static str| {
            let request = moved(name);
            SERVICES.map(|service| call(name, service, &request))
        };
        names(&["", "patients", "healthy", "shapes"]).into_iter().flat_map(of).collect()
    })
}

/// All that were answered with cards.
pub fn all_answered() -> impl Iterator<Item = (&'static Call, &'static Value)> {
    all().iter().filter_map(|call| Some((call, call.answer.as_ref()?)))
}

/// The orders of a call as `Type/id`.
pub fn orders(request: &Value) -> BTreeSet<String> {
    let entries = request.pointer("/context/draftOrders/entry");
    let reference =
        |entry: &Value| format!("{}/{}", text(entry, "/resource/resourceType"), text(entry, "/resource/id"));
    match entries {
        Some(Value::Array(entries)) => entries.iter().map(reference).collect(),
        lone => lone.map(reference).into_iter().collect(),
    }
}

/// The answer, where one is expected; that one is refused is checked here.
fn answered(what: &str, name: &str, reply: &Reply) -> Option<Value> {
    let expected = REFUSED.iter().find(|(refused, _)| *refused == name).map_or(200, |(_, status)| *status);
    assert_eq!(reply.status, expected, "{what}: {}", reply.body);
    assert_eq!(reply.header("content-type"), "application/json", "{what}");
    (reply.status == 200).then(|| reply.json())
}

#[test]
fn every_answer_keeps_to_the_standard() {
    for (Call { what, name, request, .. }, answer) in all_answered() {
        let members: Vec<&String> = answer.as_object().expect("an object").keys().collect();
        let silent = SILENT.iter().any(|(n, hooks)| n == name && hooks.contains(&text(request, "/hook")));
        if silent {
            assert_eq!(*answer, json!({"cards": []}), "E2 {what}");
            continue;
        }
        if UNCHECKED.iter().any(|(n, hooks)| n == name && hooks.contains(&text(request, "/hook"))) {
            let topics: Vec<&str> = cards(answer).iter().map(|card| text(card, "/source/topic/code")).collect();
            assert_eq!((topics, members), (vec!["unchecked-orders"], vec![&"cards".to_owned()]), "{what}");
            continue;
        }
        // Where nothing speaks at a selection, there is no card at all; the assessment is there nevertheless.
        assert_eq!(members, ["cards", "extension"], "E1, E3 {what}");
        assert!(hollow(answer).is_empty(), "A2 {what}: {:?}", hollow(answer));
        let orders = orders(request);
        let mut ids = BTreeSet::new();
        for card in cards(answer) {
            assert!(faults(card, &orders).is_empty(), "{what}: {:#?}", faults(card, &orders));
            let suggestions = card["suggestions"].as_array().into_iter().flatten();
            for uuid in suggestions.chain([card]).map(|of| text(of, "/uuid")) {
                assert!(ids.insert(uuid.to_owned()), "E10 {what}: uuid {uuid} appears twice");
            }
        }
        let urgency = |card: &Value| ["critical", "warning", "info"].iter().position(|i| card["indicator"] == *i);
        assert!(cards(answer).is_sorted_by_key(urgency), "{what}: the most urgent card must come first");
    }
}

/// A site may have the assessment say what was looked at and not used. Nothing else in it changes.
#[test]
fn an_answer_may_say_what_was_not_used() {
    let request = moved("textbook");
    let server = Server::with_settings("assessment-not-used = true\n");
    let (usual, mut told) = (Server::shared().call("usual", &request), server.call("with what was not used", &request));
    let order = told.pointer_mut(&format!("/extension/{ASSESSMENT}/0")).and_then(Value::as_object_mut);
    let unused = order.and_then(|order| order.remove("notUsed")).expect("what was not used");
    let earlier = unused.as_array().into_iter().flatten().find(|one| one["reference"] == "Observation/fvc-earlier");
    let earlier = earlier.expect("the earlier FVC");
    assert_eq!((text(earlier, "/why"), text(earlier, "/instead")), ("superseded", "Observation/fvc"));
    assert_eq!(told["extension"], usual["extension"]);
}

#[test]
fn every_answer_carries_the_whole_assessment() {
    let rules = &library().drugs[0].rules;
    let expected: Vec<(&str, &str)> =
        rules.iter().flat_map(|rule| rule.criteria.iter().map(|c| (rule.id.as_str(), c.id.as_str()))).collect();
    for (Call { what, request, .. }, answer) in all_answered() {
        let drafts = orders(request);
        let mut seen = BTreeSet::new();
        for order in assessed(answer) {
            assert!(seen.insert(text(order, "/order")), "{what}: an order is assessed twice");
            assert!(drafts.contains(text(order, "/order")), "{what}: {} is no order of the call", order["order"]);
            let criteria = order["criteria"].as_array().expect("criteria");
            let found: Vec<(&str, &str)> = criteria.iter().map(|c| (text(c, "/rule"), text(c, "/id"))).collect();
            assert_eq!(found, expected, "{what}: every criterion of every rule, once");
            for criterion in criteria {
                let reason = criterion.get("reason").map(|_| text(criterion, "/reason"));
                let fits = match text(criterion, "/outcome") {
                    "unknown" => reason.and_then(Reason::from_code).is_some(),
                    "met" | "not-met" | "not-applicable" => reason.is_none(),
                    _ => false,
                };
                assert!(fits, "{what}: {criterion}");
                for evidence in criterion["evidence"].as_array().into_iter().flatten() {
                    let (_, id) = text(evidence, "/reference").rsplit_once(['/', ':']).unwrap_or_default();
                    let named = format!("\"id\":\"{id}\"");
                    assert!(request.to_string().contains(&named), "{what}: the call holds no {evidence}");
                }
            }
        }
        let of_rules: Vec<&str> = cards(answer).iter().map(|card| text(card, "/source/topic/code")).collect();
        let names = |id: &str, code: &str| id == code || id.replace('-', "") == code;
        let is_rule = |code: &&str| rules.iter().any(|rule| names(&rule.id, code)) || names("unchecked-orders", code);
        let known = of_rules.iter().all(is_rule);
        assert!(known, "{what}: {of_rules:?} are not all rules");
        for rule in rules {
            let count = of_rules.iter().filter(|code| names(&rule.id, code)).count();
            assert!(count <= seen.len(), "{what}: {count} cards of {} for {} orders", rule.id, seen.len());
        }
    }
}

#[test]
fn healthy_patients_raise_no_alarm() {
    let healthy = |name: &str| name.starts_with("healthy/") || name == "textbook";
    for (Call { what, name, request, .. }, answer) in all_answered().filter(|(call, _)| healthy(call.name)) {
        let alarms: Vec<&Value> = cards(answer).iter().filter(|card| card["indicator"] != "info").collect();
        assert!(alarms.is_empty(), "{what}: {alarms:#?}");
        assert!(cards(answer).len() <= 1, "{what}: one card is enough for a healthy patient: {answer:#}");
        assert_eq!(assessed(answer).len(), 1, "{what}: the order was not found");
        if *name == "textbook" {
            let is_shown = text(request, "/hook") == "order-sign";
            assert_eq!(card(answer, "summary").is_some(), is_shown, "{what}: the overview comes at the signature");
        }
        if *name == "healthy/continuation" {
            assert!(cards(answer).is_empty(), "{what}: on treatment with nothing abnormal there is nothing to say");
        }
    }
}

#[test]
fn a_corrected_order_loses_nothing() {
    let replaced = ["dosageInstruction", "medicationCodeableConcept", "medicationReference"];
    let replaced_inside = ["text", "timing", "route", "doseAndRate", "doseQuantity", "patientInstruction"];
    let server = Server::shared();
    for name in ["shapes/unknown-extensions", "patients/intravenous-8-mg-per-kg", "patients/every-two-weeks-new-start"]
    {
        let request = moved(name);
        let sent = request.pointer("/context/draftOrders/entry/0/resource").expect("an order");
        let answer = server.call(name, &request);
        let card = card(&answer, "dose-and-route").unwrap_or_else(|| panic!("{name}: no card of dose-and-route"));
        let update = card.pointer("/suggestions/0/actions/0/resource").expect("E16: the whole resource");
        let without = |order: &Value| {
            let members = order.as_object().expect("an order").clone().into_iter();
            members.filter(|(member, _)| !replaced.contains(&member.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(without(update), without(sent), "E16 {name}");
        let inside = |order: &Value| {
            let members = order["dosageInstruction"][0].as_object().expect("a dosage").clone().into_iter();
            members.filter(|(member, _)| !replaced_inside.contains(&member.as_str())).collect::<Vec<_>>()
        };
        assert_eq!(inside(update), inside(sent), "E16 {name}, inside the dosage");
        assert_eq!(text(update, "/dosageInstruction/0/doseAndRate/0/doseQuantity/code"), "mg", "{name}");
        let with_update = with(&request, "/context/draftOrders/entry", Some(json!([{"resource": update}])));
        let after = server.call(name, &with_update);
        assert!(crate::support::card(&after, "dose-and-route").is_none(), "{name}: the corrected order is still wrong");
    }
}

#[test]
fn two_orders_are_told_apart() {
    let server = Server::shared();
    let request = with(&moved("textbook"), "/context/encounterId", None);
    let order = request.pointer("/context/draftOrders/entry/0/resource").expect("an order");
    let dosed = |dose: u32, id: Option<&str>| {
        let order = with(order, "/dosageInstruction/0/doseAndRate/0/doseQuantity/value", Some(dose.into()));
        with(&order, "/id", id.map(Value::from))
    };
    let at = |digit: u32, order: Value| {
        let url = format!("urn:uuid:0dc2b2a0-0c5f-4f0c-9d4e-6b5d3a9a2f1{digit}");
        json!({"fullUrl": url, "resource": order})
    };
    for (what, entries) in [
        ("by id", json!([{"resource": dosed(81, Some("a"))}, {"resource": dosed(324, Some("b"))}])),
        ("by full URL", json!([at(1, dosed(81, None)), at(2, dosed(324, None))])),
        ("by nothing", json!([{"resource": dosed(81, None)}, {"resource": dosed(324, None)}])),
    ] {
        let answer = server.call(what, &with(&request, "/context/draftOrders/entry", Some(entries)));
        assert_eq!(assessed(&answer).len(), 2, "orders told apart {what}: both are assessed");
        let of_dose: Vec<&Value> =
            cards(&answer).iter().filter(|card| text(card, "/source/topic/code") == "dose-and-route").collect();
        assert_eq!(of_dose.len(), 2, "orders told apart {what}: {answer:#}");
        assert_ne!(
            of_dose[0]["uuid"], of_dose[1]["uuid"],
            "E10: two cards, on orders told apart {what}, have one uuid"
        );
    }
}

/// A patient of whom little more than the diagnosis is on record, and an order in free text: as much as there is to
/// ask, and no more cards than a clinician still reads.
#[test]
fn the_emptiest_record_gives_seven_cards_at_most() {
    let server = Server::shared();
    let dosage = "/context/draftOrders/entry/0/resource/dosageInstruction";
    let request = moved("shapes/prefetch-empty-bundles");
    let request = with(&request, dosage, Some(serde_json::json!([{"text": "as discussed"}])));
    let answer = server.call("the emptiest record", &request);
    let rules: Vec<&str> = cards(&answer).iter().map(|card| text(card, "/source/topic/code")).collect();
    assert!((5..=7).contains(&rules.len()), "{rules:?}");
    let once: BTreeSet<&&str> = rules.iter().collect();
    assert_eq!(once.len(), rules.len(), "a rule speaks twice: {rules:?}");
}
