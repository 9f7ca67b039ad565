//! The decision on the screen as a case: TOML that expects this decision, ready to be pasted into the cases of the
//! rule, where `check` then runs it on every change of the library.

use std::collections::BTreeMap;
use std::fmt::Write;

use cds_hooks::author::Author;
use cds_hooks::card::Card;
use domain::truth::Outcome;
use engine::case::decision;
use engine::decide::Decision;
use knowledge::Library;
use knowledge::cases::{Case, Change};
use knowledge::files::Files;
use serde_json::Value;
use text::markdown::Markdown;

use super::edit::{Edits, Setting};

/// What a new case is made of.
#[derive(Clone, Copy)]
pub struct CaseRequest<'a> {
    /// The library as it is shipped, without a policy: a case is about the library.
    pub library: &'a Library,
    /// The test patients.
    pub fixtures: &'a Files,
    /// Who writes the resources of suggestions.
    pub author: &'a dyn Author,
    /// The test patient, by name; `None` for a call that was pasted.
    pub fixture: Option<&'a str>,
    /// What was changed.
    pub edits: &'a Edits,
    /// The moment of the decision, before the changes.
    pub moment: &'a str,
    /// The id of the rule that the case is for.
    pub rule: &'a str,
    /// What the case shows, in words; its name.
    pub name: &'a str,
}

/// A new case as text, ready to be pasted into a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCase {
    /// The file that it belongs to, below the folder of the library.
    pub file: String,
    /// The TOML.
    pub toml: String,
}

/// The name of the moment at which cases are decided that name none, and of their hook and test patient.
const DEFAULTS: (&str, &str, &str) = ("2026-11-22T09:00:00Z", "order-sign", "textbook");

/// A case that expects the decision that is shown on the screen.
///
/// # Errors
///
/// What is needed, in words: the call is not a test patient, the rule is unknown, or a change cannot be made.
pub fn copy(request: &CaseRequest<'_>) -> Result<NewCase, String> {
    let Some(fixture) = request.fixture else { return Err(needs_fixture(request.rule)) };
    let drug = request.library.drugs.iter().find(|drug| drug.rules.iter().any(|rule| rule.id == request.rule));
    let drug = drug.ok_or_else(|| format!("no rule is called `{}`", request.rule))?;
    let name = request.name.trim();
    if name.is_empty() {
        return Err("a case needs a name: what it shows, in clinical words".to_owned());
    }
    let base = request.fixtures.0.get(fixture).ok_or_else(|| format!("no test patient is called `{fixture}`"))?;
    let setting = Setting { library: request.library, moment: request.moment };
    let edited = request.edits.apply(base, setting).map_err(|error| error.to_string())?;
    let mut case = between(&parsed(base, fixture)?, &parsed(&edited, fixture)?)?;
    (case.name, case.fixture) = (name.to_owned(), fixture.to_owned());
    case.now = request.edits.moment().unwrap_or(request.moment).to_owned();
    let decision = decision(request.library, &case, request.fixtures, request.author)?;
    let toml = written(&case, &decision, request.rule)?;
    Ok(NewCase { file: format!("{}/{}.cases.toml", drug.id, request.rule), toml })
}

/// What a pasted call needs to become a case.
fn needs_fixture(rule: &str) -> String {
    format!(
        "A case starts from a test patient, and this call was pasted. To make a case of it: take out everything that \
         could name a person, save the call as fixtures/patients/NAME.json (the name says what the patient shows), open \
         it here by that name, and copy it again as a case of {rule}. A real record must never become a test patient."
    )
}

fn parsed(text: &str, name: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("the test patient `{name}` is not JSON: {error}"))
}

/// The case that makes one call of another: what was removed, changed and added.
fn between(base: &Value, edited: &Value) -> Result<Case, String> {
    let hook = edited.get("hook").and_then(Value::as_str).unwrap_or(DEFAULTS.1).to_owned();
    let (before, after) = (resources(base), resources(edited));
    let mut case = Case { hook, ..empty() };
    for (at, old) in &before {
        match after.get(at) {
            None => case.remove.push(at.clone()),
            Some(new) if new != old => {
                let merge = patch(old, new).ok_or_else(|| format!("{at}: a change that no merge patch can hold"))?;
                case.change.push(Change { at: at.clone(), merge });
            }
            Some(_) => {}
        }
    }
    let added = after.iter().filter(|(at, _)| !before.contains_key(*at));
    case.add.extend(added.map(|(_, resource)| resource.to_string()));
    Ok(case)
}

fn empty() -> Case {
    Case {
        name: String::new(),
        fixture: DEFAULTS.2.to_owned(),
        hook: DEFAULTS.1.to_owned(),
        now: DEFAULTS.0.to_owned(),
        remove: Vec::new(),
        fail: Vec::new(),
        change: Vec::new(),
        add: Vec::new(),
        add_draft: Vec::new(),
        indication: None,
        phase: None,
        criteria: BTreeMap::new(),
        card: None,
    }
}

/// The resources of a call by `Type/id`.
fn resources(call: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![call];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Array(items) => waiting.extend(items),
            Value::Object(members) => {
                let text = |name: &str| members.get(name).and_then(Value::as_str);
                match (text("resourceType"), text("id")) {
                    (Some(kind), Some(id)) if kind != "Bundle" => {
                        found.entry(format!("{kind}/{id}")).or_insert_with(|| value.clone());
                    }
                    _ => waiting.extend(members.values()),
                }
            }
            _ => {}
        }
    }
    found
}

/// The merge patch that makes one value of another, in the form of cases: a member is removed by `__remove__`, since
/// TOML has no null.
fn patch(old: &Value, new: &Value) -> Option<toml::Value> {
    let (Value::Object(before), Value::Object(after)) = (old, new) else { return as_toml(new) };
    let mut changed = toml::Table::new();
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        changed.insert(name.clone(), toml::Value::from("__remove__"));
    }
    for (name, value) in after {
        match before.get(name) {
            Some(known) if known == value => {}
            Some(known) => drop(changed.insert(name.clone(), patch(known, value)?)),
            None => drop(changed.insert(name.clone(), as_toml(value)?)),
        }
    }
    Some(toml::Value::Table(changed))
}

fn as_toml(value: &Value) -> Option<toml::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(yes) => toml::Value::Boolean(*yes),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => toml::Value::Integer(whole),
            None => toml::Value::Float(number.as_f64()?),
        },
        Value::String(text) => toml::Value::String(text.clone()),
        Value::Array(items) => toml::Value::Array(items.iter().map(as_toml).collect::<Option<_>>()?),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| Some((name.clone(), as_toml(value)?)));
            toml::Value::Table(members.collect::<Option<_>>()?)
        }
    })
}

/// The TOML of a case that expects this decision.
fn written(case: &Case, decision: &Decision<'_>, rule: &str) -> Result<String, String> {
    let assessed =
        decision.assessments.first().ok_or("no order of the drug is found, so that there is nothing to pin")?;
    let mut toml = String::from("[[case]]\n");
    let mut line = |name: &str, value: String| {
        // Writing into a text cannot fail.
        let _ = writeln!(toml, "{name} = {value}");
    };
    line("name", string(&case.name));
    for (name, value, default) in
        [("fixture", &case.fixture, DEFAULTS.2), ("hook", &case.hook, DEFAULTS.1), ("now", &case.now, DEFAULTS.0)]
    {
        if value != default {
            line(name, string(value));
        }
    }
    let strings = |all: &[String]| format!("[{}]", all.iter().map(|one| string(one)).collect::<Vec<_>>().join(", "));
    if !case.remove.is_empty() {
        line("remove", strings(&case.remove));
    }
    if !case.change.is_empty() {
        let one = |change: &Change| format!("{{ at = {}, merge = {} }}", string(&change.at), inline(&change.merge));
        line("change", format!("[{}]", case.change.iter().map(one).collect::<Vec<_>>().join(", ")));
    }
    if !case.add.is_empty() {
        line("add", format!("[{}]", case.add.iter().map(|json| literal(json)).collect::<Vec<_>>().join(", ")));
    }
    line("indication", string(assessed.assessment.indication.id.as_deref().unwrap_or("undetermined")));
    line("phase", string(assessed.assessment.phase.code()));
    let at = assessed.drug.rules.iter().position(|known| known.id == rule);
    let found = at.and_then(|at| Some((assessed.drug.rules.get(at)?, assessed.assessment.rules.get(at)?)));
    let outcomes: Vec<String> = found.map_or_else(Vec::new, |(rule, found)| {
        let pairs = rule.criteria.iter().zip(&found.findings);
        let told = pairs.filter(|(_, finding)| finding.outcome != Outcome::NotApplicable);
        told.map(|(criterion, finding)| format!("{} = {}", key(&criterion.id), string(&finding.outcome.to_string())))
            .collect()
    });
    if !outcomes.is_empty() {
        line("criteria", format!("{{ {} }}", outcomes.join(", ")));
    }
    match decision.cards.iter().find(|card| card.rule == rule) {
        None => line("card", string("none")),
        Some(card) => toml.push_str(&card_toml(card)),
    }
    Ok(toml)
}

fn card_toml(card: &Card) -> String {
    let detail = Markdown(&card.detail).to_string();
    let labels: Vec<String> = card.suggestions.iter().map(|suggestion| string(&suggestion.label)).collect();
    let suggestions =
        if labels.is_empty() { String::new() } else { format!("suggestions = [{}]\n", labels.join(", ")) };
    format!(
        "[case.card]\nindicator = {}\nsummary = {}\ndetail = {}\n{suggestions}",
        string(card.indicator.code()),
        string(&card.summary),
        lines(detail.trim())
    )
}

/// A value on one line.
fn inline(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => string(text),
        toml::Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        toml::Value::Table(members) if members.is_empty() => "{}".to_owned(),
        toml::Value::Table(members) => {
            let members = members.iter().map(|(name, value)| format!("{} = {}", key(name), inline(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        toml::Value::Float(number) => format!("{number:?}"),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(yes) => yes.to_string(),
        toml::Value::Datetime(when) => when.to_string(),
    }
}

/// A string on one line: TOML reads the escapes of JSON in the same way; one more character must be escaped.
fn string(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

fn key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if is_bare { name.to_owned() } else { string(name) }
}

/// Whether a text can be written between three quotes as it is.
fn is_literal(text: &str) -> bool {
    !text.contains("'''") && !text.ends_with('\'') && !text.chars().any(|c| c.is_control() && c != '\n')
}

fn literal(text: &str) -> String {
    if is_literal(text) { format!("'''{text}'''") } else { string(text) }
}

/// A text of several lines, as cases write it.
fn lines(text: &str) -> String {
    if is_literal(text) { format!("'''\n{text}'''") } else { string(text) }
}
