//! Everything that is refused, row E24 of the conformance table: its status, and an OperationOutcome that names the
//! place.

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::{moved, text, with};

/// What stops the start.
pub mod start;

const SIGN: &str = "/cds-services/tocilizumab-order-sign";
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// The refusal must have this status and issue code, and its words must hold all of these.
pub fn refused(what: &str, reply: &Reply, status: u16, code: &str, words: &[&str]) {
    assert_eq!(reply.status, status, "{what}: {}", reply.body);
    assert_eq!(reply.header("content-type"), "application/json", "{what}");
    let outcome = reply.json();
    assert_eq!(outcome["resourceType"], "OperationOutcome", "{what}: {outcome}");
    let issue = &outcome["issue"][0];
    assert_eq!((text(issue, "/severity"), text(issue, "/code")), ("error", code), "{what}: {outcome}");
    let said = text(issue, "/details/text");
    for word in words {
        assert!(said.contains(word), "{what}: `{word}` is not named in: {said}");
    }
    assert!(
        !reply.body.contains("toci-patient") && !reply.body.contains("Musterfeld"),
        "{what}: patient data in {said}"
    );
}

#[test]
fn a_wrong_member_is_named() {
    let server = Server::shared();
    let request = moved("textbook");
    let mut rows: Vec<(&str, Value, &str)> = vec![
        ("/hook", json!("patient-view"), "patient-view"),
        ("/hook", json!("order-select"), "order-select"),
        ("/hook", json!(""), "empty"),
        ("/context/patientId", json!(" "), "empty"),
    ];
    for member in ["/hook", "/context/patientId"] {
        for (value, kind) in [
            (json!(7), "a number"),
            (json!(true), "a boolean"),
            (json!(["x"]), "an array"),
            (json!({"x": 1}), "an object"),
        ] {
            rows.push((member, value, kind));
        }
        rows.push((member, json!(null), "missing"));
    }
    for member in ["/context", "/context/draftOrders"] {
        for (value, kind) in [
            (json!(7), "a number"),
            (json!("x"), "a string"),
            (json!([{"x": 1}]), "an array"),
            (json!(false), "a boolean"),
        ] {
            rows.push((member, value, kind));
        }
        rows.push((member, json!(null), "missing"));
    }
    for (path, value, word) in rows {
        let what = format!("{path} = {value}");
        let member = path.trim_start_matches('/').replace('/', ".");
        let reply = server.post("tocilizumab-order-sign", &with(&request, path, Some(value)));
        refused(&what, &reply, 400, "invalid", &[&member, word]);
        assert_eq!(reply.json()["issue"][0]["expression"], json!([member]), "{what}");
    }
    for path in ["/hook", "/context", "/context/patientId", "/context/draftOrders"] {
        let member = path.trim_start_matches('/').replace('/', ".");
        let reply = server.post("tocilizumab-order-sign", &with(&request, path, None));
        refused(&format!("without {path}"), &reply, 400, "invalid", &[&member, "missing"]);
    }
    let epic = server.post("tocilizumab-order-select", &moved("shapes/epic-without-draft-orders"));
    refused("Epic without draftOrders", &epic, 400, "invalid", &["context.draftOrders", "missing"]);
}

#[test]
fn a_patient_id_without_an_id_is_refused() {
    let server = Server::shared();
    for id in ["Patient/", "/", "urn:uuid:", "https://ehr.example/fhir/Patient/"] {
        // Nobody's id would fit every patient: the record could not be kept to one, nor the searches for it.
        let reply =
            server.post("tocilizumab-order-sign", &with(&moved("textbook"), "/context/patientId", Some(id.into())));
        refused(&format!("patientId {id}"), &reply, 400, "invalid", &["context.patientId"]);
    }
}

#[test]
fn a_body_that_is_no_request_is_refused() {
    let server = Server::shared();
    let whole = moved("textbook").to_string().into_bytes();
    let mut not_utf8 = whole.clone();
    not_utf8.splice(2..2, [0xff]);
    let comma = b"{\"hook\": \"order-sign\",}".to_vec();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes();
    for (what, body, words) in [
        ("nothing", Vec::new(), vec!["not JSON"]),
        ("words", b"hello".to_vec(), vec!["not JSON", "line 1"]),
        ("cut off", whole[..whole.len() / 2].to_vec(), vec!["not JSON"]),
        ("trailing comma", comma, vec!["not JSON"]),
        ("something after it", [whole.as_slice(), b"x"].concat(), vec!["not JSON"]),
        ("not UTF-8", not_utf8, vec!["UTF-8", "byte 2"]),
        ("an array", b"[1]".to_vec(), vec!["a JSON object", "an array"]),
        ("a string", b"\"x\"".to_vec(), vec!["a JSON object", "a string"]),
        ("null", b"null".to_vec(), vec!["a JSON object", "null"]),
        ("arrays without end", deep, vec!["more than 64 levels", "limits.depth"]),
    ] {
        refused(what, &server.send("POST", SIGN, &[JSON], &body), 400, "structure", &words);
    }
    assert_eq!(server.send("POST", SIGN, &[JSON], &whole).status, 200, "and afterwards it still answers");
}

#[test]
fn urls_and_methods() {
    let server = Server::shared();
    let body = moved("textbook").to_string().into_bytes();
    for (method, path, status, code, allow, word) in [
        ("POST", "/cds-services/nonsense", 404, "not-found", "", "nonsense"),
        ("POST", "/cds-services/nonsense/feedback", 404, "not-found", "", "nonsense"),
        ("GET", "/cds-services/tocilizumab-order-sign/feedback", 405, "not-supported", "POST, OPTIONS", "POST"),
        ("POST", "/stats", 405, "not-supported", "GET, HEAD, OPTIONS", "GET"),
        ("GET", "/nowhere", 404, "not-found", "", "/cds-services"),
        ("GET", "/cds-service", 404, "not-found", "", "/cds-services"),
        ("POST", "/order-sign", 404, "not-found", "", "/cds-services"),
        ("POST", "/cds-services/%zz", 404, "not-found", "", "%zz"),
        ("POST", "/cds-services/%ff", 404, "not-found", "", "there is no service"),
        ("GET", "/%", 404, "not-found", "", "/cds-services"),
        ("POST", "/handbook", 405, "not-supported", "GET, HEAD, OPTIONS", "GET"),
        ("POST", "/health/live", 405, "not-supported", "GET, HEAD, OPTIONS", "GET"),
        ("POST", "/health/ready", 405, "not-supported", "GET, HEAD, OPTIONS", "GET"),
        ("GET", SIGN, 405, "not-supported", "POST, OPTIONS", "POST"),
        ("PUT", SIGN, 405, "not-supported", "POST, OPTIONS", "POST"),
        ("DELETE", SIGN, 405, "not-supported", "POST, OPTIONS", "POST"),
        ("POST", "/cds-services", 405, "not-supported", "GET, HEAD, OPTIONS", "GET"),
        ("PUT", "/cds-services/", 405, "not-supported", "GET, HEAD, OPTIONS", "GET"),
    ] {
        let what = format!("{method} {path}");
        let reply = server.send(method, path, &[JSON], &body);
        refused(&what, &reply, status, code, &[word]);
        assert_eq!(reply.header("allow"), allow, "{what}");
    }
}

#[test]
fn options_says_which_methods_there_are_and_head_is_the_head_of_get() {
    let server = Server::shared();
    for (path, allow) in [
        ("/cds-services", "GET, HEAD, OPTIONS"),
        ("/cds-services/", "GET, HEAD, OPTIONS"),
        ("/handbook", "GET, HEAD, OPTIONS"),
        ("/health/live", "GET, HEAD, OPTIONS"),
        ("/health/ready", "GET, HEAD, OPTIONS"),
        (SIGN, "POST, OPTIONS"),
    ] {
        let reply = server.send("OPTIONS", path, &[], b"");
        assert_eq!((reply.status, reply.header("allow"), reply.body.as_str()), (204, allow, ""), "OPTIONS {path}");
        let (head, get) = (server.send("HEAD", path, &[], b""), server.get(path));
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "HEAD {path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "HEAD {path}");
    }
    refused("OPTIONS of nothing", &server.send("OPTIONS", "/nothing", &[], b""), 404, "not-found", &["/cds-services"]);
}

#[test]
fn a_body_that_is_too_large() {
    let server = Server::with_settings("limits.body-bytes = 2000");
    let body = moved("textbook").to_string().into_bytes();
    refused("413", &server.send("POST", SIGN, &[JSON], &body), 413, "too-long", &["2000", "limits.body-bytes"]);
    let small = moved("shapes/draft-orders-empty");
    let small = with(&small, "/prefetch", None).to_string().into_bytes();
    assert!(small.len() < 2000, "the small body has {} bytes", small.len());
    assert_eq!(server.send("POST", SIGN, &[JSON], &small).status, 200, "a small body is still taken");
}

#[test]
fn an_order_without_any_record() {
    let server = Server::shared();
    let failed = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]});
    let textbook = moved("textbook");
    let keys: Vec<String> = textbook["prefetch"].as_object().expect("prefetch").keys().cloned().collect();
    let all = |value: &Value| Value::from_iter(keys.iter().map(|key| (key.clone(), value.clone())));
    for (what, prefetch) in [
        ("no prefetch", None),
        ("prefetch is null", Some(json!(null))),
        ("prefetch is empty", Some(json!({}))),
        ("all failed", Some(all(&failed))),
        ("all HTML", Some(all(&json!("<html>")))),
        ("all wrapped failures", Some(all(&json!({"response": {"status": "503"}, "resource": null})))),
    ] {
        let reply = server.post("tocilizumab-order-sign", &with(&textbook, "/prefetch", prefetch));
        refused(what, &reply, 412, "not-found", &["record"]);
    }
    for name in ["shapes/other-drug-only", "shapes/no-medication-order"] {
        assert_eq!(server.call(name, &moved(name)), json!({"cards": []}), "D9 {name}: nothing was needed");
    }
    let nothing = with(&textbook, "/prefetch", Some(all(&json!(null))));
    assert_eq!(
        server.post("tocilizumab-order-sign", &nothing).status,
        200,
        "an empty record is an answer, not a failure"
    );
}
