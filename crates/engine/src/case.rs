//! A case as a hook request: its test patient with the changes made, and the decision on it.

use jiff::tz::TimeZone;
use serde_json::Value;

use cds_hooks::author::Author;
use cds_hooks::call::HookCall;
use cds_hooks::profile::{Profile, SummaryHook};
use document::Document;
use domain::time::Clock;
use fhir::fetched::Fetched;
use knowledge::Library;
use knowledge::cases::Case;
use knowledge::files::Files;

use super::answer::{self, Explained, Recipient, answer};
use super::decide::Decision;

/// The decision on a case.
pub fn decision<'l>(
    library: &'l Library,
    case: &Case,
    fixtures: &Files,
    author: &dyn Author,
) -> Result<Decision<'l>, String> {
    let document = document(case, fixtures)?;
    let call = HookCall::read(&document, None).map_err(|error| error.message)?;
    let answered = answer(library, &call, &Fetched::default(), &clock(case)?, &recipient(author));
    answered.map(|(decision, _)| decision).map_err(|error| error.message)
}

/// The same decision, explained.
///
/// # Errors
///
/// The case cannot be decided; the message says why.
pub fn explained<'l>(
    library: &'l Library,
    case: &Case,
    fixtures: &Files,
    author: &dyn Author,
) -> Result<Explained<'l>, String> {
    let document = document(case, fixtures)?;
    let call = HookCall::read(&document, None).map_err(|error| error.message)?;
    answer::explained(library, &call, &Fetched::default(), &clock(case)?, &recipient(author))
        .map_err(|error| error.message)
}

/// The request of a case, parsed.
pub(crate) fn document(case: &Case, fixtures: &Files) -> Result<Document<'static>, String> {
    Document::parse(request(case, fixtures)?).map_err(|error| error.to_string())
}

/// The moment of a case.
pub(crate) fn clock(case: &Case) -> Result<Clock, String> {
    Clock::parse(&case.now, &TimeZone::UTC).ok_or_else(|| format!("`now`: {} is no moment", case.now))
}

/// For whom the cards of cases are written: a case is about the rule, and not about the client of its test patient.
pub(crate) fn recipient(author: &dyn Author) -> Recipient<'_> {
    Recipient { profile: Some(Profile::Standard), public_url: None, summary: SummaryHook::Both, author }
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

/// Removes a resource wherever it is; returns whether it was found.
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

/// Applies a merge patch to a resource wherever it is; returns whether it was found.
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
