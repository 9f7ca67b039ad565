//! Decision records: with the inputs kept, a decision can be made again to the letter; with their hashes, checked.

use serde_json::{Value, json};

use super::{Database, drained};
use crate::fhir_server::unprefetched;
use crate::server::{Reply, Server};
use crate::stand_in::{StandIn, TOKEN};
use crate::support::{Folder, cards, moved, program, with};

on_both!(a_decision_can_be_made_again);

/// Runs `replay --record`; its exit status, the line it printed and what it wrote to standard error.
fn replayed(database: &Database, id: &str, arguments: &[&str]) -> (Option<i32>, Value, String) {
    let mut command = program();
    command.args(["replay", "--format", "ndjson", "--record", id]).args(arguments);
    let output = command.env("TOCILIZUMAB_CDS_STORE_URL", &database.url).output().expect("it runs");
    let line = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), line, String::from_utf8(output.stderr).expect("UTF-8"))
}

fn recorded(server: &Server, request: &Value) -> (Reply, String) {
    let reply = server.post("tocilizumab-order-sign", request);
    let id = reply.header("x-decision-record").to_owned();
    (reply, id)
}

fn a_decision_can_be_made_again(database: &Database) {
    let request = moved("patients/neutrophils-1.9");
    let access = json!({"access_token": "s3cret-token", "token_type": "Bearer", "expires_in": 300, "scope": "x", "subject": "y"});
    let request = with(&request, "/fhirAuthorization", Some(access));
    let folder = Folder::new();
    let file = folder.write("request.json", &request.to_string());
    let other = folder.write("other.json", &moved("textbook").to_string());
    let policy = folder.write("policy.toml", "silent = [\"summary\"]\n");
    let settings = |content: bool| database.settings(&format!("[record]\nshare = 1\ncontent = {content}"));

    let server = Server::with_settings(&settings(true));
    let (reply, id) = recorded(&server, &request);
    let (refused, _) = recorded(&server, &with(&moved("shapes/prefetch-missing"), "/fhirServer", None));
    assert_eq!((reply.status, refused.status), (200, 412));
    drained(&server);
    let log = server.into_log();
    assert!(log.contains(&id) && !log.contains("s3cret"), "{log}");
    let kept = database.one(&format!("SELECT body FROM decision_records WHERE id = '{id}'"));
    assert!(kept.contains("draftOrders") && !kept.contains("s3cret") && !kept.contains("fhirAuthorization"), "{kept}");
    let (status, line, said) = replayed(database, &id, &[]);
    assert_eq!((status, line["cards"].as_array().map(Vec::as_slice)), (Some(0), Some(cards(&reply.json()))), "{said}");
    assert!(said.contains("cards as then"), "{said}");
    let (status, line, said) = replayed(database, &id, &["--policy", &policy]);
    assert_eq!((status, line["cards"].as_array().map(Vec::len)), (Some(1), Some(1)), "{said}");
    assert!(said.contains("the policy differs: none then") && said.contains("the answer differs"), "{said}");
    let refused = database.one(&format!("SELECT id FROM decision_records WHERE id <> '{id}'"));
    let (status, _, said) = replayed(database, &refused, &[]);
    assert!(status == Some(0) && said.contains("refused as then"), "{status:?} {said}");
    let (status, _, said) = replayed(database, "no-such-record", &[]);
    assert!(status == Some(2) && said.contains("no record `no-such-record`"), "{said}");

    let server = Server::with_settings(&settings(false));
    let (reply, id) = recorded(&server, &request);
    drained(&server);
    let kept = database.one(&format!("SELECT body FROM decision_records WHERE id = '{id}'"));
    for word in ["draftOrders", "Observation/", "toci-patient", "s3cret"] {
        assert!(!kept.contains(word), "`{word}` is kept in {kept}");
    }
    for (arguments, status, word) in [
        (&[file.as_str()][..], 0, "cards as then"),
        (&[other.as_str()], 1, "not the request that was recorded"),
        (&[], 1, "give the file with the request"),
        (&[&file, &other], 2, "one file"),
    ] {
        let (found, line, said) = replayed(database, &id, arguments);
        assert!(found == Some(status) && said.contains(word), "{arguments:?}: {found:?} {said}");
        let same = line["cards"].as_array().map(Vec::as_slice) == Some(cards(&reply.json()));
        assert_eq!(same, status == 0, "{arguments:?}: {said}");
    }
}

#[test]
fn calls_are_recorded_as_often_as_is_asked_for() {
    let request = moved("textbook");
    for (share, least, most) in [("0", 0, 0), ("0.5", 5, 35), ("1", 40, 40)] {
        let database = Database::sqlite();
        let server = Server::with_settings(&database.settings(&format!("[record]\nshare = {share}")));
        let is_recorded = |n: usize| {
            let request = with(&request, "/hookInstance", Some(Value::from(format!("call {n}"))));
            !recorded(&server, &request).1.is_empty()
        };
        let first: Vec<bool> = (0..40).map(is_recorded).collect();
        let count = first.iter().filter(|recorded| **recorded).count();
        assert!((least..=most).contains(&count), "share {share}: {count} of 40");
        assert_eq!((0..40).map(is_recorded).collect::<Vec<bool>>(), first, "share {share}: always the same calls");
        drained(&server);
    }
}

#[test]
fn what_a_fhir_server_answered_is_part_of_it() {
    let (database, fhir) = (Database::sqlite(), StandIn::start());
    let request = moved("patients/neutrophils-1.9");
    fhir.hold(&request);
    let request = unprefetched(&request, &fhir.base());
    let folder = Folder::new();
    let file = folder.write("request.json", &request.to_string());
    for content in [true, false] {
        let settings = format!("deadline-ms = 60000\n[record]\nshare = 1\ncontent = {content}");
        let server = Server::with_settings(&database.settings(&settings));
        let (reply, id) = recorded(&server, &request);
        drained(&server);
        let kept = database.one(&format!("SELECT body FROM decision_records WHERE id = '{id}'"));
        assert!(!kept.contains(TOKEN) && kept.contains("fetchedHash"), "{content}");
        let (status, line, said) = replayed(&database, &id, &[&file]);
        if content {
            assert_eq!(
                (status, line["cards"].as_array().map(Vec::as_slice)),
                (Some(0), Some(cards(&reply.json()))),
                "{said}"
            );
        } else {
            assert!(status == Some(1) && said.contains("only a hash was kept (setting record.content)"), "{said}");
        }
    }
}
