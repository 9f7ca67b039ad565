//! A new rule to start from: rule, cases and test patient. All cases hold as they are written; the texts that only the
//! author can write are placeholders, which `check` refuses until they are replaced.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::author::Sdk;
use domain::rule::Drug;
use engine::case::decision;
use engine::check::{PLACEHOLDER_LEFT, check};
use knowledge::Library;
use knowledge::cases;
use knowledge::files::Files;
use knowledge::mistake::Mistake;
use text::markdown::Markdown;

/// Writes `RULE.toml`, `RULE.cases.toml` and a fixture of the same name for a drug of the library in `hooks`.
/// The test patients are in the folder `fixtures` next to it. Nothing that exists is overwritten.
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
    let valid = Library::read(&files).map_err(|mistakes| not_valid(&mistakes))?;
    let of_drug = valid.drugs.iter().find(|known| *known.id == *drug).ok_or("the drug was read and is not there")?;
    let fixture = fixture(&fixtures, &valid, of_drug)?;
    fixtures.0.insert(id.to_owned(), fixture.clone());
    let rule_name = format!("{drug}/{id}.toml");
    let cases_name = format!("{drug}/{id}.cases.toml");
    files.0.insert(rule_name.clone(), RULE.replace("RULE-ID", id));
    files.0.insert(cases_name.clone(), CASES.replace("RULE-ID", id));
    let cases = with_details(&files, &fixtures, drug, id)?;
    files.0.insert(cases_name.clone(), cases);

    let mut mistakes = check(&files, &fixtures, &Sdk).mistakes;
    mistakes.retain(|mistake| !(mistake.file == rule_name && mistake.message.starts_with(PLACEHOLDER_LEFT)));
    if !mistakes.is_empty() {
        return Err(format!("nothing was written: {}", not_valid(&mistakes)));
    }
    let mut written = Vec::new();
    for (path, text) in [
        (hooks.join(&rule_name), files.0.get(&rule_name)),
        (hooks.join(&cases_name), files.0.get(&cases_name)),
        (folder.join(format!("{id}.json")), Some(&fixture)),
    ] {
        if path.exists() {
            return Err(format!("{} exists already", path.display()));
        }
        written.push((path, text.cloned().unwrap_or_default()));
    }
    for (path, text) in &written {
        std::fs::write(path, text).map_err(|e| read(path, e))?;
    }
    Ok(written.into_iter().map(|(path, _)| path).collect())
}

/// The textbook patient with a high platelet count, and with an order for the drug.
fn fixture(fixtures: &Files, library: &Library, drug: &Drug) -> Result<String, String> {
    let text = fixtures.0.get("textbook").ok_or("the fixtures have no textbook patient to start from")?;
    let mut request: Value = serde_json::from_str(text).map_err(|e| format!("textbook: {e}"))?;
    let value = request
        .pointer_mut("/prefetch/platelets/entry/0/resource/valueQuantity/value")
        .ok_or("the textbook patient has no platelet count")?;
    *value = Value::from(700);
    let order = request
        .pointer_mut("/context/draftOrders/entry/0/resource")
        .and_then(Value::as_object_mut)
        .ok_or("the textbook patient has no order")?;
    if !orders(&drug.id, library, order)? {
        order.insert("medicationCodeableConcept".to_owned(), medicine(library, drug));
        // How much of it, and for what, the author says.
        order.retain(|member, _| !member.starts_with("dosageInstruction") && !member.starts_with("reason"));
    }
    serde_json::to_string_pretty(&request).map(|text| text + "\n").map_err(|e| e.to_string())
}

/// Whether an order is for the drug.
fn orders(drug: &str, library: &Library, order: &serde_json::Map<String, Value>) -> Result<bool, String> {
    let concept = order.get("medicationCodeableConcept").ok_or("the order of the textbook patient has no medicine")?;
    let codings = concept.get("coding").and_then(Value::as_array).into_iter().flatten();
    let text = |coding: &Value, name: &str| coding.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let codings: Vec<_> = codings.map(|coding| (text(coding, "system"), text(coding, "code"))).collect();
    let codings = codings.iter().map(|(system, code)| (system.as_str(), code.as_str()));
    let products = library.index.classify(codings, std::iter::empty());
    Ok(products.products().iter().any(|(at, _)| library.drugs.get(*at).is_some_and(|known| *known.id == *drug)))
}

/// The first product of a drug, or its name where it lists none.
fn medicine(library: &Library, drug: &Drug) -> Value {
    let product = drug.products.first().and_then(|product| Some((product, library.codes.uri(&product.system)?)));
    match product {
        Some((product, system)) => serde_json::json!({
            "coding": [{"system": system, "code": product.listed.code, "display": product.display}]
        }),
        None => serde_json::json!({"text": drug.names.first().unwrap_or(&drug.name)}),
    }
}

fn not_valid(mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    format!("the library does not validate:\n{}", lines.join("\n"))
}

/// The cases with the details of their cards as they come out.
fn with_details(files: &Files, fixtures: &Files, drug: &str, id: &str) -> Result<String, String> {
    let library = Library::read(files).map_err(|mistakes| not_valid(&mistakes))?;
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
# `check` refuses what begins with REPLACE.
title = "REPLACE: the finding in a few words"
order = 90

[source]
label = "REPLACE: where the finding and its limit come from"

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
text = "REPLACE: what the clinician should know or do, in a sentence or two."

[[evidence]]
kind = "design"
cite = "REPLACE: where this was decided"
says = "REPLACE: what it rests on, in our own words."
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
name = "platelets 250 are not"
fixture = "RULE-ID"
change = [{ at = "Observation/platelets", merge = { valueQuantity = { value = 250 } } }]
criteria = { RULE-ID-met = "not-met" }
card = "none"

[[case]]
name = "no platelet count on record"
fixture = "RULE-ID"
remove = ["Observation/platelets"]
criteria = { RULE-ID-met = "unknown: absent" }
card = "none"
"#;
