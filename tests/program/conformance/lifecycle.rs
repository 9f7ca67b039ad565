//! Rows H: calls that follow each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::calls::all_answered;
use crate::server::Server;
use crate::support::{SERVICES, cards, moved, text, with};

#[test]
fn h1_one_card_for_a_topic() {
    for (call, answer) in all_answered() {
        let mut seen = BTreeMap::new();
        for card in cards(answer) {
            // Two orders may differ in what there is to say; what is said in the same words is said once.
            let again = seen.insert((text(card, "/source/topic/code"), text(card, "/summary")), ());
            assert!(again.is_none(), "{}: {} appears twice", call.what, card["summary"]);
        }
    }
}

#[test]
fn h2_every_service_stands_by_itself() {
    for (hook, service) in SERVICES {
        let request = with(&moved("patients/neutrophils-1.9"), "/hook", Some(hook.into()));
        let reply = Server::shared().post(service, &request);
        assert!(cards(&reply.json()).iter().any(|card| card["indicator"] == "critical"), "{hook}: {}", reply.body);
    }
}

#[test]
fn h3_what_it_can_do_is_published() {
    let page = Server::shared().get("/handbook/conformance.html");
    assert_eq!(page.status, 200);
    let table: toml::Table = include_str!("../../../docs/conformance.toml").parse().expect("a table");
    for row in table["row"].as_array().expect("rows") {
        let (id, test) = (row["id"].as_str().expect("an id"), row["test"].as_str().expect("a test"));
        let (_, shown) = page.body.split_once(&format!("id=\"row-{id}\"")).unwrap_or_else(|| panic!("{id} is missing"));
        let shown = shown.split("</tr>").next().unwrap_or_default();
        assert!(shown.contains(test), "{id}: {test} is not named in {shown}");
    }
}

#[test]
fn h4_the_same_topic_at_every_hook() {
    let topics = |hook: &str| -> BTreeSet<String> {
        let request = with(&moved("patients/neutrophils-1.9"), "/hook", Some(hook.into()));
        let answer = Server::shared().call(hook, &request);
        cards(&answer).iter().map(|card| text(card, "/source/topic/code").to_owned()).collect()
    };
    let mut sign = topics("order-sign");
    assert!(sign.remove("summary"), "the card of the whole assessment is shown once, at signing");
    assert_eq!(topics("order-select"), sign);
}
