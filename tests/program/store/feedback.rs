//! Feedback in every spelling that clients are known to use, and in those that nobody can read.

use serde_json::{Value, json};

use super::{Database, called, drained, feedback, items};
use crate::server::Server;
use crate::support::text;

on_both!(every_spelling_is_read, what_cannot_be_read_takes_nothing_with_it, events_count_once, words_of_users_stay_out);

const AT: &str = "2026-11-22T10:00:00Z";
const AT_MS: &str = "1795341600000";

/// A feedback item on a card, with these further members.
fn item(card: &str, outcome: &str, members: Value) -> Value {
    let mut item = json!({"card": card, "outcome": outcome, "outcomeTimestamp": AT});
    for (name, value) in members.as_object().expect("members") {
        item[name] = value.clone();
    }
    item
}

fn every_spelling_is_read(database: &Database) {
    let overridden = |members: Value| item("", "overridden", members);
    let accepted = |members: Value| item("", "accepted", members);
    let reason = json!({"code": "known", "system": "http://codes.example", "display": "Known"});
    let epic = "com.epic.cdshooks.feedback.overrideReason";
    let epic_reason = json!({
        format!("{epic}.reasonCategory"): "45",
        format!("{epic}.reasonTitle"): "Not met",
        format!("{epic}.reasonDisplay"): "Does not meet criteria",
    });
    let of_epic = format!("{epic}|45|Not met");
    // Each row: the item, then suggestions, reason as system|code|display, comment, moment where it is another.
    let rows: Vec<(&str, Value, &str, &str, &str, &str)> = vec![
        ("one suggestion", accepted(json!({"acceptedSuggestions": [{"id": "s1"}]})), r#"["s1"]"#, "||", "0", AT_MS),
        (
            "several suggestions",
            accepted(json!({"acceptedSuggestions": [{"id": "s1"}, {"id": "s2"}]})),
            r#"["s1","s2"]"#,
            "||",
            "0",
            AT_MS,
        ),
        ("a lone suggestion", accepted(json!({"acceptedSuggestions": {"id": "s1"}})), r#"["s1"]"#, "||", "0", AT_MS),
        ("no suggestion", accepted(json!({"acceptedSuggestions": []})), "[]", "||", "0", AT_MS),
        ("suggestions left out", accepted(json!({})), "[]", "||", "0", AT_MS),
        ("suggestions null", accepted(json!({"acceptedSuggestions": null})), "[]", "||", "0", AT_MS),
        (
            "a suggestion without id",
            accepted(json!({"acceptedSuggestions": [{}, {"id": "s2"}]})),
            r#"["s2"]"#,
            "||",
            "0",
            AT_MS,
        ),
        (
            "reason of the standard",
            overridden(json!({"overrideReason": {"reason": reason, "userComment": "x"}})),
            "[]",
            "http://codes.example|known|Known",
            "1",
            AT_MS,
        ),
        (
            "reason without system and display",
            overridden(json!({"overrideReason": {"reason": {"code": "known"}}})),
            "[]",
            "|known|",
            "0",
            AT_MS,
        ),
        (
            "reason as a concept",
            overridden(json!({"overrideReason": {"reason": {"coding": [reason]}}})),
            "[]",
            "http://codes.example|known|Known",
            "0",
            AT_MS,
        ),
        ("only a comment", overridden(json!({"overrideReason": {"userComment": "x"}})), "[]", "||", "1", AT_MS),
        ("an empty reason", overridden(json!({"overrideReason": {}})), "[]", "||", "0", AT_MS),
        ("no reason", overridden(json!({})), "[]", "||", "0", AT_MS),
        (
            "overrideReasons as an object",
            overridden(json!({"overrideReasons": {"reason": reason, "userComment": "x"}})),
            "[]",
            "http://codes.example|known|Known",
            "1",
            AT_MS,
        ),
        (
            "overrideReasons as a list",
            overridden(json!({"overrideReasons": [{"reason": reason}]})),
            "[]",
            "http://codes.example|known|Known",
            "0",
            AT_MS,
        ),
        (
            "Epic's extension",
            overridden(json!({"overrideReasons": {"extension": epic_reason, "userComment": "x"}})),
            "[]",
            &of_epic,
            "1",
            AT_MS,
        ),
        ("Epic's extension on the item", overridden(json!({"extension": epic_reason})), "[]", &of_epic, "0", AT_MS),
        (
            "a fraction of a second",
            overridden(json!({"outcomeTimestamp": "2026-11-22T10:00:00.123Z"})),
            "[]",
            "||",
            "0",
            "1795341600123",
        ),
        ("an offset", overridden(json!({"outcomeTimestamp": "2026-11-22T12:00:00+02:00"})), "[]", "||", "0", AT_MS),
        ("no offset", overridden(json!({"outcomeTimestamp": "2026-11-22T10:00:00"})), "[]", "||", "0", AT_MS),
        ("members of their own", overridden(json!({"x": {"y": [1]}})), "[]", "||", "0", AT_MS),
    ];
    let server = Server::with_settings(&database.settings(""));
    for (at, (what, item, suggestions, reason, commented, moment)) in rows.iter().enumerate() {
        let card = format!("card {at}");
        let mut item = item.clone();
        item["card"] = Value::from(card.as_str());
        let reply = feedback(&server, &items(&[item]));
        assert_eq!(reply.status, 200, "{what}: {}", reply.body);
        let found = database.rows(&format!(
            "SELECT suggestions, COALESCE(reason_system, '') || '|' || COALESCE(reason, '') || '|' || \
             COALESCE(reason_display, ''), CAST(commented AS TEXT), CAST(at_ms AS TEXT), service \
             FROM feedback WHERE card = '{card}'"
        ));
        let expected = [*suggestions, reason, commented, moment, "tocilizumab-order-sign"].map(str::to_owned);
        assert_eq!(found, [expected.to_vec()], "{what}");
    }
    // A moment that cannot be believed is replaced by that of receipt.
    for (what, moment) in [
        ("missing", Value::Null),
        ("no date", json!("soon")),
        ("a number", json!(5)),
        ("future", json!("2999-01-01T00:00:00Z")),
    ] {
        let mut item = item(what, "overridden", json!({}));
        item["outcomeTimestamp"] = moment;
        assert_eq!(feedback(&server, &items(&[item])).status, 200, "{what}");
        let same = database.one(&format!("SELECT card FROM feedback WHERE card = '{what}' AND at_ms = received_ms"));
        assert_eq!(same, what);
    }
    let log = server.into_log();
    assert!(log.contains("feedback[0].outcomeTimestamp: lies in the future"), "{log}");
}

fn what_cannot_be_read_takes_nothing_with_it(database: &Database) {
    let server = Server::with_settings(&database.settings(""));
    let good = item("good", "overridden", json!({}));
    let long = "x".repeat(300);
    let wrong = [
        (json!(7), "feedback[1]", "must be an object, not a number"),
        (json!({"outcome": "accepted"}), "feedback[1].card", "is missing"),
        (item(" ", "accepted", json!({})), "feedback[1].card", "is empty"),
        (item(&long, "accepted", json!({})), "feedback[1].card", "longer than"),
        (item("SECRET-7", "SECRET-8", json!({})), "feedback[1].outcome", "accepted"),
        (json!({"card": "x", "outcome": ["accepted"]}), "feedback[1].outcome", "not an array"),
        (json!({"card": 7, "outcome": "accepted"}), "feedback[1].card", "not a number"),
    ];
    for (item, member, word) in &wrong {
        let reply = feedback(&server, &items(&[good.clone(), item.clone()]));
        assert_eq!(reply.status, 200, "{item}: the good item counts: {}", reply.body);
        // Alone it is an error that says where.
        let reply = feedback(&server, &items(std::slice::from_ref(item)));
        let said = reply.json();
        let place = member.replace("[1]", "[0]");
        assert_eq!((reply.status, text(&said, "/issue/0/expression/0")), (400, place.as_str()), "{item}: {said}");
        assert!(text(&said, "/issue/0/details/text").contains(word), "{item}: {said}");
        assert!(!reply.body.contains("SECRET"), "{item}: {said}");
    }
    assert_eq!(database.one("SELECT CAST(COUNT(*) AS TEXT) FROM feedback WHERE card = 'good'"), "1");
    let unread = database.rows("SELECT problem FROM feedback WHERE outcome = 'unreadable'");
    assert_eq!(unread.len(), wrong.len(), "nothing is lost silently: {unread:?}");
    for (body, status, word) in [
        ("{", 400, "not JSON"),
        ("[]", 400, "must be a JSON object"),
        ("{}", 400, "feedback: is missing"),
        (r#"{"feedback": null}"#, 400, "feedback: is missing"),
        (r#"{"feedback": {"card": "x", "outcome": "accepted"}}"#, 400, "must be an array, not an object"),
        (r#"{"feedback": "x"}"#, 400, "must be an array, not a string"),
        (r#"{"feedback": []}"#, 200, ""),
    ] {
        let reply = feedback(&server, body);
        assert!(reply.status == status && reply.body.contains(word), "{body}: {} {}", reply.status, reply.body);
    }
    let many = items(&vec![json!({}); 10_001]);
    let reply = feedback(&server, &many);
    assert!(reply.status == 413 && reply.body.contains("10000"), "{} {}", reply.status, reply.body);
    for (method, path, status) in [
        ("POST", "/cds-services/no-such-service/feedback", 404),
        ("GET", "/cds-services/tocilizumab-order-sign/feedback", 405),
    ] {
        let reply = server.send(method, path, &[("Content-Type", "application/json")], b"{\"feedback\":[]}");
        assert_eq!((reply.status, text(&reply.json(), "/resourceType")), (status, "OperationOutcome"), "{path}");
    }
    let log = server.into_log();
    assert!(log.contains("feedback[1].card: is empty") && !log.contains("SECRET"), "{log}");
}

fn events_count_once(database: &Database) {
    let server = Server::with_settings(&database.settings(""));
    let (card, rule) = called(&server, "call 1").remove(0);
    drained(&server);
    let told = |outcome: &str, at: &str| {
        let item = json!({"card": card, "outcome": outcome, "outcomeTimestamp": at});
        assert_eq!(feedback(&server, &items(&[item.clone(), item])).status, 200);
    };
    let counted = || {
        let said = server.get("/stats").json();
        let of_rule =
            said["rules"].as_array().and_then(|rules| rules.iter().find(|of| text(of, "/rule") == rule)).cloned();
        let of_rule = of_rule.expect("the rule");
        (
            of_rule["issued"].clone(),
            of_rule["accepted"].clone(),
            of_rule["overridden"].clone(),
            of_rule["ignored"].clone(),
        )
    };
    let counts =
        |issued, accepted, overridden, ignored| (json!(issued), json!(accepted), json!(overridden), json!(ignored));
    assert_eq!(counted(), counts(1, 0, 0, 1), "nothing was heard yet");
    // Each step: what comes, and what counts then; the last to happen counts, whenever it comes.
    for (outcome, at, expected, events) in [
        ("accepted", "2026-11-22T10:00:00Z", counts(1, 1, 0, 0), "1"),
        ("accepted", "2026-11-22T10:00:00Z", counts(1, 1, 0, 0), "1"),
        ("overridden", "2026-11-22T10:05:00Z", counts(1, 0, 1, 0), "2"),
        ("accepted", "2026-11-22T10:02:00Z", counts(1, 0, 1, 0), "3"),
        ("accepted", "2026-11-22T10:06:00Z", counts(1, 1, 0, 0), "4"),
    ] {
        told(outcome, at);
        assert_eq!(counted(), expected, "{outcome} at {at}");
        assert_eq!(database.one("SELECT CAST(COUNT(*) AS TEXT) FROM feedback"), events, "{outcome} at {at}");
    }
}

fn words_of_users_stay_out(database: &Database) {
    let words = "Mrs Musterfeld refuses";
    let item = |card: &str| item(card, "overridden", json!({"overrideReason": {"userComment": words}}));
    // PostgreSQL takes no zero in a text, and a client may send one.
    let zero = format!("{}\u{0}", "with zero");
    for (kept, expected) in [(false, ""), (true, words)] {
        let server =
            Server::with_settings(&database.settings("").replace("[store]", &format!("[store]\ncomments = {kept}")));
        let card = format!("comments {kept}");
        assert_eq!(feedback(&server, &items(&[item(&card), item(&zero)])).status, 200);
        let sql =
            format!("SELECT COALESCE(comment_text, ''), CAST(commented AS TEXT) FROM feedback WHERE card = '{card}'");
        assert_eq!(database.rows(&sql), [[expected.to_owned(), "1".to_owned()]], "{kept}");
        let log = server.into_log();
        assert!(!log.contains("Musterfeld") && log.contains("feedback"), "{log}");
    }
}

#[test]
fn a_store_that_is_off_keeps_nothing_and_says_so() {
    let server = Server::with_settings("[store]\nurl = \"off\"");
    assert_eq!(feedback(&server, &items(&[item("x", "accepted", json!({}))])).status, 200);
    assert_eq!(server.get("/stats").status, 404);
    assert_eq!(super::health(&server), Value::Null);
    assert!(server.into_log().contains("kept=false"));
}
