//! Rows G: what became of a card.

use serde_json::{Value, json};

use super::security::Trusting;
use crate::server::{Reply, Server};
use crate::support::{cards, moved, text, with};
use crate::walk::is_uuid;

const FEEDBACK: &str = "/cds-services/tocilizumab-order-sign/feedback";
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// An item of feedback that overrides a card, with these members changed; null takes one out.
fn item(card: &str, changes: &Value) -> Value {
    let plain = json!({"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-22T10:00:00Z"});
    crate::authentication::issuer::but(&plain, changes)
}

fn sent(server: &Server, items: &[Value]) -> Reply {
    server.send("POST", FEEDBACK, &[JSON], json!({"feedback": items}).to_string().as_bytes())
}

/// The numbers of a rule in the statistics, once as many as expected were written.
fn numbers(server: &Server, rule: &str) -> Value {
    crate::store::drained(server);
    let stats = server.get("/stats").json();
    let rules = stats["rules"].as_array().unwrap_or_else(|| panic!("{stats}"));
    rules.iter().find(|found| found["rule"] == rule).cloned().unwrap_or_default()
}

/// A call that has a card to speak of, with that card.
fn carded(server: &Server) -> Value {
    let answer = server.call("neutrophils", &moved("patients/neutrophils-1.9"));
    cards(&answer).iter().find(|card| card["indicator"] == "critical").cloned().expect("a critical card")
}

#[test]
fn g1_feedback_is_taken() {
    let server = Server::with_store("");
    for service in ["tocilizumab-order-select", "tocilizumab-order-sign", "tocilizumab-patient-view"] {
        let body = json!({"feedback": [item("x", &json!({}))]}).to_string();
        let reply = server.send("POST", &format!("/cds-services/{service}/feedback"), &[JSON], body.as_bytes());
        assert_eq!(reply.status, 200, "{service}: {}", reply.body);
    }
}

#[test]
fn g2_a_list() {
    let server = Server::with_store("");
    for body in ["{}", "[]", "{\"feedback\": {}}", "{\"feedback\": \"x\"}", "x"] {
        let reply = server.send("POST", FEEDBACK, &[JSON], body.as_bytes());
        assert_eq!((reply.status, text(&reply.json(), "/resourceType")), (400, "OperationOutcome"), "{body}");
    }
}

#[test]
fn g3_card_outcome_and_time() {
    let server = Server::with_store("");
    for (card, changes) in [
        ("123456", json!({})),
        ("6fa0a4c2-3b5b-41ec-8d3d-0242ac130003", json!({"outcomeTimestamp": "2026-11-22T10:00:00.123Z"})),
    ] {
        assert_eq!(sent(&server, &[item(card, &changes)]).status, 200, "{card} {changes}");
    }
    for changes in [json!({"card": null}), json!({"outcome": "ignored"}), json!({"outcome": null})] {
        let reply = sent(&server, &[item("x", &changes)]);
        assert_eq!(reply.status, 400, "{changes}: {}", reply.body);
        assert!(reply.body.contains("feedback[0]"), "{changes}: {}", reply.body);
    }
}

#[test]
fn g4_accepted_suggestions() {
    let server = Server::with_store("");
    let accepted = |list: Value| item("x", &json!({"outcome": "accepted", "acceptedSuggestions": list}));
    for list in [json!([{"id": "6fa0a4c2-3b5b-41ec-8d3d-0242ac130003"}]), json!([])] {
        assert_eq!(sent(&server, &[accepted(list.clone())]).status, 200, "{list}");
    }
}

#[test]
fn g5_reasons_in_part() {
    let server = Server::with_store("");
    for reason in [
        json!({"reason": {"code": "a", "system": "https://b.example", "display": "c"}}),
        json!({"reason": {"code": "a"}}),
        json!({"userComment": "the patient asked for it"}),
        json!({}),
    ] {
        assert_eq!(sent(&server, &[item("x", &json!({"overrideReason": reason.clone()}))]).status, 200, "{reason}");
    }
}

#[test]
fn g6_spellings_of_epic() {
    let server = Server::with_store("");
    let card = carded(&server);
    let reason = json!({"reason": {"code": "epic-one"}});
    assert_eq!(sent(&server, &[item(text(&card, "/uuid"), &json!({"overrideReasons": reason}))]).status, 200);
    crate::store::drained(&server);
    let stats = server.get("/stats").body;
    assert!(stats.contains("epic-one"), "the reason is in the statistics: {stats}");
}

#[test]
fn g7_once_each() {
    let server = Server::with_store("");
    let card = carded(&server);
    let once = item(text(&card, "/uuid"), &json!({}));
    let items: Vec<Value> = (0..20).map(|n| item(&format!("other-{n}"), &json!({}))).chain([once.clone()]).collect();
    assert_eq!(sent(&server, &items).status, 200);
    assert_eq!(sent(&server, &[once.clone(), once]).status, 200);
    let found = numbers(&server, text(&card, "/source/topic/code"));
    assert_eq!((&found["issued"], &found["overridden"]), (&json!(1), &json!(1)), "{found}");
}

#[test]
fn g8_ids_for_feedback() {
    let answer = Server::shared().call("neutrophils", &moved("patients/neutrophils-1.9"));
    for card in cards(&answer) {
        assert!(is_uuid(text(card, "/uuid")), "{card}");
        for suggestion in card["suggestions"].as_array().into_iter().flatten() {
            assert!(is_uuid(text(suggestion, "/uuid")), "{suggestion}");
        }
    }
}

#[test]
fn g9_feedback_is_authenticated() {
    let site = Trusting::start();
    let body = json!({"feedback": [item("x", &json!({}))]});
    assert_eq!(site.call(FEEDBACK, None, &body).status, 401);
    for audience in [FEEDBACK, "/cds-services/tocilizumab-order-sign"] {
        let token = site.ec.token(&site.ec.header(), &site.claims(audience));
        assert_eq!(site.call(FEEDBACK, Some(&token), &body).status, 200, "{audience}");
    }
    let token = site.ec.token(&site.ec.header(), &site.claims("/cds-services/tocilizumab-order-select"));
    assert_eq!(site.call(FEEDBACK, Some(&token), &body).status, 401, "of another service");
}

#[test]
fn g10_words_are_not_logged() {
    const WORDS: &str = "Mrs Musterfeld wants it zzqx";
    let server = Server::with_store("");
    let reason = json!({"reason": {"code": "other"}, "userComment": WORDS});
    let kept = item("x", &json!({"overrideReason": reason}));
    let refused = with(&item("x", &json!({})), "/outcome", Some(WORDS.into()));
    assert_eq!([kept, refused].map(|item| sent(&server, &[item]).status), [200, 400]);
    assert!(!server.into_log().contains("zzqx"));
}
