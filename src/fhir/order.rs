//! The orders of a call: which of them are for a drug of the library, and what they say of dose, route and reason.

use rust_decimal::Decimal;

use super::dosage;
use super::json::{Node, Object};
use super::medicine::{Medications, medicine, product};
use super::resource::Resource;
use super::view::{Concept, date, reference};
use crate::domain::order::{DrugOrder, OrderReason, OrderedProduct};
use crate::domain::rule::Drug;
use crate::domain::time::When;
use crate::library::Library;
use crate::library::concepts::ConceptKind;
use jiff::tz::TimeZone;

/// An order of a call that is for a drug of the library.
#[derive(Debug)]
pub struct Found<'l, 'a> {
    /// The drug.
    pub drug: &'l Drug,
    /// The order as the rules see it.
    pub order: DrugOrder,
    /// The order as it was sent.
    pub node: Node<'a>,
}

/// Whether a resource is an order of a medicine at all, and not an order to refrain.
pub fn is_order(resource: &Resource<'_>) -> bool {
    matches!(resource.kind.as_str(), "MedicationRequest" | "MedicationOrder")
        && resource.object.get("doNotPerform").and_then(Node::boolean) != Some(true)
        && resource.object.string("status").as_deref() != Some("entered-in-error")
}

/// Reads the order, when it is for a drug of the library.
pub fn find<'l, 'a>(
    library: &'l Library,
    resource: &Resource<'a>,
    near: Medications<'_, 'a>,
    zone: &TimeZone,
) -> Option<Found<'l, 'a>> {
    if !is_order(resource) {
        return None;
    }
    let said = medicine(&resource.object, near);
    library.drugs.iter().find_map(|drug| {
        let product = product(drug, &library.codes, &said)?;
        let order = read(library, drug, resource, product, near, zone);
        Some(Found { drug, order, node: resource.node })
    })
}

/// The treatment with a drug of the library that is going on, as an order: the one that was written or noted last.
pub fn standing<'l, 'a>(library: &'l Library, near: Medications<'_, 'a>, zone: &TimeZone) -> Option<Found<'l, 'a>> {
    let going_on = |resource: &&Resource<'_>| {
        matches!(resource.kind.as_str(), "MedicationRequest" | "MedicationOrder" | "MedicationStatement")
            && resource.object.string("status").as_deref() == Some("active")
            && resource.object.get("doNotPerform").and_then(Node::boolean) != Some(true)
    };
    let found = near.record.resources.iter().filter(going_on).filter_map(|resource| {
        let said = medicine(&resource.object, near);
        library.drugs.iter().find_map(|drug| {
            let product = product(drug, &library.codes, &said)?;
            let order = DrugOrder { standing: true, ..read(library, drug, resource, product, near, zone) };
            Some(Found { drug, order, node: resource.node })
        })
    });
    // An order says more than a statement; of several the newest counts.
    found.max_by_key(|found| {
        let written = found.order.authored.as_ref().map(When::last);
        (found.order.reference.starts_with("MedicationRequest/"), written)
    })
}

fn read(
    library: &Library,
    drug: &Drug,
    resource: &Resource<'_>,
    product: OrderedProduct,
    near: Medications<'_, '_>,
    zone: &TimeZone,
) -> DrugOrder {
    let object = &resource.object;
    let dosages = dosage::Dosages::of(object);
    DrugOrder {
        reference: resource.reference.clone(),
        route: dosages.route(drug, &library.codes, &product),
        dose: dosages.dose(&product),
        interval: dosages.interval(),
        standing: false,
        authored: date(object, &["authoredOn", "dateWritten"], zone),
        reason: reason(library, object, near),
        product,
    }
}

/// What the order says it is for, by code or by reference to a condition.
fn reason(library: &Library, object: &Object<'_>, near: Medications<'_, '_>) -> OrderReason {
    let mut said = Vec::new();
    for path in ["reasonCode", "reasonCodeableConcept", "reason"] {
        for node in object.items(path) {
            said.push(Concept::read(node));
            if let Some(inner) = node.object() {
                said.push(Concept::of(&inner, "concept"));
            }
        }
    }
    for node in object.items("reasonReference") {
        let Some(target) = node.object() else { continue };
        let link = reference(&target, "reference").unwrap_or_default();
        let contained = link
            .strip_prefix('#')
            .and_then(|id| object.objects("contained").into_iter().find(|c| c.string("id").as_deref() == Some(id)));
        let condition = contained.or_else(|| near.record.find(&link).map(|r| r.object.clone()));
        let code = condition.map(|c| Concept::of(&c, "code")).unwrap_or_default();
        let words = target.string("display").map(|d| d.into_owned());
        said.push(if code.is_empty() {
            Concept { words: words.into_iter().collect(), ..Concept::default() }
        } else {
            code
        });
    }
    let mut reason = OrderReason::default();
    for concept in said.iter().filter(|concept| !concept.is_empty()) {
        reason.words.get_or_insert_with(|| concept.shown());
        let sets = concept.sets(&library.codes);
        for (id, known) in &library.concepts.0 {
            if matches!(known.kind, ConceptKind::Condition) && sets.contains(known.value_set.as_str()) {
                reason.concepts.push(id.clone());
            }
        }
    }
    reason
}

/// The share of a day, week or month that a period unit stands for, in days.
pub(super) fn unit_days(unit: &str) -> Option<Decimal> {
    match unit.trim().to_lowercase().as_str() {
        "h" | "hour" | "hours" => Decimal::ONE.checked_div(Decimal::from(24)),
        "d" | "day" | "days" => Some(Decimal::ONE),
        "wk" | "week" | "weeks" => Some(Decimal::from(7)),
        _ => None,
    }
}
