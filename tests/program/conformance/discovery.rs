//! Rows B: the list of services.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::server::Server;
use crate::support::{Folder, moved, program, text, with};

/// The services of the list as a client reads it.
pub fn services() -> Vec<Value> {
    Server::shared().get("/cds-services").json()["services"].as_array().cloned().expect("a list of services")
}

#[test]
fn b1_the_list_is_there() {
    let server = Server::shared();
    let plain = server.get("/cds-services");
    assert_eq!((plain.status, plain.header("content-type")), (200, "application/json"));
    assert!(plain.json()["services"].as_array().is_some_and(|services| !services.is_empty()), "{}", plain.body);
    for (what, path, header) in [
        ("trailing slash", "/cds-services/", ("Accept", "application/json")),
        ("bearer token", "/cds-services", ("Authorization", "Bearer aaaa.bbbb.cccc")),
        ("accept anything", "/cds-services", ("Accept", "*/*")),
        ("accept old FHIR", "/cds-services", ("Accept", "application/json+fhir")),
        ("query string", "/cds-services?_=1", ("Accept", "application/json")),
    ] {
        let reply = server.send("GET", path, &[header], b"");
        assert_eq!((reply.status, &reply.body), (200, &plain.body), "{what}");
    }
}

#[test]
fn b2_hook_description_and_id() {
    for (service, member) in services().iter().flat_map(|s| ["/hook", "/description", "/id"].map(|m| (s, m))) {
        assert!(!text(service, member).trim().is_empty(), "{member} of {service}");
    }
}

#[test]
fn b3_title() {
    assert!(services().iter().all(|service| !text(service, "/title").trim().is_empty()));
}

#[test]
fn b4_prefetch_and_usage() {
    for service in services() {
        for (key, template) in service["prefetch"].as_object().expect("an object") {
            let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
            assert!(plain, "{key}");
            assert!(template.as_str().is_some_and(|text| !text.is_empty()), "{key}: {template}");
        }
        assert!(!text(&service, "/usageRequirements").trim().is_empty(), "{service}");
    }
}

#[test]
fn b5_version() {
    let server = Server::with_settings("standard-version = \"3.0.0-ballot\"");
    for (server, expected) in [(Server::shared(), "2.0.1"), (&server, "3.0.0-ballot")] {
        let answer = server.get("/cds-services").json();
        let services = answer["services"].as_array().expect("services");
        assert!(services.iter().all(|service| service["version"] == expected), "{answer}");
    }
}

#[test]
fn b6_hook_version() {
    // It is named where the standard knows it, which is from 3.0 on; nor is any other member that the standard does not know.
    let server = Server::with_settings("standard-version = \"3.0.0\"");
    let answer = server.get("/cds-services").json();
    let services_of_3 = answer["services"].as_array().expect("services");
    assert!(services_of_3.iter().all(|service| service["hookVersion"] == "1.0"), "{answer}");
    let known = ["description", "extension", "hook", "id", "prefetch", "title", "usageRequirements", "version"]
        .map(str::to_owned);
    for service in services() {
        for member in service.as_object().expect("an object").keys() {
            assert!(known.contains(member), "`{member}` of {}", service["id"]);
        }
    }
}

#[test]
fn b7_every_service_answers() {
    for service in services() {
        let request = with(&moved("textbook"), "/hook", Some(service["hook"].clone())).to_string();
        let url = format!("/cds-services/{}", text(&service, "/id"));
        for path in [url.clone(), format!("{url}/")] {
            let headers = [("Content-Type", "application/json")];
            let reply = Server::shared().send("POST", &path, &headers, request.as_bytes());
            assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        }
    }
}

#[test]
fn b8_no_services() {
    // The library as it is, but for its services.
    let folder = Folder::new();
    for (name, text) in &::knowledge::files::Files::embedded().0 {
        let text = match name.as_str() {
            "services.toml" => text.split("[[service]]").next().unwrap_or_default(),
            _ => text,
        };
        folder.write(&format!("hooks/{name}"), text);
    }
    let hooks = folder.path().join("hooks").display().to_string();
    let refused = program().args(["serve", "--listen", "127.0.0.1:0", "--hooks", &hooks]).output().expect("it ends");
    assert!(!refused.status.success() && refused.stdout.is_empty());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no [[service]]"));
}

#[test]
fn b9_no_id_twice() {
    let services = services();
    let found: Vec<(&str, &str)> = services.iter().map(|s| (text(s, "/hook"), text(s, "/id"))).collect();
    let expected = ["order-select", "order-sign", "patient-view"];
    assert_eq!(found.iter().map(|(hook, _)| *hook).collect::<Vec<_>>(), expected);
    let ids: BTreeSet<&str> = found.iter().map(|(_, id)| *id).collect();
    assert_eq!(ids.len(), services.len(), "{found:?}");
}

#[test]
fn b10_errors_of_the_list() {
    for (method, path, status) in [("POST", "/cds-services", 405), ("GET", "/cds-service", 404)] {
        let reply = Server::shared().send(method, path, &[], b"");
        assert_eq!(
            (reply.status, text(&reply.json(), "/resourceType")),
            (status, "OperationOutcome"),
            "{method} {path}"
        );
    }
}

#[test]
fn b12_extensions() {
    let mut holders = services();
    holders.push(Server::shared().call("textbook", &moved("textbook")));
    let extensions: Vec<&Value> = holders.iter().filter_map(|holder| holder.get("extension")).collect();
    assert!(!extensions.is_empty(), "no extension was seen");
    for extension in extensions {
        assert!(
            extension.as_object().expect("an object").keys().all(|name| name.matches('.').count() >= 2),
            "{extension}"
        );
    }
}
