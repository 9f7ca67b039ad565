//! The statistics, over HTTP and on the command line.

use serde_json::{Value, json};

use super::{Database, called, drained, feedback, items};
use crate::server::Server;
use crate::support::{program, text};

on_both!(numbers_are_those_of_the_cards);

/// Runs `stats`; its exit status, what it printed and what it wrote to standard error.
fn stats(url: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = program();
    let output = command.arg("stats").args(arguments).env("TOCILIZUMAB_CDS_STORE_URL", url).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn numbers_are_those_of_the_cards(database: &Database) {
    let server = Server::with_settings(&database.settings(""));
    let calls: Vec<Vec<(String, String)>> = (0..4).map(|n| called(&server, &format!("call {n}"))).collect();
    // The same call once more is the same cards.
    called(&server, "call 0");
    drained(&server);
    let of = |call: usize| calls[call].iter().find(|(_, rule)| rule == "laboratory-limits").expect("a card").0.clone();
    let suggestion =
        database.one(&format!("SELECT suggestion FROM suggested WHERE card = '{}' AND name = 'remove-order'", of(0)));
    let accepted = json!({"card": of(0), "outcome": "accepted", "acceptedSuggestions": [{"id": suggestion}]});
    let overridden =
        |card: String| json!({"card": card, "outcome": "overridden", "overrideReason": {"reason": {"code": "known"}}});
    let body =
        items(&[accepted, overridden(of(1)), overridden(of(2)), overridden("not ours".to_owned()), json!({"card": 1})]);
    assert_eq!(feedback(&server, &body).status, 200);
    let said = server.get("/stats").json();
    let limits = &said["rules"][0];
    assert_eq!(text(limits, "/rule"), "laboratory-limits", "the most overridden first: {said}");
    for (member, expected) in [("issued", 4), ("accepted", 1), ("overridden", 2), ("ignored", 1)] {
        assert_eq!(limits[member], json!(expected), "{member}: {limits}");
    }
    assert_eq!(limits["override"]["value"], json!(0.5), "{limits}");
    assert!(limits["override"]["low"].as_f64().is_some_and(|low| (low - 0.15).abs() < 0.01), "{limits}");
    assert_eq!(limits["suggestions"], json!({"remove-order": 1}));
    assert_eq!(said["overrideReasons"][0]["reason"], "known");
    assert_eq!(said["overrideReasons"][0]["overridden"], 2);
    assert_eq!(said["apart"], json!({"accepted": 0, "overridden": 1, "unreadable": 1}));
    let sum = |table: &str| {
        said[table].as_array().expect("a table").iter().filter_map(|of| of["issued"].as_i64()).sum::<i64>()
    };
    let total = i64::try_from(calls.iter().map(Vec::len).sum::<usize>()).expect("few");
    for table in ["rules", "indicators", "weeks"] {
        assert_eq!(sum(table), total, "{table}: {said}");
    }
    let (status, out, err) = stats(&database.url, &["--format", "json"]);
    assert_eq!((status, serde_json::from_str::<Value>(&out).ok()), (Some(0), Some(said)), "{err}");
    let (status, out, _) = stats(&database.url, &[]);
    assert!(status == Some(0) && out.contains("laboratory-limits") && out.contains("50 % (15-85)"), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
    let (_, out, _) = stats(&database.url, &["--format", "json", "--since", "2999-01-01"]);
    assert!(out.contains("\"issued\": 0") && out.contains("\"since\": \"2999-01-01\""), "{out}");
    assert_eq!(server.get("/stats?since=2999-01-01").json()["total"]["issued"], 0);
    let reply = server.get("/stats?since=soon");
    assert!(reply.status == 400 && reply.body.contains("such as 2026-11-01"), "{}", reply.body);
    // Nothing that is kept of cards names a patient.
    let kept = database.rows("SELECT card || rule || indicator || service || hook || instance || library FROM issued");
    assert!(kept.iter().flatten().all(|row| !row.contains("toci-patient")), "{kept:?}");
}

#[test]
fn a_wrong_question_gets_an_error() {
    let secret = "postgres://cds:hunter2@127.0.0.1:1/cds";
    for (url, arguments, word) in [
        ("off", &[][..], "store.url is `off`"),
        ("sqlite:/nowhere/store.sqlite", &[], "there is no store at sqlite:/nowhere/store.sqlite"),
        ("nonsense", &[], "TOCILIZUMAB_CDS_STORE_URL: must be `sqlite:FILE`"),
        ("off", &["--since", "soon"], "such as 2026-11-01"),
        (secret, &[], "postgres://cds:***@127.0.0.1:1/cds cannot be read"),
    ] {
        let (status, out, err) = stats(url, arguments);
        assert_eq!((status, out.as_str()), (Some(2), ""), "{url} {arguments:?}");
        assert!(err.contains(word) && !err.contains("hunter2"), "{url} {arguments:?}: {err}");
    }
    // Where no setting names the store, it is in the platform's folder.
    let output =
        program().args(["stats"]).env_remove("TOCILIZUMAB_CDS_STORE_URL").env("XDG_STATE_HOME", "/nowhere").output();
    let err = String::from_utf8(output.expect("it runs").stderr).expect("UTF-8");
    assert!(err.contains("sqlite:/nowhere/tocilizumab-cds/store.sqlite"), "{err}");
}
