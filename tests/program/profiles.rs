//! What each client can take: the same cards for all of them, with the buttons that it carries out and in its words,
//! and nothing of what a button would have done is lost.

use std::collections::BTreeSet;

use ::cds_hooks::call::HookCall;
use ::cds_hooks::profile::{Profile, SummaryHook};
use ::document::Document;
use ::domain::time::Clock;
use ::engine::answer::{Recipient, answer};
use ::fhir::fetched::Fetched;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tocilizumab_cds::author::Sdk;

use crate::authentication::claims;
use crate::authentication::issuer::{Key, but, set};
use crate::server::Server;
use crate::store::drained;
use crate::support::{Folder, card, cards, fixture, library, moved, names, program, service, text, with};

const PROFILES: [Profile; 4] = [Profile::Standard, Profile::Epic, Profile::OracleHealth, Profile::V1];

/// The answer to a fixture as a client of this profile gets it; of none, as the call shows it.
fn answered(request: &Value, profile: Option<Profile>) -> Option<Value> {
    let body = request.to_string();
    let document = Document::parse(body).ok()?;
    let call = HookCall::read(&document, None).ok()?;
    let clock = Clock::parse("2026-11-22T09:00:00Z", &TimeZone::UTC).expect("a moment");
    let recipient = Recipient { profile, public_url: None, summary: SummaryHook::Both, author: &Sdk };
    let (decision, _) = answer(library(), &call, &Fetched::default(), &clock, &recipient).ok()?;
    Some(serde_json::to_value(decision).expect("JSON"))
}

/// The items of a member that is an array.
fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

/// The card of a rule, whatever its topic is called.
fn of_rule<'a>(answer: &'a Value, rule: &str) -> &'a Value {
    let plain = rule.replace('-', "");
    card(answer, rule).or_else(|| card(answer, &plain)).unwrap_or_else(|| panic!("no card of {rule}: {answer:#}"))
}

/// The buttons of a card in short: `any: create ServiceRequest, create MedicationRequest + delete MedicationRequest/1`.
fn buttons(card: &Value) -> String {
    let action = |action: &Value| {
        let what = match (&action["resource"], &action["resourceId"]) {
            (Value::Object(resource), Value::Null) => resource["resourceType"].as_str().unwrap_or_default().to_owned(),
            (Value::String(id), Value::Null) => format!("resource {id}"),
            (Value::Null, Value::String(id)) => format!("resourceId {id}"),
            other => format!("{other:?}"),
        };
        format!("{} {what}", text(action, "/type"))
    };
    let all: Vec<String> = items(card, "suggestions")
        .map(|one| items(one, "actions").map(action).collect::<Vec<_>>().join(" + "))
        .collect();
    match card.get("selectionBehavior").and_then(Value::as_str) {
        Some(behavior) => format!("{behavior}: {}", all.join(", ")),
        None if all.is_empty() => "none".to_owned(),
        None => "buttons without a word on how many".to_owned(),
    }
}

/// Fixture, rule, and what its card offers to each profile.
const OFFERS: [(&str, &str, [&str; 4]); 5] = [
    (
        "textbook",
        "summary",
        [
            "any: create ServiceRequest, create ServiceRequest, create ServiceRequest, create ServiceRequest",
            "any: create ServiceRequest, create ServiceRequest, create ServiceRequest, create ServiceRequest",
            "none",
            "at-most-one: create ServiceRequest, create ServiceRequest, create ServiceRequest, create ServiceRequest",
        ],
    ),
    (
        "patients/every-two-weeks-new-start",
        "dose-and-route",
        ["any: update MedicationRequest", "none", "none", "at-most-one: update MedicationRequest"],
    ),
    (
        "patients/established-fibrosis-untreated",
        "treatment-pathway",
        [
            "any: create MedicationRequest + delete resourceId MedicationRequest/toci",
            "none",
            "none",
            "at-most-one: create MedicationRequest + delete resource MedicationRequest/toci",
        ],
    ),
    (
        "patients/continuation-platelets-92",
        "laboratory-holds",
        [
            "any: delete resourceId MedicationRequest/toci, create ServiceRequest, create ServiceRequest",
            "any: delete resourceId MedicationRequest/toci, create ServiceRequest, create ServiceRequest",
            "none",
            "at-most-one: delete resource MedicationRequest/toci, create ServiceRequest, create ServiceRequest",
        ],
    ),
    (
        "patients/igra-positive",
        "tuberculosis",
        [
            "any: delete resourceId MedicationRequest/toci",
            "any: delete resourceId MedicationRequest/toci",
            "none",
            "at-most-one: delete resource MedicationRequest/toci",
        ],
    ),
];

#[test]
fn each_client_is_offered_what_it_carries_out() {
    for (name, rule, expected) in OFFERS {
        for (profile, expected) in PROFILES.into_iter().zip(expected) {
            let answer = answered(&fixture(name), Some(profile)).expect("an answer");
            assert_eq!(buttons(of_rule(&answer, rule)), expected, "{name}, {rule}, {profile:?}");
        }
    }
}

#[test]
fn epic_is_known_by_its_extension() {
    let server = Server::shared();
    let versions = |name: &str| json!({name: "1.1"});
    for (extension, profile) in [
        (versions("com.epic.cdshooks.request.cds-hooks-specification-version"), 1),
        (versions("com.epic.other"), 0),
        (versions("com.epic.cdshooks"), 0),
        (json!({"org.example": {"com.epic.cdshooks.request.fhir-version": "R4"}}), 0),
        (json!("com.epic.cdshooks.request.fhir-version"), 0),
        (json!(null), 0),
    ] {
        for (name, rule, expected) in OFFERS {
            let request = with(&moved(name), "/extension", Some(extension.clone()));
            let found = server.call(name, &request);
            assert_eq!(buttons(of_rule(&found, rule)), expected[profile], "{name} with {extension}");
            let by_setting = answered(&with(&fixture(name), "/extension", Some(extension.clone())), Some(PROFILES[3]));
            let by_setting = by_setting.expect("an answer");
            assert_eq!(buttons(of_rule(&by_setting, rule)), expected[3], "{name}: what is configured counts");
        }
    }
}

#[test]
fn what_is_configured_for_a_client_counts_and_stands_in_the_record() {
    const PUBLIC: &str = "https://cds.example";
    let (key, folder) = (Key::p384("key"), Folder::new());
    let keys = folder.write("keys.json", &set(&[&key]));
    let store = format!("sqlite:{}", folder.path().join("notes.sqlite").display());
    let clients = ["standard", "epic", "oracle-health", "cds-hooks-1.0"];
    let sections = clients.iter().enumerate().map(|(position, profile)| {
        let issuer = format!("issuer = '{PUBLIC}/client-{position}'\nkeys = '{keys}'");
        format!("[clients.client-{position}]\n{issuer}\nprofile = '{profile}'\n")
    });
    let sections: String = sections.collect();
    let server = Server::with_settings(&format!(
        "public-url = '{PUBLIC}'\n[store]\nurl = '{store}'\n[record]\nshare = 1\ncontent = true\n{sections}"
    ));
    for (position, name) in (0..clients.len()).flat_map(|position| OFFERS.map(|(name, ..)| (position, name))) {
        let (_, rule, expected) = OFFERS.iter().find(|(of, ..)| *of == name).expect("the row");
        let request = moved(name);
        let path = format!("/cds-services/{}", service(&request));
        let own = json!({"iss": format!("{PUBLIC}/client-{position}"), "aud": format!("{PUBLIC}{path}")});
        let token = format!("Bearer {}", key.token(&key.header(), &but(&claims(), &own)));
        let headers = [("Content-Type", "application/json"), ("Authorization", token.as_str())];
        let reply = server.send("POST", &path, &headers, request.to_string().as_bytes());
        assert_eq!(reply.status, 200, "{name} for {}: {}", clients[position], reply.body);
        let answer = reply.json();
        assert_eq!(buttons(of_rule(&answer, rule)), expected[position], "{name} for {}", clients[position]);
        drained(&server);
        let mut replay = program();
        replay.args(["replay", "--format", "ndjson", "--record", reply.header("x-decision-record")]);
        let output = replay.env("TOCILIZUMAB_CDS_STORE_URL", &store).output().expect("it runs");
        let line: Value = serde_json::from_slice(&output.stdout).expect("a line");
        assert_eq!(line["cards"], answer["cards"], "{name} for {}", clients[position]);
    }
}

#[test]
fn every_client_gets_every_card() {
    let same = ["uuid", "summary", "indicator", "overrideReasons", "links"];
    let mut dropped = [0; 4];
    for name in names(&["", "patients", "healthy", "shapes"]) {
        let Some(standard) = answered(&fixture(name), Some(Profile::Standard)) else { continue };
        for (profile, dropped) in PROFILES.into_iter().zip(&mut dropped) {
            let what = format!("{name}, {profile:?}");
            let fitted = answered(&fixture(name), Some(profile)).expect("the same status");
            assert_eq!(fitted["assessment"], standard["assessment"], "{what}");
            assert_eq!(cards(&fitted).len(), cards(&standard).len(), "{what}");
            for (card, whole) in cards(&fitted).iter().zip(cards(&standard)) {
                assert!(same.iter().all(|member| card[*member] == whole[*member]), "{what}: {card:#} {whole:#}");
                *dropped += takes(&what, profile, card, whole);
            }
        }
    }
    assert_eq!(dropped[0] + dropped[3], 0, "a client of the standard gets every button");
    assert!(dropped[1] > 5 && dropped[2] > 50, "{dropped:?} buttons were left out");
}

/// That a client can take a card that was whole; how many buttons were left out of it.
fn takes(what: &str, profile: Profile, card: &Value, whole: &Value) -> usize {
    let detail = text(card, "/detail");
    match profile {
        Profile::OracleHealth => assert!(!detail.contains("\n|"), "{what}: no room for a table in {detail}"),
        _ => assert!(detail.starts_with(text(whole, "/detail")), "{what}: {detail}"),
    }
    let offered = buttons(card);
    let fits = match profile {
        Profile::Standard => card == whole,
        Profile::Epic => {
            let topic = text(card, "/source/topic/code");
            let one = items(card, "suggestions").all(|suggestion| {
                items(suggestion, "actions").count() == 1
                    && suggestion["label"] == suggestion["actions"][0]["description"]
            });
            (offered == "none" || offered.starts_with("any: "))
                && one
                && !offered.contains("update")
                && (1..=100).contains(&topic.len())
                && topic.bytes().all(|b| b.is_ascii_alphanumeric())
        }
        Profile::OracleHealth => offered == "none" && card.get("suggestions").is_none(),
        Profile::V1 => {
            (offered == "none" || offered.starts_with("at-most-one: ")) && !card.to_string().contains("resourceId")
        }
    };
    assert!(fits, "{what}: {offered} {card:#}");
    let kept: Vec<&Value> = items(card, "suggestions").map(|one| &one["uuid"]).collect();
    let lost: Vec<&Value> = items(whole, "suggestions").filter(|one| !kept.contains(&&one["uuid"])).collect();
    let said = format!("{} {detail}", text(card, "/summary")).to_lowercase();
    for suggestion in &lost {
        let label = text(suggestion, "/label").to_lowercase();
        let (_, thing) = label.split_once(' ').unwrap_or_default();
        let dose = text(suggestion, "/actions/0/resource/dosageInstruction/0/text").to_lowercase();
        let told = match text(suggestion, "/actions/0/type") {
            "delete" => said.contains(&label),
            "create" if dose.is_empty() => said.contains(thing),
            _ => said.contains(&dose),
        };
        assert!(told, "{what}: nothing says `{label}` {dose}");
    }
    lost.len()
}

#[test]
fn a_topic_stays_a_name_of_its_own_without_marks() {
    let rules: Vec<&str> = library().drugs.iter().flat_map(|drug| &drug.rules).map(|rule| rule.id.as_str()).collect();
    let plain = |rule: &&str| rule.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let topics: BTreeSet<String> = rules.iter().map(plain).collect();
    assert_eq!(topics.len(), rules.len(), "two rules share a topic");
    assert!(topics.iter().all(|topic| (1..=100).contains(&topic.len())), "{topics:?}");
}

#[test]
fn half_of_a_replacement_is_never_offered() {
    let request = fixture("patients/established-fibrosis-untreated");
    let answer = answered(&request, Some(Profile::Epic)).expect("an answer");
    let detail = text(of_rule(&answer, "treatment-pathway"), "/detail");
    let words =
        "no button is offered here: Start mycophenolate instead of tocilizumab (mycophenolate mofetil: 1 to 1.5 g";
    assert!(detail.contains(words), "{detail}");
}

#[test]
fn buttons_of_two_orders_are_told_apart_by_what_epic_shows() {
    let request = fixture("patients/igra-positive");
    let order = request.pointer("/context/draftOrders/entry/0/resource").expect("an order");
    let other = with(order, "/id", Some("second".into()));
    let request = with(&request, "/context/draftOrders/entry", Some(json!([{"resource": order}, {"resource": other}])));
    let request = with(&request, "/context/selections", None);
    let answer = answered(&request, Some(Profile::Epic)).expect("an answer");
    let card = of_rule(&answer, "tuberculosis");
    let removed: BTreeSet<&str> = items(card, "suggestions").map(|one| text(one, "/actions/0/resourceId")).collect();
    assert_eq!(removed.len(), 2, "{card:#}");
    let named = items(card, "suggestions").all(|one| text(one, "/actions/0/description").contains(": "));
    assert!(named, "{card:#}");
}
