//! A Bulk Data export on the command line: files for the results, a run that is killed and goes on, sums of several runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::fixture;
use crate::support::program;

/// A folder of its own, which is gone with the value.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("replay-export-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes an export of these patients, a file for each type, and one line that cannot be read.
pub fn hospital(folder: &Path, patients: std::ops::Range<usize>) {
    fs::create_dir_all(folder).expect("a folder");
    let bundle: Value = serde_json::from_str(&fixture("bundles/later-results")).expect("JSON");
    let resources: Vec<&Value> =
        bundle["entry"].as_array().expect("entries").iter().map(|entry| &entry["resource"]).collect();
    let mut files = std::collections::BTreeMap::<String, String>::new();
    for patient in patients {
        let id = format!("p{patient:05}");
        for resource in &resources {
            let text = resource.to_string().replace("Patient/lea", &format!("Patient/{id}"));
            let mut resource: Value = serde_json::from_str(&text).expect("JSON");
            let kind = resource["resourceType"].as_str().expect("a type").to_owned();
            let own = resource["id"].as_str().expect("an id").to_owned();
            resource["id"] = if kind == "Patient" { json!(id) } else { json!(format!("{own}-{patient}")) };
            let file = files.entry(kind).or_default();
            file.push_str(&resource.to_string());
            file.push('\n');
        }
    }
    files.entry("Observation".to_owned()).or_default().push_str("{\"resourceType\":\n");
    for (kind, text) in files {
        fs::write(folder.join(format!("{kind}.ndjson")), text).expect("a file");
    }
}

/// Runs the program; exit status and standard error.
pub fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = program().args(arguments).stdin(Stdio::null()).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_run_that_is_killed_again_and_again_ends_like_one_that_is_not() {
    let folder = Folder::new("killed");
    let (export, whole, pieces) = (folder.path("export"), folder.path("whole.ndjson"), folder.path("pieces.ndjson"));
    hospital(Path::new(&export), 0..1500);
    let (numbers, again, checkpoint) =
        (folder.path("whole.json"), folder.path("again.json"), folder.path("checkpoint"));
    let common = ["replay", export.as_str(), "--format", "ndjson", "--threads", "1", "--memory", "4"];
    let (status, _, err) = run(&[&common[..], &["--output", &whole, "--statistics", &numbers]].concat());
    assert_eq!(status, Some(1), "one line cannot be read: {err}");
    let expected = fs::read(&whole).expect("results");
    let with_checkpoint =
        [&common[..], &["--output", &pieces, "--statistics", &again, "--checkpoint", &checkpoint]].concat();
    let mut kills = 0;
    for tenth in 1..=10 {
        let mut child = program().args(&with_checkpoint).stderr(Stdio::null()).spawn().expect("it runs");
        let due = expected.len() * tenth / 11;
        let begun = Instant::now();
        // Killed in the midst of its work, as soon as so much was written.
        while child.try_wait().expect("a process").is_none() {
            assert!(begun.elapsed() < Duration::from_secs(120), "{tenth}: nothing is written");
            if fs::metadata(&pieces).is_ok_and(|found| found.len() >= due as u64) {
                child.kill().expect("it is killed");
                kills += 1;
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        child.wait().expect("it ended");
    }
    // On a busy machine a run may end between two looks at it; one that was killed is enough to go on from.
    assert!(kills >= 1, "no run was killed");
    let kept: Value = serde_json::from_str(&fs::read_to_string(&checkpoint).expect("a checkpoint")).expect("JSON");
    assert!(kept["patient"].as_str().is_some_and(|patient| patient > "p00000"), "work was kept: {}", kept["patient"]);
    let (status, _, err) = run(&with_checkpoint);
    assert_eq!(status, Some(1), "{err}");
    assert!(fs::read(&pieces).expect("results") == expected, "the results differ");
    let read = |path: &str| fs::read_to_string(path).expect("statistics");
    assert_eq!(read(&again), read(&numbers));
    // When all is done there is nothing to do, and another question is no continuation.
    assert_eq!(run(&with_checkpoint).0, Some(1));
    assert!(fs::read(&pieces).expect("results") == expected, "nothing is written twice");
    let (status, _, err) = run(&[&with_checkpoint[..], &["--cards-only"]].concat());
    assert_eq!(status, Some(2), "{err}");
    assert!(err.contains("other arguments"), "{err}");
}

#[test]
fn the_sums_of_two_machines_are_those_of_one() {
    let folder = Folder::new("merged");
    let of = |name: &str, patients| {
        let (export, numbers) = (folder.path(name), folder.path(&format!("{name}.json")));
        hospital(Path::new(&export), patients);
        let (status, out, err) =
            run(&["replay", &export, "--cards-only", "--format", "ndjson", "--statistics", &numbers]);
        assert_eq!(status, Some(1), "{err}");
        assert!(out.lines().all(|line| line.contains("\"cards\":[{") && !line.contains("\"assessment\"")), "{out}");
        (numbers, err)
    };
    let ((a, _), (b, _), (whole, said)) = (of("a", 0..3), of("b", 3..7), of("whole", 0..7));
    assert!(said.contains("7 orders, 7 cards (7 info).") && said.contains("1 line or document (not-json 1)"), "{said}");
    let parsed = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let mut expected = parsed(&fs::read_to_string(&whole).expect("statistics"));
    // Each of the two parts ends with a line that cannot be read.
    expected["counts"]["unreadable"]["not-json"] = json!(2);
    let (status, out, err) = run(&["replay", "merge", &a, &b]);
    assert_eq!((status, err.as_str()), (Some(0), ""));
    assert_eq!(parsed(&out), expected);
    let sum = folder.path("sum.json");
    assert_eq!(run(&["replay", "merge", &b, &a, "--output", &sum]).0, Some(0));
    assert_eq!(fs::read_to_string(&sum).expect("a sum"), out);
    let rate = &expected["rates"]["perThousandOrders"]["summary"]["info"];
    assert_eq!((&rate["value"], &rate["high"]), (&json!(1000.0), &json!(1000.0)));
    let (status, _, err) = run(&["replay", "merge", &folder.path("a/Patient.ndjson")]);
    assert!(status == Some(2) && err.contains("Patient.ndjson"), "{err}");
}

#[test]
fn what_a_policy_changes_is_told_before_it_goes_live() {
    let folder = Folder::new("compared");
    hospital(&folder.0.join("export"), 0..3);
    let (export, stored, policy) = (folder.path("export"), folder.path("stored.ndjson"), folder.path("policy.toml"));
    fs::write(&policy, "silent = [\"summary\"]\n").expect("a file");
    assert_eq!(run(&["replay", &export, "--format", "ndjson", "--output", &stored]).0, Some(1));
    // One line of the export cannot be read, which is a status of its own; without it only changes count.
    let observations = folder.path("export/Observation.ndjson");
    let text = fs::read_to_string(&observations).expect("a file").replace("{\"resourceType\":\n", "");
    fs::write(&observations, text).expect("a file");
    let hooks = concat!(env!("CARGO_MANIFEST_DIR"), "/hooks");
    for (with, same, vanished) in [
        (vec!["--compare", &stored], 3, 0),
        (vec!["--compare", &stored, "--policy", &policy], 0, 3),
        (vec!["--compare", hooks], 3, 0),
        (vec!["--compare", &policy, "--policy", &policy], 3, 0),
    ] {
        let all = [vec!["replay", &export, "--format", "ndjson", "--expect"], with.clone()].concat();
        let (status, out, err) = run(&all);
        assert_eq!(status, Some(i32::from(vanished > 0)), "{with:?}: {err}");
        let gone = out.lines().filter(|line| line.contains("\"change\":\"vanished\",\"rule\":\"summary\"")).count();
        assert_eq!((out.lines().count(), gone), (vanished, vanished), "{with:?}: {out}");
        assert!(err.contains(&format!("{same} results are the same, {vanished} have changed")), "{with:?}: {err}");
    }
    let (status, out, _) = run(&["replay", &export, "--compare", &policy]);
    assert_eq!(status, Some(0), "changes are no fault unless none are expected");
    assert!(out.starts_with("Patient/p00000 · 2026-08-03 10:00:00+00:00 · summary appeared: info: "), "{out}");
    let (status, _, err) = run(&["replay", &export, "--compare", &folder.path("export/Patient.ndjson")]);
    assert!(status == Some(2) && err.contains("Patient.ndjson: line 1 is not a result"), "{err}");
    let (status, _, err) = run(&["replay", "-", "--compare", &policy]);
    assert!(status == Some(2) && err.contains("standard input"), "{err}");
}

#[test]
fn what_is_asked_wrong_of_an_export_is_said() {
    let folder = Folder::new("wrong");
    hospital(&folder.0.join("export"), 0..1);
    let (export, order) = (folder.path("export"), folder.path("order.json"));
    let write = |value: &Value| fs::write(&order, value.to_string()).expect("a file");
    let assumed = ["replay", export.as_str(), "--assume-order", order.as_str()];
    for (what, order, said) in [
        (
            "another medicine",
            json!({"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "x"}}),
            "drug of the library",
        ),
        ("no order", json!({"resourceType": "Patient"}), "is a Patient"),
        ("no resource", json!([]), "is not a resource"),
    ] {
        write(&order);
        let (status, _, err) = run(&assumed);
        assert!(status == Some(2) && err.contains(said) && err.contains("order.json"), "{what}: {err}");
    }
    write(&json!({"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "tocilizumab"}}));
    let (status, out, err) = run(&assumed);
    assert!(status == Some(1) && out.contains("patient p00000"), "{out} {err}");
    let bundle = folder.path("bundle.json");
    fs::write(&bundle, fixture("bundles/later-results")).expect("a file");
    let (status, out, err) = run(&["replay", &bundle, "--assume-order", &order]);
    assert!(status == Some(2) && err.contains("no export") && err.contains("one a line"), "{err}");
    assert!(out.contains("no order can be assumed here") && !out.contains("Order for:"), "{out}");
    let (status, _, err) = run(&["replay", &export, "--checkpoint", &folder.path("checkpoint")]);
    assert!(status == Some(2) && err.contains("--output"), "{err}");
    let (status, _, err) = run(&["replay", &export, "--output", "/nowhere/x"]);
    assert!(status == Some(2) && err.contains("/nowhere/x"), "{err}");
}
