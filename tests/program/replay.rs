//! Replay as a library: documents of every form in, lines out.

/// A Bulk Data export on the command line.
mod export;
/// Lines that come through standard input sorted by patient.
mod grouped;
/// The page for people.
mod report;

use std::fs;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use domain::time::Clock;
use knowledge::Library;
use knowledge::files::Files;
use replay::{Extent, Format, Options, replay};
use terminal::TextLayout;
use tocilizumab_cds::author::Sdk;

fn options(format: Format, as_of: Option<&str>) -> Options<'static> {
    let clock = |text| Clock::parse(text, &TimeZone::UTC).expect("a moment");
    Options {
        as_of: as_of.map(clock),
        format,
        hook: domain::hook::Hook::OrderSign,
        layout: TextLayout { width: 80, colour: false },
        now: clock("2027-01-01T12:00:00Z"),
        author: &Sdk,
        extent: Extent::default(),
    }
}

fn run(input: &str, options: &Options) -> (u8, String) {
    let library = Library::embedded().expect("the built-in library");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status =
        replay(&library, &["-".to_owned()], options, &mut input.as_bytes(), &mut out, &mut err).expect("written");
    (status, String::from_utf8(out).expect("UTF-8"))
}

fn fixture(name: &str) -> String {
    Files::fixtures().0.get(name).cloned().expect("a fixture")
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

#[test]
fn a_bundle_is_judged_when_its_order_was_written() {
    let (status, out) = run(&fixture("bundles/later-results"), &options(Format::Ndjson, None));
    let line = &lines(&out)[0];
    assert_eq!(status, 0);
    assert!(line["asOf"].as_str().is_some_and(|moment| moment.starts_with("2026-08-03T")), "{line}");
    assert_eq!((&line["source"], &line["hook"]), (&Value::from("-"), &Value::from("order-sign")));
    assert_eq!(line["assessment"][0]["phase"], "new-start");
    assert!(line["cards"].as_array().is_some_and(|cards| cards.iter().all(|c| c["indicator"] == "info")), "{line}");
}

#[test]
fn a_given_moment_counts_for_requests_and_bundles() {
    for name in ["textbook", "bundles/collection-draft"] {
        let (_, out) = run(&fixture(name), &options(Format::Ndjson, Some("2026-11-25")));
        assert_eq!(lines(&out)[0]["asOf"], "2026-11-25T23:59:59+00:00", "{name}");
    }
}

#[test]
fn a_bundle_without_an_order_for_us_is_an_empty_line() {
    let (status, out) = run(&fixture("bundles/no-tocilizumab"), &options(Format::Ndjson, None));
    let line = &lines(&out)[0];
    assert_eq!((status, &line["assessment"], &line["cards"]), (0, &json!([]), &json!([])));
    let (_, text) = run(&fixture("bundles/no-tocilizumab"), &options(Format::Text, None));
    assert!(text.contains("no order for a drug of the library"), "{text}");
}

#[test]
fn a_broken_line_does_not_stop_the_others() {
    let bundle: Value = serde_json::from_str(&fixture("bundles/collection-draft")).expect("JSON");
    let broken = r#"{"resourceType": "Bundle","#;
    let input = format!("{bundle}\n{broken}\n\n[]\n{{\"resourceType\":\"Patient\"}}\n{bundle}\n");
    let (status, out) = run(&input, &options(Format::Ndjson, None));
    let lines = lines(&out);
    assert_eq!(status, 1);
    let sources: Vec<_> = lines.iter().map(|line| line["source"].as_str().unwrap_or_default()).collect();
    assert_eq!(sources, ["-:1", "-:2", "-:4", "-:5", "-:6"]);
    let message = lines[1]["error"]["issue"][0]["diagnostics"].as_str().unwrap_or_default();
    assert!(message.contains("line 2, column"), "{message}");
    assert_eq!(lines[3]["error"]["resourceType"], "OperationOutcome");
    assert_eq!(lines[0]["assessment"], lines[4]["assessment"]);
}

#[test]
fn orders_of_one_moment_are_no_history_to_each_other() {
    let mut bundle: Value = serde_json::from_str(&fixture("bundles/searchset-active")).expect("JSON");
    let entries = bundle["entry"].as_array_mut().expect("entries");
    let is_order = |entry: &&Value| entry.pointer("/resource/resourceType") == Some(&json!("MedicationRequest"));
    let mut second = entries.iter().find(is_order).cloned().expect("the order");
    second["resource"]["id"] = Value::from("loading");
    second["fullUrl"] = Value::from("https://ehr.example.org/fhir/MedicationRequest/loading");
    entries.push(second);
    let (_, out) = run(&bundle.to_string(), &options(Format::Ndjson, None));
    let assessment = &lines(&out)[0]["assessment"];
    assert_eq!((&assessment[0]["phase"], &assessment[1]["phase"]), (&json!("new-start"), &json!("new-start")));
}

#[test]
fn a_recorded_call_has_the_cards_that_its_client_could_take() {
    let fixture = fixture("shapes/epic-ordered-dose-differs");
    let others = fixture.replace("com.epic.cdshooks.", "org.example.");
    for (request, buttons) in [(&fixture, 0), (&others, 1)] {
        let (_, out) = run(request, &options(Format::Ndjson, Some("2026-11-22")));
        let card = &lines(&out)[0]["cards"][0];
        assert_eq!(card["suggestions"].as_array().map_or(0, Vec::len), buttons, "{card}");
    }
}

#[test]
fn a_changed_order_stays_on_its_line() {
    let request = fixture("patients/every-two-weeks-new-start");
    let (_, out) = run(&request, &options(Format::Ndjson, Some("2026-11-22")));
    let lines = lines(&out);
    let update = |card: &Value| card["suggestions"].to_string().contains(r#""type":"update""#);
    assert!(lines[0]["cards"].as_array().is_some_and(|cards| cards.iter().any(update)), "{out}");
}

#[test]
fn files_that_are_not_there_are_told() {
    let library = Library::embedded().expect("the built-in library");
    let folder = std::env::temp_dir().join(format!("replay-{}", std::process::id()));
    fs::create_dir_all(folder.join("b")).expect("a folder");
    fs::write(folder.join("b/latin1.json"), b"{\"a\": \"\xe9\"}").expect("a file");
    fs::write(folder.join("a.json"), fixture("textbook")).expect("a file");
    fs::write(folder.join("read.me"), "not taken").expect("a file");
    let paths = [folder.display().to_string(), "/no/such/file.json".to_owned()];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = replay(&library, &paths, &options(Format::Ndjson, None), &mut &b""[..], &mut out, &mut err);
    fs::remove_dir_all(&folder).expect("the folder is gone");
    let lines = lines(&String::from_utf8(out).expect("UTF-8"));
    let errors: Vec<bool> = lines.iter().map(|line| line["error"].is_object()).collect();
    assert_eq!((status.expect("written"), errors), (1, vec![false, true, true]));
    assert_eq!(lines[2]["error"]["issue"][0]["code"], "not-found");
}
