//! Every way in which a FHIR server goes wrong, one row each: what it makes of the finding that rests on the part,
//! and what the card says of it. Whatever happens, the call is answered, in time, and the other parts count.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use self::web::{Asked, Web};
use crate::server::Server;
use crate::stand_in::TOKEN;
use crate::support::{card, moved, outcome, text, with};

/// Searches in pages, and servers that do not do as they were asked.
mod pages;
/// Servers below HTTP: connections that are cut, drip, or never answer.
mod raw;
/// Answers that do not come in time, and how long a call takes.
mod slow;
/// A FHIR server that holds a test patient, and fails where a row says so.
mod web;

/// The criterion that rests on the part that fails, as the textbook patient has it.
const CRITERION: &str = "neutrophils-below-start-limit";
const KNOWN: &str = "not-met";
const ABSENT: &str = "unknown: absent";
const LOST: &str = "unknown: not-retrieved";
const UNREADABLE: &str = "unknown: unreadable";

/// A row: a name, what the server answers, what is found, and words on the card of the whole assessment; `""` stands
/// for a card that has nothing to say of the record.
type Row = (&'static str, fn(&Asked<'_>) -> ResponseTemplate, &'static str, &'static str);

/// The call with everything prefetched but the neutrophils, which this server is to be asked for.
fn without_neutrophils(base: &str) -> Value {
    with(&served(base), "/prefetch/neutrophils", None)
}

/// The textbook call with this FHIR server and a token.
fn served(base: &str) -> Value {
    let authorization = json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300,
        "scope": "user/*.read", "subject": "tocilizumab-cds"});
    with(&with(&moved("textbook"), "/fhirServer", Some(base.into())), "/fhirAuthorization", Some(authorization))
}

/// Sends the call and holds the answer against a row.
fn holds(server: &Server, name: &str, call: &Value, within: Duration, found: &str, words: &str) {
    let started = Instant::now();
    let answer = server.call(name, call);
    let took = started.elapsed();
    assert!(took < within, "{name}: answered only after {took:?}");
    assert_eq!(outcome(&answer, CRITERION), found, "{name}");
    // Whatever was lost, nothing else was.
    assert_eq!(outcome(&answer, "platelets-below-start-limit"), KNOWN, "{name}");
    assert_eq!(outcome(&answer, "tocilizumab-hypersensitivity"), KNOWN, "{name}");
    let overview = card(&answer, "summary").map(|card| text(card, "/detail")).unwrap_or_default();
    match words {
        "" => assert!(overview.starts_with("Order for"), "{name}: {overview}"),
        words => assert!(
            overview.split("\n\nOrder for").next().is_some_and(|said| said.contains(words)),
            "{name}: {overview}"
        ),
    }
}

/// Asks a server that answers as the rows say, one after the other.
fn run(settings: &str, within: Duration, rows: &[Row]) {
    let server = Server::with_settings(settings);
    for (name, answer, found, words) in rows {
        let elsewhere = Web::start(|asked| asked.healthy(), String::new());
        let web = Web::start(*answer, elsewhere.base());
        holds(&server, name, &without_neutrophils(&web.base()), within, found, words);
        assert_eq!(elsewhere.asked(), 0, "{name}: another server was asked");
        assert!(web.asked() > 0, "{name}: the server was not asked");
    }
}

fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
}

fn body(text: impl Into<Vec<u8>>, kind: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(text.into(), kind)
}

fn fhir(resource: &Value) -> ResponseTemplate {
    body(resource.to_string(), "application/fhir+json")
}

fn packed(text: &[u8]) -> ResponseTemplate {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packer, text).expect("memory");
    body(packer.finish().expect("memory"), "application/fhir+json").insert_header("content-encoding", "gzip")
}

fn outcome_of(severity: &str, text: &str) -> Value {
    json!({"resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": "processing", "details": {"text": text}}]})
}

#[test]
fn every_fault_is_told_and_loses_only_its_part() {
    let rows: &[Row] = &[
        ("all is well", |asked| asked.healthy(), KNOWN, ""),
        ("401", |_| status(401), LOST, "The FHIR server did not accept the access token (401): neutrophils."),
        ("403", |_| status(403), LOST, "The FHIR server refused access (403): neutrophils."),
        ("404", |_| status(404), LOST, "The FHIR server does not have it (404): neutrophils."),
        ("405, then by POST", |asked| asked.by_post(405), KNOWN, ""),
        ("414, then by POST", |asked| asked.by_post(414), KNOWN, ""),
        ("501, then by POST", |asked| asked.by_post(501), KNOWN, ""),
        ("404, then by POST", |asked| asked.by_post(404), KNOWN, ""),
        ("400", |_| status(400), LOST, "The FHIR server gave no usable answer (400): neutrophils."),
        ("410", |_| status(410), LOST, "The FHIR server no longer has it (410): neutrophils."),
        ("204", |_| status(204), LOST, "The FHIR server gave no usable answer (204): neutrophils."),
        ("429 without a time", |_| status(429), LOST, "The FHIR server was too busy (429): neutrophils."),
        (
            "429 for longer than the deadline",
            |_| status(429).insert_header("retry-after", "3600"),
            LOST,
            "too busy (429)",
        ),
        ("429 for a second", |asked| asked.busy_once(status(429).insert_header("retry-after", "1")), KNOWN, ""),
        ("429 again and again", |_| status(429).insert_header("retry-after", "0"), LOST, "too busy (429)"),
        ("503 until a date", |asked| asked.busy_once(until(503, "Sun, 22 Nov 2026 09:00:01 GMT")), KNOWN, ""),
        ("503 until a date that is too far", |_| until(503, "Sun, 22 Nov 2026 10:00:00 GMT"), LOST, "failed (503)"),
        ("500", |_| status(500), LOST, "The FHIR server failed (500): neutrophils."),
        ("502 with a page", |_| status(502).set_body_raw("<html></html>", "text/html"), LOST, "failed (502)"),
        ("302 to another server", |asked| redirect(302, &asked.elsewhere), LOST, "pointed elsewhere"),
        ("307 on the same server", |asked| redirect(307, &asked.base), LOST, "pointed elsewhere"),
    ];
    run("deadline-ms = 60000", Duration::from_secs(30), rows);
}

fn until(code: u16, date: &str) -> ResponseTemplate {
    status(code).insert_header("date", "Sun, 22 Nov 2026 09:00:00 GMT").insert_header("retry-after", date)
}

fn redirect(code: u16, base: &str) -> ResponseTemplate {
    status(code).insert_header("location", format!("{base}/Observation?page=1"))
}

#[test]
fn every_odd_body_is_told_and_loses_only_its_part() {
    const BYTES: usize = 100_000;
    let rows: &[Row] = &[
        ("application/json", |asked| body(asked.found().to_string(), "application/json"), KNOWN, ""),
        ("no media type", |asked| status(200).set_body_bytes(asked.found().to_string()), KNOWN, ""),
        (
            "a mark of the byte order",
            |asked| body(format!("\u{feff}{}", asked.found()), "application/fhir+json"),
            KNOWN,
            "",
        ),
        ("packed", |asked| packed(asked.found().to_string().as_bytes()), KNOWN, ""),
        ("packed, unpacks to too much", |_| packed(&vec![b' '; 100 * BYTES]), LOST, "answer was too large"),
        (
            "larger than the limit",
            |_| body(vec![b' '; BYTES + 1], "application/fhir+json"),
            LOST,
            "answer was too large",
        ),
        (
            "called packed, and is not",
            |asked| fhir(&asked.found()).insert_header("content-encoding", "gzip"),
            LOST,
            "broke off",
        ),
        (
            "a page to log in",
            |_| body("<!DOCTYPE html><html>Log in</html>", "text/html; charset=utf-8"),
            LOST,
            "a web page",
        ),
        (
            "a page called FHIR",
            |_| body("<!DOCTYPE html><html>Log in</html>", "application/fhir+json"),
            LOST,
            "a web page",
        ),
        ("JSON called a page", |asked| body(asked.found().to_string(), "text/html"), LOST, "a web page"),
        ("XML", |_| body("<Bundle xmlns='http://hl7.org/fhir'/>", "application/fhir+xml"), LOST, "in XML"),
        ("XML called JSON", |_| body("<Bundle xmlns='http://hl7.org/fhir'/>", "application/json"), LOST, "in XML"),
        ("nothing", |_| body("", "application/fhir+json"), LOST, "answer was empty"),
        (
            "JSON that ends early",
            |_| body("{\"resourceType\":\"Bundle\",\"entry\":[{", "application/fhir+json"),
            LOST,
            "broke off",
        ),
        ("no JSON", |_| body("{resourceType: Bundle}", "application/fhir+json"), UNREADABLE, "could not be read"),
        (
            "no UTF-8",
            |_| body(b"{\"resourceType\":\"Bundle\",\"x\":\"\xff\"}", "application/fhir+json"),
            UNREADABLE,
            "could not be read",
        ),
        ("JSON that is no FHIR", |_| body("{\"error\":\"no\"}", "application/json"), LOST, "was not FHIR"),
        ("an array", |_| body("[]", "application/json"), LOST, "was not FHIR"),
        (
            "an OperationOutcome",
            |_| fhir(&outcome_of("error", "no")),
            LOST,
            "The FHIR server reported an error: neutrophils.",
        ),
        (
            "a resource for another question",
            |_| fhir(&json!({"resourceType": "Patient", "id": "x"})),
            LOST,
            "something else",
        ),
        (
            "a Bundle for another question",
            |asked| fhir(&asked.bundle(&[json!({"resourceType": "Condition"})])),
            LOST,
            "something else",
        ),
        (
            "an error instead of matches",
            |asked| fhir(&asked.bundle(&[outcome_of("error", "x")])),
            LOST,
            "reported an error",
        ),
        (
            "an error beside a match",
            |asked| fhir(&asked.bundle(&[asked.result(0, "4.2"), outcome_of("fatal", "x")])),
            KNOWN,
            "reported an error",
        ),
        (
            "a warning beside a match",
            |asked| fhir(&asked.bundle(&[asked.result(0, "4.2"), outcome_of("warning", "x")])),
            KNOWN,
            "",
        ),
        (
            "a warning instead of matches",
            |asked| fhir(&asked.bundle(&[outcome_of("warning", "none found")])),
            ABSENT,
            "",
        ),
        ("no matches", |asked| fhir(&asked.bundle(&[])), ABSENT, ""),
    ];
    run(&format!("deadline-ms = 60000\nlimits.fhir-body-bytes = {BYTES}"), Duration::from_secs(30), rows);
}

#[test]
fn without_any_of_the_record_the_call_is_refused_and_says_why() {
    let server = Server::with_settings("deadline-ms = 60000");
    for (code, told) in
        [(401, "status-401"), (403, "status-403"), (404, "status-404"), (500, "status-500"), (302, "redirect")]
    {
        let web = Web::failing(code);
        let reply = server.post("tocilizumab-order-sign", &with(&served(&web.base()), "/prefetch", None));
        assert_eq!(reply.status, 412, "{code}: {}", reply.body);
        assert!(reply.body.contains(told), "{code}: {}", reply.body);
    }
    let refused = raw::refusing();
    let reply = server.post("tocilizumab-order-sign", &with(&served(&refused), "/prefetch", None));
    assert_eq!((reply.status, reply.body.contains("unreachable")), (412, true), "refused: {}", reply.body);
}
