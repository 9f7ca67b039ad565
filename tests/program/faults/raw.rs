//! Servers that go wrong below HTTP, where no library for servers lets them.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;

/// What a connection does after its request was read.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// Closes without a word.
    Hangs,
    /// Says something that is not HTTP.
    Babbles,
    /// Promises more bytes than it sends.
    BreaksOff,
    /// Breaks off between two chunks.
    BreaksOffInChunks,
    /// Sends a byte now and then, without end.
    Drips,
    /// Sends its headers now and then, without end.
    DripsHeaders,
    /// Never answers.
    Never,
}

/// A server that does this with every connection, for as long as the test runs; its base URL.
pub fn start(fault: Fault) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}/fhir", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for connection in listener.incoming().filter_map(Result::ok) {
            std::thread::spawn(move || go_wrong(connection, fault));
        }
    });
    base
}

/// A server with a certificate that nobody vouches for; its base URL.
pub fn untrusted() -> String {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(certified.signing_key.serialize_der().into());
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![certified.cert.der().clone()], key).expect("a key"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("https://localhost:{}/fhir", listener.local_addr().expect("an address").port());
    std::thread::spawn(move || {
        for connection in listener.incoming().filter_map(Result::ok) {
            let session = rustls::ServerConnection::new(config.clone()).expect("a session");
            // The client goes away in the middle of the handshake.
            let _ = rustls::StreamOwned::new(session, connection).read(&mut [0]);
        }
    });
    base
}

/// The base URL of a server that was there and is gone: its port refuses connections.
pub fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}/fhir", listener.local_addr().expect("an address"))
}

/// Ends when the client goes away at the latest.
fn go_wrong(mut connection: TcpStream, fault: Fault) {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n";
    let mut request = Vec::new();
    let mut byte = [0; 1];
    while !request.ends_with(b"\r\n\r\n") && connection.read(&mut byte).is_ok_and(|read| read == 1) {
        request.push(byte[0]);
    }
    let said = match fault {
        Fault::Hangs => return,
        Fault::Babbles => "SSH-2.0-OpenSSH_9.2\r\n".to_owned(),
        Fault::BreaksOff => format!("{HEAD}Content-Length: 4000\r\n\r\n{{\"resourceType\":\"Bundle\","),
        Fault::BreaksOffInChunks => format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"res\r\n"),
        Fault::Drips => format!("{HEAD}Content-Length: 4000\r\n\r\n"),
        Fault::DripsHeaders => HEAD.to_owned(),
        Fault::Never => String::new(),
    };
    let _ = connection.write_all(said.as_bytes());
    match fault {
        Fault::Drips => {
            while connection.write_all(b" ").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        Fault::DripsHeaders => {
            while connection.write_all(b"X-More: x\r\n").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        // Until the client closes.
        Fault::Never => while connection.read(&mut byte).is_ok_and(|read| read > 0) {},
        _ => {}
    }
}
