//! The check of a library: all files are read, all cases are run, and all mistakes are reported together.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use serde_json::Value;

use cds_hooks::author::Author;
use cds_hooks::call::HookCall;
use cds_hooks::card::Card;
use cds_hooks::profile::{Profile, SummaryHook};
use document::Document;
use domain::rule::Rule;
use domain::time::Clock;
use fhir::fetched::Fetched;
use knowledge::Library;
use knowledge::cases::{self, CardWords, Case, CaseFile, ExpectedCard};
use knowledge::files::Files;
use knowledge::mistake::{Mistake, Reader};
use text::markdown::Markdown;

use super::answer::{Recipient, answer};
use super::assessment::Assessed;
use super::decide::Decision;

/// What was checked.
#[derive(Debug, Default)]
pub struct Report {
    /// Everything wrong.
    pub mistakes: Vec<Mistake>,
    /// How many rules there are.
    pub rules: usize,
    /// How many criteria there are.
    pub criteria: usize,
    /// How many cases were run.
    pub cases: usize,
    /// How many codes there are.
    pub codes: usize,
    /// How many value sets there are.
    pub value_sets: usize,
}

/// Checks a library against its cases.
pub fn check(files: &Files, fixtures: &Files, author: &dyn Author) -> Report {
    let mut report = Report::default();
    let case_files = cases::read(files, &mut report.mistakes);
    match Library::read(files) {
        Err(mistakes) => report.mistakes.extend(mistakes),
        Ok(library) => {
            (report.value_sets, report.codes) = library.codes.count();
            report.codes += library.drugs.iter().map(|drug| drug.products.len()).sum::<usize>();
            for drug in &library.drugs {
                report.rules += drug.rules.len();
                for rule in &drug.rules {
                    report.criteria += rule.criteria.len();
                    let of_rule = case_files.iter().find(|f| *f.drug == *drug.id && f.rule == rule.id);
                    let setting = Setting { library: &library, files, fixtures, author };
                    run_all(setting, &drug.id, rule, of_rule, &mut report);
                }
            }
        }
    }
    report.mistakes.sort();
    report.mistakes.dedup();
    report
}

/// What cases are run with.
#[derive(Clone, Copy)]
struct Setting<'s> {
    library: &'s Library,
    files: &'s Files,
    fixtures: &'s Files,
    author: &'s dyn Author,
}

fn run_all(setting: Setting<'_>, drug: &str, rule: &Rule, case_file: Option<&CaseFile>, report: &mut Report) {
    let Some(case_file) = case_file else {
        let path = format!("{drug}/{}.toml", rule.id);
        let message = format!("no cases: {drug}/{}.cases.toml is missing", rule.id);
        return Reader::new(&path, "", &mut report.mistakes).note_file(&message);
    };
    let text = setting.files.0.get(&case_file.path).map_or("", String::as_str);
    let mut reader = Reader::new(&case_file.path, text, &mut report.mistakes);
    let mut shown: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (case, place) in &case_file.cases {
        for (criterion, outcome) in &case.criteria {
            shown.entry(criterion).or_default().insert(outcome.split(':').next().unwrap_or_default());
        }
        report.cases += 1;
        for wrong in run(setting, rule, case) {
            reader.note_word(place, &case.name, &format!("case \"{}\": {wrong}", case.name));
        }
    }
    for criterion in &rule.criteria {
        let shown = shown.get(criterion.id.as_str());
        for outcome in criterion.kind.properties().must_show {
            if !shown.is_some_and(|outcomes| outcomes.contains(outcome)) {
                reader.note_file(&format!("no case shows `{}` {outcome}", criterion.id));
            }
        }
    }
}

/// Runs a case; returns where the result differs from what it expects.
fn run(setting: Setting<'_>, rule: &Rule, case: &Case) -> Vec<String> {
    let decision = match decision(setting.library, case, setting.fixtures, setting.author) {
        Ok(decision) => decision,
        Err(why) => return vec![why],
    };
    let Some(Assessed { assessment, drug }) = decision.assessments.first() else {
        return vec!["no order of the drug was found".to_owned()];
    };
    let mut wrong = Vec::new();
    let mut differ = |what: &str, expected: &str, found: &str| {
        if expected != found {
            wrong.push(format!("{what}: expected `{expected}`, found `{found}`"));
        }
    };
    if let Some(indication) = &case.indication {
        let found = assessment.indication.id.as_deref().unwrap_or("undetermined");
        differ("indication", indication, found);
    }
    if let Some(phase) = &case.phase {
        differ("phase", phase, assessment.phase.code());
    }
    for (id, expected) in &case.criteria {
        let found = drug
            .rules
            .iter()
            .zip(&assessment.rules)
            .find_map(|(rule, found)| found.get(rule, id))
            .map(|f| f.outcome.to_string());
        differ(id, expected, found.as_deref().unwrap_or("no such criterion"));
    }
    let card = decision.cards.iter().find(|card| card.rule == rule.id);
    match (&case.card, card) {
        (None, _) => {}
        (Some(ExpectedCard::None(word)), None) => differ("card", word, "none"),
        (Some(ExpectedCard::None(_)), Some(card)) => {
            differ("card", "none", &format!("{}: {}", card.indicator.code(), card.summary));
        }
        (Some(ExpectedCard::Card(_)), None) => differ("card", "a card", "none"),
        (Some(ExpectedCard::Card(expected)), Some(card)) => compare(expected, card, &mut differ),
    }
    wrong
}

fn compare(expected: &CardWords, card: &Card, differ: &mut dyn FnMut(&str, &str, &str)) {
    differ("card.indicator", &expected.indicator, card.indicator.code());
    differ("card.summary", &expected.summary, &card.summary);
    let labels: Vec<&str> = card.suggestions.iter().map(|s| s.label.as_str()).collect();
    differ("card.suggestions", &expected.suggestions.join(" | "), &labels.join(" | "));
    let written = Markdown(&card.detail).to_string();
    match &expected.detail {
        Some(detail) => {
            let (expected, found) = from_the_difference(detail.trim(), written.trim());
            differ("card.detail, from the first difference on", &quoted(expected), &quoted(found));
        }
        None => differ("card.detail", "a pinned text", &quoted(&written)),
    }
}

/// Two texts from the line of their first difference on. One that is expected to end in "…" is pinned up to there
/// only: the table of the summary card grows with every rule.
fn from_the_difference<'a>(expected: &'a str, found: &'a str) -> (&'a str, &'a str) {
    let begins = expected.strip_suffix('…').is_some_and(|beginning| found.starts_with(beginning));
    if begins || expected == found {
        return ("", "");
    }
    let same = expected.bytes().zip(found.bytes()).take_while(|(a, b)| a == b).count();
    let line = expected.get(..same).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
    (expected.get(line..).unwrap_or(expected), found.get(line..).unwrap_or(found))
}

/// Text on one line, as it can be pasted into TOML.
fn quoted(text: &str) -> String {
    format!("{:?}", text.trim())
}

/// The decision on a case.
pub fn decision<'l>(
    library: &'l Library,
    case: &Case,
    fixtures: &Files,
    author: &dyn Author,
) -> Result<Decision<'l>, String> {
    let request = request(case, fixtures)?;
    let document = Document::parse(request).map_err(|error| error.to_string())?;
    let call = HookCall::read(&document, None).map_err(|error| error.message)?;
    let clock = Clock::parse(&case.now, &TimeZone::UTC).ok_or_else(|| format!("`now`: {} is no moment", case.now))?;
    // A case is about the rule, whoever its test patient's client is.
    let recipient =
        Recipient { profile: Some(Profile::Standard), public_url: None, summary: SummaryHook::Both, author };
    let answered = answer(library, &call, &Fetched::default(), &clock, &recipient);
    answered.map(|(decision, _)| decision).map_err(|error| error.message)
}

/// The request of a case: its test patient with the changes made.
fn request(case: &Case, fixtures: &Files) -> Result<String, String> {
    let text = fixtures.0.get(&case.fixture).ok_or_else(|| format!("no fixture `{}`", case.fixture))?;
    let mut request: Value = serde_json::from_str(text).map_err(|e| format!("fixture `{}`: {e}", case.fixture))?;
    if let Some(hook) = request.get_mut("hook") {
        *hook = Value::from(case.hook.clone());
    }
    for reference in &case.remove {
        if !remove(&mut request, reference) {
            return Err(format!("`remove`: no {reference} in the fixture"));
        }
    }
    for change in &case.change {
        let patch = serde_json::to_value(&change.merge).map_err(|e| format!("`merge`: {e}"))?;
        if !merge_into(&mut request, &change.at, &patch) {
            return Err(format!("`change`: no {} in the fixture", change.at));
        }
    }
    for json in &case.add {
        let resource: Value = serde_json::from_str(json).map_err(|e| format!("`add`: {e}"))?;
        add(&mut request, resource)?;
    }
    for json in &case.add_draft {
        let resource: Value = serde_json::from_str(json).map_err(|e| format!("`add-draft`: {e}"))?;
        let entries = request.pointer_mut("/context/draftOrders/entry").and_then(Value::as_array_mut);
        entries.ok_or("`add-draft`: no draftOrders")?.push(serde_json::json!({"resource": resource}));
    }
    for key in &case.fail {
        let failed = serde_json::json!({"resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": "exception"}]});
        request["prefetch"][key] = failed;
    }
    Ok(request.to_string())
}

fn is(resource: &Value, reference: &str) -> bool {
    let text = |name: &str| resource.get(name).and_then(Value::as_str).unwrap_or_default();
    format!("{}/{}", text("resourceType"), text("id")) == reference
}

/// Takes a resource out wherever it stands; whether it stood anywhere.
fn remove(value: &mut Value, reference: &str) -> bool {
    match value {
        Value::Array(items) => {
            let before = items.len();
            items.retain(|item| !item.get("resource").is_some_and(|r| is(r, reference)));
            let mut found = items.len() < before;
            for item in items {
                found |= remove(item, reference);
            }
            found
        }
        Value::Object(members) => {
            let mut found = false;
            for (_, member) in members.iter_mut() {
                if is(member, reference) {
                    *member = Value::Null;
                    found = true;
                } else {
                    found |= remove(member, reference);
                }
            }
            if found {
                // A total that counts what was taken out would say that more is left elsewhere.
                members.remove("total");
            }
            found
        }
        _ => false,
    }
}

/// Applies a merge patch to a resource wherever it stands; whether it stood anywhere.
fn merge_into(value: &mut Value, reference: &str, patch: &Value) -> bool {
    if is(value, reference) {
        merge(value, patch);
        return true;
    }
    match value {
        Value::Array(items) => items.iter_mut().fold(false, |found, item| merge_into(item, reference, patch) | found),
        Value::Object(members) => {
            members.values_mut().fold(false, |found, member| merge_into(member, reference, patch) | found)
        }
        _ => false,
    }
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else { return };
    for (name, change) in changes {
        if change.as_str() == Some("__remove__") {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

/// Puts a resource into the prefetched Bundle that holds its type, or into a new one.
fn add(request: &mut Value, resource: Value) -> Result<(), String> {
    let kind = resource.get("resourceType").and_then(Value::as_str).ok_or("`add`: no resourceType")?.to_owned();
    let prefetch = request.get_mut("prefetch").and_then(Value::as_object_mut).ok_or("the fixture has no prefetch")?;
    let entry = serde_json::json!({"resource": resource});
    let holds = |bundle: &Value| {
        bundle.pointer("/entry/0/resource/resourceType").and_then(Value::as_str) == Some(kind.as_str())
    };
    let key = prefetch.iter().find(|(_, bundle)| holds(bundle)).map(|(key, _)| key.clone());
    let key = key.unwrap_or_else(|| format!("added-{kind}"));
    let bundle = prefetch
        .entry(key)
        .or_insert_with(|| serde_json::json!({"resourceType": "Bundle", "type": "searchset", "entry": []}));
    let entries = bundle.get_mut("entry").and_then(Value::as_array_mut).ok_or("`add`: a Bundle without entry")?;
    entries.push(entry);
    Ok(())
}
