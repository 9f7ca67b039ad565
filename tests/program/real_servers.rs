//! Real FHIR servers hold the record of every test patient, and the service reads it from there: the answers are the
//! same as from prefetch. `tests/run` installs the servers and runs these tests; a plain `cargo test` says that it
//! leaves them out.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::{assessed, cards, library, names, outcome, service, text, timeless, with};
use crate::walk::difference;
use differences::{DIFFERENCES, expected};
use hfs::Hfs;
use load::Patient;
use process::{RealServer, place};

/// Where answers differ.
mod differences;
/// Helios HFS.
mod hfs;
/// Test patients for a server.
mod load;
/// Medplum's own client.
mod medplum_client;
/// The servers as processes.
pub mod process;

/// The call with the record to be read from a server instead of from prefetch.
fn served(patient: &Patient, base: &str, token: &str) -> Value {
    let authorization = json!({"access_token": token, "token_type": "Bearer", "expires_in": 300,
        "scope": "patient/*.rs", "subject": "tocilizumab-cds", "patient": patient.id()});
    let request = with(&patient.request, "/fhirServer", Some(base.into()));
    with(&with(&request, "/fhirAuthorization", Some(authorization)), "/prefetch", None)
}

/// Every test patient of whom there is a record.
fn patients() -> Vec<Patient> {
    let names = names(&["", "healthy", "patients", "shapes"]);
    let all = names.into_iter().enumerate().map(|(number, name)| Patient::of(name, number));
    all.filter(|patient| !patient.record.is_empty()).collect()
}

/// Reads every test patient from a server, and compares the answer with that from prefetch. A stranger is in the server
/// all the time, and the test patients one after the other, because a search may look through everything.
fn compare(name: &str, fhir: &RealServer, writer: &str, reader: impl Fn(&Patient) -> String) {
    let server = Server::with_settings("deadline-ms = 60000");
    let patients = patients();
    let (mut same, mut wrong) = (0, Vec::new());
    fhir.load("a stranger", &load::stranger(), writer);
    for patient in &patients {
        fhir.load(patient.name, &patient.batch(), writer);
        let prefetched = server.post(service(&patient.request), &patient.request);
        let request = served(patient, &fhir.base, &reader(patient));
        let found = differences(&prefetched, &server.post(service(&request), &request));
        fhir.load(patient.name, &patient.removal(), writer);
        let expected = expected(name, patient.name);
        same += usize::from(found.is_empty());
        if found != expected {
            wrong.push(format!("{}: {found:#?} instead of {expected:#?}", patient.name));
        }
    }
    println!("{name}: {} test patients, {same} with the same answer as from prefetch", patients.len());
    // A part that failed is named in the log with the cause.
    let log = server.into_log();
    let lost: Vec<&str> = log.lines().filter(|line| line.contains("not retrieved")).collect();
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), lost.join("\n"));
    let known: Vec<&str> = DIFFERENCES.iter().map(|(_, name, ..)| *name).collect();
    assert!(known.iter().all(|name| patients.iter().any(|patient| patient.name == *name)), "{known:?}");
}

/// What differs between two answers, in words: how findings changed, the cards that did, or else the first difference.
fn differences(prefetched: &Reply, read: &Reply) -> BTreeSet<String> {
    if prefetched.status != 200 || read.status != 200 {
        let same = (prefetched.status, &prefetched.body) == (read.status, &read.body);
        let told = format!("{} -> {}", prefetched.status, read.status);
        return if same { BTreeSet::new() } else { BTreeSet::from([told]) };
    }
    let (prefetched, read) = (timeless(&prefetched.json()), timeless(&read.json()));
    let (before, after) = (findings(&prefetched), findings(&read));
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after);
    let mut found: BTreeSet<String> = changed.map(|((_, before), (_, after))| format!("{before} -> {after}")).collect();
    let all = cards(&prefetched).iter().chain(cards(&read));
    let rules: BTreeSet<&str> = all.map(|card| text(card, "/source/topic/code")).collect();
    for rule in rules {
        let of = |answer: &Value| -> Vec<Value> {
            cards(answer).iter().filter(|card| text(card, "/source/topic/code") == rule).cloned().collect()
        };
        if of(&prefetched) != of(&read) {
            found.insert(format!("card {rule}"));
        }
    }
    if found.is_empty() {
        found.extend(difference(&read, &prefetched));
    }
    found
}

/// Every criterion with what was found of it.
fn findings(answer: &Value) -> Vec<(String, String)> {
    let criteria = assessed(answer).iter().flat_map(|order| order["criteria"].as_array().into_iter().flatten());
    let told = |finding: &Value| match finding["reason"].as_str() {
        Some(reason) => format!("{}: {reason}", text(finding, "/outcome")),
        None => text(finding, "/outcome").to_owned(),
    };
    criteria.map(|finding| (text(finding, "/id").to_owned(), told(finding))).collect()
}

#[test]
#[ignore = "needs Medplum's FHIR router: tests/run installs it"]
fn medplum_gives_what_prefetch_gives() {
    let mut command = Command::new("node");
    command.arg("tests/assets/medplum/server.cjs").env("NODE_PATH", place("MEDPLUM_MODULES"));
    command.env("FHIR_TOKEN", "medplum");
    let fhir = RealServer::start(command, |line| Some(line.trim().to_owned()));
    compare("Medplum", &fhir, "medplum", |_| "medplum".to_owned());
}

#[test]
#[ignore = "needs Helios HFS: tests/run --real-server installs it"]
fn hfs_gives_what_prefetch_gives() {
    let hfs = Hfs::start();
    compare("HFS", &hfs.server, &hfs.writer(), |patient| hfs.token("patient/*.rs", Some(&patient.id()), 300));
}

#[test]
#[ignore = "needs Helios HFS: tests/run --real-server installs it"]
fn hfs_gives_what_the_token_allows() {
    let (hfs, server) = (Hfs::start(), Server::unhurried());
    let patient = Patient::of("textbook", 0);
    hfs.server.load(patient.name, &patient.batch(), &hfs.writer());
    let mine = patient.id();
    let scoped = |scope: &str| hfs.token(scope, Some(&mine), 300);
    let but_observations: BTreeSet<String> = library()
        .services
        .queries
        .iter()
        .filter(|query| query.resource != "Observation")
        .map(|query| format!("patient/{}.rs", query.resource))
        .collect();
    let but_observations = but_observations.into_iter().collect::<Vec<_>>().join(" ");
    // Age, an allergy, a condition and a value: one for each kind of query.
    const ASKED: [&str; 4] =
        ["not-adult", "tocilizumab-hypersensitivity", "active-tuberculosis", "neutrophils-below-start-limit"];
    const KNOWN: [&str; 4] = ["not-met", "not-met", "unknown: absent", "not-met"];
    const LOST: &str = "unknown: not-retrieved";
    for (what, token, status, expected) in [
        ("all of one patient", scoped("patient/*.rs"), 200, KNOWN),
        ("all that a user sees", hfs.token("user/*.rs", None, 300), 200, KNOWN),
        ("all but results", scoped(&but_observations), 200, [KNOWN[0], KNOWN[1], KNOWN[2], LOST]),
        ("results only", scoped("patient/Observation.rs"), 200, [LOST, LOST, LOST, KNOWN[3]]),
        // The server answers searches with nothing instead of a refusal; only the read of the patient fails.
        ("another patient", hfs.token("patient/*.rs", Some("someone-else"), 300), 412, [""; 4]),
        ("scopes of SMART 1", scoped("patient/*.read"), 412, [""; 4]),
        ("a token that is over", hfs.token("patient/*.rs", Some(&mine), -60), 412, [""; 4]),
        ("a token of nobody", "no-token".to_owned(), 412, [""; 4]),
    ] {
        let request = served(&patient, &hfs.server.base, &token);
        let reply = server.post(service(&request), &request);
        assert_eq!(reply.status, status, "{what}: {}", reply.body);
        if status == 200 {
            let answer = reply.json();
            assert_eq!(ASKED.map(|criterion| outcome(&answer, criterion)), expected, "{what}");
        }
    }
}
