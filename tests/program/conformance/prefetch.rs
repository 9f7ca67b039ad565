//! Rows D: data that comes with the call, and data that is fetched.

use serde_json::{Value, json};

use crate::server::Server;
use crate::stand_in::{StandIn, TOKEN};
use crate::support::{assessed, cards, moved, outcome, text, with};

const NEUTROPHILS: &str = "neutrophils-below-start-limit";

/// The tokens of all templates, and the templates.
fn tokens() -> (Vec<String>, Vec<String>) {
    let services = Server::shared().get("/cds-services").json();
    let services = services["services"].as_array().expect("services").iter();
    let all = services.flat_map(|s| s["prefetch"].as_object().expect("prefetch").values());
    let templates: Vec<String> = all.filter_map(Value::as_str).map(str::to_owned).collect();
    let tokens = templates.iter().flat_map(|t| t.split("{{").skip(1).filter_map(|rest| rest.split("}}").next()));
    (tokens.map(str::to_owned).collect(), templates)
}

fn served(request: &Value, fhir: &StandIn) -> Value {
    let authorization =
        json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "", "subject": ""});
    let served = with(request, "/fhirServer", Some(fhir.base().into()));
    with(&served, "/fhirAuthorization", Some(authorization))
}

#[test]
fn d1_tokens_of_the_context() {
    let (tokens, _) = tokens();
    let known = ["context.userId", "context.patientId", "context.encounterId"];
    assert!(!tokens.is_empty() && tokens.iter().all(|token| known.contains(&token.as_str())), "{tokens:?}");
}

#[test]
fn d2_plain_tokens_only() {
    let (tokens, _) = tokens();
    assert!(
        tokens
            .iter()
            .all(|token| token.matches('.').count() == 1 && !token.contains("rders") && !token.contains("sel"))
    );
}

#[test]
fn d3_forms_every_client_knows() {
    for template in tokens().1 {
        let Some((_, search)) = template.split_once('?') else { continue };
        for (name, value) in search.split('&').filter_map(|pair| pair.split_once('=')) {
            assert!(
                ["patient", "code", "category", "status", "_count", "_sort"].contains(&name),
                "{name} in {template}"
            );
            assert!(!["ne", "sa", "eb", "ap"].iter().any(|p| name == "date" && value.starts_with(p)), "{template}");
        }
    }
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
    assert!(tokens().1.iter().all(|template| !template.contains("{{%") && !template.contains("%7B")));
}
