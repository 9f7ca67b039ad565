//! The command line: `check` tells every planted mistake with its place, `serve` refuses the same library, `example`
//! and `replay` do what they say, and the exit status is 0, 1 for what was found wrong, or 2 for what was asked wrong.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::properties::decide;
use crate::support::{fixture, fixtures, names, program, text};
use crate::walk::difference;

/// `check`, and a library that does not pass it.
mod mistakes;
/// Manual pages and completions.
mod package;
/// `config`.
mod settings;

/// Runs the program; its exit status, what it printed and what it wrote to standard error.
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
            for part in ["assessment", "cards"] {
                assert_eq!(difference(&line[part], &live[part]), None, "{name}: replay and service differ in {part}");
            }
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
    assert_eq!((status, lines.len()), (Some(1), 1), "a missing file is reported like any that cannot be read");
    for (arguments, words) in [
        (&["--help"][..], vec!["serve", "replay", "check", "example"]),
        (&["serve", "--help"], vec!["--listen", "--config", "--hooks"]),
    ] {
        let (status, out, _) = run(arguments, b"");
        assert!(status == Some(0) && words.iter().all(|word| out.contains(word)), "{arguments:?}: {out}");
    }
}
