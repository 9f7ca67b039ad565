//! A real FHIR server as a process of ours on a free port, stopped with the test.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::support::text;

/// How long a server may take until it listens, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server.
pub struct RealServer {
    /// Its base URL.
    pub base: String,
    process: Child,
    /// Reads on: a server whose output nobody takes would stand still.
    out: Option<JoinHandle<()>>,
}

/// What a variable of the environment says; `tests/run` sets it.
pub fn place(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set; tests/run installs the server and sets it"))
}

impl RealServer {
    /// Starts a server; `base` tells from a line of its output that it listens, and where.
    pub fn start(mut command: Command, base: impl Fn(&str) -> Option<String> + Send + 'static) -> RealServer {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe"));
        let (sender, receiver) = mpsc::channel();
        let out = std::thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
                if let Some(base) = base(&line) {
                    let _ = sender.send(base);
                    break;
                }
                line.clear();
            }
            let _ = lines.read_to_end(&mut Vec::new());
        });
        match receiver.recv_timeout(PATIENCE) {
            Ok(base) => RealServer { base, process, out: Some(out) },
            Err(_) => {
                let _ = process.kill();
                panic!("{command:?} does not listen");
            }
        }
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a batch, every entry of which must succeed.
    pub fn load(&self, what: &str, batch: &Value, token: &str) {
        let answer = send(&self.base, batch, token);
        let entries = answer["entry"].as_array().unwrap_or_else(|| panic!("{what}: {answer}"));
        assert_eq!(entries.len(), batch["entry"].as_array().map_or(0, Vec::len), "{what}");
        for entry in entries {
            assert!(text(entry, "/response/status").starts_with('2'), "{what}: {entry}");
        }
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(out) = self.out.take() {
            let _ = out.join();
        }
    }
}

fn send(url: &str, body: &Value, token: &str) -> Value {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let request = client.post(url).header("Content-Type", "application/fhir+json").bearer_auth(token);
    let runtime = actix_web::rt::Runtime::new().expect("a runtime");
    let sent = runtime.block_on(async { request.body(body.to_string()).send().await?.text().await });
    let text = sent.unwrap_or_else(|error| panic!("{url}: {error:?}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{url}: {error}: {text}"))
}
