//! The program under load, compared with the ceiling: an actix-web server that reads the same body, scans it with serde_json's
//! `IgnoredAny` and answers with as many bytes. What the service costs above the ceiling is what deciding costs.
//!
//! ```sh
//! cargo bench --bench load                                   # three minutes
//! cargo bench --bench load -- --seconds 20                   # longer, for quieter figures
//! cargo bench --bench load -- --program target/dist/tocilizumab-cds
//! cargo bench --bench load -- --body 26000 > body.json       # the body itself, dated for 2026-11-22
//! ```
//!
//! Both servers run with as many workers as there are cores, and take turns of a second, so that whatever else the
//! machine does falls on both. The client runs on the same machine: its share is in the latencies and in the calls per
//! second, not in the CPU, which is read from `/proc`; so the bench runs on Linux only. The service has its default
//! settings, a store of its own included; only its limit on the calls of one client is lifted.

/// The server that only reads.
mod ceiling;
/// Calls over HTTP.
mod client;
/// A server as a process.
mod process;
/// The table.
mod report;
/// What the benches share.
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use engine::example::example;
use knowledge::files::Files;

use client::{Request, Slice};
use process::{Kind, Server};
use report::{Measured, Report};

/// The sizes of the bodies.
const SIZES: [usize; 2] = [26_000, 742_000];
/// What is ordered in the bodies, and what takes its place where a call is of no concern to the service.
const ORDERED: [(&str, &str); 2] = [
    (r#""code":"1441527""#, r#""code":"313782""#),
    ("0.9 ML tocilizumab 180 MG/ML Prefilled Syringe", "acetaminophen 325 MG Oral Tablet"),
];
/// How many connections call at the same time.
const CONNECTIONS: [usize; 3] = [1, 8, 64];
/// How long one server is called before it is the other's turn.
const TURN: Duration = Duration::from_secs(1);
/// How often each server is started to see when it is ready.
const STARTS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["--ceiling", address] => ceiling::serve(address),
        ["--body", bytes] => print(bytes),
        options => Options::read(options).and_then(|options| load(&options)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How to measure.
struct Options {
    /// The program that is measured.
    program: String,
    /// How long each server is called with each number of connections.
    seconds: u64,
}

impl Options {
    fn read(arguments: &[&str]) -> Result<Options, String> {
        let mut options = Options { program: env!("CARGO_BIN_EXE_tocilizumab-cds").to_owned(), seconds: 6 };
        for pair in arguments.chunks(2) {
            match pair {
                ["--program", path] => (*path).clone_into(&mut options.program),
                ["--seconds", number] => {
                    options.seconds = number.parse().map_err(|_| format!("--seconds: `{number}` is not a number"))?;
                }
                other => {
                    return Err(format!("`{}` is not known; see the head of benches/load/main.rs", other.join(" ")));
                }
            }
        }
        Ok(options)
    }
}

/// Prints the body of this size.
fn print(bytes: &str) -> Result<(), String> {
    let bytes = bytes.parse().map_err(|_| format!("--body: `{bytes}` is no number of bytes"))?;
    let body = support::records::body(bytes)?;
    std::io::stdout().write_all(body.as_bytes()).map_err(|error| error.to_string())
}

fn load(options: &Options) -> Result<(), String> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let busy = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("{cores} cores; load average before the start {}\n", busy.split(' ').next().unwrap_or_default());
    for bytes in SIZES {
        let body = body_of_today(bytes)?;
        print!("{}", both(options, "An order of tocilizumab", &body)?);
        // EHRs ask for every order, and hardly any is of tocilizumab.
        print!("{}", both(options, "An order of another drug", &of_another_drug(&body)?)?);
    }
    Ok(())
}

/// The body with another drug ordered, and the whole record of the patient all the same.
fn of_another_drug(body: &str) -> Result<String, String> {
    ORDERED.iter().try_fold(body.to_owned(), |body, (ours, other)| match body.contains(ours) {
        true => Ok(body.replacen(ours, other, 1)),
        false => Err(format!("the body has no {ours}")),
    })
}

/// The body with all dates moved to today.
#[expect(clippy::disallowed_methods, reason = "the service looks at the real clock, so its bodies must be of today")]
fn body_of_today(bytes: usize) -> Result<String, String> {
    let body = Files(BTreeMap::from([("body".to_owned(), support::records::body(bytes)?)]));
    example("body", &body, jiff::Zoned::now().date())
}

/// Both servers with this body.
fn both(options: &Options, order: &'static str, body: &str) -> Result<Report, String> {
    let kinds = [Kind::Service(&options.program), Kind::Ceiling];
    let ready = [ready(kinds[0])?, ready(kinds[1])?];
    let servers = [Server::start(kinds[0])?, Server::start(kinds[1])?];
    let to_service = Request::new("/cds-services/tocilizumab-order-sign", body)?;
    let answer = to_service.answer(servers[0].address)?;
    if answer.contains("not-retrieved") {
        return Err("the body lacks something that the service asks for".to_owned());
    }
    let requests = [to_service, Request::new(&format!("/answer/{}", answer.len()), body)?];
    let mut report = Report::new(order, body.len(), answer.len(), ready);
    for connections in CONNECTIONS {
        let mut measured = [Measured::default(), Measured::default()];
        // The first turn fills caches and is not counted.
        for turn in 0..=options.seconds {
            for ((server, request), measured) in servers.iter().zip(&requests).zip(&mut measured) {
                let before = server.cpu()?;
                let Slice { latencies, took } = client::call(server.address, request, connections, TURN)?;
                if turn > 0 {
                    measured.add(latencies, took, server.cpu()? - before);
                }
            }
        }
        report.add(connections, measured);
    }
    report.peak = [servers[0].peak()?, servers[1].peak()?];
    Ok(report)
}

/// The time from the start of a server to its first answer: the median of several starts.
fn ready(kind: Kind<'_>) -> Result<Duration, String> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let started = Instant::now();
        Server::start(kind)?;
        times.push(started.elapsed());
    }
    times.sort();
    Ok(times.get(STARTS / 2).copied().unwrap_or_default())
}
