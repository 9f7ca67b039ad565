//! The end: the service says first that it is not ready, calls in flight get their cards, and it ends by itself. A
//! second signal does not wait.

use super::{Held, Wire};
use crate::errors::refused;
use crate::server::Server;
use crate::support::{cards, eventually, moved, text};

const READY: &[u8] = b"GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n";

/// Waits until the service says that it is stopping, on a connection that was open before.
fn until_stopping(wire: &mut Wire) {
    eventually("it says that it is stopping", || {
        wire.send(READY);
        let answer = wire.answer();
        (answer.starts_with("HTTP/1.1 503 ") && answer.contains("\"stopping\"")).then_some(())
    });
}

#[test]
fn a_call_in_flight_gets_its_cards() {
    let server = Server::with_settings("deadline-ms = 60000\nlimits.shutdown-ms = 60000");
    let mut wire = Wire::to(&server);
    wire.send(READY);
    assert!(wire.answer().starts_with("HTTP/1.1 200 "), "ready before");
    let held = Held::at(&server);
    server.signal("TERM");
    until_stopping(&mut wire);
    wire.send(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(wire.answer().starts_with("HTTP/1.1 200 "), "it still lives");
    let reply = eventually("no more calls are taken", || {
        let reply = server.post("tocilizumab-order-sign", &moved("textbook"));
        (reply.status != 200).then_some(reply)
    });
    refused("a call that comes late", &reply, 503, "transient", &["stopping"]);
    assert_eq!((reply.header("retry-after"), reply.header("connection")), ("1", "close"));

    let reply = held.release().expect("an answer");
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(!cards(&reply.json()).is_empty(), "the call in flight gets its cards");
    let address = server.address().to_owned();
    let (status, log) = server.ended();
    assert_eq!(status, Some(0), "{log}");
    assert!(log.contains("stopping") && log.contains("stopped"), "{log}");
    assert!(std::net::TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn without_calls_it_ends_by_itself() {
    for signal in ["TERM", "INT"] {
        let server = Server::with_settings("limits.shutdown-ms = 600000");
        // A connection that is merely open holds nothing up.
        let mut wire = Wire::to(&server);
        wire.send(READY);
        assert!(wire.answer().contains("\"ready\""), "{signal}");
        server.signal(signal);
        let (status, log) = server.ended();
        assert_eq!(status, Some(0), "{signal}: {log}");
    }
}

#[test]
fn what_does_not_finish_is_cut_off_and_counted() {
    let in_time = Server::with_settings("deadline-ms = 600000\nlimits.shutdown-ms = 100");
    let held = Held::at(&in_time);
    in_time.signal("TERM");
    let (status, log) = in_time.ended();
    assert_eq!(status, Some(1), "{log}");
    assert!(log.contains("calls=1") && log.contains("limits.shutdown-ms"), "{log}");
    assert!(held.release().is_none(), "the call is cut off");

    let hurried = Server::with_settings("deadline-ms = 600000\nlimits.shutdown-ms = 600000");
    let mut wire = Wire::to(&hurried);
    let held = Held::at(&hurried);
    hurried.signal("TERM");
    until_stopping(&mut wire);
    hurried.signal("TERM");
    let (status, log) = hurried.ended();
    assert_eq!(status, Some(1), "a second signal does not wait: {log}");
    assert!(held.release().is_none(), "the call is cut off");
}

#[test]
fn a_load_balancer_has_time_to_notice() {
    let server = Server::with_settings("limits.drain-ms = 600000");
    let mut wire = Wire::to(&server);
    wire.send(READY);
    assert!(wire.answer().starts_with("HTTP/1.1 200 "), "ready before");
    server.signal("TERM");
    until_stopping(&mut wire);
    let answer = server.call("while draining", &moved("textbook"));
    assert!(!cards(&answer).is_empty(), "calls are still answered");
    assert_eq!(text(&server.get("/health/ready").json(), "/status"), "stopping", "also on new connections");
    server.signal("TERM");
    let (status, log) = server.ended();
    assert_eq!(status, Some(0), "nothing was cut off: {log}");
}
