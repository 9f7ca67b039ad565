//! `replay -` over lines of resources that are sorted by patient: the answers of an export, one patient in memory at a time.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::export::{Folder, hospital, run};
use super::{lines, options};
use crate::support::library;
use replay::{Extent, Format, Options, replay};

/// The lines of a small export sorted by patient, and the result when the export is read as a whole.
fn small_hospital(name: &str, patients: usize) -> (Vec<(String, String)>, String) {
    let folder = Folder::new(name);
    hospital(Path::new(&folder.path("export")), 0..patients);
    let (status, out, err) = run(&["replay", &folder.path("export"), "--format", "ndjson"]);
    assert_eq!(status, Some(1), "one line cannot be read: {err}");
    let mut found = Vec::new();
    for file in fs::read_dir(folder.0.join("export")).expect("a folder") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("text");
        for line in text.lines() {
            let Ok(resource) = serde_json::from_str::<Value>(line) else { continue };
            let subject = ["/subject/reference", "/patient/reference"].iter().find_map(|path| resource.pointer(path));
            let patient = match subject.and_then(Value::as_str) {
                Some(subject) => subject.trim_start_matches("Patient/").to_owned(),
                None => resource["id"].as_str().expect("an id").to_owned(),
            };
            found.push((patient, line.to_owned()));
        }
    }
    found.sort();
    (found, out)
}

fn text(lines: &[(String, String)]) -> String {
    lines.iter().fold(String::new(), |mut text, (_, line)| {
        let _ = writeln!(text, "{line}");
        text
    })
}

/// What comes out of standard input: the status or the error, the lines, and what was reported.
fn piped(input: &str, memory: usize) -> (Result<u8, String>, String, String) {
    let extent = Extent { memory, ..Extent::default() };
    let options = Options { extent, ..options(Format::Ndjson, None) };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = replay(library(), &["-".to_owned()], &options, &mut input.as_bytes(), &mut out, &mut err);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.map_err(|error| error.to_string()), text(out), text(err))
}

#[test]
fn what_is_listed_as_deleted_before_the_lines_is_left_out_and_said() {
    let (sorted, _) = small_hospital("deleted", 2);
    let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let is_result = |line: &&(String, String)| read(&line.1)["resourceType"] == "Observation";
    let (gone, left): (Vec<_>, Vec<_>) = sorted.iter().cloned().partition(|line| is_result(&line));
    let url = |of: &(String, String)| format!("Observation/{}", read(&of.1)["id"].as_str().expect("an id"));
    let entries: Vec<Value> = gone.iter().map(|of| json!({"request": {"method": "DELETE", "url": url(of)}})).collect();
    let list = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries});
    let (_, expected, _) = piped(&text(&left), usize::MAX);
    let (status, out, err) = piped(&format!("{list}\n{}", text(&sorted)), usize::MAX);
    assert_eq!((status, out), (Ok(0), expected));
    assert!(!gone.is_empty() && err.contains("left out of the records that came after their list"), "{err}");
}

#[test]
fn lines_sorted_by_patient_have_the_answers_of_the_export() {
    let (sorted, expected) = small_hospital("sorted", 5);
    let (status, out, err) = piped(&text(&sorted), usize::MAX);
    assert_eq!((status, out.as_str(), err.as_str()), (Ok(0), expected.as_str(), ""));
    assert_eq!(out.lines().count(), 5);
}

#[test]
fn medications_count_for_the_patient_among_whose_lines_they_stand_or_for_all_behind_them() {
    let (mut sorted, expected) = small_hospital("medications", 2);
    let mut medications = Vec::new();
    for (patient, line) in &mut sorted {
        let mut resource: Value = serde_json::from_str(line).expect("JSON");
        if resource["resourceType"] == "MedicationRequest" {
            let members = resource.as_object_mut().expect("an object");
            let code = members.remove("medicationCodeableConcept").expect("a medicine");
            // The same id for both, as if each had a catalogue of its own.
            let medication = serde_json::json!({"resourceType": "Medication", "id": "m", "code": code});
            members.insert("medicationReference".to_owned(), serde_json::json!({"reference": "Medication/m"}));
            medications.push((patient.clone(), medication.to_string()));
            *line = resource.to_string();
        }
    }
    let indicators = |out: &str| -> Vec<String> {
        let cards = lines(out).into_iter().flat_map(|line| line["cards"].as_array().cloned().unwrap_or_default());
        cards.map(|card| card["indicator"].to_string()).collect()
    };
    let wanted = indicators(&expected);
    assert!(!wanted.is_empty());
    let before = text(&[&medications[..1], &sorted[..]].concat());
    let mut among = [&sorted[..], &medications[..]].concat();
    among.sort_by(|(one, _), (other, _)| one.cmp(other));
    for input in [before, text(&among)] {
        let (status, out, err) = piped(&input, usize::MAX);
        assert_eq!((status, indicators(&out)), (Ok(0), wanted.clone()), "{err}");
    }
    // That of another patient, or none at all, makes no order.
    let (_, out, _) = piped(&text(&sorted), usize::MAX);
    assert_eq!(out, "");
}

#[test]
fn patients_who_are_not_sorted_are_refused_with_their_line() {
    let (mut sorted, _) = small_hospital("unsorted", 2);
    let first = sorted.remove(0);
    sorted.push(first);
    let (status, _, _) = piped(&text(&sorted), usize::MAX);
    let error = status.expect_err("they are not sorted");
    assert!(error.contains(&format!("-:{}", sorted.len())) && error.contains("Patient/p00000 comes after"), "{error}");
}

#[test]
fn a_line_that_cannot_be_read_is_told_with_its_place_and_held_against_its_neighbours_only() {
    let (sorted, _) = small_hospital("broken", 3);
    let mut all: Vec<String> = sorted.iter().map(|(_, line)| line.clone()).collect();
    let second = sorted.iter().position(|(patient, _)| patient == "p00001").expect("its lines");
    all.insert(second + 1, "{\"resourceType\":".to_owned());
    let (status, out, _) = piped(&all.join("\n"), usize::MAX);
    let lines = lines(&out);
    let source = format!("-:{}", second + 2);
    let broken: Vec<&Value> = lines.iter().filter(|line| line["error"].is_object()).collect();
    assert_eq!((status, broken.len(), &broken[0]["source"]), (Ok(1), 1, &Value::from(source)));
    let unknown = |patient: &str| {
        let line = lines.iter().find(|line| line["patient"] == patient).expect("its line");
        line["assessment"].to_string().contains("\"unreadable\"")
    };
    assert_eq!(["p00000", "p00001", "p00002"].map(unknown), [false, true, false]);
}

#[test]
fn a_record_larger_than_allowed_counts_as_not_retrieved_beyond_that() {
    let (sorted, _) = small_hospital("large", 2);
    let (status, out, err) = piped(&text(&sorted), 2000);
    let lines = lines(&out);
    assert_eq!((status, lines.len()), (Ok(0), 2), "the orders are judged all the same: {err}");
    assert!(lines.iter().all(|line| line["assessment"].to_string().contains("not-retrieved")), "{out}");
    assert!(err.contains("Patient/p00000: ") && err.contains("--memory"), "{err}");
}

#[test]
fn an_order_of_nobody_is_refused_and_what_is_no_ones_is_passed_over() {
    let nobody = r#"{"resourceType":"MedicationRequest","medicationCodeableConcept":{"text":"tocilizumab"}}"#;
    let (status, out, _) =
        piped(&format!("{nobody}\n{{\"resourceType\":\"Organization\",\"id\":\"o\"}}\n"), usize::MAX);
    assert_eq!((status, out.lines().count()), (Ok(1), 1));
    assert!(out.contains("-:1") && out.contains("a single MedicationRequest"), "{out}");
}
