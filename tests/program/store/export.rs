//! What became of each card, row by row, as a spreadsheet and as JSON.

use serde_json::{Value, json};

use super::{Database, drained, feedback, items};
use crate::authentication::issuer::{Key, but, set};
use crate::authentication::{ISSUER, PUBLIC, SERVICE, claims};
use crate::server::Server;
use crate::support::{Folder, card, cards, moved, program, text, with};

on_both!(each_card_is_a_row_with_what_became_of_it);

/// Runs `feedback export` on a store; its exit status, what it printed and what it wrote to standard error.
pub fn exported(database: &Database, others: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = Folder::new();
    let settings = folder.write("settings.toml", others);
    let mut command = program();
    command.args(["feedback", "export"]).args(arguments).env("TOCILIZUMAB_CDS_CONFIG", settings);
    command.env("TOCILIZUMAB_CDS_STORE_URL", &database.url);
    let output = command.output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The rows of an export, by their cards.
fn rows(database: &Database, others: &str, arguments: &[&str]) -> Vec<Value> {
    let (status, out, err) = exported(database, others, &[&["--format", "ndjson"], arguments].concat());
    assert_eq!(status, Some(0), "{err}");
    out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

fn each_card_is_a_row_with_what_became_of_it(database: &Database) {
    let settings = |users: bool| format!("{}comments = true\nusers = {users}\n", database.settings(""));
    let call = |server: &Server, instance: &str| {
        let request = with(&moved("patients/neutrophils-1.9"), "/hookInstance", Some(json!(instance)));
        server.call(instance, &with(&request, "/context/userId", Some(json!("Practitioner/ada"))))
    };
    let server = Server::with_settings(&settings(false));
    let unnamed = call(&server, "unnamed");
    drained(&server);
    drop(server);
    let server = Server::with_settings(&settings(true));
    let named = call(&server, "named");
    drained(&server);
    let found = |answer: &Value| card(answer, "laboratory-limits").expect("a card").clone();
    let (first, second) = (found(&unnamed), found(&named));
    let reason = json!({"code": "=1+1", "system": "http://codes.example", "display": "-2+3"});
    let comment = "said \"no\",\nand again";
    let overridden = |card: &Value| {
        let reason = json!({"reason": reason, "userComment": comment});
        json!({"card": card, "outcome": "overridden", "overrideReason": reason, "outcomeTimestamp": "2026-11-22T23:30:00Z"})
    };
    let suggestion = text(&second, "/suggestions/0/uuid");
    let accepted = json!({"card": second["uuid"], "outcome": "accepted", "acceptedSuggestions": [{"id": suggestion}]});
    let stray = json!({"card": "not ours", "outcome": "overridden"});
    let unread = json!({"card": 1});
    assert_eq!(feedback(&server, &items(&[overridden(&first["uuid"]), accepted, stray, unread])).status, 200);
    let rows_of = rows(database, "", &[]);
    assert_eq!(rows_of.len(), cards(&unnamed).len() + cards(&named).len() + 1, "each card once, and the stray");
    let row = |uuid: &Value| rows_of.iter().find(|row| row["card"] == *uuid).unwrap_or_else(|| panic!("{uuid}"));
    let of_first = row(&first["uuid"]);
    for (column, expected) in [
        ("intervention", json!("laboratory-limits")),
        ("intervention_title", json!("Laboratory limits for starting tocilizumab")),
        ("intervention_service", json!("tocilizumab-order-sign")),
        ("intervention_hook", json!("order-sign")),
        ("intervention_indicator", json!("critical")),
        ("shown", json!("live")),
        ("action", json!("overridden")),
        ("suggestions_taken", Value::Null),
        ("feedback_reason_system", json!("http://codes.example")),
        ("feedback_reason_code", json!("=1+1")),
        ("feedback_reason", json!("-2+3")),
        ("feedback_commented", json!("yes")),
        ("feedback_comment", json!(comment)),
        ("user", Value::Null),
        ("location_client", Value::Null),
        ("location_organization", Value::Null),
    ] {
        assert_eq!(of_first[column], expected, "{column}: {of_first}");
    }
    let version = text(of_first, "/intervention_version");
    assert!(version.contains("library "), "the digest of the library: {version}");
    let of_second = row(&second["uuid"]);
    assert_eq!((text(of_second, "/action"), text(of_second, "/user")), ("accepted", "Practitioner/ada"), "{of_second}");
    let name = text(of_second, "/suggestions_taken");
    let known = database.one(&format!("SELECT name FROM suggested WHERE suggestion = '{suggestion}'"));
    assert_eq!(name, known, "{of_second}");
    let of_stray = row(&json!("not ours"));
    assert_eq!((&of_stray["intervention"], text(of_stray, "/action")), (&Value::Null, "overridden"), "{of_stray}");
    let others_of = rows_of.iter().filter(|row| row["action"] == "ignored").count();
    assert_eq!(others_of, rows_of.len() - 3, "nothing was heard of the others");
    // In a spreadsheet: the same cells, none of which is a formula, and moments of the site's zone.
    let (status, out, err) = exported(database, "time-zone = \"Europe/Berlin\"", &["--format", "csv"]);
    assert_eq!(status, Some(0), "{err}");
    let mut reader = csv::Reader::from_reader(out.as_bytes());
    let names = reader.headers().expect("names").clone();
    let lines: Vec<csv::StringRecord> = reader.records().map(|line| line.expect("a row")).collect();
    assert_eq!(lines.len(), rows_of.len());
    let cell = |line: &csv::StringRecord, name: &str| {
        let at = names.iter().position(|found| found == name).unwrap_or_else(|| panic!("no column {name}"));
        line[at].to_owned()
    };
    let line = lines.iter().find(|line| cell(line, "card") == text(&first, "/uuid")).expect("its row");
    assert_eq!([cell(line, "feedback_reason_code"), cell(line, "feedback_reason")], ["'=1+1", "'-2+3"]);
    assert_eq!(cell(line, "feedback_comment"), comment);
    assert_eq!(cell(line, "action_at"), "2026-11-23T00:30:00+01:00");
    let formula = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    assert!(lines.iter().all(|line| !line.iter().any(formula)), "{out}");
    assert!(rows(database, "", &["--since", "2999-01-01"]).is_empty());
}

#[test]
fn the_client_its_tenant_and_its_place_are_told() {
    let (database, folder, key) = (Database::sqlite(), Folder::new(), Key::p384("k"));
    let keys = folder.write("keys.json", &set(&[&key]));
    let clients = format!(
        "public-url = '{PUBLIC}'\n[clients.mercy]\nissuer = '{ISSUER}'\nkeys = '{keys}'\nlocation = 'Infusion centre'\n\
         [clients.harbor]\nissuer = 'https://harbor.example'\nkeys = '{keys}'\n"
    );
    let server = Server::with_settings(&database.settings(&clients));
    let harbor = json!({"iss": "https://harbor.example"});
    let all = [but(&claims(), &json!({"tenant": "north"})), claims(), but(&claims(), &harbor)];
    for (number, claims) in all.into_iter().enumerate() {
        let call = with(&moved("patients/neutrophils-1.9"), "/hookInstance", Some(json!(format!("call {number}"))));
        let bearer = format!("Bearer {}", key.token(&key.header(), &claims));
        let headers = [("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
        let reply = server.send("POST", SERVICE, &headers, call.to_string().as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    drained(&server);
    let told = |others: &str| -> Vec<[Value; 3]> {
        let columns = ["location_client", "location_organization", "location_name"];
        let rows = rows(&database, others, &[]);
        let of_rule = rows.iter().filter(|row| row["intervention"] == "laboratory-limits");
        let mut told: Vec<_> = of_rule.map(|row| columns.map(|column| row[column].clone())).collect();
        told.sort_by_key(|row| format!("{row:?}"));
        told
    };
    let row = |client: &str, tenant: Value, place: Value| [json!(client), tenant, place];
    let place = json!("Infusion centre");
    let expected = [
        row("harbor", Value::Null, Value::Null),
        row("mercy", Value::Null, place.clone()),
        row("mercy", json!("north"), place.clone()),
    ];
    let mut sorted = expected.to_vec();
    sorted.sort_by_key(|row| format!("{row:?}"));
    assert_eq!(told(&clients), sorted, "with the settings of the service");
    assert!(told("").iter().all(|row| row[2].is_null()), "the place stands in the settings alone");
}

#[test]
fn cards_that_nobody_saw_are_told_apart() {
    let database = Database::sqlite();
    let server = Server::with_settings(&database.settings("mode = \"silent\""));
    assert_eq!(server.call("silent", &moved("patients/neutrophils-1.9"))["cards"], json!([]));
    drained(&server);
    let rows = rows(&database, "", &[]);
    assert!(!rows.is_empty());
    for row in rows {
        assert_eq!((text(&row, "/shown"), text(&row, "/action")), ("silent", "not-shown"), "{row}");
    }
}

#[test]
fn a_file_is_written_for_its_owner_only() {
    let (database, folder) = (Database::sqlite(), Folder::new());
    let server = Server::with_settings(&database.settings(""));
    server.call("a call", &moved("patients/neutrophils-1.9"));
    drained(&server);
    let file = folder.path().join("out.csv");
    let (status, out, err) = exported(&database, "", &["--output", file.to_str().expect("UTF-8")]);
    assert_eq!(status, Some(0), "{err}");
    let text = std::fs::read_to_string(&file).expect("the file");
    assert!(out.contains(&format!("{} rows in ", text.lines().count() - 1)), "{out}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).expect("the file").permissions().mode() & 0o077, 0);
    }
    for (others, arguments, word) in [
        ("", &["--since", "soon"][..], "--since: must be a day such as 2026-11-01"),
        ("", &["--output", "/nowhere/out.csv"], "/nowhere/out.csv"),
    ] {
        let (status, out, err) = exported(&database, others, arguments);
        assert!((status, out.as_str()) == (Some(2), "") && err.contains(word), "{arguments:?}: {out}{err}");
    }
}
