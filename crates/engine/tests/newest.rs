//! Whatever one member of the newest result becomes, an older result that is fine does not clear the patient without a
//! word on the newer one: every analyte whose older result alone says "no", every member, every corruption.

#![expect(clippy::expect_used, clippy::panic, reason = "a helper that finds a test broken ends the test")]

/// Who writes FHIR here.
mod author;

use cds_hooks::call::HookCall;
use cds_hooks::profile::SummaryHook;
use document::Document;
use domain::time::Clock;
use engine::answer::{Recipient, answer};
use fhir::fetched::Fetched;
use jiff::tz::TimeZone;
use knowledge::Library;
use knowledge::files::Files;
use serde_json::{Value, json};
use text::markdown::Markdown;

use author::Minimal;

/// A result of a fixture, a value that is fine and one that meets the criterion.
struct Row {
    fixture: &'static str,
    key: &'static str,
    criterion: &'static str,
    fine: Value,
    bad: Value,
}

/// Every criterion that a newer result meets where an older one alone does not.
fn rows() -> Vec<Row> {
    let quantity = |value: &str| json!({"value": value.parse::<serde_json::Number>().expect("a number")});
    let number = |fixture, key, criterion, fine, bad| Row {
        fixture,
        key,
        criterion,
        fine: json!({"valueQuantity": quantity(fine)}),
        bad: json!({"valueQuantity": quantity(bad)}),
    };
    let verdict = |code: &str, display: &str| {
        let coding = json!([{"system": "http://snomed.info/sct", "code": code, "display": display}]);
        json!({"valueCodeableConcept": {"coding": coding}})
    };
    let test = |key, criterion| Row {
        fixture: "textbook",
        key,
        criterion,
        fine: verdict("260385009", "Negative"),
        bad: verdict("10828004", "Positive"),
    };
    let (start, going_on) = ("textbook", "healthy/continuation");
    vec![
        number(start, "neutrophils", "neutrophils-below-start-limit", "4.2", "1.2"),
        number(start, "platelets", "platelets-below-start-limit", "310", "60"),
        number(start, "alt", "alt-above-start-limit", "24", "300"),
        number(start, "ast", "ast-above-start-limit", "22", "300"),
        number(start, "crp", "crp-raised", "2", "60"),
        number(start, "esr", "esr-raised", "5", "90"),
        number(start, "skin-score", "mrss-above-10", "5", "22"),
        number(start, "fvc-percent", "ild-progressed", "82", "50"),
        test("tuberculosis-tests", "tuberculosis-test-positive"),
        test("hbsag", "hbsag-positive"),
        test("anti-hbc", "anti-hbc-positive"),
        test("hbv-dna", "hepatitis-b-dna-detected"),
        test("hcg", "pregnancy-test-positive"),
        number(start, "fvc-percent", "fvc-below-50", "71", "40"),
        number(start, "dlco-percent", "dlco-below-40", "58", "30"),
        number(going_on, "neutrophils", "neutrophils-stop", "2.6", "0.4"),
        number(going_on, "neutrophils", "neutrophils-hold", "2.6", "0.7"),
        number(going_on, "platelets", "platelets-stop", "201", "40"),
        number(going_on, "platelets", "platelets-hold", "201", "70"),
        number(going_on, "alt", "alt-stop", "28", "300"),
        number(going_on, "alt", "alt-hold", "28", "160"),
        number(going_on, "alt", "alt-raised", "28", "70"),
        number(going_on, "ast", "ast-stop", "25", "300"),
        number(going_on, "ast", "ast-hold", "25", "160"),
        number(going_on, "ast", "ast-raised", "25", "70"),
    ]
}

/// The members of a result that say what was found, and when.
const MEMBERS: [&str; 21] = [
    "/resourceType",
    "/status",
    "/code",
    "/code/text",
    "/code/coding",
    "/code/coding/0",
    "/code/coding/0/system",
    "/code/coding/0/code",
    "/code/coding/0/display",
    "/effectiveDateTime",
    "/referenceRange",
    "/valueQuantity",
    "/valueQuantity/value",
    "/valueQuantity/unit",
    "/valueQuantity/code",
    "/valueQuantity/system",
    "/valueCodeableConcept",
    "/valueCodeableConcept/coding",
    "/valueCodeableConcept/coding/0",
    "/valueCodeableConcept/coding/0/system",
    "/valueCodeableConcept/coding/0/code",
];

/// What a member can become; `None` removes it.
fn corruptions(member: &str, value: &Value) -> Vec<(String, Option<Value>)> {
    let mut all: Vec<Option<Value>> = vec![
        None,
        Some(Value::Null),
        Some(json!([])),
        Some(json!({})),
        Some(json!({"x": 1})),
        Some(json!(true)),
        Some(json!("")),
        Some(json!([value])),
    ];
    // Another number is another value, and other words for the code are another test.
    if !member.starts_with("/valueQuantity/value") {
        all.push(Some(json!(17)));
    }
    if !matches!(member, "/code" | "/code/text") {
        all.extend([Some(json!("zzz")), Some(json!(["x"]))]);
    }
    if let Some(words) = value.as_str() {
        all.extend([words.to_uppercase(), words.to_lowercase(), format!(" {words} ")].map(|words| Some(json!(words))));
    }
    if member == "/status" {
        let codes = ["FINAL", "final ", "Final", "F", "complete", "unknown", "registered", "preliminary", "partial"];
        all.extend(codes.map(|code| Some(json!(code))));
    }
    if member.ends_with("coding/0/system") {
        let spellings = ["https://loinc.org", "HTTP://LOINC.ORG", "http://loinc.org/", "loinc", "http://lionc.org"];
        all.extend(spellings.map(|uri| Some(json!(uri))));
    }
    all.into_iter().map(|to| (to.as_ref().map_or("removed".to_owned(), Value::to_string), to)).collect()
}

/// A resource with one member changed.
fn corrupted(resource: &Value, member: &str, to: Option<Value>) -> Value {
    let mut resource = resource.clone();
    let (parent, name) = member.rsplit_once('/').expect("a member");
    match (to, resource.pointer_mut(parent)) {
        (Some(to), _) => *resource.pointer_mut(member).expect("the member is there") = to,
        (None, Some(Value::Object(object))) => drop(object.remove(name)),
        (None, Some(Value::Array(items))) => drop(items.remove(name.parse().expect("a place"))),
        (None, _) => panic!("no member {member}"),
    }
    resource
}

/// A resource with the members of a patch, one level deep into its objects.
fn patched(resource: &Value, id: &str, date: &str, patch: &Value) -> Value {
    let mut resource = resource.clone();
    resource["id"] = json!(id);
    resource["effectiveDateTime"] = json!(date);
    for (name, value) in patch.as_object().expect("an object") {
        match value.as_object().filter(|_| name == "valueQuantity") {
            Some(members) => members.iter().for_each(|(member, to)| resource[name][member] = to.clone()),
            None => resource[name] = value.clone(),
        }
    }
    resource
}

/// The first result of a key. The fixtures have none of HBV DNA, which is answered like the surface antigen.
fn result_of(fixture: &Value, key: &str) -> Value {
    let first = |key: &str| fixture["prefetch"][key]["entry"][0]["resource"].clone();
    if key != "hbv-dna" {
        return first(key);
    }
    let display = "Hepatitis B virus DNA [Presence] in Serum or Plasma by NAA with probe detection";
    let mut resource = first("hbsag");
    resource["code"] = json!({"coding": [{"system": "http://loinc.org", "code": "29610-3", "display": display}]});
    resource
}

/// The request of a row with these results of its key, the newest first.
fn request(fixture: &Value, key: &str, results: &[&Value]) -> String {
    let mut request = fixture.clone();
    let entries: Vec<Value> = results.iter().map(|resource| json!({"resource": resource})).collect();
    request["prefetch"][key] = json!({"resourceType": "Bundle", "type": "searchset", "entry": entries});
    request.to_string()
}

/// The outcome of the criterion, and everything that the cards say.
fn decided(library: &Library, request: String, criterion: &str) -> (String, String) {
    let document = Document::parse(request).expect("JSON");
    let call = HookCall::read(&document, None).expect("a call");
    let clock = Clock::parse("2026-11-22T09:00:00Z", &TimeZone::UTC).expect("a moment");
    let recipient = Recipient { profile: None, public_url: None, summary: SummaryHook::Both, author: &Minimal };
    let (decision, _) = answer(library, &call, &Fetched::default(), &clock, &recipient).expect("an answer");
    let assessed = decision.assessments.first().expect("an order");
    let rules = assessed.drug.rules.iter().zip(&assessed.assessment.rules);
    let outcome = rules.filter_map(|(rule, found)| found.get(rule, criterion)).map(|f| f.outcome.to_string()).next();
    let cards = decision.cards.iter().map(|card| format!("{}\n{}\n", card.summary, Markdown(&card.detail)));
    (outcome.unwrap_or_else(|| panic!("no criterion {criterion}")), cards.collect())
}

#[test]
fn a_corrupted_newest_result_never_gives_way_to_an_older_one_without_a_word() {
    let library = Library::read(&Files::embedded()).expect("the library");
    let fixtures = Files::fixtures();
    let mut wrong = Vec::new();
    let mut tried = 0;
    for Row { fixture: name, key, criterion, fine, bad } in rows() {
        let fixture: Value = serde_json::from_str(&fixtures.0[name]).expect("JSON");
        let first = result_of(&fixture, key);
        let older = patched(&first, "older", "2026-11-05", &fine);
        let before = patched(&first, "before", "2026-03-05", &fine);
        let newer = patched(&first, "newer", "2026-11-19", &bad);
        let decide = |newest: &Value| {
            let results = [newest, &older, &before];
            decided(&library, request(&fixture, key, &results), criterion)
        };
        let alone = decided(&library, request(&fixture, key, &[&older, &before]), criterion);
        assert_eq!(alone.0, "not-met", "{criterion}: the older result alone");
        assert_eq!(decide(&newer).0, "met", "{criterion}: with the newer one");
        for status in ["cancelled", "entered-in-error"] {
            let void = corrupted(&newer, "/status", Some(json!(status)));
            assert_eq!(decide(&void).0, "not-met", "{criterion}: {status} says nothing");
        }
        // On treatment the same results are read against other limits, so that their codes and dates need no second look.
        let again = |member: &str| name == "textbook" || member == "/status" || member.starts_with("/valueQuantity");
        for member in MEMBERS.iter().filter(|member| newer.pointer(member).is_some() && again(member)) {
            for (name, to) in corruptions(member, newer.pointer(member).expect("the member")) {
                let (outcome, cards) = decide(&corrupted(&newer, member, to));
                tried += 1;
                if outcome == "not-met" && !cards.contains("Observation/newer") {
                    wrong.push(format!("{criterion}: {member} {name}"));
                }
            }
        }
    }
    assert!(tried > 2000, "only {tried} corruptions were tried");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}
