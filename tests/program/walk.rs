//! Walks through answers: what is null or empty, and what else the standard forbids of a card.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::text;

/// Where a member is null or empty though the standard wants it left out (rows A2 and A3). FHIR resources are skipped.
pub fn hollow(answer: &Value) -> Vec<String> {
    let mut found = Vec::new();
    descend(answer, "", &mut found);
    found
}

fn descend(value: &Value, path: &str, found: &mut Vec<String>) {
    let empty = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty() && !matches!(path, "/cards" | "/services"),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if empty {
        found.push(path.to_owned());
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(_, member)| member.get("resourceType").is_none()) {
                descend(member, &format!("{path}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                descend(item, &format!("{path}/{position}"), found);
            }
        }
        _ => {}
    }
}

/// Where two answers first differ, and what each has there; nothing when they are the same.
pub fn difference(one: &Value, other: &Value) -> Option<String> {
    let below = |name: &str, one: &Value, other: &Value| difference(one, other).map(|found| format!("/{name}{found}"));
    match (one, other) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(name, x)| below(name, x, &b[name]))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(at, (x, y))| below(&at.to_string(), x, y))
        }
        _ if one == other => None,
        _ => Some(format!(": {one} is not {other}")),
    }
}

/// What is wrong with a card by rows E4 to E22, given the orders of its call as `Type/id`.
pub fn faults(card: &Value, orders: &BTreeSet<String>) -> Vec<String> {
    let mut faults = faults_of_actions(card, orders);
    let mut rule = |row: &str, holds: bool, what: &Value| {
        if !holds {
            faults.push(format!("{row}: {what}"));
        }
    };
    let summary = text(card, "/summary");
    let (characters, units) = (summary.chars().count(), summary.encode_utf16().count());
    rule("E4 summary", (1..140).contains(&characters) && units < 140, &card["summary"]);
    rule("E4 one line", !summary.contains(char::is_control), &card["summary"]);
    rule("E5 indicator", ["info", "warning", "critical"].contains(&text(card, "/indicator")), &card["indicator"]);
    rule("E6 source.label", !text(card, "/source/label").trim().is_empty(), &card["source"]);
    let url = card.pointer("/source/url").map(|url| url.as_str().unwrap_or_default());
    rule("E7 source.url", url.is_none_or(|url| url.starts_with("https://") && url.len() > 12), &card["source"]);
    let topic = &card["source"]["topic"];
    let code = text(topic, "/code");
    rule("E8 topic.code", (1..=100).contains(&code.len()) && code.is_ascii() && !code.contains(' '), topic);
    rule("E8 topic.system", text(topic, "/system").starts_with("https://"), topic);
    rule(
        "E9 detail",
        !text(card, "/detail").trim().is_empty() && !text(card, "/detail").contains("<script"),
        &card["detail"],
    );
    rule("E10 uuid", is_uuid(text(card, "/uuid")), &card["uuid"]);
    let behaviour = card.get("selectionBehavior").map(|b| b.as_str().unwrap_or("no text"));
    let fits = match card.get("suggestions") {
        Some(_) => matches!(behaviour, Some("at-most-one" | "any")),
        None => behaviour.is_none(),
    };
    rule("E11 selectionBehavior", fits, &card["selectionBehavior"]);
    for link in card["links"].as_array().into_iter().flatten() {
        let typed = matches!(text(link, "/type"), "absolute" | "smart");
        rule("E19 link", typed && !text(link, "/label").is_empty() && text(link, "/url").starts_with("http"), link);
        rule("E20 appContext", text(link, "/type") == "smart" || link.get("appContext").is_none(), link);
        rule("E21 autolaunchable", link.get("autolaunchable").is_none(), link);
    }
    for reason in card["overrideReasons"].as_array().into_iter().flatten() {
        let whole = ["/code", "/system", "/display"].iter().all(|path| !text(reason, path).is_empty());
        rule("E18 override reason", whole, reason);
    }
    let overridable = card.get("overrideReasons").is_some();
    rule(
        "a warning has reasons to override it, an info card none",
        overridable == (text(card, "/indicator") != "info"),
        &card["overrideReasons"],
    );
    let known = [
        "uuid",
        "summary",
        "detail",
        "indicator",
        "source",
        "suggestions",
        "selectionBehavior",
        "overrideReasons",
        "links",
    ];
    for member in card.as_object().into_iter().flat_map(|members| members.keys()) {
        rule("E22 unknown member", known.contains(&member.as_str()), &Value::from(member.clone()));
    }
    let suggestions = card["suggestions"].as_array().map_or(&[][..], Vec::as_slice);
    for suggestion in suggestions {
        let actions = suggestion["actions"].as_array().into_iter().flatten();
        let of_actions = actions.map(|action| (action, &["type", "description", "resource", "resourceId"][..]));
        let of_suggestion = (suggestion, &["label", "uuid", "isRecommended", "actions"][..]);
        for (holder, known) in of_actions.chain([of_suggestion]) {
            let mut members = holder.as_object().into_iter().flat_map(|members| members.keys());
            rule("E22 unknown member", members.all(|member| known.contains(&member.as_str())), holder);
        }
    }
    let recommended = suggestions.iter().filter(|s| s["isRecommended"] == true).count();
    rule("E13 isRecommended", recommended <= 1 || behaviour == Some("any"), &card["suggestions"]);
    for suggestion in suggestions {
        rule("E12 label", !text(suggestion, "/label").trim().is_empty(), suggestion);
        rule("E12 uuid", is_uuid(text(suggestion, "/uuid")), suggestion);
        let actions = suggestion["actions"].as_array().map_or(&[][..], Vec::as_slice);
        // Some clients take one action only; the one pair that we offer is another order instead of this one.
        let kinds: Vec<&str> = actions.iter().map(|action| text(action, "/type")).collect();
        rule("E14 one action", actions.len() == 1 || kinds == ["create", "delete"], suggestion);
    }
    faults
}

fn faults_of_actions(card: &Value, orders: &BTreeSet<String>) -> Vec<String> {
    let suggestions = card["suggestions"].as_array().into_iter().flatten();
    let actions = suggestions.flat_map(|suggestion| suggestion["actions"].as_array().into_iter().flatten());
    actions.flat_map(|action| faults_of_action(action, orders)).collect()
}

/// Rows E15 to E17.
fn faults_of_action(action: &Value, orders: &BTreeSet<String>) -> Vec<String> {
    let resource = action.get("resource");
    let kind = resource.map_or("", |resource| text(resource, "/resourceType"));
    let id = resource.map_or("", |resource| text(resource, "/id"));
    let mut faults = Vec::new();
    if text(action, "/description").trim().is_empty() {
        faults.push(format!("E15 description: {action}"));
    }
    let fits = match text(action, "/type") {
        "create" => {
            !kind.is_empty() && action.get("resourceId").is_none() && resource.is_some_and(|r| hollow(r).is_empty())
        }
        "update" => orders.contains(&format!("{kind}/{id}")) && action.get("resourceId").is_none(),
        "delete" => resource.is_none() && orders.contains(text(action, "/resourceId")),
        _ => false,
    };
    if !fits {
        faults.push(format!("E15 to E17: {action}"));
    }
    faults
}

/// Eight, four, four, four and twelve hexadecimal digits.
pub fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_hexdigit()))
}
