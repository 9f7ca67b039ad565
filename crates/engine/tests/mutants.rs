//! The cases of the library notice when one of its rules is changed in one place.

#![expect(clippy::expect_used, reason = "a helper that finds a test broken ends the test")]

/// Who writes FHIR here.
mod author;

use engine::mutants::{Report, mutants};
use knowledge::files::Files;

use author::Minimal;

fn report(files: &Files) -> Report {
    mutants(files, &Files::fixtures(), &Minimal).expect("a valid library")
}

#[test]
fn enough_changes_are_noticed_and_the_kept_counts_are_theirs() {
    let report = report(&Files::embedded());
    assert_eq!(report.mistakes, []);
    assert!(report.total().changes > 500, "{:?}", report.total());
    assert!(report.is_enough(), "{:?}: `check --mutants` lists what is not noticed", report.total());
    for (path, text) in report.kept() {
        let kept = Files::embedded().0.remove(&path).unwrap_or_default();
        assert_eq!(kept, text, "{path} is old: `check --hooks hooks --mutants --keep` writes it anew");
    }
}

/// The library with the cases of one rule only, so that no other is changed.
fn of_one_rule(rule: &str) -> Files {
    let mut files = Files::embedded();
    files.0.retain(|path, _| !path.ends_with(".cases.toml") || path.ends_with(&format!("/{rule}.cases.toml")));
    files.0.remove("tocilizumab/no-difference.toml");
    files
}

/// Without some of its cases a rule is guarded less, and what is listed as making no difference must really go unnoticed.
#[test]
fn a_lost_case_and_a_false_excuse_are_told() {
    const RULE: &str = "digital-ulcer";
    let mut files = of_one_rule(RULE);
    let cases = files.0.get_mut("tocilizumab/digital-ulcer.cases.toml").expect("its cases");
    let first = cases.split("[[case]]").nth(1).expect("cases").to_owned();
    *cases = format!("[[case]]{first}");
    let of_rule = |report: &Report| report.rules.iter().find(|of| of.rule == RULE).cloned().expect("the rule");
    let before = of_rule(&report(&of_one_rule(RULE)));
    let after = of_rule(&report(&files));
    assert_eq!((before.unnoticed.len(), after.changes), (0, before.changes));
    let lost = &after.unnoticed.first().expect("a change that only the lost cases notice").what;
    let listed = |what: &str| format!("[[change]]\nrule = {RULE:?}\nwhat = {what:?}\nbecause = \"a test\"\n");
    files.0.insert("tocilizumab/no-difference.toml".to_owned(), listed(lost) + &listed("what never was"));
    let excused = report(&files);
    assert_eq!(of_rule(&excused).changes, after.changes - 1);
    let told: Vec<String> = excused.mistakes.iter().map(ToString::to_string).collect();
    let rule = "tocilizumab/no-difference.toml:5: rule `digital-ulcer` has no such change that goes unnoticed";
    assert_eq!(told, [format!("{rule}: what never was")]);
}
