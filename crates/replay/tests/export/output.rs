//! What is read of a folder, and what is written and counted.

use std::path::Path;

use replay::Extent;
use replay::statistics::Counts;
use serde_json::{Value, json};

use crate::records::{bundle, ndjson, packed, resources};
use crate::running::{Folder, of, replayed};

#[test]
fn documents_and_an_export_may_lie_side_by_side() {
    let folder = Folder::new();
    folder.write("bundles.ndjson", format!("{}\n{}\n", bundle("later-results"), bundle("searchset-active")));
    folder.write("x.json", format!("{:#}", bundle("later-results")));
    folder.write("y.ndjson.gz", packed(&format!("{}\n", bundle("later-results")), 1).1);
    folder.write("z.ndjson", ndjson(&resources("later-results")));
    let done = of(&folder);
    let sources: Vec<String> =
        done.values().iter().map(|line| line["source"].as_str().unwrap_or_default().to_owned()).collect();
    let name = |source: &str| source.rsplit('/').next().unwrap_or_default().to_owned();
    let sources: Vec<String> = sources.iter().map(|source| name(source)).collect();
    assert_eq!(sources, ["bundles.ndjson:1", "bundles.ndjson:2", "x.json", "y.ndjson.gz:1", "lea"], "{}", done.err);
    assert_eq!(done.statistics.orders, 5);
}

#[test]
fn pipes_sockets_and_logs_in_a_folder_are_passed_over() {
    let folder = Folder::new();
    folder.write("Part.ndjson", ndjson(&resources("later-results")));
    let made =
        std::process::Command::new("mkfifo").arg(folder.0.join("Observation.ndjson")).status().expect("mkfifo runs");
    assert!(made.success());
    folder.write("log.ndjson", "{\"exportId\":\"1\",\"timestamp\":\"2026-01-01\",\"eventId\":\"kickoff\"}\n");
    let _socket = std::os::unix::net::UnixListener::bind(folder.0.join("socket.json")).expect("a socket");
    let done = of(&folder);
    assert_eq!((done.status, done.orders().len()), (0, 1));
    for name in ["Observation.ndjson", "socket.json"] {
        assert!(done.err.contains(&format!("{name}: passed over: a named pipe, a socket or a device")), "{}", done.err);
    }
    assert!(done.err.contains("log.ndjson: passed over: the log of an export"), "{}", done.err);
}

#[test]
fn codes_and_units_that_are_not_understood_are_counted() {
    let mut all = resources("later-results");
    for resource in all.iter_mut().filter(|resource| resource["id"] == "anc") {
        resource["valueQuantity"] = json!({"value": 4.1, "unit": "heaps"});
    }
    let local = json!({"coding": [{"system": "urn:local", "code": "N-7", "display": "Jane's nails"}]});
    let of = |id: &str, code: &Value| json!({"resourceType": "Observation", "id": id, "code": code, "subject": {"reference": "Patient/lea"}});
    all.extend([of("x", &local), of("y", &local), of("z", &json!({"text": "Jane"}))]);
    let done = self::of(Folder::new().write("x.ndjson", ndjson(&all)));
    let count = |counts: &Counts, name: &str| counts.get(name).copied();
    assert_eq!(count(&done.statistics.units, "heaps"), Some(1), "{:?}", done.statistics.units);
    assert_eq!(count(&done.statistics.codes, "Observation urn:local|N-7"), Some(2), "{:?}", done.statistics.codes);
    let text = done.statistics.json().expect("JSON");
    assert!(!text.contains("Jane"), "words of a record are no statistics");
    let written: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(written["mostFrequent"]["units"], json!([["heaps", 1]]));
}

#[test]
fn only_what_speaks_is_printed_when_that_is_asked() {
    let folder = Folder::new();
    folder.write("Part.ndjson", ndjson(&resources("later-results")));
    let done = replayed(&[&folder.path()], Extent { cards_only: true, ..Extent::default() }, None);
    let line = &done.values()[0];
    assert!(
        line.get("assessment").is_none() && line["cards"].as_array().is_some_and(|cards| !cards.is_empty()),
        "{line}"
    );
    assert!(Path::new(&folder.path()).is_dir() && done.statistics.orders == 1);
}
