//! What is too much is refused with the setting that draws the line, and what is just within it is answered.

use serde_json::{Value, json};

use super::{Held, Wire};
use crate::errors::refused;
use crate::server::Server;
use crate::support::{card, moved, text, with};

const SIGN: &str = "/cds-services/tocilizumab-order-sign";
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A call without any order of ours, which is soon answered.
fn small() -> Value {
    with(&moved("shapes/draft-orders-empty"), "/prefetch", None)
}

#[test]
fn a_body_in_pieces_is_measured_too() {
    let server = Server::with_settings("limits.body-bytes = 2000");
    let head = format!("POST {SIGN} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    for (what, size, status) in [("within", 1500, " 200 "), ("beyond", 2500, " 413 ")] {
        let body = small().to_string();
        let body = format!("{body}{}", " ".repeat(size - body.len()));
        let (first, second) = body.split_at(700);
        let mut wire = Wire::to(&server);
        wire.send(format!("{head}{}{}0\r\n\r\n", chunk(first), chunk(second)).as_bytes());
        let answer = wire.answer();
        assert!(answer.lines().next().is_some_and(|line| line.contains(status)), "{what}: {answer}");
        assert_eq!(answer.contains("limits.body-bytes"), size > 2000, "{what}: {answer}");
    }
}

#[test]
fn nesting() {
    let server = Server::with_settings("limits.depth = 20");
    let nested = |levels: usize| {
        let value = (1..levels).fold(json!(1), |inner, _| json!([inner]));
        with(&small(), "/extension", Some(value)).to_string().into_bytes()
    };
    assert_eq!(server.send("POST", SIGN, &[JSON], &nested(20)).status, 200, "as deep as may be");
    let reply = server.send("POST", SIGN, &[JSON], &nested(21));
    refused("deeper", &reply, 400, "structure", &["more than 20 levels", "limits.depth"]);
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(1_000_000), close.repeat(1_000_000)).into_bytes();
        let shared = Server::shared();
        refused("without end", &shared.send("POST", SIGN, &[JSON], &deep), 400, "structure", &["limits.depth"]);
        assert_eq!(shared.get("/cds-services").status, 200, "and it still answers");
    }
}

#[test]
fn orders() {
    let server = Server::with_settings("limits.orders = 3");
    let textbook = moved("textbook");
    let order = textbook["context"]["draftOrders"]["entry"][0]["resource"].clone();
    let with_orders = |count: usize| {
        let entry = |n: usize| json!({"resource": with(&order, "/id", Some(format!("order-{n}").into()))});
        let mut entries: Vec<Value> = (0..count).map(entry).collect();
        // Entries other than orders do not count.
        entries.extend((0..5).map(|n| json!({"resource": {"resourceType": "Medication", "id": format!("m-{n}")}})));
        with(&textbook, "/context/draftOrders/entry", Some(entries.into()))
    };
    assert_eq!(server.post("tocilizumab-order-sign", &with_orders(3)).status, 200, "as many as may be");
    let reply = server.post("tocilizumab-order-sign", &with_orders(4));
    refused("more", &reply, 400, "too-costly", &["context.draftOrders", "4 orders", "3", "limits.orders"]);
}

#[test]
fn calls_at_the_same_time() {
    let server = Server::with_settings("deadline-ms = 60000\nlimits.concurrent-calls = 1");
    let held = Held::at(&server);
    let reply = server.post("tocilizumab-order-sign", &moved("textbook"));
    refused("one more", &reply, 503, "transient", &["1 of at most 1 calls", "limits.concurrent-calls"]);
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(server.get("/health/ready").json()["refused"]["busy"], json!(1), "it is counted");
    for path in ["/cds-services", "/health/live", "/health/ready", "/handbook"] {
        assert_eq!(server.get(path).status, 200, "{path} is answered all the same");
    }
    assert_eq!(server.get(SIGN).status, 405, "what is no call does not count");
    assert_eq!(held.release().map(|reply| reply.status), Some(200), "the call in flight");
    assert_eq!(server.post("tocilizumab-order-sign", &moved("textbook")).status, 200, "and then the next");
}

#[test]
fn a_call_that_cannot_be_judged_in_time() {
    let textbook = moved("textbook");
    let results = "/prefetch/neutrophils/entry";
    let entry = &textbook.pointer(results).expect("results")[0];
    let named = |n: usize| with(entry, "/resource/id", Some(format!("result-{n}").into()));
    let large = with(&textbook, results, Some((0..4000).map(named).collect()));
    // No machine reads megabytes of results in two milliseconds.
    let server = Server::with_settings("deadline-ms = 1\nlimits.judging-ms = 1");
    let reply = server.post("tocilizumab-order-sign", &large);
    refused("too slow", &reply, 503, "timeout", &["within 2 ms", "deadline-ms", "limits.judging-ms"]);
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(server.get("/health/ready").json()["refused"]["late"], json!(1), "it is counted");
    let reply = server.post("tocilizumab-order-sign", &textbook);
    assert_eq!(reply.status, 200, "what is judged where it arrives has no such limit: {}", reply.body);
    let log = server.into_log();
    assert!(log.contains("status=503") && log.contains("within 2 ms"), "{log}");
    let answer = Server::unhurried().call("the same with time", &large);
    assert!(card(&answer, "summary").is_some(), "{answer}");
}

#[test]
fn calls_in_a_second() {
    let server = Server::with_settings("limits.calls-per-second = 2");
    let replies: Vec<_> = (0..100).map(|_| server.send("POST", SIGN, &[JSON], b"{}")).collect();
    assert!(replies.iter().take(2).all(|reply| reply.status == 400), "the first are let in");
    let reply = replies.iter().find(|reply| reply.status == 429).expect("one too many");
    refused("too often", reply, 429, "throttled", &["limits.calls-per-second"]);
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(server.get("/cds-services").status, 200, "the list is no call");
    let log = server.into_log();
    for words in ["status=429", "limits.calls-per-second", "status=400", "hook: is missing"] {
        assert!(log.contains(words), "`{words}` is not logged in {log}");
    }
}

#[test]
fn slow_senders() {
    let server = Server::with_settings("limits = { sender-ms = 1000, keep-alive-ms = 1000 }");
    let mut headers = Wire::to(&server);
    headers.send(b"POST /cds-services HTTP/1.1\r\nHost:");
    assert!(headers.answer().starts_with("HTTP/1.1 408 "), "headers that do not come");
    assert!(headers.is_closed());

    let mut body = Wire::to(&server);
    body.send(format!("POST {SIGN} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{{").as_bytes());
    let answer = body.answer();
    assert!(
        answer.starts_with("HTTP/1.1 408 ") && answer.contains("OperationOutcome"),
        "a body that does not come: {answer}"
    );
    assert!(answer.contains("1000 ms") && answer.contains("limits.sender-ms"), "{answer}");
    assert!(body.is_closed());

    let mut idle = Wire::to(&server);
    idle.send(b"GET /cds-services HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(idle.answer().starts_with("HTTP/1.1 200 "), "one call");
    assert!(idle.is_closed(), "and then silence");
}

#[test]
fn heads_that_are_no_heads_are_the_senders_fault() {
    let server = Server::shared();
    let long = "x".repeat(200_000);
    for (what, head, statuses) in [
        ("a URL without end", format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"), [400, 414, 431]),
        ("a long URL", format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", &long[..60_000]), [404, 414, 431]),
        ("a header without end", format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {long}\r\n\r\n"), [400, 431, 431]),
        (
            "many headers",
            format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: y\r\n".repeat(200)),
            [400, 431, 431],
        ),
        ("no HTTP", "hello\r\n\r\n".to_owned(), [400, 400, 400]),
        ("another HTTP", "GET / HTTP/9.9\r\n\r\n".to_owned(), [400, 400, 505]),
        ("two lengths", format!("POST {SIGN} HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), [400; 3]),
    ] {
        let mut wire = Wire::to(server);
        wire.send(head.as_bytes());
        let answer = wire.answer();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        assert!(statuses.contains(&status), "{what}: {}", answer.lines().next().unwrap_or_default());
    }
    assert_eq!(text(&server.get("/health/live").json(), "/status"), "live", "and it still answers");
}
