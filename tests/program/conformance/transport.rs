//! Rows A: what goes over the wire.

use reqwest::tls::Version;
use serde_json::{Value, json};

use crate::calls::all_answered;
use crate::edge::tls::{Authority, ready, serve};
use crate::errors::refused;
use crate::server::Server;
use crate::support::{cards, moved, text, timeless};
use crate::walk::{difference, hollow};

const SIGN: &str = "/cds-services/tocilizumab-order-sign";
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// The textbook call with this text as its body.
fn sent(body: &str, headers: &[(&str, &str)]) -> crate::server::Reply {
    Server::shared().send("POST", SIGN, headers, body.as_bytes())
}

#[test]
fn a1_json_in_and_out() {
    let reply = sent(&moved("textbook").to_string(), &[("Content-Type", "application/json")]);
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    assert!(reply.json().is_object());
    assert_eq!(sent("<hook/>", &[("Content-Type", "application/json")]).status, 400);
    let authority = Authority::new("ours");
    let (server, _) = serve(&authority.sign(), None);
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        let client = authority.client().tls_version_min(version).tls_version_max(version);
        assert!(ready(&server, client).is_ok(), "{version:?}");
    }
}

#[test]
fn a2_nothing_is_null_or_empty() {
    let mut looked_at = 0;
    for (call, answer) in all_answered() {
        assert_eq!(hollow(answer), [""; 0], "{}", call.what);
        looked_at += 1;
    }
    assert!(looked_at > 100, "only {looked_at} answers");
    assert_eq!(hollow(&Server::shared().get("/cds-services").json()), [""; 0]);
}

#[test]
fn a3_what_has_no_value_is_left_out() {
    let other = Server::shared().call("another drug", &moved("shapes/other-drug-only"));
    assert_eq!(other, json!({"cards": []}), "no extension, no system actions, no nulls");
    let all: Vec<_> = all_answered().flat_map(|(_, answer)| cards(answer)).collect();
    let without: Vec<_> = all.into_iter().filter(|card| card.get("suggestions").is_none()).collect();
    assert!(!without.is_empty(), "no card without suggestions was seen");
    assert!(without.iter().all(|card| card.get("selectionBehavior").is_none()), "a behaviour without suggestions");
}

#[test]
fn a4_fhir_in_actions_is_fhir() {
    let mut created = 0;
    for (call, answer) in all_answered() {
        let suggestions = cards(answer).iter().flat_map(|card| card["suggestions"].as_array().into_iter().flatten());
        let actions = suggestions.flat_map(|s| s["actions"].as_array().into_iter().flatten());
        for resource in actions.filter(|a| a["type"] == "create").map(|action| &action["resource"]) {
            let typed = text(resource, "/resourceType").starts_with(|c: char| c.is_ascii_uppercase());
            assert!(typed && hollow(resource).is_empty(), "{}: {resource}", call.what);
            assert!(text(resource, "/subject/reference").starts_with("Patient/"), "{}: {resource}", call.what);
            created += 1;
        }
    }
    assert!(created > 0, "no action creates anything");
}

#[test]
fn a5_json_is_strict() {
    let good = moved("textbook").to_string();
    let comment = good.replacen('{', "{/* draft */", 1);
    let comma = format!("{},}}", good.strip_suffix('}').expect("an object"));
    for (what, body) in [("a comment", comment), ("a trailing comma", comma), ("two values", format!("{good}{good}"))] {
        assert_eq!(sent(&body, &[("Content-Type", "application/json")]).status, 400, "{what}");
    }
}

#[test]
fn a6_unknown_members_are_passed_over() {
    // `properties::keys` does so for every test patient, without HTTP.
    let server = Server::shared();
    let plain = moved("patients/every-two-weeks-new-start");
    let mut strange = plain.clone();
    sprinkle(&mut strange);
    let (expected, found) = (server.call("plain", &plain), server.call("strange", &strange));
    // An order that is changed keeps what came with it, so the strange member comes back there and nowhere else.
    let without = found.to_string().replace(STRANGE, "");
    assert_ne!(without, found.to_string(), "the order that is changed keeps what came with it");
    let without = serde_json::from_str(&without).expect("JSON");
    assert_eq!(difference(&timeless(&without), &timeless(&expected)), None);
}

const STRANGE: &str = ",\"zzz-strange\":{\"a\":[1,null,\"x\"]}";

/// Puts a member that nobody knows at the end of every object.
fn sprinkle(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(sprinkle);
            members.insert("zzz-strange".to_owned(), json!({"a": [1, null, "x"]}));
        }
        Value::Array(items) => items.iter_mut().for_each(sprinkle),
        _ => {}
    }
}

#[test]
fn a7_media_types() {
    let body = moved("textbook").to_string();
    for kind in [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        "application/fhir+json",
    ] {
        assert_eq!(sent(&body, &[("Content-Type", kind)]).status, 200, "{kind}");
    }
    assert_eq!(sent(&body, &[]).status, 200, "no Content-Type says nothing against JSON");
    for accept in ["application/json", "application/json+fhir", "*/*", "text/html"] {
        let reply = sent(&body, &[JSON, ("Accept", accept)]);
        assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"), "{accept}");
    }
    for kind in
        ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    {
        refused(kind, &sent(&body, &[("Content-Type", kind)]), 415, "not-supported", &["application/json"]);
    }
    let packed = sent(&body, &[JSON, ("Content-Encoding", "gzip")]);
    refused("gzip", &packed, 415, "not-supported", &["Content-Encoding", "gzip"]);
}
