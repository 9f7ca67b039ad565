//! Cards that no user sees: decided in silence, or answered already when the order was selected. All of them are noted
//! and counted, apart from those that answers carried.

use serde_json::{Value, json};

use super::{Database, drained, feedback, items};
use crate::errors::start::start;
use crate::server::Server;
use crate::support::{Folder, card, cards, moved, text, with};

on_both!(silence_is_noted_and_told, what_was_answered_is_not_shown_again);

/// The modes of what is noted, with the number of cards of each.
fn noted(database: &Database) -> Vec<Vec<String>> {
    database.rows("SELECT mode, CAST(COUNT(*) AS TEXT) FROM issued GROUP BY mode ORDER BY mode")
}

fn silence_is_noted_and_told(database: &Database) {
    let request = moved("patients/neutrophils-1.9");
    let shown = cards(&Server::shared().call("aloud", &request)).len();
    let server = Server::with_settings(&database.settings("mode = \"silent\"\nrecord.share = 1.0"));
    let reply = server.post("tocilizumab-order-sign", &request);
    assert_eq!((reply.status, reply.body.as_str()), (200, "{\"cards\":[]}"), "the answer shows nothing");
    let ready = server.get("/health/ready").json();
    assert_eq!(text(&ready, "/mode/all"), "silent", "{ready}");
    drained(&server);
    assert_eq!(noted(database), [["silent".to_owned(), shown.to_string()]]);
    let record = database.one("SELECT body FROM decision_records");
    assert!(record.contains("\"mode\":\"silent\"") && record.contains(&format!("\"cards\":{shown}")), "{record}");
    let said = server.get("/stats").json();
    assert_eq!((&said["total"]["issued"], said["heldBack"].as_array().map(Vec::len)), (&json!(0), Some(0)), "{said}");
    let counted: i64 = said["silent"].as_array().into_iter().flatten().filter_map(|of| of["cards"].as_i64()).sum();
    assert_eq!(counted, i64::try_from(shown).expect("few"), "{said}");
    let figures = server.get("/metrics").body;
    assert!(figures.contains("rule=\"laboratory-limits\"") && figures.contains("mode=\"silent\""), "{figures}");
    assert!(!figures.contains("mode=\"live\""), "{figures}");
    let log = server.into_log();
    let told = |line: &str| log.lines().any(|found| found.contains(line) && found.contains("mode=\"silent\""));
    assert!(told("started") && told("answered"), "{log}");
}

/// The call of a user at the selection of the order, or at its signature.
fn of_user(hook: &str, user: &str, instance: &str, name: &str) -> Value {
    let mut request = with(&moved(name), "/hook", Some(json!(hook)));
    request["hookInstance"] = json!(format!("{instance} {hook}"));
    request["context"]["userId"] = json!(format!("Practitioner/{user}"));
    let order = &request["context"]["draftOrders"]["entry"][0]["resource"];
    let order = format!("MedicationRequest/{}", text(order, "/id"));
    request["context"]["selections"] = json!([order]);
    request
}

/// Overrides the card of a rule with its first reason; the words of that reason.
fn overridden(server: &Server, answer: &Value, rule: &str) -> String {
    let found = card(answer, rule).unwrap_or_else(|| panic!("no card of {rule}: {answer}"));
    let reason = &found["overrideReasons"][0];
    let item = json!({"card": found["uuid"], "outcome": "overridden", "overrideReason": {"reason": reason}});
    assert_eq!(feedback(server, &items(&[item])).status, 200);
    text(reason, "/display").to_owned()
}

fn what_was_answered_is_not_shown_again(database: &Database) {
    let server = Server::with_settings(&database.settings(""));
    let select = |user: &str, name: &str| server.call(name, &of_user("order-select", user, "one", name));
    // Each signature is a call of its own.
    let count = std::cell::Cell::new(0);
    let sign = |user: &str, name: &str| {
        count.set(count.get() + 1);
        server.call(name, &of_user("order-sign", user, &count.get().to_string(), name))
    };
    let (critical, name) = ("patients/neutrophils-1.9", "patients/neutrophils-144-days-old");
    let rule_of = |answer: &Value, indicator: &str| {
        let found = cards(answer).iter().find(|card| text(card, "/indicator") == indicator);
        found.map(|card| text(card, "/source/topic/code").to_owned()).unwrap_or_else(|| panic!("{indicator}: {answer}"))
    };
    // A critical card stays in one line, with what was answered.
    let first = select("ada", critical);
    let rule = rule_of(&first, "critical");
    let before = sign("ada", critical);
    let words = overridden(&server, &first, &rule);
    let after = sign("ada", critical);
    let (long, short) = (card(&before, &rule).expect("a card"), card(&after, &rule).expect("a card"));
    assert_eq!(text(long, "/summary"), text(short, "/summary"));
    let detail = text(short, "/detail");
    assert!(detail.lines().count() == 1 && detail.contains(&words), "{detail}");
    assert_ne!(text(long, "/detail"), detail);
    let buttons = |card: &Value| {
        let all = card["suggestions"].as_array().into_iter().flatten();
        all.map(|one| text(one, "/label").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(buttons(long), buttons(short), "what can be done stays");
    // Another user, who was asked nothing, sees all of it.
    assert_eq!(card(&sign("bob", critical), &rule).map(|card| &card["detail"]), Some(&long["detail"]));
    // A card that is not critical is held back, for this user and while it says the same.
    let first = select("ada", name);
    let rule = rule_of(&first, "warning");
    assert!(card(&sign("ada", name), &rule).is_some(), "{name}: shown while it is not answered");
    overridden(&server, &first, &rule);
    assert!(card(&sign("ada", name), &rule).is_none(), "{name}: answered");
    assert!(card(&sign("bob", name), &rule).is_some(), "{name}: another user");
    let other = with(
        &of_user("order-sign", "ada", "other", name),
        "/context/draftOrders/entry/0/resource/id",
        Some(json!("x")),
    );
    let other = with(&other, "/context/selections", None);
    assert!(card(&server.call(name, &other), &rule).is_some(), "{name}: another order");
    drained(&server);
    assert!(noted(database).iter().any(|row| row[0] == "held-back"), "{:?}", noted(database));
    let said = server.get("/stats").json();
    assert_eq!(said["heldBack"][0]["rule"], json!(rule), "{said}");
}

#[test]
fn a_service_or_a_rule_alone_may_be_silent() {
    let folder = Folder::new();
    let policy = folder.write("policy.toml", "silent = [\"adult-indication\"]\n");
    let database = Database::sqlite();
    let settings = format!("policy = \"{policy}\"\nsilent-services = [\"tocilizumab-order-select\"]");
    let server = Server::with_settings(&database.settings(&settings));
    let request = moved("patients/paediatric-14-years");
    let answer = server.call("a silent rule", &request);
    assert!(card(&answer, "adult-indication").is_none() && !cards(&answer).is_empty(), "{answer}");
    let select = with(&request, "/hook", Some(json!("order-select")));
    let reply = server.post("tocilizumab-order-select", &select);
    assert_eq!(reply.body, "{\"cards\":[]}", "a silent service");
    let ready = server.get("/health/ready").json();
    assert_eq!(ready["mode"], json!({"all": "live", "silentServices": ["tocilizumab-order-select"]}), "{ready}");
    assert_eq!(text(&ready, "/policy").len(), 12, "the digest of the policy: {ready}");
    drained(&server);
    let of = |hook: &str| {
        let rows = database.rows(&format!("SELECT rule, mode FROM issued WHERE hook = '{hook}'"));
        rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect::<Vec<_>>()
    };
    for (rule, mode) in of("order-sign") {
        assert_eq!(mode == "silent", rule == "adult-indication", "{rule} {mode}");
    }
    assert!(of("order-sign").iter().any(|(rule, _)| rule == "adult-indication"), "{:?}", of("order-sign"));
    assert!(of("order-select").iter().all(|(_, mode)| mode == "silent") && !of("order-select").is_empty());
}

#[test]
fn a_silent_service_that_there_is_not_is_refused() {
    let folder = Folder::new();
    let path = folder.write("settings.toml", "silent-services = [\"tocilizumab-order-sing\"]");
    let (status, said) = start(&["--listen", "127.0.0.1:0", "--config", &path]);
    assert!(status == Some(2) && said.contains("there is no service `tocilizumab-order-sing`"), "{said}");
}
