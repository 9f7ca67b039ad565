//! Real FHIR servers hold the record of every test patient, and the service reads it from there: the answers are the
//! same as from prefetch. `tests/run` installs the servers and runs these tests; a plain `cargo test` says that it
//! leaves them out.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::server::{Reply, Server};
use crate::support::{assessed, cards, names, service, text, timeless, with};
use crate::walk::difference;
use hfs::Hfs;
use load::Patient;
use process::{RealServer, place};

/// Helios HFS.
mod hfs;
/// Test patients for a server.
mod load;
/// The servers as processes.
mod process;

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

/// How the answers differ that the service gives by prefetch and by the server, for every test patient. Two patients
/// are in the server at a time: one must not get what is the other's, and a search that looks through everything
/// stays quick.
fn compare(fhir: &RealServer, writer: &str, reader: impl Fn(&Patient) -> String) {
    let server = Server::unhurried();
    let patients = patients();
    for (number, patient) in patients.iter().enumerate() {
        fhir.load(patient.name, &patient.batch(), writer);
        if let Some(earlier) = number.checked_sub(2).and_then(|earlier| patients.get(earlier)) {
            fhir.load(earlier.name, &earlier.removal(), writer);
        }
        let prefetched = server.post(service(&patient.request), &patient.request);
        let request = served(patient, &fhir.base, &reader(patient));
        let read = server.post(service(&request), &request);
        let found = differences(&prefetched, &read);
        if !found.is_empty() {
            eprintln!("{} {found:?}", patient.name);
        }
    }
    eprintln!(
        "{}",
        server
            .into_log()
            .lines()
            .filter(|l| l.contains("not retrieved") || l.contains("read in part"))
            .collect::<Vec<_>>()
            .join("\n")
    );
}

/// What differs between two answers, in words: findings, cards by rule, or at last where they first differ.
fn differences(prefetched: &Reply, read: &Reply) -> BTreeSet<String> {
    if prefetched.status != 200 || read.status != 200 {
        let same = (prefetched.status, &prefetched.body) == (read.status, &read.body);
        let told = format!("{} became {}", prefetched.status, read.status);
        return if same { BTreeSet::new() } else { BTreeSet::from([told]) };
    }
    let (prefetched, read) = (timeless(&prefetched.json()), timeless(&read.json()));
    let mut found: BTreeSet<String> = BTreeSet::new();
    let (before, after) = (findings(&prefetched), findings(&read));
    for (id, outcome) in after.iter().filter(|finding| !before.contains(finding)) {
        found.insert(format!("{id} is {outcome}"));
    }
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
    command.arg("tests/real_servers/medplum/server.cjs").env("NODE_PATH", place("MEDPLUM_MODULES"));
    command.env("FHIR_TOKEN", "medplum");
    let fhir = RealServer::start(command, |line| Some(line.trim().to_owned()));
    compare(&fhir, "medplum", |_| "medplum".to_owned());
}

#[test]
#[ignore = "needs Helios HFS: tests/run --real-server installs it"]
fn hfs_gives_what_prefetch_gives() {
    let hfs = Hfs::start();
    compare(&hfs.server, &hfs.writer(), |patient| hfs.token("patient/*.rs", Some(&patient.id()), 300));
}
