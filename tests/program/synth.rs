//! The made-up hospital: the same seed gives the same bytes, and the answers on its orders are what its stories have.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use synth::{EXPORT, Hospital, Packing, TRUTH};

use crate::support::program;

/// A folder that is not there yet, and is gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("synth-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Folder(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
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
    let folder = Folder::new("truth");
    let made = synth::write(&HOSPITAL, &folder.0).expect("written");
    assert!(made.orders > 300, "{made:?}");
    let (export, truth, lines) = (folder.path(EXPORT), folder.path(TRUTH), folder.path("lines.ndjson"));
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
    let (one, many, other) = (Folder::new("one"), Folder::new("many"), Folder::new("other"));
    let small = Hospital { patients: 200, ..HOSPITAL };
    synth::write(&Hospital { threads: 1, ..small }, &one.0).expect("written");
    synth::write(&Hospital { threads: 7, ..small }, &many.0).expect("written");
    synth::write(&Hospital { seed: 12, ..small }, &other.0).expect("written");
    let known = files(&one.0);
    assert!(known == files(&many.0), "threads change the bytes");
    assert!(known != files(&other.0), "another seed gives the same hospital");
    assert!(known.contains_key("Patient.ndjson") && known.contains_key("manifest.json"), "{:?}", known.keys());
}

#[test]
fn packed_files_hold_the_same_lines() {
    let (plain, packed) = (Folder::new("plain"), Folder::new("packed"));
    let small = Hospital { patients: 150, ..HOSPITAL };
    synth::write(&small, &plain.0).expect("written");
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
        &packed.0.display().to_string(),
    ]);
    assert_eq!(status, Some(0), "{err}");
    let lines = |folder: &Folder| {
        run(&["replay", &folder.path(EXPORT), "--format", "ndjson", "--output", &folder.path("lines.ndjson")]);
        fs::read_to_string(folder.path("lines.ndjson")).expect("lines")
    };
    let found = lines(&plain);
    assert!(!found.is_empty() && found == lines(&packed), "packed files give other answers");
}

#[test]
fn what_cannot_be_made_is_told() {
    let folder = Folder::new("full");
    fs::create_dir_all(&folder.0).expect("a folder");
    fs::write(folder.0.join("notes.txt"), "mine").expect("a file");
    let path = folder.0.display().to_string();
    let below = folder.path("notes.txt/hospital");
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
    assert_eq!(fs::read_to_string(folder.0.join("notes.txt")).expect("kept"), "mine");
}
