//! Real FHIR servers hold the record of every test patient, and the service reads it from there: the answers are the
//! same as from prefetch. `tests/run` installs the servers and runs these tests; a plain `cargo test` says that it
//! leaves them out.

use std::process::Command;

use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{names, timeless, with};
use crate::walk::difference;
use load::Patient;
use process::{RealServer, place};

/// Test patients for a server.
mod load;
/// The servers.
mod process;

/// The call with the record to be read from a server instead of from prefetch.
fn served(patient: &Patient, base: &str, token: &str) -> Value {
    let authorization = json!({"access_token": token, "token_type": "Bearer", "expires_in": 300,
        "scope": "patient/*.rs", "subject": "tocilizumab-cds", "patient": patient.id()});
    let request = with(&patient.request, "/fhirServer", Some(base.into()));
    with(&with(&request, "/fhirAuthorization", Some(authorization)), "/prefetch", None)
}

/// Every test patient.
fn patients() -> Vec<Patient> {
    let names = names(&["", "healthy", "patients", "shapes"]);
    names.into_iter().enumerate().map(|(number, name)| Patient::of(name, number)).collect()
}

#[test]
#[ignore = "needs Medplum's FHIR router: tests/run installs it"]
fn medplum_gives_what_prefetch_gives() {
    let mut command = Command::new("node");
    command.arg("tests/real_servers/medplum/server.cjs").env("NODE_PATH", place("MEDPLUM_MODULES"));
    command.env("FHIR_TOKEN", "medplum");
    let fhir = RealServer::start(command, |line| Some(line.trim().to_owned()));
    let server = Server::unhurried();
    let patients: Vec<Patient> = patients().into_iter().filter(|patient| !patient.record.is_empty()).collect();
    for patient in &patients {
        fhir.load(patient.name, &patient.batch(), "medplum");
    }
    for patient in &patients {
        let prefetched = timeless(&server.call(patient.name, &patient.request));
        let started = std::time::Instant::now();
        let read = timeless(&server.call(patient.name, &served(patient, &fhir.base, "medplum")));
        eprintln!("{} {:?} {:?}", patient.name, started.elapsed(), difference(&read, &prefetched));
    }
}
