//! The made-up hospital: the same seed gives the same bytes, and the answers on its orders are what its stories have.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use synth::{EXPORT, Hospital, Packing, TRUTH};

use crate::support::{Folder, program};

/// Where something stands in a folder.
fn at(folder: &Folder, name: &str) -> String {
    folder.path().join(name).display().to_string()
}

const HOSPITAL: Hospital = Hospital { patients: 400, seed: 11, ordered: 60.0, packing: Packing::Plain, threads: 2 };

/// Runs the program: status, standard output, standard error.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = program().args(arguments).output().expect("it runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// The files below a folder with what they hold.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for of in [folder.to_owned(), folder.join(EXPORT)] {
        for entry in fs::read_dir(of).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

#[test]
fn every_answer_on_a_made_up_hospital_is_what_its_stories_have() {
    let folder = Folder::new();
    let made = synth::write(&HOSPITAL, folder.path()).expect("written");
    assert!(made.orders > 300, "{made:?}");
    let (export, truth, lines) = (at(&folder, EXPORT), at(&folder, TRUTH), at(&folder, "lines.ndjson"));
    let (_, _, err) = run(&["replay", &export, "--format", "ndjson", "--output", &lines]);
    let (status, out, said) = run(&["synth", "check", &truth, &lines]);
    assert_eq!(status, Some(0), "{out}{said}{err}");
    assert!(out.starts_with(&format!("{} orders", made.orders)) && out.trim_end().ends_with("0 wrong"), "{out}");

    // Another truth is noticed, and so are an answer that is missing and one that nobody expects.
    let known = fs::read_to_string(&truth).expect("the truth");
    let other = known.replacen("\"summary\":\"info\"", "\"summary\":\"warning\"", 1);
    let fewer = known.split_once('\n').expect("lines").1;
    let more = known.replacen("\"order\":\"MedicationRequest/", "\"order\":\"MedicationRequest/other-", 1);
    for (text, difference) in [
        (other.as_str(), "the card of summary is info, expected warning"),
        (fewer, "the order is one, expected none"),
        (more.as_str(), "the order is missing, expected one line"),
    ] {
        fs::write(&truth, text).expect("written");
        let (status, out, _) = run(&["synth", "check", &truth, &lines]);
        assert!(status == Some(1) && out.contains(difference), "{difference}: {out}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let (one, many, other) = (Folder::new(), Folder::new(), Folder::new());
    let small = Hospital { patients: 200, ..HOSPITAL };
    synth::write(&Hospital { threads: 1, ..small }, one.path()).expect("written");
    synth::write(&Hospital { threads: 7, ..small }, many.path()).expect("written");
    synth::write(&Hospital { seed: 12, ..small }, other.path()).expect("written");
    let known = files(one.path());
    assert!(known == files(many.path()), "threads change the bytes");
    assert!(known != files(other.path()), "another seed gives the same hospital");
    assert!(known.contains_key("Patient.ndjson") && known.contains_key("manifest.json"), "{:?}", known.keys());
}

#[test]
fn packed_files_hold_the_same_lines() {
    let (plain, packed) = (Folder::new(), Folder::new());
    let small = Hospital { patients: 150, ..HOSPITAL };
    synth::write(&small, plain.path()).expect("written");
    let (status, _, err) = run(&[
        "synth",
        "--patients",
        "150",
        "--seed",
        "11",
        "--ordered",
        "60",
        "--compress",
        "gzip",
        "--output",
        &packed.path().display().to_string(),
    ]);
    assert_eq!(status, Some(0), "{err}");
    let lines = |folder: &Folder| {
        run(&["replay", &at(folder, EXPORT), "--format", "ndjson", "--output", &at(folder, "lines.ndjson")]);
        fs::read_to_string(at(folder, "lines.ndjson")).expect("lines")
    };
    let found = lines(&plain);
    assert!(!found.is_empty() && found == lines(&packed), "packed files give other answers");
}

#[test]
fn what_cannot_be_made_is_told() {
    let folder = Folder::new();
    folder.write("notes.txt", "mine");
    let path = folder.path().display().to_string();
    let below = at(&folder, "notes.txt/hospital");
    for (arguments, message) in [
        (vec!["synth", "--patients", "5", "--output", &path], "is not empty"),
        (vec!["synth", "--patients", "5", "--output", &below], "notes.txt"),
        (vec!["synth", "--patients", "0", "--output", &path], "0 is not in 1.."),
        (vec!["synth", "--patients", "5", "--ordered", "101", "--output", &path], "must be from 0 to 100"),
        (vec!["synth", "--patients", "5"], "--output"),
        (vec!["synth", "check", "missing.ndjson", &path], "missing.ndjson"),
    ] {
        let (status, _, err) = run(&arguments);
        assert!(status == Some(2) && err.contains(message), "{arguments:?}: {status:?} {err}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("notes.txt")).expect("kept"), "mine");
}
