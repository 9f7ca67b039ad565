//! Rows D: data that comes with the call, and data that is fetched.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::discovery::services;
use crate::server::Server;
use crate::stand_in::{StandIn, TOKEN};
use crate::support::{assessed, cards, moved, outcome, text, with};

const NEUTROPHILS: &str = "neutrophils-below-start-limit";

/// The query templates by service and key.
fn templates() -> Vec<(String, String, String)> {
    let of = |service: &Value| -> Vec<(String, String, String)> {
        let prefetch = service["prefetch"].as_object().expect("prefetch").iter();
        let row = |(key, template): (&String, &Value)| {
            (text(service, "/hook").to_owned(), key.clone(), template.as_str().expect("a text").to_owned())
        };
        prefetch.map(row).collect()
    };
    let templates: Vec<_> = services().iter().flat_map(of).collect();
    assert!(templates.len() > 20, "only {} templates", templates.len());
    templates
}

/// What stands between the braces of a template.
fn tokens(template: &str) -> Vec<&str> {
    template
        .split("{{")
        .skip(1)
        .map(|rest| rest.split_once("}}").unwrap_or_else(|| panic!("open braces in {template}")).0)
        .collect()
}

fn served(request: &Value, fhir: &StandIn) -> Value {
    let authorization =
        json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "", "subject": ""});
    let served = with(request, "/fhirServer", Some(fhir.base().into()));
    with(&served, "/fhirAuthorization", Some(authorization))
}

#[test]
fn d1_tokens_of_the_context() {
    let known = ["context.userId", "context.patientId", "context.encounterId"];
    for (_, key, template) in templates() {
        assert!(tokens(&template).iter().all(|token| known.contains(token)), "{key}: {template}");
        assert!(
            !template.replace("{{", "").replace("}}", "").contains(['{', '}']),
            "{key}: a lone brace in {template}"
        );
    }
}

#[test]
fn d2_plain_tokens_only() {
    for (hook, key, template) in templates() {
        let request = with(&moved("textbook"), "/hook", Some(hook.into()));
        for token in tokens(&template) {
            let value = request.pointer(&format!("/{}", token.replace('.', "/")));
            assert!(value.is_some_and(Value::is_string), "{key}: {token} stands for {value:?}");
        }
    }
}

#[test]
fn d3_forms_every_client_knows() {
    for (_, key, template) in templates() {
        let Some((kind, search)) = template.split_once('?') else {
            assert_eq!(template, "Patient/{{context.patientId}}", "{key}: the only read is that of the patient");
            continue;
        };
        assert!(kind.bytes().all(|b| b.is_ascii_alphabetic()), "{key}: type `{kind}`");
        let mut seen = BTreeSet::new();
        for pair in search.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or_else(|| panic!("{key}: `{pair}` in {template}"));
            let fits = match name {
                "patient" => value == "{{context.patientId}}",
                "code" => value.split(',').all(|token| token.matches('|').count() == 1 && token.starts_with("http")),
                "category" => value.split(',').all(|token| ["exam", "survey", "laboratory"].contains(&token)),
                "status" => value.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b','),
                "_count" => value.parse::<u32>().is_ok_and(|count| (1..=1000).contains(&count)),
                "_sort" => kind == "Observation" && value == "-date",
                // No modifier, no chain, no include: each would have another name.
                _ => false,
            };
            assert!(fits, "{key}: `{pair}` is outside the subset");
            assert!(seen.insert(name), "{key}: `{name}` appears twice");
        }
        assert!(seen.contains("patient"), "{key}: {template} is not about one patient");
    }
    let of = |hook: &str| -> Vec<(String, String)> {
        let all = templates().into_iter().filter(|(found, ..)| found == hook);
        all.map(|(_, key, template)| (key, template)).collect()
    };
    assert_eq!(of("order-select"), of("order-sign"), "what a client prefetches for one it can use for the other");
}

#[test]
fn d4_any_key_may_be_left_out() {
    let textbook = moved("textbook");
    let keys: Vec<String> = textbook["prefetch"].as_object().expect("prefetch").keys().cloned().collect();
    assert!(keys.len() > 20);
    for key in keys {
        let answer = Server::shared().call(&key, &with(&textbook, &format!("/prefetch/{key}"), None));
        assert!(!cards(&answer).is_empty() && !assessed(&answer).is_empty(), "{key}");
    }
}

#[test]
fn d5_a_resource_of_another_kind_is_no_answer() {
    let basic = json!({"resourceType": "Basic", "id": "x", "subject": {"reference": "Patient/toci-patient"}});
    let answer = Server::shared().call("Basic", &with(&moved("textbook"), "/prefetch/neutrophils", Some(basic)));
    assert_eq!(outcome(&answer, NEUTROPHILS), "unknown: not-retrieved");
}

#[test]
fn d6_an_outcome_among_the_data() {
    let issue = |severity: &str, code: &str| json!({"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]});
    let bundle = |outcome: Value| {
        json!({"resourceType": "Bundle", "type": "searchset", "total": 0,
        "entry": [{"resource": outcome, "search": {"mode": "outcome"}}]})
    };
    for (what, value, expected) in [
        ("failed", issue("error", "forbidden"), "unknown: not-retrieved"),
        ("no results", bundle(issue("warning", "not-found")), "unknown: absent"),
    ] {
        let answer = Server::shared().call(what, &with(&moved("textbook"), "/prefetch/neutrophils", Some(value)));
        assert_eq!(outcome(&answer, NEUTROPHILS), expected, "{what}");
    }
}

#[test]
fn d7_only_what_is_missing_is_fetched() {
    let (server, fhir) = (Server::unhurried(), StandIn::start());
    let textbook = moved("textbook");
    fhir.hold(&textbook);
    server.call("all there", &served(&textbook, &fhir));
    assert_eq!(fhir.asked(), [""; 0]);
    let missing = with(&served(&textbook, &fhir), "/prefetch/allergies", None);
    assert_eq!(outcome(&server.call("one missing", &missing), "tocilizumab-hypersensitivity"), "not-met");
    assert_eq!(fhir.asked().len(), 1);
}

#[test]
fn d8_412_where_nothing_can_be_had() {
    let nothing = with(&moved("textbook"), "/prefetch", None);
    let fhir = StandIn::start();
    let refused = with(&nothing, "/fhirServer", Some(fhir.base().into()));
    let unreachable = with(&nothing, "/fhirServer", Some("http://127.0.0.1:9/fhir".into()));
    let unlisted = with(&nothing, "/fhirServer", Some("https://ehr.example.org/fhir".into()));
    for (what, request) in
        [("no server", &nothing), ("401", &refused), ("unreachable", &unreachable), ("not on the list", &unlisted)]
    {
        let reply = Server::shared().post("tocilizumab-order-sign", request);
        assert_eq!((reply.status, text(&reply.json(), "/resourceType")), (412, "OperationOutcome"), "{what}");
    }
}

#[test]
fn d9_no_order_for_us_needs_nothing() {
    let request = with(&moved("shapes/other-drug-only"), "/prefetch", None);
    assert_eq!(Server::shared().call("another drug", &request), json!({"cards": []}));
}

#[test]
fn d10_a_missing_detail_is_no_412() {
    let reply = Server::shared()
        .post("tocilizumab-order-sign", &with(&moved("textbook"), "/prefetch/neutrophils", Some(Value::Null)));
    assert_eq!(reply.status, 200);
    assert_eq!(outcome(&reply.json(), NEUTROPHILS), "unknown: absent");
}

#[test]
fn d11_pages_elsewhere_are_not_followed() {
    let (server, fhir, elsewhere) = (Server::unhurried(), StandIn::start(), StandIn::start());
    let next = json!([{"relation": "next", "url": format!("{}/Condition?page=2", elsewhere.base())}]);
    let request = with(&served(&moved("textbook"), &fhir), "/prefetch/conditions/link", Some(next));
    let answer = server.call("a next page elsewhere", &request);
    assert_eq!(elsewhere.asked(), [""; 0]);
    assert_eq!(outcome(&answer, "active-serious-infection"), "unknown: not-retrieved", "the rest is not known");
}

#[test]
fn d12_no_template_rests_on_another() {
    let fhir = StandIn::start();
    let textbook = moved("textbook");
    fhir.hold(&textbook);
    Server::unhurried().call("all from the server", &with(&served(&textbook, &fhir), "/prefetch", None));
    // Nothing but the patient is put into any of them.
    let asked: BTreeSet<String> = fhir.asked().iter().map(|query| query.replace("%7C", "|")).collect();
    for (_, key, template) in templates().into_iter().filter(|(hook, ..)| hook == "order-sign") {
        let query = template.replace("{{context.patientId}}", "toci-patient");
        assert!(asked.contains(&query), "{key}: {query} is not among {asked:#?}");
    }
}
