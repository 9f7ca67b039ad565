//! What of a call can be changed: its resources with the values that a form shows.

use document::{Document, Object};
use fhir::resource::type_of;
use fhir::view::Concept;

use super::rewrite::walk;

/// A resource of a call, as a form offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editable {
    /// `Type/id`.
    pub at: String,
    /// Its type.
    pub kind: String,
    /// What it is, in the words of the record.
    pub words: String,
    /// Its value as a change of the value takes it; `None` where it has none that can be changed.
    pub value: Option<String>,
    /// The unit of that value, which a change of it keeps.
    pub unit: Option<String>,
    /// Its date.
    pub date: Option<String>,
    /// Its dose, where it is an order.
    pub dose: Option<String>,
    /// Whether it is an order that can be changed: its dose, interval, route and use.
    pub is_order: bool,
}

/// The resources of a call that have a type and an id, each once: the draft orders first, and all others in the order of
/// the call. Nothing for a text that is not JSON.
pub fn editable(request: &str) -> Vec<Editable> {
    let Ok(document) = Document::parse(request) else { return Vec::new() };
    let Some(call) = document.root().object() else { return Vec::new() };
    let drafts = call.object("context").and_then(|context| context.object("draftOrders"));
    let mut found: Vec<Editable> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut add = |object: &Object<'_>, is_draft: bool| {
        let Some(one) = of(object, is_draft) else { return true };
        if seen.insert(one.at.clone()) {
            found.push(one);
        }
        false
    };
    drafts.into_iter().for_each(|drafts| walk(drafts.node(), &mut |object| add(object, true)));
    walk(document.root(), &mut |object| add(object, false));
    found
}

fn of(object: &Object<'_>, is_draft: bool) -> Option<Editable> {
    let kind = type_of(object).filter(|kind| kind != "Bundle")?.into_owned();
    let id = object.string("id")?;
    let names = ["code", "medicationCodeableConcept", "vaccineCode", "type"];
    let words = names.iter().map(|name| Concept::of(object, name)).find(|concept| !concept.is_empty());
    let is_order = is_draft && matches!(kind.as_str(), "MedicationRequest" | "MedicationOrder");
    Some(Editable {
        at: format!("{kind}/{id}"),
        words: words.map_or_else(|| kind.clone(), |concept| concept.shown()),
        value: (kind == "Observation").then(|| value(object)).flatten(),
        unit: object.object("valueQuantity").and_then(|quantity| unit(&quantity)),
        date: date(object),
        dose: is_order.then(|| dose(object)).flatten(),
        is_order,
        kind,
    })
}

/// The value as it is sent, without its unit, which a change keeps.
fn value(object: &Object<'_>) -> Option<String> {
    let (name, node) = object.members().find(|(name, node)| name.starts_with("value") && !node.is_null())?;
    match &*name {
        "valueQuantity" => quantity(&node.object()?, false),
        "valueCodeableConcept" => Some(Concept::read(node).shown()),
        "valueString" => node.string().map(std::borrow::Cow::into_owned),
        "valueInteger" | "valueDecimal" | "valueBoolean" => Some(node.text().to_owned()),
        _ => None,
    }
}

fn quantity(quantity: &Object<'_>, with_unit: bool) -> Option<String> {
    let value = quantity.get("value")?;
    let number = value.string().map_or_else(|| value.text().to_owned(), std::borrow::Cow::into_owned);
    let unit = unit(quantity).filter(|_| with_unit);
    let unit = unit.map(|unit| format!(" {unit}")).unwrap_or_default();
    Some(format!("{}{number}{unit}", quantity.string("comparator").unwrap_or_default()))
}

fn unit(quantity: &Object<'_>) -> Option<String> {
    quantity.string("unit").or_else(|| quantity.string("code")).map(std::borrow::Cow::into_owned)
}

fn date(object: &Object<'_>) -> Option<String> {
    let names = [
        "effectiveDateTime",
        "effectiveInstant",
        "recordedDate",
        "onsetDateTime",
        "authoredOn",
        "dateWritten",
        "whenHandedOver",
        "occurrenceDateTime",
        "performedDateTime",
        "started",
        "birthDate",
        "issued",
    ];
    let period = || {
        let period = object.object("effectivePeriod").or_else(|| object.object("performedPeriod"))?;
        period.string("end").or_else(|| period.string("start"))
    };
    names.iter().find_map(|name| object.string(name)).or_else(period).map(std::borrow::Cow::into_owned)
}

fn dose(order: &Object<'_>) -> Option<String> {
    let dosage = order.object("dosageInstruction")?;
    let rate = dosage.object("doseAndRate").and_then(|rate| rate.object("doseQuantity"));
    quantity(&rate.or_else(|| dosage.object("doseQuantity"))?, true)
}
