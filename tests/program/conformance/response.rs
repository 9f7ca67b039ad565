//! Rows E: answers. What holds for any card is looked at on every card that the test patients lead to.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::{Value, json};

use crate::calls::{all_answered, orders};
use crate::server::Server;
use crate::stand_in::{StandIn, TOKEN, Trouble};
use crate::support::{cards, moved, names, text, with};
use crate::walk::{difference, faults};

/// No card of any test patient breaks this row.
fn kept(row: &str) {
    let mut looked_at = 0;
    for (call, answer) in all_answered() {
        let orders = orders(&call.request);
        for card in cards(answer) {
            let faults: Vec<String> =
                faults(card, &orders).into_iter().filter(|fault| fault.starts_with(row)).collect();
            assert_eq!(faults, [""; 0], "{}", call.what);
            looked_at += 1;
        }
    }
    assert!(looked_at > 200, "only {looked_at} cards");
}

/// Every action of every card.
fn actions() -> Vec<(&'static Value, &'static Value)> {
    let of = |(call, answer): (&'static crate::calls::Call, &'static Value)| {
        let suggestions = cards(answer).iter().flat_map(|card| card["suggestions"].as_array().into_iter().flatten());
        let actions = suggestions.flat_map(|s| s["actions"].as_array().into_iter().flatten());
        actions.map(|action| (&call.request, action)).collect::<Vec<_>>()
    };
    all_answered().flat_map(of).collect()
}

#[test]
fn e1_cards() {
    assert!(all_answered().all(|(_, answer)| answer["cards"].is_array()));
}

#[test]
fn e2_nothing_to_say() {
    for name in ["shapes/other-drug-only", "shapes/sandbox-page-load"] {
        assert_eq!(Server::shared().call(name, &moved(name)), json!({"cards": []}), "{name}");
    }
}

#[test]
fn e3_no_system_actions() {
    assert!(all_answered().all(|(_, answer)| answer.get("systemActions").is_none()));
}

#[test]
fn e4_summary() {
    kept("E4 ");
}

#[test]
fn e5_indicator() {
    kept("E5 ");
    let seen: BTreeSet<&str> =
        all_answered().flat_map(|(_, answer)| cards(answer)).map(|card| text(card, "/indicator")).collect();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["critical", "info", "warning"]);
}

#[test]
fn e6_source() {
    kept("E6 ");
}

#[test]
fn e7_source_url() {
    kept("E7 ");
}

#[test]
fn e8_topic() {
    kept("E8 ");
}

#[test]
fn e9_detail() {
    kept("E9 ");
    // Text of the record that is Markdown or HTML does not become either.
    let name = "<img src=x onerror=alert(1)> **bold** [x](https://evil.example) | `code`";
    let mut request = moved("patients/neutrophils-1.9");
    for entry in request["prefetch"]["conditions"]["entry"].as_array_mut().into_iter().flatten() {
        entry["resource"]["code"]["text"] = name.into();
    }
    let answer = Server::shared().call("hostile text", &request);
    for card in cards(&answer) {
        let detail = text(card, "/detail");
        assert!(!detail.contains("<img") && !detail.contains("](https://evil"), "{detail}");
    }
}

#[test]
fn e10_uuid() {
    kept("E10 ");
}

#[test]
fn e11_selection_behaviour() {
    kept("E11 ");
}

#[test]
fn e12_suggestions() {
    kept("E12 ");
}

#[test]
fn e13_recommended() {
    kept("E13 ");
}

#[test]
fn e14_actions_together() {
    kept("E14 ");
}

#[test]
fn e15_actions() {
    kept("E15 ");
    let kinds: BTreeSet<&str> = actions().into_iter().map(|(_, action)| text(action, "/type")).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["create", "delete", "update"]);
}

#[test]
fn e16_an_update_is_the_whole_order() {
    let mut seen = 0;
    for (request, action) in actions().into_iter().filter(|(_, action)| action["type"] == "update") {
        let updated = action["resource"].as_object().expect("a resource");
        let entries = request["context"]["draftOrders"]["entry"].as_array().expect("orders");
        let order = entries.iter().map(|entry| &entry["resource"]).find(|order| order["id"] == updated["id"]);
        for (name, member) in order.expect("the order of the call").as_object().expect("an object") {
            let ours = ["dosageInstruction", "medicationCodeableConcept", "medicationReference", "dispenseRequest"];
            assert!(ours.contains(&name.as_str()) || updated.get(name) == Some(member), "{name} of {updated:?}");
        }
        seen += 1;
    }
    assert!(seen > 0, "no update was seen");
}

#[test]
fn e17_a_delete_names_an_order() {
    let mut seen = 0;
    for (request, action) in actions().into_iter().filter(|(_, action)| action["type"] == "delete") {
        assert!(orders(request).contains(text(action, "/resourceId")) && action.get("resource").is_none(), "{action}");
        seen += 1;
    }
    assert!(seen > 0, "no delete was seen");
}

#[test]
fn e18_override_reasons() {
    kept("E18 ");
    let reasons = all_answered().flat_map(|(_, answer)| cards(answer)).flat_map(|c| c["overrideReasons"].as_array());
    let systems: BTreeSet<&str> = reasons.flatten().map(|reason| text(reason, "/system")).collect();
    let expected = [
        "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes",
        "https://tocilizumab-cds.github.io/CodeSystem/override-reasons",
    ];
    assert_eq!(
        systems.into_iter().collect::<Vec<_>>(),
        expected,
        "the standard's reasons where they fit, ours elsewhere"
    );
}

#[test]
fn e19_links() {
    kept("E19 ");
}

#[test]
fn e20_no_context_on_absolute_links() {
    kept("E20 ");
}

#[test]
fn e21_no_link_launches_by_itself() {
    kept("E21 ");
}

#[test]
fn e22_nothing_of_3_0_that_2_0_does_not_know() {
    kept("E22 ");
    for (call, answer) in all_answered() {
        assert!(!answer.to_string().contains("actionSelectionBehavior"), "{}", call.what);
    }
}

/// What goes wrong: method, path, body, the status and the issue code.
fn errors() -> Vec<(&'static str, &'static str, String, u16)> {
    let textbook = moved("textbook");
    let sign = "/cds-services/tocilizumab-order-sign";
    vec![
        ("POST", sign, "{".to_owned(), 400),
        ("POST", sign, with(&textbook, "/hook", None).to_string(), 400),
        ("POST", "/cds-services/nobody", textbook.to_string(), 404),
        ("GET", sign, String::new(), 405),
        ("GET", "/nowhere", String::new(), 404),
        ("POST", sign, with(&textbook, "/prefetch", None).to_string(), 412),
        ("POST", sign, format!("{{\"x\": \"{}\"}}", "y".repeat(9 * 1024 * 1024)), 413),
    ]
}

#[test]
fn e23_statuses() {
    for (method, path, body, status) in errors() {
        let reply = Server::shared().send(method, path, &[("Content-Type", "application/json")], body.as_bytes());
        assert_eq!(reply.status, status, "{method} {path}");
    }
}

#[test]
fn e24_errors_are_outcomes() {
    for (method, path, body, status) in errors() {
        let reply = Server::shared().send(method, path, &[("Content-Type", "application/json")], body.as_bytes());
        let outcome = reply.json();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{status} {method} {path}");
        let issue = &outcome["issue"][0];
        let whole = ["/severity", "/code", "/details/text"].iter().all(|member| !text(issue, member).is_empty());
        assert!(whole, "{status} {method} {path}: {outcome}");
    }
}

#[test]
fn e25_a_slow_server_is_not_waited_for() {
    let (server, fhir) = (Server::with_settings("deadline-ms = 400"), StandIn::start());
    let textbook = moved("textbook");
    fhir.hold(&textbook);
    fhir.trouble("Observation", Trouble::Never);
    let authorization =
        json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "", "subject": ""});
    let request = with(&with(&textbook, "/prefetch", None), "/fhirServer", Some(fhir.base().into()));
    let request = with(&request, "/fhirAuthorization", Some(authorization));
    let started = Instant::now();
    let answer = server.call("slow server", &request);
    // Without the deadline the answer would never come; the bound only says that it came because of it.
    assert!(started.elapsed().as_secs() < 10 && !cards(&answer).is_empty());
}

#[test]
fn e26_the_same_call_has_the_same_answer() {
    for name in names(&["", "healthy"]) {
        let request = moved(name);
        let (one, other) = (Server::shared().call(name, &request), Server::shared().call(name, &request));
        assert_eq!(difference(&crate::support::timeless(&one), &crate::support::timeless(&other)), None, "{name}");
    }
}
