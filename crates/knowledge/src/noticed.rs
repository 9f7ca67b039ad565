//! What is kept of the changes of a drug's rules: `noticed.toml` holds how many of them the cases notice, which is
//! counted by `check --mutants` and shown in the handbook; `no-difference.toml` holds those that change nothing, with
//! the reason.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use super::files::Files;
use super::mistake::{Mistake, Place, Reader};
use domain::rule::Drug;

/// How many changes of a rule its cases notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// How many changes were made.
    pub changes: usize,
    /// How many of them the cases notice.
    pub noticed: usize,
}

/// A change that makes no difference.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoDifference {
    /// The id of the rule.
    pub rule: String,
    /// The change, in the words of `check --mutants`.
    pub what: String,
    /// Why it makes no difference.
    pub because: String,
}

/// The path of the counts of a drug.
pub fn path(drug: &str) -> String {
    format!("{drug}/noticed.toml")
}

/// The path of the changes of a drug's rules that make no difference.
pub fn no_difference_path(drug: &str) -> String {
    format!("{drug}/no-difference.toml")
}

/// Reads the counts of a drug, by rule.
pub(super) fn read(drug: &Drug, files: &Files, mistakes: &mut Vec<Mistake>) -> BTreeMap<String, Count> {
    let path = path(&drug.id);
    let text = files.0.get(&path).map_or("", String::as_str);
    let mut reader = Reader::new(&path, text, mistakes);
    let mut counts = BTreeMap::new();
    for (rule, value) in reader.members() {
        if !drug.rules.iter().any(|known| known.id == rule) {
            reader.note_at(&value, &format!("unknown rule `{rule}`"));
        }
        if let Some(count) = reader.value(value) {
            counts.insert(rule, count);
        }
    }
    counts
}

/// The counts of a drug as its file holds them.
pub fn written<'r>(counts: impl Iterator<Item = (&'r str, Count)>) -> String {
    let mut text =
        "# How many changes of each rule its cases notice. Written by `check --mutants --keep`.\n".to_owned();
    for (rule, Count { changes, noticed }) in counts {
        let _ = write!(text, "\n[{rule}]\nchanges = {changes}\nnoticed = {noticed}\n");
    }
    text
}

/// Reads the changes of a drug's rules that make no difference.
pub fn no_difference(drug: &str, files: &Files, mistakes: &mut Vec<Mistake>) -> Vec<(NoDifference, Place)> {
    let path = no_difference_path(drug);
    let text = files.0.get(&path).map_or("", String::as_str);
    let mut reader = Reader::new(&path, text, mistakes);
    let mut found = Vec::new();
    for (key, value) in reader.members() {
        let at = value.span().start;
        match key.as_str() {
            "change" => found.extend(reader.array::<NoDifference>(value)),
            other => reader.note(at, &format!("unknown key `{other}`; expected [[change]]")),
        }
    }
    for (change, place) in &found {
        if change.because.trim().is_empty() {
            reader.note(place.start, "`because` must say why the change makes no difference");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Count, no_difference, written};
    use crate::Library;
    use crate::files::Files;

    #[test]
    fn counts_are_read_as_they_are_written() {
        let mut files = Files::embedded();
        let text = written([("pregnancy", Count { changes: 22, noticed: 20 })].into_iter());
        files.0.insert(super::path("tocilizumab"), text);
        let library = Library::read(&files).expect("a valid library");
        let kept = library.noticed.get(&("tocilizumab".to_owned(), "pregnancy".to_owned()));
        assert_eq!(kept, Some(&Count { changes: 22, noticed: 20 }));
        files.0.insert(super::path("tocilizumab"), "[nonsense]\nchanges = 1\nnoticed = 1\n".to_owned());
        let mistakes = Library::read(&files).expect_err("no such rule");
        assert_eq!(mistakes[0].to_string(), "tocilizumab/noticed.toml:1: unknown rule `nonsense`");
    }

    #[test]
    fn a_change_without_difference_says_why() {
        let mut files = Files::default();
        let text = "[[change]]\nrule = \"a\"\nwhat = \"b\"\nbecause = \"\"\n[x]\n";
        files.0.insert(super::no_difference_path("drug"), text.to_owned());
        let mut mistakes = Vec::new();
        assert_eq!(no_difference("drug", &files, &mut mistakes).len(), 1);
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        assert!(told[0].contains("unknown key `x`") && told[1].contains("no-difference.toml:1: `because`"), "{told:?}");
    }
}
