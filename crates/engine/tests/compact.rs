//! The compact set of prefetch: on complete data the same answers as from each query by itself, and from a list that ends
//! early nothing that it cannot show.

#![expect(clippy::expect_used, reason = "a helper that finds a test broken ends the test")]

/// Who writes FHIR here.
mod author;

use cds_hooks::call::HookCall;
use cds_hooks::profile::SummaryHook;
use document::Document;
use domain::time::Clock;
use engine::answer::{Recipient, answer, answer_json};
use engine::gather::Gathering;
use fhir::fetched::Fetched;
use jiff::tz::TimeZone;
use knowledge::Library;
use knowledge::files::Files;
use serde_json::{Value, json};

use author::Minimal;

/// What is found for a request: the whole answer, and the keys that are asked for singly.
fn found(library: &Library, request: &Value) -> (Value, Vec<String>) {
    let document = Document::parse(request.to_string()).expect("JSON");
    let call = match HookCall::read(&document, None) {
        Ok(call) => call,
        Err(error) => return (json!(error.message), Vec::new()),
    };
    let clock = Clock::parse("2026-11-22T09:00:00Z", &TimeZone::UTC).expect("a moment");
    let recipient = Recipient { profile: None, public_url: None, summary: SummaryHook::Both, author: &Minimal };
    let fetched = Fetched::default();
    let needs = Gathering::new(library, &call, &fetched, &clock).needs();
    let asked = needs.queries.iter().map(|query| query.key.clone()).collect();
    match answer(library, &call, &fetched, &clock, &recipient) {
        Ok((decision, _)) => {
            let body = answer_json(&decision, true).expect("JSON");
            (serde_json::from_slice(&body).expect("JSON"), asked)
        }
        Err(error) => (json!(error.message), asked),
    }
}

/// Whether a value is the whole result of a search.
fn is_whole(value: &Value) -> bool {
    let entries = value["entry"].as_array().map_or(0, Vec::len);
    let next = value["link"].as_array().into_iter().flatten().any(|link| link["relation"] == "next");
    let is_resource = |entry: &Value| entry["resource"]["resourceType"].is_string();
    value["resourceType"] == "Bundle"
        && !next
        && value["total"].as_u64().is_none_or(|total| usize::try_from(total) == Ok(entries))
        && value["entry"].as_array().into_iter().flatten().all(is_resource)
}

/// The request with one search in place of those that it stands for; `None` where one of these is not whole.
fn compacted(library: &Library, request: &Value) -> Option<Value> {
    let mut request = request.clone();
    let prefetch = request["prefetch"].as_object_mut()?;
    for search in &library.services.compact {
        let mut entries = Vec::new();
        for id in &search.instead_of {
            let value = prefetch.remove(&library.services.query(*id)?.key).filter(is_whole)?;
            entries.extend(value["entry"].as_array().cloned().unwrap_or_default());
        }
        entries.sort_by_key(|entry| std::cmp::Reverse(entry["resource"]["effectiveDateTime"].to_string()));
        let bundle = json!({"resourceType": "Bundle", "type": "searchset", "entry": entries});
        prefetch.insert(search.query.key.clone(), bundle);
    }
    Some(request)
}

/// The request with an empty list for each query that it leaves out, so that its data are complete.
fn completed(library: &Library, text: &str) -> Option<Value> {
    let mut request: Value = serde_json::from_str(text).ok()?;
    let prefetch = request["prefetch"].as_object_mut()?;
    for id in library.services.compact.iter().flat_map(|search| &search.instead_of) {
        let empty = json!({"resourceType": "Bundle", "type": "searchset", "total": 0});
        prefetch.entry(&library.services.query(*id)?.key).or_insert(empty);
    }
    Some(request)
}

fn library() -> Library {
    Library::embedded().expect("the library")
}

#[test]
fn the_compact_set_is_small_and_leaves_nothing_out_unsaid() {
    let library = library();
    let (full, compact) = (library.services.prefetch(false), library.services.prefetch(true));
    assert_eq!(full.len(), library.services.queries.len());
    assert!(compact.len() <= 12, "{:?}", compact.keys());
    for template in compact.values() {
        assert!(template.len() < 6000, "{} bytes are too long for a URL: {template}", template.len());
    }
    let [search] = library.services.compact.as_slice() else { panic!("one search for all results") };
    let gone: Vec<&str> = full.keys().copied().filter(|key| !compact.contains_key(key)).collect();
    assert_eq!(gone.len(), search.instead_of.len() + 1, "{gone:?}");
    assert!(gone.contains(&"skin-score"));
}

#[test]
fn on_complete_data_the_answers_are_the_same() {
    let (library, fixtures) = (library(), Files::fixtures());
    let mut compared = 0;
    for (name, text) in &fixtures.0 {
        let Some(request) = completed(&library, text) else { continue };
        let Some(compact) = compacted(&library, &request) else { continue };
        let (expected, asked) = found(&library, &request);
        let (answer, asked_compact) = found(&library, &compact);
        assert_eq!(answer, expected, "{name}");
        assert_eq!(asked_compact, asked, "{name}: nothing more is asked");
        compared += 1;
    }
    assert!(compared > 100, "only {compared} of {} fixtures were compared", fixtures.0.len());
}

#[test]
fn what_a_list_that_ends_early_cannot_show_is_asked_singly() {
    let (library, fixtures) = (library(), Files::fixtures());
    let request = completed(&library, &fixtures.0["textbook"]).expect("a call");
    let compact = compacted(&library, &request).expect("a whole record");
    let [search] = library.services.compact.as_slice() else { panic!("one search for all results") };
    let singly: Vec<String> =
        search.instead_of.iter().filter_map(|id| Some(library.services.query(*id)?.key.clone())).collect();
    let key = search.query.key.as_str();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut request = compact.clone();
        change(&mut request["prefetch"][key]);
        let (answer, mut asked) = found(&library, &request);
        asked.sort();
        (answer.to_string(), asked)
    };
    let mut sorted = singly.clone();
    sorted.sort();
    let fill = |value: &mut Value| {
        let entry = value["entry"][0].clone();
        value["entry"].as_array_mut().expect("entries").resize(500, entry);
    };
    let other = "https://ehr.example/Observation?patient=other&_sort=-date";
    let narrow = "https://ehr.example/Observation?patient=example&category=laboratory";
    for (what, change) in [
        (
            "there is a next page",
            &(|value: &mut Value| value["link"] = json!([{"relation": "next", "url": "x"}])) as &dyn Fn(&mut Value),
        ),
        ("the total says more", &|value: &mut Value| value["total"] = json!(900)),
        ("as many as were asked for", &fill),
        ("of another patient", &|value: &mut Value| value["link"] = json!([{"relation": "self", "url": other}])),
        ("of less than was asked", &|value: &mut Value| value["link"] = json!([{"relation": "self", "url": narrow}])),
        ("nothing came", &|value: &mut Value| *value = Value::Null),
        ("an error came", &|value: &mut Value| {
            *value =
                json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "processing"}]});
        }),
        ("an entry is no resource", &|value: &mut Value| value["entry"][0] = json!({"fullUrl": "x"})),
    ] {
        let (answer, asked) = changed(change);
        assert_eq!(asked, sorted, "{what}");
        assert!(answer.contains("not-retrieved"), "{what}: what is not known is said to be unknown");
    }
    let (answer, asked) = changed(&|value: &mut Value| value["entry"] = json!([]));
    assert!(
        asked.is_empty() && !answer.contains("not-retrieved"),
        "an empty list that is whole says that there are none"
    );
}
