//! What a click on a suggestion changes, so that a person can read it: the order before and after, member by member.

use std::collections::BTreeMap;

use cds_hooks::card::{ActionJson, Verb};
use maud::{Markup, html};
use pages::html::code;
use serde_json::Value;

/// The resources of a request by `Type/id`, to compare suggestions with.
#[derive(Debug, Default)]
pub struct Originals(BTreeMap<String, Value>);

impl Originals {
    /// The resources that are anywhere in a document.
    pub fn of(document: &str) -> Originals {
        let mut found = Originals::default();
        if let Ok(value) = serde_json::from_str::<Value>(document) {
            found.collect(&value);
        }
        found
    }

    fn collect(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                if let Some(reference) = reference(value) {
                    self.0.entry(reference).or_insert_with(|| value.clone());
                }
                members.values().for_each(|member| self.collect(member));
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            _ => {}
        }
    }

    fn get(&self, reference: &str) -> Option<&Value> {
        self.0.get(reference)
    }
}

/// `Type/id` of a resource.
fn reference(value: &Value) -> Option<String> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    Some(format!("{}/{}", text("resourceType")?, text("id")?))
}

/// What an action does, in words and, where it changes an order, as a table of before and after.
pub fn action(action: &ActionJson, originals: &Originals) -> Markup {
    let resource = action.resource.as_ref().and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok());
    match (action.kind, resource) {
        (Verb::Delete, resource) => {
            // Clients of the first version name the order in `resource`.
            let named = action.resource_id.clone().or_else(|| resource.and_then(|r| r.as_str().map(str::to_owned)));
            removed(named.as_deref().unwrap_or_default(), originals)
        }
        (Verb::Create, Some(resource)) => created(&resource),
        (Verb::Update, Some(resource)) => updated(&resource, originals),
        (Verb::Create | Verb::Update, None) => html! { p { (action.description) } },
    }
}

fn removed(named: &str, originals: &Originals) -> Markup {
    let words = originals.get(named).and_then(title);
    html! {
        p { "Removes " @if let Some(words) = words { (words) " " } (code(named)) " from the orders." }
    }
}

fn created(resource: &Value) -> Markup {
    let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or("resource");
    let rows: Vec<(String, String)> = flat(resource).into_iter().filter(|(path, _)| is_shown(path)).collect();
    html! {
        p { "Adds a " (kind) @if let Some(words) = title(resource) { ": " strong { (words) } } "." }
        dl.parts { @for (path, value) in rows { div { dt { (path) } dd { (value) } } } }
    }
}

fn updated(resource: &Value, originals: &Originals) -> Markup {
    let named = reference(resource).unwrap_or_default();
    let Some(before) = originals.get(&named) else { return created(resource) };
    let changes = differences(before, resource);
    html! {
        p { "Changes " (code(&named)) ", and nothing else of it:" }
        div.scroll tabindex="0" role="region" aria-label="What changes" {
            table.difference {
                thead { tr { th scope="col" { "Member" } th scope="col" { "Now" } th scope="col" { "Then" } } }
                tbody {
                    @for (path, before, after) in &changes {
                        tr {
                            th scope="row" { (path) }
                            td { @match before { Some(value) => del { (value) }, None => span.none { "none" } } }
                            td { @match after { Some(value) => ins { (value) }, None => span.none { "none" } } }
                        }
                    }
                }
            }
        }
    }
}

/// The words of a resource: those of its medicine or code.
fn title(resource: &Value) -> Option<String> {
    let concept = ["medicationCodeableConcept", "code"].iter().find_map(|name| resource.get(name))?;
    let text = concept.get("text").and_then(Value::as_str);
    let display = || concept.pointer("/coding/0/display").and_then(Value::as_str);
    text.or_else(display).map(str::to_owned)
}

/// Members that say nothing to a reader who wants to know what is ordered.
fn is_shown(path: &str) -> bool {
    !["resourceType", "subject", "requester", "encounter"].iter().any(|name| path.starts_with(name))
}

/// Each value with the way to it.
fn flat(value: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    flatten(value, String::new(), &mut found);
    found
}

fn flatten(value: &Value, path: String, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path} › {name}") };
                flatten(member, path, found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                let path = if items.len() == 1 { path.clone() } else { format!("{path} {}", at + 1) };
                flatten(item, path, found);
            }
        }
        Value::String(text) => {
            found.insert(path, text.clone());
        }
        other => {
            found.insert(path, other.to_string());
        }
    }
}

/// What differs: the way, the value before, the value after.
fn differences(before: &Value, after: &Value) -> Vec<(String, Option<String>, Option<String>)> {
    let (before, mut after) = (flat(before), flat(after));
    let mut changes = Vec::new();
    for (path, value) in before {
        let then = after.remove(&path);
        if then.as_ref() != Some(&value) {
            changes.push((path, Some(value), then));
        }
    }
    changes.extend(after.into_iter().map(|(path, value)| (path, None, Some(value))));
    changes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Originals, differences, updated};

    #[test]
    fn only_what_differs_is_told() {
        let before = json!({"a": 1, "b": [{"c": "x"}], "d": true});
        let after = json!({"a": 1, "b": [{"c": "y"}], "e": "new"});
        let said = |text: &str| Some(text.to_owned());
        assert_eq!(
            differences(&before, &after),
            [
                ("b › c".to_owned(), said("x"), said("y")),
                ("d".to_owned(), said("true"), None),
                ("e".to_owned(), None, said("new")),
            ]
        );
    }

    #[test]
    fn an_order_is_found_wherever_it_stands() {
        let request = json!({"context": {"draftOrders": {"entry": [{"resource":
            {"resourceType": "MedicationRequest", "id": "1", "dose": 1620}}]}}});
        let originals = Originals::of(&request.to_string());
        let page = updated(&json!({"resourceType": "MedicationRequest", "id": "1", "dose": 162}), &originals);
        let page = page.into_string();
        assert!(page.contains("<del>1620</del>") && page.contains("<ins>162</ins>"), "{page}");
    }
}
