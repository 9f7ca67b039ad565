//! The edge: which pages may call, TLS, what is too much, how the service says that it is well, and how it ends.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use reqwest::Client;
use serde_json::Value;

use crate::fhir_server::unprefetched;
use crate::server::{Reply, Server};
use crate::stand_in::{StandIn, Trouble};
use crate::support::{eventually, moved, service};

/// Browsers.
mod cors;
/// `GET /health/live` and `GET /health/ready`.
mod health;
/// What is too much.
mod limits;
/// The end on a signal.
mod shutdown;
/// What a night shift sees.
mod sight;
/// Certificates, ours and those of clients.
pub mod tls;

/// A connection of our own, for what an HTTP client would not send.
struct Wire(TcpStream);

impl Wire {
    fn to(server: &Server) -> Wire {
        let stream = TcpStream::connect(server.address()).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        Wire(stream)
    }

    /// Sends these bytes; a server that has closed already is no failure here.
    fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    /// The next answer: its head, and a body of the length that the head says.
    fn answer(&mut self) -> String {
        let mut read = Vec::new();
        let mut byte = [0];
        while !read.ends_with(b"\r\n\r\n") && self.0.read(&mut byte).is_ok_and(|n| n == 1) {
            read.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&read).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("the whole body");
        read.extend(body);
        String::from_utf8_lossy(&read).into_owned()
    }

    /// Whether the server closes the connection.
    fn is_closed(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0) | Err(_))
    }
}

/// A call that is in flight: it waits for a FHIR server that does not answer yet.
struct Held {
    fhir: StandIn,
    released: Arc<AtomicBool>,
    call: JoinHandle<Option<Reply>>,
}

impl Held {
    /// Sends a call, and comes back once it is being answered.
    fn at(server: &Server) -> Held {
        let (fhir, released) = (StandIn::start(), Arc::new(AtomicBool::new(false)));
        let textbook = moved("textbook");
        fhir.hold(&textbook);
        fhir.trouble("", Trouble::Until(released.clone()));
        let request = unprefetched(&textbook, &fhir.base());
        let client = Client::builder().no_proxy().build().expect("an HTTP client");
        let url = server.url().to_owned();
        let call = std::thread::spawn(move || post(&client, &url, &request));
        eventually("the FHIR server is asked", || (!fhir.asked().is_empty()).then_some(()));
        Held { fhir, released, call }
    }

    /// Lets the FHIR server answer, and waits for what the call brings.
    fn release(self) -> Option<Reply> {
        self.released.store(true, Ordering::Release);
        let reply = self.call.join().expect("the caller");
        drop(self.fhir);
        reply
    }
}

/// Calls a service; nothing when the connection is cut off.
fn post(client: &Client, url: &str, request: &Value) -> Option<Reply> {
    let url = format!("{url}/cds-services/{}", service(request));
    let sent = client.post(url).header("Content-Type", "application/json").body(request.to_string()).send();
    actix_web::rt::Runtime::new().expect("a runtime").block_on(async {
        let response = sent.await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Some(Reply { status, headers, body: response.text().await.ok()? })
    })
}
