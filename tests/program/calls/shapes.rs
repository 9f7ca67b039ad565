//! The shapes in which EHRs send a call: in each the order is found, and what is said is what the record gives.

use super::all_answered;
use crate::server::Server;
use crate::support::{assessed, cards, moved, names, text};

/// What is said of an order with nothing to remark.
const PLAIN: &str = "info summary";

/// The shapes whose patients have nothing to remark, so that whatever is said beyond the overview was misread.
const PLAINLY_READ: [&str; 47] = [
    "absolute-subject",
    "bundle-with-a-lone-entry",
    "coding-without-system",
    "contained-medication",
    "dosage-not-entered",
    "dose-and-rate-object",
    "dose-in-millilitres",
    "dstu2-medication-order",
    "dstu2-product-ingredient",
    "epic-display-only",
    "epic-encounter-absent",
    "epic-medication-entries",
    "epic-medications-before-orders",
    "epic-no-results",
    "epic-order-select",
    "epic-own-keys-with-self-links",
    "hook-instance-no-uuid",
    "hook-instance-version-1",
    "ids-with-type",
    "ingredient-only",
    "medication-by-urn",
    "medication-under-own-key",
    "ndc-eleven-digits",
    "no-user-in-context",
    "one-syringe-every-monday",
    "prefetch-collections",
    "prefetch-included-medication",
    "prefetch-keys-in-other-spelling",
    "prefetch-wrapped",
    "r5-codeable-reference",
    "references-with-history",
    "requester-absent",
    "sandbox-drug-chosen",
    "selections-absolute",
    "selections-bare-id",
    "selections-dangling",
    "selections-missing",
    "several-codings",
    "snomed-product",
    "status-active",
    "stu3-dose-on-dosage",
    "stu3-requester-agent",
    "subject-absent",
    "text-only-drug",
    "timing-in-words",
    "unknown-code",
    "unknown-members",
];

/// What the others say at their own hook: of each card its indicator and rule.
const REMARKED: [(&str, &[&str]); 16] = [
    // The dose is not what it should be, or not to be read.
    ("dosage-free-text", &["warning dose-and-route", PLAIN]),
    ("epic-dose-in-extension", &["warning dose-and-route", PLAIN]),
    ("epic-ordered-dose-differs", &["warning dose-and-route", PLAIN]),
    ("two-tocilizumab-orders", &["critical dose-and-route", "warning duplicate-therapy", PLAIN]),
    ("unknown-extensions", &["warning dose-and-route", PLAIN]),
    // A part of the record is missing, or nothing is on it.
    ("epic-own-keys-anonymous", &["warning hypersensitivity", "warning active-infection", PLAIN]),
    ("prefetch-broken", &["warning hypersensitivity", "warning laboratory-limits", PLAIN]),
    (
        "prefetch-empty-bundles",
        &[
            "warning tuberculosis",
            "warning laboratory-limits",
            "warning hepatitis-b",
            "warning treatment-pathway",
            "warning baseline-lung",
            PLAIN,
        ],
    ),
    ("prefetch-items-beside-prefetch", &["warning hypersensitivity", PLAIN]),
    ("prefetch-key-omitted", &["warning hypersensitivity", PLAIN]),
    ("prefetch-null", &["warning tuberculosis", PLAIN]),
    (
        "prefetch-operation-outcomes",
        &["warning hypersensitivity", "warning laboratory-limits", "warning treatment-pathway", PLAIN],
    ),
    ("prefetch-own-keys", &["warning hypersensitivity", "warning active-infection", PLAIN]),
    ("prefetch-paged", &["warning active-infection", PLAIN]),
    ("prefetch-wrapped-failure", &["warning hypersensitivity", PLAIN]),
    ("tuberculosis-test-among-drafts", &["warning tuberculosis", PLAIN]),
];

/// Where the order of a shape is not `MedicationRequest/toci`.
const ORDERS: [(&str, &[&str]); 4] = [
    ("dstu2-medication-order", &["MedicationOrder/toci"]),
    ("dstu2-product-ingredient", &["MedicationOrder/toci"]),
    ("sandbox-drug-chosen", &["MedicationRequest/order-123"]),
    ("two-tocilizumab-orders", &["MedicationRequest/toci-load", "MedicationRequest/toci"]),
];

/// What is expected of a shape.
fn expected(name: &str) -> Option<&'static [&'static str]> {
    let plain = PLAINLY_READ.contains(&name).then_some(&[PLAIN][..]);
    plain.or_else(|| REMARKED.iter().find(|(shape, _)| *shape == name).map(|(_, cards)| *cards))
}

/// Indicator and rule of each card; Epic's topics have no hyphens.
fn said(answer: &serde_json::Value) -> Vec<String> {
    let said = |card| format!("{} {}", text(card, "/indicator"), text(card, "/source/topic/code"));
    cards(answer).iter().map(said).collect()
}

#[test]
fn every_shape_finds_its_order_and_says_what_it_should() {
    let mut found = 0;
    for (call, answer) in all_answered() {
        let Some(name) = call.name.strip_prefix("shapes/") else { continue };
        if text(&crate::support::fixture(call.name), "/hook") != text(&call.request, "/hook") {
            continue;
        }
        let Some(expected) = expected(name) else { continue };
        let epic = call.request.get("extension").is_some_and(|e| e.to_string().contains("com.epic.cdshooks."));
        // The overview comes once, at the signature.
        let is_select = text(&call.request, "/hook") == "order-select";
        let expected = expected.iter().filter(|card| !(is_select && **card == PLAIN));
        let expected = expected.map(|card| if epic { card.replace('-', "") } else { (*card).to_owned() });
        assert_eq!(said(answer), expected.collect::<Vec<_>>(), "{name}");
        let orders: Vec<&str> = assessed(answer).iter().map(|order| text(order, "/order")).collect();
        let ours = ORDERS.iter().find(|(shape, _)| *shape == name).map_or(&["MedicationRequest/toci"][..], |o| o.1);
        assert_eq!(orders, ours, "{name}");
        found += 1;
    }
    assert!(found >= 60, "only {found} shapes found their order");
}

#[test]
fn no_shape_is_forgotten() {
    let elsewhere = super::REFUSED.iter().map(|(name, _)| *name).chain(super::SILENT.iter().map(|(name, _)| *name));
    let elsewhere = elsewhere.chain(super::UNCHECKED.iter().map(|(name, _)| *name));
    let elsewhere: Vec<&str> = elsewhere.collect();
    for name in names(&["shapes"]) {
        let shape = name.strip_prefix("shapes/").unwrap_or(name);
        assert!(expected(shape).is_some() || elsewhere.contains(&name), "{name} stands in no table");
    }
}

#[test]
fn a_chart_opened_without_any_order_is_read_too() {
    let answer = Server::shared().post("tocilizumab-patient-view", &moved("shapes/oracle-patient-view")).json();
    assert_eq!(said(&answer), ["critical laboratory-holds"]);
}
