//! `GET /cds-services`: rows B1 to B9 and D1 to D3 of the conformance table, and nothing hollow in the answer.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::server::Server;
use crate::support::{SERVICES, moved, text, with};
use crate::walk::hollow;

fn services() -> Vec<Value> {
    let reply = Server::shared().get("/cds-services");
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()["services"].as_array().cloned().expect("B1: an array `services`")
}

/// The query templates by service and key.
fn templates() -> Vec<(String, String, String)> {
    let of = |service: &Value| -> Vec<(String, String, String)> {
        let id = text(service, "/id").to_owned();
        let prefetch = service["prefetch"].as_object().expect("B4: an object `prefetch`").clone();
        let row = |(key, template): (String, Value)| {
            let template = template.as_str().unwrap_or_else(|| panic!("B4: {id} {key} is no string: {template}"));
            (id.clone(), key, template.to_owned())
        };
        prefetch.into_iter().map(row).collect()
    };
    services().iter().flat_map(of).collect()
}

#[test]
fn the_list_is_found_however_it_is_asked_for() {
    let server = Server::shared();
    let plain = server.get("/cds-services");
    assert_eq!(plain.header("content-type"), "application/json", "A7");
    for (what, path, header) in [
        ("trailing slash", "/cds-services/", ("Accept", "application/json")),
        ("bearer token", "/cds-services", ("Authorization", "Bearer aaaa.bbbb.cccc")),
        ("accept anything", "/cds-services", ("Accept", "*/*")),
        ("accept old FHIR", "/cds-services", ("Accept", "application/json+fhir")),
        ("query string", "/cds-services?_=1", ("Accept", "application/json")),
    ] {
        let reply = server.send("GET", path, &[header], b"");
        assert_eq!((reply.status, &reply.body), (200, &plain.body), "B1 {what}");
    }
}

#[test]
fn each_service_says_what_it_is() {
    for service in services() {
        for (row, member) in
            [("B2", "hook"), ("B2", "description"), ("B2", "id"), ("B3", "title"), ("B4", "usageRequirements")]
        {
            let value = text(&service, &format!("/{member}"));
            assert!(!value.trim().is_empty(), "{row}: `{member}` is no text in {service}");
        }
        let version = text(&service, "/version");
        let numbers: Vec<_> = version.split('.').map(str::parse::<u32>).collect();
        assert!(numbers.len() == 3 && numbers.iter().all(Result::is_ok), "B5: version `{version}` is not x.y.z");
        assert!(service.get("hookVersion").is_none_or(|v| v == "1.0"), "B6: {service}");
        assert!(service.get("extension").is_none_or(Value::is_object), "B12: {service}");
        let known = [
            "hook",
            "title",
            "description",
            "id",
            "prefetch",
            "usageRequirements",
            "version",
            "hookVersion",
            "extension",
        ];
        for member in service.as_object().expect("an object").keys() {
            assert!(known.contains(&member.as_str()), "`{member}` is no member of a service");
        }
    }
    let hooks: Vec<(String, String)> =
        services().iter().map(|s| (text(s, "/hook").to_owned(), text(s, "/id").to_owned())).collect();
    let all = SERVICES.iter().chain(&[("patient-view", "tocilizumab-patient-view")]);
    let expected: Vec<(String, String)> = all.map(|(h, id)| ((*h).to_owned(), (*id).to_owned())).collect();
    assert_eq!(hooks, expected, "the services and their hooks");
    let ids: BTreeSet<&String> = hooks.iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), hooks.len(), "B9: an id stands twice in {hooks:?}");
}

#[test]
fn the_version_of_the_standard_is_a_setting() {
    let server = Server::with_settings("standard-version = \"3.0.0-ballot\"");
    let services = server.get("/cds-services").json()["services"].as_array().cloned().expect("services");
    assert!(!services.is_empty() && services.iter().all(|service| text(service, "/version") == "3.0.0-ballot"), "B5");
}

#[test]
fn each_service_answers_at_its_url() {
    let server = Server::shared();
    for service in services() {
        let id = text(&service, "/id");
        let request = with(&moved("textbook"), "/hook", Some(service["hook"].clone()));
        for path in [format!("/cds-services/{id}"), format!("/cds-services/{id}/")] {
            let reply =
                server.send("POST", &path, &[("Content-Type", "application/json")], request.to_string().as_bytes());
            assert_eq!(reply.status, 200, "B7 {path}: {}", reply.body);
        }
    }
}

#[test]
fn nothing_is_null_or_empty() {
    let found = hollow(&Server::shared().get("/cds-services").json());
    assert!(found.is_empty(), "A2: null or empty at {found:?}");
}

#[test]
fn templates_hold_only_tokens_of_the_context() {
    for (service, key, template) in templates() {
        let good_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        assert!(good_key, "B4: key `{key}` of {service}");
        let mut rest = template.as_str();
        while let Some((_, after)) = rest.split_once("{{") {
            let (token, after) =
                after.split_once("}}").unwrap_or_else(|| panic!("D1 {key}: open braces in {template}"));
            let allowed = ["context.userId", "context.patientId", "context.encounterId"];
            assert!(allowed.contains(&token), "D1, D2 {key}: token `{token}`");
            rest = after;
        }
        assert!(
            !template.replace("{{", "").replace("}}", "").contains(['{', '}']),
            "D1 {key}: stray brace in {template}"
        );
    }
}

#[test]
fn templates_stay_inside_the_query_subset() {
    for (_, key, template) in templates() {
        let Some((kind, search)) = template.split_once('?') else {
            let parts: Vec<&str> = template.split('/').collect();
            assert_eq!(parts, ["Patient", "{{context.patientId}}"], "D3 {key}: the only read is that of the patient");
            continue;
        };
        assert!(kind.bytes().all(|b| b.is_ascii_alphabetic()), "D3 {key}: type `{kind}`");
        let mut seen = BTreeSet::new();
        for pair in search.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or_else(|| panic!("D3 {key}: `{pair}` in {template}"));
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
            assert!(fits, "D3 {key}: `{pair}` is outside the subset");
            assert!(seen.insert(name.to_owned()), "D3 {key}: `{name}` stands twice");
        }
        assert!(seen.contains("patient"), "D3 {key}: {template} is not about one patient");
    }
}

#[test]
fn both_services_ask_for_the_same() {
    let of = |wanted: &str| -> Vec<(String, String)> {
        let all = templates().into_iter().filter(|(service, _, _)| service == wanted);
        all.map(|(_, key, template)| (key, template)).collect()
    };
    let [(_, select), (_, sign)] = SERVICES;
    assert_eq!(of(select), of(sign), "a client that prefetches for one can reuse it for the other");
    assert!(!of(sign).is_empty(), "no prefetch at all");
}
