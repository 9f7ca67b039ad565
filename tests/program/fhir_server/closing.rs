//! A server that closes a connection under a request, as servers do with idle ones: the read is sent once more.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::unprefetched;
use crate::server::Server;
use crate::support::{moved, outcome};

/// A server of an empty record that closes every connection unanswered on which a query is asked for the first time,
/// and always where the query holds this. It runs as long as the tests do.
fn closing(always: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}/fhir", listener.local_addr().expect("an address"));
    let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = seen.clone();
            std::thread::spawn(move || serve(stream, &seen, always));
        }
    });
    base
}

fn serve(mut stream: TcpStream, seen: &Mutex<BTreeSet<String>>, always: &str) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            read => request.extend_from_slice(&piece[..read]),
        }
    }
    let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
    let first = seen.lock().map_or(true, |mut seen| seen.insert(line.clone()));
    if first || line.contains(always) {
        return Ok(());
    }
    let body = match line.contains("/Patient/") {
        true => json!({"resourceType": "Patient", "id": "toci-patient", "birthDate": "1980-02-11"}),
        false => json!({"resourceType": "Bundle", "type": "searchset", "total": 0}),
    };
    let body = body.to_string();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nConnection: close\r\nContent-Length";
    write!(stream, "{head}: {}\r\n\r\n{body}", body.len())
}

#[test]
fn a_connection_that_closes_unanswered_loses_nothing() {
    let server = Server::unhurried();
    let answer = server.call("closing", &unprefetched(&moved("textbook"), &closing("code=http://loinc.org%7C777-3")));
    for (criterion, expected) in [
        ("not-adult", "not-met"),
        ("tocilizumab-hypersensitivity", "unknown: absent"),
        ("neutrophils-below-start-limit", "unknown: absent"),
        ("platelets-below-start-limit", "unknown: not-retrieved"),
    ] {
        assert_eq!(outcome(&answer, criterion), expected, "{criterion}");
    }
}
