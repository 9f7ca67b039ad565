//! Rows E: answers. What holds for any card is looked at on every card that the test patients lead to.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::calls::{Call, all_answered, orders};
use crate::server::Server;
use crate::stand_in::{StandIn, TOKEN, Trouble};
use crate::support::{cards, moved, text, timeless, with};
use crate::walk::{difference, faults};

/// What is wrong with any card of any test patient.
fn all_faults() -> &'static [String] {
    static FAULTS: OnceLock<Vec<String>> = OnceLock::new();
    FAULTS.get_or_init(|| {
        let of = |(call, answer): (&Call, &'static Value)| {
            let orders = orders(&call.request);
            cards(answer).iter().flat_map(|card| faults(card, &orders)).collect::<Vec<_>>()
        };
        all_answered().flat_map(of).collect()
    })
}

/// No card of any test patient breaks this row; and one that did would be noticed: each of these values, put in its
/// place, makes a fault of some card. `null` takes the member out.
fn kept(row: &str, broken: &[(&str, Value)]) {
    let of_row = |fault: &String| fault.starts_with(row);
    let found: Vec<&String> = all_faults().iter().filter(|fault| of_row(fault)).collect();
    assert_eq!(found, [""; 0]);
    for (path, value) in broken {
        let (parent, _) = path.rsplit_once('/').expect("a path begins with a slash");
        let noticed = |(call, answer): (&'static Call, &'static Value)| {
            let orders = orders(&call.request);
            let mut places = cards(answer).iter().filter(|card| card.pointer(parent).is_some());
            places.any(|card| {
                let changed = with(card, path, Some(value.clone()).filter(|value| !value.is_null()));
                faults(&changed, &orders).iter().any(of_row)
            })
        };
        assert!(all_answered().any(noticed), "{row}: {path} = {value} is not noticed in any card");
    }
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
    for (call, answer) in all_answered() {
        let members = answer.as_object().expect("an object").keys();
        let unasked: Vec<&String> = members.filter(|name| !["cards", "extension"].contains(&name.as_str())).collect();
        assert_eq!(unasked, [""; 0], "{}", call.what);
    }
}

#[test]
fn e4_summary() {
    kept("E4 ", &[("/summary", json!("x".repeat(140))), ("/summary", json!("two\nlines")), ("/summary", json!(""))]);
}

#[test]
fn e5_indicator() {
    kept("E5 ", &[("/indicator", json!("hard-stop"))]);
    let seen: BTreeSet<&str> =
        all_answered().flat_map(|(_, answer)| cards(answer)).map(|card| text(card, "/indicator")).collect();
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["critical", "info", "warning"]);
}

#[test]
fn e6_source() {
    kept("E6 ", &[("/source/label", json!(" "))]);
}

#[test]
fn e7_source_url() {
    kept("E7 ", &[("/source/url", json!("handbook/index.html"))]);
}

#[test]
fn e8_topic() {
    kept("E8 ", &[("/source/topic/code", json!(null)), ("/source/topic/system", json!("ours"))]);
}

#[test]
fn e9_detail() {
    kept("E9 ", &[("/detail", json!(" ")), ("/detail", json!("<script>alert(1)</script>"))]);
    // Text of the record that is Markdown or HTML does not become either.
    let name = "<img src=x onerror=alert(1)> **bold** [x](https://evil.example) | `code`";
    let mut request = moved("patients/neutrophils-1.9");
    for entry in request["prefetch"]["conditions"]["entry"].as_array_mut().into_iter().flatten() {
        entry["resource"]["code"]["text"] = name.into();
    }
    let answer = Server::shared().call("hostile text", &request);
    for card in cards(&answer) {
        // A sign behind a backslash is the sign itself.
        let detail = text(card, "/detail").replace("\\<", "").replace("\\]", "");
        assert!(!detail.contains("<img") && !detail.contains("](https://evil"), "{detail}");
    }
}

#[test]
fn e10_uuid() {
    kept("E10 ", &[("/uuid", json!("1"))]);
}

#[test]
fn e11_selection_behaviour() {
    kept("E11 ", &[("/selectionBehavior", json!("one")), ("/suggestions", json!(null))]);
}

#[test]
fn e12_suggestions() {
    kept("E12 ", &[("/suggestions/0/label", json!("")), ("/suggestions/0/uuid", json!("1"))]);
}

#[test]
fn e13_recommended() {
    kept("E13 ", &[("/suggestions", json!([{"isRecommended": true}, {"isRecommended": true}]))]);
}

#[test]
fn e14_actions_together() {
    kept("E14 ", &[("/suggestions/0/actions", json!([{"type": "create"}, {"type": "create"}]))]);
}

#[test]
fn e15_actions() {
    kept(
        "E15 ",
        &[("/suggestions/0/actions/0/type", json!("transform")), ("/suggestions/0/actions/0/description", json!(""))],
    );
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
    kept("E18 ", &[("/overrideReasons/0/system", json!(null))]);
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
    kept("E19 ", &[("/links/0/url", json!("handbook/index.html")), ("/links/0/type", json!("relative"))]);
}

#[test]
fn e20_no_context_on_absolute_links() {
    kept("E20 ", &[("/links/0/appContext", json!("x"))]);
}

#[test]
fn e21_no_link_launches_by_itself() {
    kept("E21 ", &[("/links/0/autolaunchable", json!(true))]);
}

#[test]
fn e22_nothing_of_3_0_that_2_0_does_not_know() {
    kept(
        "E22 ",
        &[
            ("/actionSelectionBehavior", json!("any")),
            ("/suggestions/0/actionSelectionBehavior", json!("any")),
            ("/suggestions/0/actions/0/extension", json!({})),
        ],
    );
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
    // Without the deadline the answer would never come.
    let answer = server.call("slow server", &request);
    assert!(!cards(&answer).is_empty(), "{answer}");
}

#[test]
fn e26_the_same_call_has_the_same_answer() {
    for (Call { what, service, request, .. }, first) in all_answered() {
        let again = Server::shared().post(service, request);
        assert_eq!(difference(&timeless(first), &timeless(&again.json())), None, "{what}");
    }
}
