//! Places are taken by calls whose body is there, memory by what has come; nobody can have all of either. Answers that
//! nobody reads are not kept, and the log says when descriptors run out.

use std::io::Write;
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{SIGN, begun, refused, small};
use crate::server::{Reply, Server};
use crate::store::{Database, feedback, items};
use crate::support::{eventually, moved, text, with};

/// Calls as somebody behind the proxy of the site.
fn call_as(server: &Server, caller: &str, body: &[u8]) -> Reply {
    server.send("POST", SIGN, &[("Content-Type", "application/json"), ("X-Forwarded-For", caller)], body)
}

#[test]
fn slow_senders_take_no_place() {
    let server = Server::with_settings("limits = { concurrent-calls = 2, sender-ms = 600000 }");
    let slow: Vec<_> = (0..20).map(|_| begun(&server, 100_000, 10, "")).collect();
    let reply = server.post("tocilizumab-order-sign", &moved("textbook"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    drop(slow);
}

#[test]
fn memory_is_shared_fairly_between_callers() {
    let server = Server::with_settings(
        "proxies = ['127.0.0.0/8']\n\
         limits = { memory-bytes = 40000, body-bytes = 15000, sender-ms = 600000, calls-per-second = 1000000 }",
    );
    let (greedy, other) = ("192.0.2.1", "192.0.2.2");
    // Nobody reads the length of what is held, so the caller's own next call tells when all has arrived. One that comes in
    // between takes the room of a slow one, which is refused then, so that another slow one takes its place.
    let mut slow = vec![begun(&server, 15_000, 10_000, greedy)];
    let large = format!("{}{}", small(), " ".repeat(9_000)).into_bytes();
    let reply = eventually("the memory of one caller is used up", || {
        slow.push(begun(&server, 15_000, 10_000, greedy));
        Some(call_as(&server, greedy, &large)).filter(|reply| reply.status != 200)
    });
    crate::errors::refused("no memory", &reply, 503, "transient", &["limits.memory-bytes"]);
    assert_eq!(reply.header("retry-after"), "1");
    assert!(refused(&server)["memory"].as_u64().is_some_and(|count| count > 0), "it is counted");
    assert_eq!(call_as(&server, other, &large).status, 200, "another caller finds room");
    drop(slow);
    eventually("what is dropped is free again", || (call_as(&server, greedy, &large).status == 200).then_some(()));
}

#[test]
fn only_our_own_proxy_says_who_calls() {
    let body = small().to_string();
    for (proxies, limited) in [("proxies = ['127.0.0.1']", false), ("", true)] {
        let server = Server::with_settings(&format!("{proxies}\nlimits.calls-per-second = 1"));
        let mut calls = (0..50).map(|n| call_as(&server, &format!("192.0.2.{n}"), body.as_bytes()).status);
        assert_eq!(calls.any(|status| status == 429), limited, "{proxies}");
        assert_eq!(refused(&server)["throttled"].as_u64().is_some_and(|count| count > 0), limited, "{proxies}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn answers_that_nobody_reads_are_not_kept() {
    let server = Server::with_settings("limits.reader-ms = 1000");
    let textbook = moved("textbook");
    let order = &textbook["context"]["draftOrders"]["entry"][0]["resource"];
    let entry = |n: usize| json!({"resource": with(order, "/id", Some(format!("order-{n}").into()))});
    let many = with(&textbook, "/context/draftOrders/entry", Some((0..190).map(entry).collect::<Vec<Value>>().into()));
    let body = many.to_string();
    let mut stream = TcpStream::connect(server.address()).expect("a connection");
    // Without a bound the system may make room for the whole answer, although nobody reads it.
    rustix::net::sockopt::set_socket_recv_buffer_size(&stream, 4096).expect("a small buffer");
    let head = format!("POST {SIGN} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("a call");
    let (ours, theirs) = (stream.local_addr().expect("an address"), stream.peer_addr().expect("an address"));
    // The system lists both sides of the connection; this is the one of the service.
    let side = [format!(":{:04X}", theirs.port()), format!(":{:04X}", ours.port())];
    let is_open = || {
        let all = std::fs::read_to_string("/proc/net/tcp").expect("a list of connections");
        all.lines().any(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            matches!(fields[..], [_, local, remote, "01", ..] if local.ends_with(&side[0]) && remote.ends_with(&side[1]))
        })
    };
    assert!(is_open(), "the connection is listed");
    eventually("the connection is closed", || (!is_open()).then_some(()));
    assert_eq!(server.post("tocilizumab-order-sign", &many).status, 200, "who reads gets it");
}

#[test]
fn much_feedback_at_once_is_kept_whole() {
    let database = Database::sqlite();
    let server = Server::with_settings(&database.settings(""));
    let item = |n: usize| json!({"card": format!("card-{n}"), "outcome": "overridden", "extra": "x".repeat(100)});
    let mut all: Vec<Value> = (0..2000).map(item).collect();
    assert_eq!(feedback(&server, &items(&all)).status, 200);
    assert_eq!(database.one("SELECT CAST(COUNT(*) AS TEXT) FROM feedback"), "2000");
    // Its errors are reported as for a small body.
    all.truncate(1000);
    let broken = items(&all).replacen("{\"feedback\"", "{\"feedbck\"", 1);
    crate::errors::refused("no feedback", &feedback(&server, &broken), 400, "invalid", &["feedback: is missing"]);
}

#[cfg(target_os = "linux")]
#[test]
fn descriptors_that_run_out_are_told() {
    let server = Server::with_descriptors(64);
    let idle: Vec<_> = (0..120).filter_map(|_| TcpStream::connect(server.address()).ok()).collect();
    eventually("the log says so", || server.log().contains("file descriptors are running out").then_some(()));
    drop(idle);
    eventually("and when it is over", || server.log().contains("enough file descriptors again").then_some(()));
    assert_eq!(text(&server.get("/health/ready").json(), "/status"), "ready");
}
