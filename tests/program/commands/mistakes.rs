//! `check` tells every mistake planted into a copy of the library, with its place, and `serve` refuses the same
//! library.

use std::collections::BTreeMap;

use ::knowledge::files::Files;
use serde::Deserialize;

use super::run;
use crate::support::Folder;

/// One row of `mistakes.toml`.
#[derive(Deserialize)]
struct Mistake {
    what: String,
    file: String,
    from: String,
    to: String,
    #[serde(default)]
    at: String,
    says: Vec<String>,
}

fn mistakes() -> Vec<Mistake> {
    let mut rows: BTreeMap<String, Vec<Mistake>> = toml::from_str(include_str!("mistakes.toml")).expect("the table");
    rows.remove("mistake").expect("rows")
}

/// The library with these mistakes, in a folder.
fn planted(plants: &[&Mistake]) -> Folder {
    let mut files: BTreeMap<String, String> = Files::embedded().0;
    for Mistake { what, file, from, to, .. } in plants {
        let text = files.get_mut(file).unwrap_or_else(|| panic!("{what}: no file {file}"));
        assert!(text.contains(from), "{what}: {file} does not hold {from:?} any more");
        *text = text.replacen(from, to, 1);
    }
    let folder = Folder::new();
    for (path, text) in files {
        folder.write(&format!("hooks/{path}"), &text);
    }
    folder
}

/// Where a mistake must be said to stand: `file:line: `, or `file: ` when the whole file is to blame.
fn place(plant: &Mistake) -> String {
    let text = Files::embedded().0[&plant.file].replacen(&plant.from, &plant.to, 1);
    match text.find(&plant.at) {
        Some(at) if !plant.at.is_empty() => format!("{}:{}: ", plant.file, 1 + text[..at].matches('\n').count()),
        _ => format!("{}: ", plant.file),
    }
}

#[test]
fn check_finds_nothing_wrong() {
    let (status, out, err) = run(&["check"], b"");
    assert_eq!((status, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.starts_with("45 of 45 statements: "), "{out}");
    assert!(out.ends_with(": no mistakes\n") && out.lines().count() == 2, "{out}");
    let copy = planted(&[]);
    let same = run(&["check", "--hooks", &copy.path().join("hooks").to_string_lossy()], b"");
    assert_eq!(same, (status, out, err), "a copy of the library in a folder");
}

#[test]
fn check_tells_a_planted_mistake_and_serve_refuses_it() {
    for plant in &mistakes() {
        let folder = planted(&[plant]);
        let hooks = folder.path().join("hooks").to_string_lossy().into_owned();
        let (status, out, _) = run(&["check", "--hooks", &hooks], b"");
        assert_eq!(status, Some(1), "{}: {out}", plant.what);
        let place = place(plant);
        let told = out
            .lines()
            .find(|line| line.starts_with(&place) && plant.says.iter().all(|word| line.contains(word.as_str())));
        assert!(told.is_some(), "{}: `{place}{:?}` is not told in\n{out}", plant.what, plant.says);
        // If it started all the same, the listener's own refusal ends it: nobody can listen at this address.
        for command in [&["serve", "--listen", "192.0.2.1:1"][..], &["replay", "-"]] {
            let (status, _, said) = run(&[command, &["--hooks", &hooks]].concat(), b"");
            assert_eq!(status, Some(2), "{}: {said}", plant.what);
            assert!(
                said.contains(&place) && said.contains("does not validate"),
                "{}: {command:?} says {said}",
                plant.what
            );
        }
    }
}

#[test]
fn check_tells_all_mistakes_at_once() {
    let all = mistakes();
    let together = [
        "misspelt key",
        "unknown concept",
        "LOINC check digit",
        "SNOMED check digit",
        "unknown hook",
        "unknown indicator",
    ];
    let plants: Vec<&Mistake> = all.iter().filter(|plant| together.contains(&plant.what.as_str())).collect();
    assert_eq!(plants.len(), together.len());
    let folder = planted(&plants);
    let (status, out, _) = run(&["check", "--hooks", &folder.path().join("hooks").to_string_lossy()], b"");
    assert_eq!(status, Some(1), "{out}");
    for plant in &plants {
        assert!(out.lines().any(|line| line.starts_with(&place(plant))), "{} is not told in\n{out}", plant.what);
    }
    assert!(
        out.lines().last().is_some_and(|line| line.ends_with(&format!("{} mistakes", out.lines().count() - 1))),
        "{out}"
    );
}
