//! A new rule to start from: rule, cases and test patient, written so that they pass `check` as they are.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::author::Sdk;
use engine::case::decision;
use engine::check::check;
use knowledge::Library;
use knowledge::cases;
use knowledge::files::Files;
use text::markdown::Markdown;

/// Writes `RULE.toml`, `RULE.cases.toml` and a fixture of the same name for a drug of the library in `hooks`.
/// The test patients stand in the folder `fixtures` beside it. Nothing that exists is overwritten.
pub fn new_rule(id: &str, drug: &str, hooks: &Path) -> Result<Vec<PathBuf>, String> {
    let named = !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !named {
        return Err(format!(
            "`{id}` cannot name a rule: use lower-case letters, digits and hyphens, after the finding"
        ));
    }
    let folder = hooks.join("../fixtures");
    let read = |what: &Path, e: std::io::Error| format!("{}: {e}", what.display());
    let mut files = Files::in_folder(hooks).map_err(|e| read(hooks, e))?;
    let mut fixtures = Files::fixtures_in(&folder).map_err(|e| read(&folder, e))?;
    if !files.0.contains_key(&format!("{drug}/drug.toml")) {
        return Err(format!("{} has no drug `{drug}`", hooks.display()));
    }
    let fixture = fixture(&fixtures)?;
    fixtures.0.insert(id.to_owned(), fixture.clone());
    let rule_name = format!("{drug}/{id}.toml");
    let cases_name = format!("{drug}/{id}.cases.toml");
    files.0.insert(rule_name.clone(), RULE.replace("RULE-ID", id));
    files.0.insert(cases_name.clone(), CASES.replace("RULE-ID", id));
    let cases = with_details(&files, &fixtures, drug, id)?;
    files.0.insert(cases_name.clone(), cases);

    let report = check(&files, &fixtures, &Sdk);
    if !report.mistakes.is_empty() {
        let lines: Vec<String> = report.mistakes.iter().map(ToString::to_string).collect();
        return Err(format!("nothing was written, because the library would not validate:\n{}", lines.join("\n")));
    }
    let mut written = Vec::new();
    for (path, text) in [
        (hooks.join(&rule_name), files.0.get(&rule_name)),
        (hooks.join(&cases_name), files.0.get(&cases_name)),
        (folder.join(format!("{id}.json")), Some(&fixture)),
    ] {
        if path.exists() {
            return Err(format!("{} is there already", path.display()));
        }
        written.push((path, text.cloned().unwrap_or_default()));
    }
    for (path, text) in &written {
        std::fs::write(path, text).map_err(|e| read(path, e))?;
    }
    Ok(written.into_iter().map(|(path, _)| path).collect())
}

/// The textbook patient with a high platelet count.
fn fixture(fixtures: &Files) -> Result<String, String> {
    let text = fixtures.0.get("textbook").ok_or("the fixtures have no textbook patient to start from")?;
    let mut request: Value = serde_json::from_str(text).map_err(|e| format!("textbook: {e}"))?;
    let value = request
        .pointer_mut("/prefetch/platelets/entry/0/resource/valueQuantity/value")
        .ok_or("the textbook patient has no platelet count")?;
    *value = Value::from(700);
    serde_json::to_string_pretty(&request).map(|text| text + "\n").map_err(|e| e.to_string())
}

/// The cases with the details of their cards as they come out.
fn with_details(files: &Files, fixtures: &Files, drug: &str, id: &str) -> Result<String, String> {
    let library = Library::read(files).map_err(|mistakes| {
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        format!("the library does not validate:\n{}", lines.join("\n"))
    })?;
    let mut text = files.0.get(&format!("{drug}/{id}.cases.toml")).cloned().unwrap_or_default();
    for file in cases::read(files, &mut Vec::new()).iter().filter(|f| f.drug == drug && f.rule == id) {
        for (case, _) in &file.cases {
            let decision = decision(&library, case, fixtures, &Sdk)?;
            if let Some(card) = decision.cards.iter().find(|card| card.rule == id) {
                text = text.replacen("DETAIL", &Markdown(&card.detail).to_string(), 1);
            }
        }
    }
    Ok(text)
}

const RULE: &str = r#"# Written by `new rule`. Replace criterion, wording and evidence by those of the finding, and the order by its place.
title = "Platelets very high"
order = 90

[source]
label = "Where the finding and its limit come from"

[criteria.RULE-ID-met]
finding = "Platelets above 600,000/µL"
name = "platelets"
[criteria.RULE-ID-met.quantity]
concept = "platelet-count"
above = "600000"
within = "P90D"

[[advice]]
met = ["RULE-ID-met"]
indicator = "info"
summary = "Platelets {RULE-ID-met.value} ({RULE-ID-met.date}) are above {RULE-ID-met.limit}"
text = "What the clinician should know or do, in a sentence or two."

[[evidence]]
kind = "design"
cite = "Where this was decided"
says = "What it rests on, in our own words."
verified = false
"#;

const CASES: &str = r#"[[case]]
name = "platelets 700 are very high"
fixture = "RULE-ID"
criteria = { RULE-ID-met = "met" }
[case.card]
indicator = "info"
summary = "Platelets 700,000/µL (10 Nov 2026) are above 600,000/µL"
detail = '''
DETAIL'''

[[case]]
name = "textbook gives no card"
criteria = { RULE-ID-met = "not-met" }
card = "none"

[[case]]
name = "no platelet count on record"
remove = ["Observation/platelets"]
criteria = { RULE-ID-met = "unknown: absent" }
card = "none"
"#;
