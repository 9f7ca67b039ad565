//! Medplum's own client, with its own reading of the list of services and its own prefetch, before a service that is
//! proved in silence and then turned live; what it sent stands in the export.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::load::Patient;
use super::process::{RealServer, place};
use crate::server::Server;
use crate::store::{Database, drained, export::exported};
use crate::support::{cards, text};

/// Runs the client before a service, for a patient of its FHIR server; what it got.
fn run(server: &Server, fhir: &RealServer, patient: &Patient, overridden: &[&str]) -> Value {
    let task = json!({
        "fhir": fhir.base, "cds": server.url(), "token": "medplum", "hook": "order-sign",
        "user": {"resourceType": "Practitioner", "id": "ada"},
        "context": patient.request["context"], "override": overridden,
    });
    let mut command = Command::new("node");
    command.arg("tests/assets/medplum/client.cjs").env("NODE_PATH", place("MEDPLUM_MODULES"));
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node");
    process.stdin.take().expect("a pipe").write_all(task.to_string().as_bytes()).expect("it reads");
    let output = process.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", server.log());
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// What the export says of each card: by rule, how it was shown, what became of it, and where.
fn rows(database: &Database) -> BTreeMap<(String, String), Value> {
    let (status, out, err) = exported(database, "", &["--format", "ndjson"]);
    assert_eq!(status, Some(0), "{err}");
    let rows = out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    rows.map(|row| ((text(&row, "/intervention").to_owned(), text(&row, "/shown").to_owned()), row)).collect()
}

#[test]
#[ignore = "needs Medplum's FHIR router: tests/run installs it"]
fn medplum_client_sees_nothing_in_silence_and_every_card_when_live() {
    const RULE: &str = "laboratory-limits";
    let mut command = Command::new("node");
    command.arg("tests/assets/medplum/server.cjs").env("NODE_PATH", place("MEDPLUM_MODULES"));
    command.env("FHIR_TOKEN", "medplum");
    let fhir = RealServer::start(command, |line| Some(line.trim().to_owned()));
    let patient = Patient::of("patients/neutrophils-1.9", 0);
    fhir.load(patient.name, &patient.batch(), "medplum");
    let database = Database::sqlite();

    let server = Server::with_settings(&database.settings("mode = \"silent\""));
    let silent = run(&server, &fhir, &patient, &[RULE]);
    assert_eq!((&silent["response"], &silent["feedback"]), (&json!({"cards": []}), &json!([])));
    assert!(silent["request"]["prefetch"].as_object().is_some_and(|prefetch| prefetch.len() > 10), "its own prefetch");
    drained(&server);
    drop(server);
    let silent_rows = rows(&database);
    let row = &silent_rows[&(RULE.to_owned(), "silent".to_owned())];
    assert_eq!((text(row, "/action"), text(row, "/intervention_indicator")), ("not-shown", "critical"), "{row}");

    let server = Server::with_settings(&database.settings("mode = \"live\""));
    let live = run(&server, &fhir, &patient, &[RULE]);
    let shown: Vec<&str> = cards(&live["response"]).iter().map(|card| text(card, "/source/topic/code")).collect();
    assert!(shown.contains(&RULE), "{shown:?}");
    let reason = &live["feedback"][0]["overrideReason"]["reason"];
    drained(&server);
    drop(server);
    let all = rows(&database);
    for rule in shown.iter().filter(|rule| !rule.is_empty()) {
        assert!(all.contains_key(&((*rule).to_owned(), "live".to_owned())), "{rule}: {all:#?}");
        assert!(
            silent_rows.contains_key(&((*rule).to_owned(), "silent".to_owned())),
            "{rule} was judged in silence too"
        );
    }
    let row = &all[&(RULE.to_owned(), "live".to_owned())];
    assert_eq!(text(row, "/action"), "overridden", "{row}");
    assert_eq!((&row["feedback_reason_code"], &row["card"]), (&reason["code"], &live["feedback"][0]["card"]), "{row}");

    // Where the rule comes from, and what of a person it uses, as the client read it.
    let interventions = live["sources"]["interventions"].as_array().expect("a list");
    let of_rule = interventions.iter().find(|one| one["rule"] == RULE).unwrap_or_else(|| panic!("{interventions:?}"));
    assert_eq!(of_rule["title"], row["intervention_title"], "{of_rule}");
    assert!(text(of_rule, "/developer").len() > 1 && text(of_rule, "/released").starts_with("20"), "{of_rule}");
    assert!(!text(of_rule, "/citations/0/citation").is_empty(), "{of_rule}");
    let uses = of_rule["uses"].as_array().expect("a list");
    assert!(uses.len() == 9 && uses.iter().all(|one| one["used"].is_boolean()), "{uses:?}");
    let uses = interventions.iter().flat_map(|one| one["uses"].as_array().into_iter().flatten());
    let used: BTreeSet<&str> = uses.filter(|one| one["used"] == true).map(|one| text(one, "/attribute")).collect();
    assert!(used.contains("date-of-birth") && !used.contains("race"), "{used:?}");
}
