//! Row F17 of the conformance table: a browser's preflight is answered without credentials, and a page can read errors
//! as well as cards; a page of another origin can read neither.

use super::Held;
use crate::errors::refused;
use crate::server::{Reply, Server};
use crate::support::moved;

const SIGN: &str = "/cds-services/tocilizumab-order-sign";
const JSON: (&str, &str) = ("Content-Type", "application/json");
const PAGE: &str = "https://ehr.example.org";

fn preflight(server: &Server, path: &str, origin: &str, method: &str, headers: &str) -> Reply {
    let asked =
        [("Origin", origin), ("Access-Control-Request-Method", method), ("Access-Control-Request-Headers", headers)];
    server.send("OPTIONS", path, &asked, b"")
}

/// The items of a header that is a list, sorted.
fn items(reply: &Reply, name: &str) -> Vec<String> {
    let mut items: Vec<String> = reply.header(name).split(',').map(|item| item.trim().to_lowercase()).collect();
    items.sort();
    items
}

/// Which origin may read an answer.
fn allowed(reply: &Reply) -> &str {
    assert_eq!(reply.header("access-control-allow-credentials"), "", "credentials are never allowed");
    let origin = reply.header("access-control-allow-origin");
    let told_apart = items(reply, "vary").contains(&"origin".to_owned());
    assert!(told_apart || origin.is_empty(), "a cache must tell origins apart");
    origin
}

#[test]
fn preflights() {
    let of_this_machine = Server::shared();
    let listed = Server::with_settings("cors.origins = [\"https://EHR.example.org:443/\", \"http://10.0.0.7:3000\"]");
    let any = Server::with_settings("cors.origins = [\"*\"]");
    for (what, server, origin, expected) in [
        ("this machine", of_this_machine, "http://localhost:3000", "http://localhost:3000"),
        ("this machine by TLS", of_this_machine, "https://localhost", "https://localhost"),
        ("this machine by address", of_this_machine, "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("this machine by its other address", of_this_machine, "http://[::1]:8080", "http://[::1]:8080"),
        ("not this machine", of_this_machine, PAGE, ""),
        ("a name that begins alike", of_this_machine, "http://localhost.example.org", ""),
        ("a file", of_this_machine, "null", ""),
        ("listed", &listed, PAGE, PAGE),
        ("listed with its port", &listed, "http://10.0.0.7:3000", "http://10.0.0.7:3000"),
        ("another port", &listed, "http://10.0.0.7:3001", ""),
        ("another scheme", &listed, "http://ehr.example.org", ""),
        ("this machine where others are listed", &listed, "http://localhost:3000", ""),
        ("any", &any, "https://whoever.example", "*"),
    ] {
        for path in ["/cds-services", "/cds-services/", SIGN, &format!("{SIGN}/feedback")] {
            // Exactly what the sandbox sends.
            let reply = preflight(server, path, origin, "POST", "authorization,content-type");
            assert_eq!(allowed(&reply), expected, "{what}: {path}");
            if expected.is_empty() {
                refused(what, &reply, 400, "processing", &["cors.origins"]);
                continue;
            }
            assert!((200..300).contains(&reply.status), "{what}: {path} {}", reply.status);
            assert_eq!(items(&reply, "access-control-allow-methods"), ["get", "options", "post"], "{what}: {path}");
            assert_eq!(items(&reply, "access-control-allow-headers"), ["authorization", "content-type"], "{what}");
            assert!(reply.header("access-control-max-age").parse::<u32>().is_ok_and(|s| s > 0), "{what}: {path}");
        }
    }
    for (what, method, headers) in [("a method", "DELETE", "content-type"), ("a header", "POST", "x-own")] {
        let reply = preflight(of_this_machine, SIGN, "http://localhost:3000", method, headers);
        refused(what, &reply, 400, "processing", &["authorization, content-type"]);
    }
}

#[test]
fn a_page_reads_answers_and_errors_alike() {
    let settings = format!(
        "deadline-ms = 60000\ncors.origins = [\"{PAGE}\"]\nlimits = {{ body-bytes = 100000, concurrent-calls = 1 }}"
    );
    let server = Server::with_settings(&settings);
    let whole = moved("textbook").to_string().into_bytes();
    let without = moved("shapes/prefetch-missing").to_string().into_bytes();
    let large = vec![b' '; 100_001];
    let rows: [(u16, &str, &str, &str, &[u8]); 9] = [
        (200, "POST", SIGN, "application/json", &whole),
        (200, "GET", "/cds-services", "application/json", b""),
        (400, "POST", SIGN, "application/json", b"{}"),
        (404, "GET", "/nothing", "application/json", b""),
        (404, "POST", "/cds-services/%ff", "application/json", b"{}"),
        (405, "PUT", SIGN, "application/json", b"{}"),
        (412, "POST", SIGN, "application/json", &without),
        (413, "POST", SIGN, "application/json", &large),
        (415, "POST", SIGN, "text/plain", &whole),
    ];
    let seen_by = |reply: &Reply, status: u16, origin: &str, what: &str| {
        assert_eq!(reply.status, status, "{what}: {}", reply.body);
        assert_eq!(allowed(reply), if origin == PAGE { PAGE } else { "" }, "{what} from {origin:?}");
        assert!(items(reply, "access-control-expose-headers").contains(&"x-decision-record".to_owned()), "{what}");
    };
    for (status, method, path, kind, body) in rows {
        for origin in [PAGE, "https://elsewhere.example"] {
            let reply = server.send(method, path, &[("Content-Type", kind), ("Origin", origin)], body);
            // Without tokens a page that is not listed may read, which its browser hides from it, and nothing else.
            let status = if origin == PAGE || method == "GET" { status } else { 403 };
            seen_by(&reply, status, origin, &format!("{method} {path}"));
        }
    }
    let held = Held::at(&server);
    let reply = server.send("POST", SIGN, &[JSON, ("Origin", PAGE)], &whole);
    seen_by(&reply, 503, PAGE, "too many at a time");
    assert_eq!(held.release().map(|reply| reply.status), Some(200), "the call in flight");

    let hurried = Server::with_settings(&format!("cors.origins = [\"{PAGE}\"]\nlimits.calls-per-second = 1"));
    let mut statuses = (0..100).map(|_| hurried.send("POST", SIGN, &[JSON, ("Origin", PAGE)], b"{}"));
    let reply = statuses.find(|reply| reply.status == 429).expect("one call too many");
    seen_by(&reply, 429, PAGE, "too often");
}

#[test]
fn who_is_no_browser_is_answered_without_a_word_about_origins() {
    let reply = Server::shared().send("POST", SIGN, &[JSON], moved("textbook").to_string().as_bytes());
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, ""));
}
