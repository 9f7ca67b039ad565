//! Rows B: the list of services.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::server::Server;
use crate::support::{Folder, moved, program, text, with};

fn services() -> Vec<Value> {
    Server::shared().get("/cds-services").json()["services"].as_array().cloned().expect("a list of services")
}

#[test]
fn b1_the_list_is_there() {
    for (path, header) in [
        ("/cds-services", ("Accept", "application/json")),
        ("/cds-services/", ("Accept", "*/*")),
        ("/cds-services", ("Authorization", "Bearer aaaa.bbbb.cccc")),
    ] {
        let reply = Server::shared().send("GET", path, &[header], b"");
        assert_eq!(reply.status, 200, "{path} {header:?}");
        assert!(reply.json()["services"].is_array(), "{path} {header:?}");
    }
    assert!(!services().is_empty());
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
            assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{key}");
            assert!(template.as_str().is_some_and(|text| !text.is_empty()), "{key}: {template}");
        }
        assert!(!text(&service, "/usageRequirements").is_empty(), "{service}");
    }
}

#[test]
fn b5_version() {
    let server = Server::with_settings("standard-version = \"3.0.0\"");
    for (server, expected) in [(&*Server::shared(), "2.0.1"), (&server, "3.0.0")] {
        let answer = server.get("/cds-services").json();
        let services = answer["services"].as_array().expect("services");
        assert!(services.iter().all(|service| service["version"] == expected), "{answer}");
    }
}

#[test]
fn b6_hook_version() {
    assert!(services().iter().all(|service| service.get("hookVersion").is_none_or(|version| version == "1.0")));
}

#[test]
fn b7_every_service_answers() {
    for service in services() {
        let request = with(&moved("textbook"), "/hook", Some(service["hook"].clone()));
        let reply = Server::shared().post(text(&service, "/id"), &request);
        assert_eq!(reply.status, 200, "{}: {}", service["id"], reply.body);
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
    let ids: BTreeSet<&str> = services.iter().map(|service| text(service, "/id")).collect();
    assert_eq!(ids.len(), services.len());
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
    let answer = Server::shared().call("textbook", &moved("textbook"));
    let mut holders = services();
    holders.push(answer);
    let extensions: Vec<&Value> = holders.iter().filter_map(|holder| holder.get("extension")).collect();
    assert!(!extensions.is_empty());
    for extension in extensions {
        assert!(
            extension.as_object().expect("an object").keys().all(|name| name.matches('.').count() >= 2),
            "{extension}"
        );
    }
}
