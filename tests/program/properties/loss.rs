//! Taking one resource away from a patient decides nothing that was open, and silences nothing that did not rest on it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{decide, findings};
use crate::support::{cards, fixture, library, names, text};

/// Every resource of the parts of the record that our services ask for: its reference, and the request without it.
fn losses(request: &Value) -> Vec<(String, Value)> {
    let reference = |resource: &Value| format!("{}/{}", text(resource, "/resourceType"), text(resource, "/id"));
    let mut losses = Vec::new();
    let asked_for = |key: &str| library().services.queries.iter().any(|query| query.key == key);
    for (key, value) in request["prefetch"].as_object().into_iter().flatten().filter(|(key, _)| asked_for(key)) {
        let mut without = request.clone();
        match value["entry"].as_array() {
            Some(entries) => losses.extend(entries.iter().enumerate().map(|(position, entry)| {
                let mut without = request.clone();
                if let Some(entries) = without["prefetch"][key]["entry"].as_array_mut() {
                    entries.remove(position);
                }
                // A total that counts it would say that the server holds it elsewhere.
                if let Some(bundle) = without["prefetch"][key].as_object_mut() {
                    bundle.remove("total");
                }
                (reference(&entry["resource"]), without)
            })),
            None if value["resourceType"] != "Bundle" => {
                without["prefetch"][key] = Value::Null;
                losses.push((reference(value), without));
            }
            None => {}
        }
    }
    losses
}

/// The rules with a critical card.
fn critical(answer: &Value) -> BTreeSet<&str> {
    let critical = cards(answer).iter().filter(|card| card["indicator"] == "critical");
    critical.map(|card| text(card, "/source/topic/code")).collect()
}

#[test]
fn a_loss_decides_nothing_and_silences_nothing() {
    let mut losses_made = 0;
    for name in names(&["", "patients", "healthy"]) {
        let request = fixture(name);
        let before = decide(&request.to_string()).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        for (lost, without) in losses(&request) {
            let what = format!("{name} without {lost}");
            let after = decide(&without.to_string()).unwrap_or_else(|error| panic!("{what}: {error:?}"));
            losses_made += 1;
            let found = findings(&after);
            let setting = |answer: &Value| {
                (answer["assessment"][0]["phase"].clone(), answer["assessment"][0]["indication"].clone())
            };
            let is_same = setting(&before) == setting(&after);
            let mut resting = BTreeSet::new();
            for ((id, outcome, evidence), (_, now, _)) in findings(&before).iter().zip(&found) {
                if evidence.contains(&lost) {
                    resting.insert(id.clone());
                    continue;
                }
                // Another use has another row of the table of doses.
                if !is_same && (id.starts_with("dose-") || id.starts_with("interval-")) {
                    continue;
                }
                let allowed: &[&str] = match outcome.as_str() {
                    "unknown" => &["unknown", "not-applicable"],
                    "met" => &["met", "not-applicable"],
                    _ => continue,
                };
                assert!(allowed.contains(&now.as_str()), "{what}: {id} was {outcome} and became {now}");
            }
            if resting.is_empty() && is_same {
                let (before, after) = (critical(&before), critical(&after));
                assert!(before.is_subset(&after), "{what}: critical were {before:?}, now {after:?}");
            }
        }
    }
    assert!(losses_made > 500, "only {losses_made} losses were tried");
}
