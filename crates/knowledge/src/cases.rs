//! Test cases beside the rules: a test patient with changes, a clock, and what must come out.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::files::Files;
use super::mistake::{Mistake, Place, Reader};

/// The cases of one rule.
#[derive(Debug)]
pub struct CaseFile {
    /// The file.
    pub path: String,
    /// The drug.
    pub drug: String,
    /// The rule.
    pub rule: String,
    /// The cases with their places in the file.
    pub cases: Vec<(Case, Place)>,
}

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The test patient it starts from.
    #[serde(default = "textbook")]
    pub fixture: String,
    /// The hook.
    #[serde(default = "order_sign")]
    pub hook: String,
    /// The clock.
    #[serde(default = "moment")]
    pub now: String,
    /// Resources to take out, by `Type/id`.
    #[serde(default)]
    pub remove: Vec<String>,
    /// Prefetch keys that the client failed to retrieve.
    #[serde(default)]
    pub fail: Vec<String>,
    /// Merge patches on resources.
    #[serde(default)]
    pub change: Vec<Change>,
    /// Resources to put into the record, as JSON.
    #[serde(default)]
    pub add: Vec<String>,
    /// Resources to put among the drafts, as JSON.
    #[serde(default)]
    pub add_draft: Vec<String>,
    /// The indication that must come out.
    pub indication: Option<String>,
    /// The phase that must come out.
    pub phase: Option<String>,
    /// The outcomes that must come out, by criterion.
    #[serde(default)]
    pub criteria: BTreeMap<String, String>,
    /// The card that must come out.
    pub card: Option<ExpectedCard>,
}

/// A merge patch on one resource.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// `Type/id`.
    pub at: String,
    /// RFC 7386; the text `__remove__` removes a member.
    pub merge: toml::Value,
}

/// The card that must come out.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum ExpectedCard {
    /// `"none"`: no card.
    None(String),
    /// Exactly this one.
    Card(CardWords),
}

/// The words of a card.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardWords {
    /// Its indicator.
    pub indicator: String,
    /// Its summary.
    pub summary: String,
    /// Its detail; left out while a case is being written.
    pub detail: Option<String>,
    /// The labels of its suggestions.
    #[serde(default)]
    pub suggestions: Vec<String>,
}

fn textbook() -> String {
    "textbook".to_owned()
}

fn order_sign() -> String {
    "order-sign".to_owned()
}

fn moment() -> String {
    "2026-11-22T09:00:00Z".to_owned()
}

/// Reads every `RULE.cases.toml`; what does not fit is noted.
pub fn read(files: &Files, mistakes: &mut Vec<Mistake>) -> Vec<CaseFile> {
    let mut found = Vec::new();
    for (path, text) in &files.0 {
        let Some((drug, name)) = path.split_once('/') else { continue };
        let Some(rule) = name.strip_suffix(".cases.toml") else { continue };
        let mut reader = Reader::new(path, text, mistakes);
        if !files.0.contains_key(&format!("{drug}/{rule}.toml")) {
            reader.note_file(&format!("no rule file {drug}/{rule}.toml stands beside these cases"));
        }
        let mut cases = Vec::new();
        for (key, value) in reader.members() {
            let at = value.span().start;
            match key.as_str() {
                "case" => cases.extend(reader.array::<Case>(value)),
                other => reader.note(at, &format!("unknown key `{other}`; expected [[case]]")),
            }
        }
        found.push(CaseFile { path: path.clone(), drug: drug.to_owned(), rule: rule.to_owned(), cases });
    }
    found
}
