//! The way from a card to the very decision that it came from: who is shown it, for how long, and what it costs nobody
//! else.

use serde_json::{Value, json};

use super::{Database, drained};
use crate::authentication::issuer::{Key, but, set};
use crate::authentication::{ISSUER, PUBLIC, SERVICE, claims};
use crate::server::{Reply, Server};
use crate::support::{Folder, cards, moved, text};

on_both!(a_card_leads_to_its_decision);

/// Settings under which cards link to their decisions.
fn settings(others: &str) -> String {
    format!("public-url = '{PUBLIC}'\n[record]\nshare = 1\ncontent = true\n{others}")
}

/// The links of all cards to their decision, by the path under the public URL.
fn links(answer: &Value) -> Vec<String> {
    let all = cards(answer).iter().flat_map(|card| card["links"].as_array().into_iter().flatten());
    let of = |link: &Value| text(link, "/url").strip_prefix(PUBLIC)?.strip_prefix("/why/").map(str::to_owned);
    all.filter_map(of).collect()
}

fn a_card_leads_to_its_decision(database: &Database) {
    let request = moved("patients/neutrophils-1.9");
    let server = Server::with_settings(&database.settings(&settings("link-s = 600")));
    let reply = server.post("tocilizumab-order-sign", &request);
    let id = reply.header("x-decision-record").to_owned();
    let (answer, linked) = (reply.json(), links(&reply.json()));
    assert_eq!(linked.len(), cards(&answer).len(), "every card has its link: {answer}");
    assert!(linked.contains(&format!("{id}#laboratory-limits")), "{linked:?}");
    drained(&server);
    let page = server.get(&format!("/why/{id}"));
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"), "{}", page.body);
    for words in [
        "Do not start tocilizumab: neutrophils 1,900/µL",
        "Neutrophils below the start limit",
        "1.9 10*3/uL",
        "Looked at and not used",
        "id=\"laboratory-limits\"",
        "the cards are the same as then, to the letter",
    ] {
        assert!(page.body.contains(words), "no {words} in {}", page.body);
    }
    let over_time = server.get(&format!("/why/{id}?view=time"));
    assert!(over_time.body.contains("Results over time") && over_time.body.contains("<svg"), "{}", over_time.body);
    for page in [&page, &over_time] {
        assert!(page.body.len() < 150 * 1024, "{} bytes", page.body.len());
    }
    for unknown in ["00000000-0000-0000-0000-000000000000", "x", "%00", "'; DROP TABLE decision_records; --"] {
        assert_eq!(server.get(&format!("/why/{unknown}")).status, 404, "{unknown}");
    }
    // Whoever looks leaves a trace, which says nothing of the patient.
    let log = server.into_log();
    assert!(log.contains("a decision is shown again") && !log.contains("toci-patient"), "{log}");

    // Of another library it is said that it is another.
    let folder = Folder::new();
    let policy = folder.write("policy.toml", "silent = [\"summary\"]\n");
    let other = settings("link-s = 600").replacen("[record]", &format!("policy = '{policy}'\n[record]"), 1);
    let server = Server::with_settings(&database.settings(&other));
    let page = server.get(&format!("/why/{id}")).body;
    for words in ["not those of then", "The policy differs: none then", &format!("replay --record {id}")] {
        assert!(page.contains(words), "no {words} in {page}");
    }

    // The time is over: the record is moved back by a year, since no test waits.
    let at = text(&serde_json::from_str(&body(database, &id)).expect("a record"), "/at").to_owned();
    let year: u32 = at.get(..4).and_then(|year| year.parse().ok()).expect("a year");
    let before = at.replacen(&year.to_string(), &(year - 1).to_string(), 1);
    database.rows(&format!("UPDATE decision_records SET body = replace(body, '{at}', '{before}') WHERE id = '{id}'"));
    let page = server.get(&format!("/why/{id}"));
    assert_eq!(page.status, 410, "{}", page.body);
    assert!(page.body.contains("for 600 seconds after it was made (setting record.link-s)"), "{}", page.body);
    drop(server);

    // Without the setting there is neither link nor page.
    let server = Server::with_settings(&database.settings(&settings("")));
    let reply = server.post("tocilizumab-order-sign", &request);
    let id = reply.header("x-decision-record").to_owned();
    assert_eq!((id.is_empty(), links(&reply.json())), (false, Vec::new()));
    drained(&server);
    let page = server.get(&format!("/why/{id}"));
    assert!(page.status == 404 && page.body.contains("record.link-s"), "{}", page.body);
}

#[test]
fn a_decision_that_found_no_room_in_the_queue_is_not_linked() {
    let folder = Folder::new();
    let file = folder.path().join("store.sqlite").display().to_string();
    let store = format!("link-s = 600\n[store]\nurl = 'sqlite:{file}'\nqueue = 0\n");
    let server = Server::with_settings(&settings(&store));
    let reply = server.post("tocilizumab-order-sign", &moved("patients/neutrophils-1.9"));
    assert!(!cards(&reply.json()).is_empty(), "no card is lost over it: {}", reply.body);
    assert_eq!((reply.header("x-decision-record"), links(&reply.json())), ("", Vec::new()));
}

fn body(database: &Database, id: &str) -> String {
    database.one(&format!("SELECT body FROM decision_records WHERE id = '{id}'"))
}

#[test]
fn a_decision_is_shown_to_the_client_that_asked_for_it_and_to_no_other() {
    let (database, folder) = (Database::sqlite(), Folder::new());
    let (mercy, harbor) = (Key::p384("mercy"), Key::p384("harbor"));
    let [keys, others] =
        [("mercy.json", &mercy), ("harbor.json", &harbor)].map(|(name, key)| folder.write(name, &set(&[key])));
    let server = Server::with_settings(&database.settings(&format!(
        "{}[workbench]\nmode = 'on'\n\
         [clients.mercy]\nissuer = '{ISSUER}'\nkeys = '{keys}'\nservices = ['tocilizumab-order-sign']\n\
         [clients.harbor]\nissuer = 'https://harbor.example'\nkeys = '{others}'\n",
        settings("link-s = 600\n")
    )));
    let request = moved("patients/neutrophils-1.9");
    let bearer = |key: &Key, claims: &Value| format!("Bearer {}", key.token(&key.header(), claims));
    let north = but(&claims(), &json!({"tenant": "north"}));
    let headers = [("Content-Type", "application/json"), ("Authorization", &*bearer(&mercy, &north))];
    let reply = server.send("POST", SERVICE, &headers, request.to_string().as_bytes());
    let id = reply.header("x-decision-record").to_owned();
    assert_eq!((reply.status, id.is_empty()), (200, false), "{}", reply.body);
    drained(&server);
    let path = format!("/why/{id}");
    let layout = |path: &str, key: &Key, issuer: &str, tenant: Value| -> Reply {
        let of_page = json!({"aud": format!("{PUBLIC}{path}"), "iss": issuer, "tenant": tenant});
        let token = bearer(key, &but(&claims(), &of_page));
        server.send("GET", path, &[("Authorization", &token)], b"")
    };
    assert_eq!(server.get(&path).status, 401, "without a token");
    let own = layout(&path, &mercy, ISSUER, json!("north"));
    assert!(own.status == 200 && own.body.contains("neutrophils 1,900/µL"), "{}", own.body);
    // To everyone else it is as if there were no such decision.
    let unknown = layout("/why/00000000-0000-0000-0000-000000000000", &mercy, ISSUER, json!("north"));
    assert_eq!(unknown.status, 404);
    for (who, key, issuer, tenant) in [
        ("another client", &harbor, "https://harbor.example", json!("north")),
        ("another organisation", &mercy, ISSUER, json!("south")),
        ("no organisation", &mercy, ISSUER, Value::Null),
    ] {
        let reply = layout(&path, key, issuer, tenant);
        assert_eq!((reply.status, &reply.body), (404, &unknown.body), "{who}");
    }
}
