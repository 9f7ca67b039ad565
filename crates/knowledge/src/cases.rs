//! Test cases of the rules: a test patient with changes, a clock, and the outcomes and the card that are expected.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::files::Files;
use super::mistake::{Mistake, Place, Reader};

/// The cases of one rule.
#[derive(Debug)]
pub struct CaseFile {
    /// The path of the file.
    pub path: String,
    /// The id of the drug.
    pub drug: String,
    /// The id of the rule.
    pub rule: String,
    /// The cases with their places in the file.
    pub cases: Vec<(Case, Place)>,
}

/// The moment of the test patients, at which a case that names no other is decided.
pub const MOMENT: &str = "2026-11-22T09:00:00Z";

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The test patient that it starts from, by name.
    #[serde(default = "textbook")]
    pub fixture: String,
    /// The hook of the call.
    #[serde(default = "order_sign")]
    pub hook: String,
    /// The moment of the decision.
    #[serde(default = "moment")]
    pub now: String,
    /// Resources to remove, by `Type/id`.
    #[serde(default)]
    pub remove: Vec<String>,
    /// Prefetch keys that the client failed to retrieve.
    #[serde(default)]
    pub fail: Vec<String>,
    /// Merge patches on resources.
    #[serde(default)]
    pub change: Vec<Change>,
    /// Resources to add to the record, as JSON.
    #[serde(default)]
    pub add: Vec<String>,
    /// Resources to add to the draft orders, as JSON.
    #[serde(default)]
    pub add_draft: Vec<String>,
    /// The expected indication.
    pub indication: Option<String>,
    /// The expected phase.
    pub phase: Option<String>,
    /// The expected outcomes, by criterion.
    #[serde(default)]
    pub criteria: BTreeMap<String, String>,
    /// The expected card.
    pub card: Option<ExpectedCard>,
}

/// A merge patch on one resource.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The resource, as `Type/id`.
    pub at: String,
    /// The merge patch (RFC 7386). TOML has no null, so that the text `__remove__` removes a member.
    pub merge: toml::Value,
}

/// The expected card.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum ExpectedCard {
    /// `"none"`: no card.
    None(String),
    /// Exactly this card.
    Card(CardWords),
}

/// The words of a card.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardWords {
    /// The code of its indicator.
    pub indicator: String,
    /// Its summary.
    pub summary: String,
    /// Its detail. An author leaves it out until the program has written it once.
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
    MOMENT.to_owned()
}

/// Reads every `RULE.cases.toml`; what does not fit is noted.
pub fn read(files: &Files, mistakes: &mut Vec<Mistake>) -> Vec<CaseFile> {
    let mut found = Vec::new();
    for (path, text) in &files.0 {
        let Some((drug, name)) = path.split_once('/') else { continue };
        let Some(rule) = name.strip_suffix(".cases.toml") else { continue };
        let mut reader = Reader::new(path, text, mistakes);
        if !files.0.contains_key(&format!("{drug}/{rule}.toml")) {
            reader.note_file(&format!("these cases belong to no rule: there is no file {drug}/{rule}.toml"));
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
