//! The command line: `check` tells every planted mistake with its place, `serve` refuses the same library, `example`
//! and `replay` do what they say, and the exit status is 0, 1 for what was found wrong, or 2 for what was asked wrong.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;
use tocilizumab_cds::library::files::Files;

use crate::properties::decide;
use crate::support::{Folder, fixture, fixtures, names, program, text};

/// A word of a file of the library, another in its place, and what `check` must say of it.
struct Plant {
    what: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// A word on the line that is to blame; empty when the whole file is.
    at: &'static str,
    says: &'static [&'static str],
    /// Whether the library itself does not validate, so that `serve` must refuse it.
    refused: bool,
}

const PLANTS: [Plant; 19] = [
    plant(
        "misspelt key",
        "tocilizumab/laboratory-limits.toml",
        "\nbelow = \"100000\"",
        "\nbelwo = \"100000\"",
        "belwo",
        &["unknown field `belwo`", "below"],
    ),
    plant(
        "misspelt table",
        "tocilizumab/tuberculosis.toml",
        "[source]",
        "[sauce]",
        "[sauce]",
        &["unknown key `sauce`"],
    ),
    plant(
        "unknown concept",
        "tocilizumab/active-infection.toml",
        "concept = \"serious-infection\"",
        "concept = \"serious-infektion\"",
        "infektion",
        &["unknown concept `serious-infektion`"],
    ),
    plant(
        "concept of another kind",
        "tocilizumab/active-infection.toml",
        "concept = \"serious-infection\"",
        "concept = \"platelet-count\"",
        "platelet-count",
        &["`platelet-count` is not a condition"],
    ),
    plant("LOINC check digit", "value-sets/platelet-count.toml", "\"778-1\"", "\"778-2\"", "778-2", &["778-2"]),
    plant(
        "SNOMED check digit",
        "value-sets/covid-19.toml",
        "\"840539006\"",
        "\"840539005\"",
        "840539005",
        &["840539005"],
    ),
    plant(
        "unknown code system",
        "value-sets/covid-19.toml",
        "\"snomed\"\ncode = \"840539006\"",
        "\"snomde\"\ncode = \"840539006\"",
        "snomde",
        &["snomde"],
    ),
    plant(
        "summary too long",
        "tocilizumab/active-infection.toml",
        "summary = \"Hold tocilizumab: active",
        "summary = \"Hold tocilizumab until it has been shown that the patient no longer has an infection: active",
        "Hold tocilizumab until",
        &["summary can reach", "139"],
    ),
    plant(
        "unknown token",
        "tocilizumab/active-infection.toml",
        "Hold tocilizumab: active infection on record ({active-serious-infection.what})",
        "Hold tocilizumab: ({active-serious-infection.whta})",
        "whta",
        &["unknown token `{active-serious-infection.whta}`"],
    ),
    plant(
        "unknown phase",
        "tocilizumab/active-infection.toml",
        "phase = [\"continuation\"]",
        "phase = [\"continuatoin\"]",
        "continuatoin",
        &["unknown phase `continuatoin`"],
    ),
    plant(
        "unknown indicator",
        "tocilizumab/adult-indication.toml",
        "indicator = \"warning\"\nsummary = \"Patient aged",
        "indicator = \"hard-stop\"\nsummary = \"Patient aged",
        "hard-stop",
        &["unknown indicator `hard-stop`"],
    ),
    plant(
        "unknown suggestion",
        "tocilizumab/hypersensitivity.toml",
        "suggest = [\"remove-order\"]",
        "suggest = [\"remove-oder\"]",
        "remove-oder",
        &["unknown suggestion `remove-oder`"],
    ),
    plant(
        "unknown hook",
        "services.toml",
        "hook = \"order-select\"",
        "hook = \"order-selekt\"",
        "order-selekt",
        &["unknown hook `order-selekt`"],
    ),
    plant(
        "token of no context",
        "services.toml",
        "\"Patient/{{context.patientId}}\"",
        "\"Patient/{{context.selections}}\"",
        "context.selections",
        &["context.selections"],
    ),
    plant(
        "search outside the subset",
        "services.toml",
        "\"Condition?patient={{context.patientId}}&",
        "\"Condition?_include=x&patient={{context.patientId}}&",
        "_include",
        &["`_include`"],
    ),
    plant("broken TOML", "tocilizumab/product.toml", "title = \"", "title = ", "title = ", &["opening quote"]),
    case(
        "wrong outcome",
        "tocilizumab/adult-indication.cases.toml",
        "criteria = { not-adult = \"not-met\" }",
        "criteria = { not-adult = \"met\" }",
        "textbook gives no card",
        &["not-adult: expected `met`, found `not-met`"],
    ),
    case(
        "unknown fixture",
        "tocilizumab/adult-indication.cases.toml",
        "fixture = \"patients/paediatric-14-years\"",
        "fixture = \"patients/paediatric-13-years\"",
        "patient 17",
        &["no fixture `patients/paediatric-13-years`"],
    ),
    case(
        "not-met is not shown",
        "tocilizumab/active-infection.cases.toml",
        "criteria = { active-serious-infection = \"not-met\" }\n",
        "",
        "",
        &["no case shows `active-serious-infection` not-met"],
    ),
];

const fn plant(
    what: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    at: &'static str,
    says: &'static [&'static str],
) -> Plant {
    Plant { what, file, from, to, at, says, refused: true }
}

const fn case(
    what: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    at: &'static str,
    says: &'static [&'static str],
) -> Plant {
    Plant { what, file, from, to, at, says, refused: false }
}

/// The library with these mistakes, in a folder.
fn planted(plants: &[&Plant]) -> Folder {
    let mut files: BTreeMap<String, String> = Files::embedded().0;
    for plant in plants {
        let file = files.get_mut(plant.file).unwrap_or_else(|| panic!("{}: no file {}", plant.what, plant.file));
        assert!(file.contains(plant.from), "{}: {} does not hold {:?} any more", plant.what, plant.file, plant.from);
        *file = file.replacen(plant.from, plant.to, 1);
    }
    let folder = Folder::new();
    for (path, text) in files {
        folder.write(&format!("hooks/{path}"), &text);
    }
    folder
}

/// Where the mistake must be said to stand: `file:line: `, or `file: ` when the whole file is to blame.
fn place(plant: &Plant) -> String {
    let text = Files::embedded().0[plant.file].replacen(plant.from, plant.to, 1);
    match text.find(plant.at) {
        Some(at) if !plant.at.is_empty() => format!("{}:{}: ", plant.file, 1 + text[..at].matches('\n').count()),
        _ => format!("{}: ", plant.file),
    }
}

/// Runs the program; its exit status, what it printed and what it said beside that.
fn run(arguments: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut command = program();
    command.args(arguments).env("NO_COLOR", "1");
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = process.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // A program that does not read its input closes it: that is no failure of the test.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let Output { status, stdout, stderr } = process.wait_with_output().expect("it ends");
    let _ = writer.join();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn check_finds_nothing_wrong() {
    let (status, out, err) = run(&["check"], b"");
    assert_eq!((status, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.ends_with(": no mistakes\n") && out.lines().count() == 1, "{out}");
    let copy = planted(&[]);
    let same = run(&["check", "--hooks", &copy.path().join("hooks").to_string_lossy()], b"");
    assert_eq!(same, (status, out, err), "a copy of the library in a folder");
}

#[test]
fn check_tells_a_planted_mistake_and_serve_refuses_it() {
    for plant in &PLANTS {
        let folder = planted(&[plant]);
        let hooks = folder.path().join("hooks").to_string_lossy().into_owned();
        let (status, out, _) = run(&["check", "--hooks", &hooks], b"");
        assert_eq!(status, Some(1), "{}: {out}", plant.what);
        let place = place(plant);
        let told =
            out.lines().find(|line| line.starts_with(&place) && plant.says.iter().all(|word| line.contains(word)));
        assert!(told.is_some(), "{}: `{place}{:?}` is not told in\n{out}", plant.what, plant.says);
        if plant.refused {
            // If it started all the same, the listener's own refusal ends it: nobody can listen at this address.
            let (status, _, said) = run(&["serve", "--listen", "192.0.2.1:1", "--hooks", &hooks], b"");
            assert_eq!(status, Some(2), "{}: {said}", plant.what);
            assert!(said.contains(&place) && said.contains("does not validate"), "{}: serve says {said}", plant.what);
        }
    }
}

#[test]
fn check_tells_all_mistakes_at_once() {
    let plants: Vec<&Plant> = PLANTS
        .iter()
        .filter(|plant| {
            [
                "misspelt key",
                "unknown concept",
                "LOINC check digit",
                "SNOMED check digit",
                "unknown hook",
                "unknown indicator",
            ]
            .contains(&plant.what)
        })
        .collect();
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

#[test]
fn examples_are_listed_and_printed() {
    let (status, out, _) = run(&["example", "--list"], b"");
    let listed: Vec<&str> = out.lines().collect();
    let calls = names(&["", "patients", "healthy", "shapes"]);
    assert_eq!((status, &listed), (Some(0), &calls), "every fixture that is a call");
    let (status, out, _) = run(&["example"], b"");
    let printed: Value = serde_json::from_str(&out).expect("a request");
    assert_eq!(
        (status, &printed["hookInstance"]),
        (Some(0), &fixture("textbook")["hookInstance"]),
        "the textbook patient"
    );
    for (name, word) in
        [("nonsense", "--list"), ("patients/neutrophils-1.8", "patients/neutrophils-1.9"), ("textbok", "textbook")]
    {
        let (status, out, err) = run(&["example", name], b"");
        assert_eq!((status, out.as_str()), (Some(2), ""), "{name}: {err}");
        assert!(err.contains(name) && err.contains(word), "{name}: `{word}` is not offered in {err}");
    }
}

/// The lines of `replay … --format ndjson` by source.
fn replayed(arguments: &[&str], input: &[u8]) -> (Option<i32>, Vec<Value>, String) {
    let all = [&["replay", "--as-of", "2026-11-22T09:00:00Z", "--format", "ndjson"], arguments].concat();
    let (status, out, err) = run(&all, input);
    let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {line}"));
    (status, out.lines().map(line).collect(), err)
}

#[test]
fn replay_judges_as_the_service_does() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let (status, lines, err) = replayed(&[folder], b"");
    assert_eq!(status, Some(1), "two of the fixtures are refused on purpose: {err}");
    assert!(lines.len() >= 60 && lines.iter().all(Value::is_object), "{} lines", lines.len());
    for line in &lines {
        let source = text(line, "/source");
        let name =
            source.strip_prefix(folder).and_then(|s| s.strip_prefix('/')).unwrap_or_else(|| panic!("source {source}"));
        let name = name.trim_end_matches(".json");
        let refused = ["shapes/epic-without-draft-orders", "shapes/prefetch-missing"].contains(&name);
        assert_eq!(line["error"]["resourceType"] == "OperationOutcome", refused, "{name}: {line}");
        if !refused && fixtures().0.contains_key(name) && !name.starts_with("bundles/") {
            let live = decide(&fixture(name).to_string()).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert_eq!(
                (&line["assessment"], &line["cards"]),
                (&live["assessment"], &live["cards"]),
                "{name}: replay and service differ"
            );
            assert_eq!(line["hook"], fixture(name)["hook"], "{name}");
        }
    }
    let seen = lines.iter().filter(|line| text(line, "/source").ends_with(".json")).count();
    assert!(seen >= fixtures().0.len(), "{seen} lines for {} fixtures", fixtures().0.len());
}

#[test]
fn replay_takes_standard_input_line_by_line() {
    let (good, broken) = (fixture("textbook").to_string(), "{\"hook\": \"order-sign\",");
    for (what, input, status, errors) in [
        ("one request", good.clone(), 0, vec![false]),
        ("pretty-printed", format!("{:#}\n", fixture("textbook")), 0, vec![false]),
        ("two lines", format!("{good}\n{good}\n"), 0, vec![false, false]),
        ("one broken line", format!("{good}\n{broken}\n{good}\n"), 1, vec![false, true, false]),
        ("blank lines", format!("\n{good}\n\n\n{good}"), 0, vec![false, false]),
        ("nothing", String::new(), 1, vec![true]),
        ("no request and no Bundle", "{\"a\": 1}\n".to_owned(), 1, vec![true]),
    ] {
        let (found, lines, err) = replayed(&["-"], input.as_bytes());
        let is_error: Vec<bool> = lines.iter().map(|line| line["error"].is_object()).collect();
        assert_eq!((found, is_error), (Some(status), errors), "{what}: {err}");
    }
}

#[test]
fn what_is_asked_wrong_ends_with_2_and_says_so() {
    for (arguments, word) in [
        (&[][..], "Usage"),
        (&["replay"], "PATHS"),
        (&["replay", "-", "--as-of", "yesterday"], "yesterday"),
        (&["replay", "-", "--format", "xml"], "xml"),
        (&["replay", "-", "--hook", "patient-view"], "patient-view"),
        (&["check", "--hooks", "/nowhere"], "/nowhere"),
        (&["replay", "-", "--hooks", "/nowhere"], "/nowhere"),
        (&["nonsense"], "nonsense"),
    ] {
        let (status, out, err) = run(arguments, b"");
        assert_eq!((status, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
        assert!(err.contains(word), "{arguments:?}: `{word}` is not named in {err}");
    }
    let (status, lines, _) = replayed(&["/nowhere.json"], b"");
    assert_eq!((status, lines.len()), (Some(1), 1), "a file that is not there is told like any that cannot be read");
    for (arguments, words) in [
        (&["--help"][..], vec!["serve", "replay", "check", "example"]),
        (&["serve", "--help"], vec!["--listen", "--config", "--hooks"]),
    ] {
        let (status, out, _) = run(arguments, b"");
        assert!(status == Some(0) && words.iter().all(|word| out.contains(word)), "{arguments:?}: {out}");
    }
}
