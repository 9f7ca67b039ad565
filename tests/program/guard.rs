//! What protects the service: from senders that want too much, from web pages of others, from tokens that come again,
//! and from an operator's own signals and files.

use std::io::Write;
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{moved, with};

/// Web pages of others.
mod browsers;
/// What is shared between callers.
mod shares;
/// Signals, and files read again.
mod signals;
/// Tokens that come again, and what a refusal tells.
mod tokens;

const SIGN: &str = "/cds-services/tocilizumab-order-sign";

/// A call without any order of ours, which is soon answered.
fn small() -> Value {
    with(&moved("shapes/draft-orders-empty"), "/prefetch", None)
}

/// A connection on which a call has begun whose body never ends.
fn begun(server: &Server, announced: usize, sent: usize, caller: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).expect("a connection");
    let head = format!(
        "POST {SIGN} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {caller}\r\nContent-Length: {announced}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("a head");
    stream.write_all(&vec![b' '; sent]).expect("a part of the body");
    stream
}

/// What the service says it has refused, by reason.
fn refused(server: &Server) -> Value {
    let ready = server.get("/health/ready").json();
    ready.get("refused").cloned().unwrap_or_else(|| json!({}))
}
