//! The orders of a call: which of them are for a drug of the library, and what they say about dose, route and reason.

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use document::{Node, Object};

use super::dosage;
use super::meaning::Meaning;
use super::medicine::{Chart, medicine, product};
use super::resource::Resource;
use super::view::{Concept, date, reference};
use domain::order::{DrugOrder, OrderReason, OrderedProduct};
use domain::rule::Drug;
use domain::time::When;
use knowledge::concepts::ConceptKind;

/// An order of a call that is for a drug of the library.
#[derive(Debug)]
pub struct Found<'l, 'a> {
    /// The drug.
    pub drug: &'l Drug,
    /// The order as the rules see it.
    pub order: DrugOrder,
    /// The order as it was sent.
    pub node: Node<'a>,
    /// Whether it is an entry of the drafts, which a client can change.
    pub is_draft: bool,
}

/// Whether a resource is an order of a medicine that is still to be given, and not an order to avoid one.
pub fn is_order(resource: &Resource<'_>) -> bool {
    matches!(&*resource.kind, "MedicationRequest" | "MedicationOrder") && !is_over(&resource.object)
}

/// Whether nothing more is to be given by an order: it is being stopped, was carried out or withdrawn, or forbids.
pub(crate) fn is_over(object: &Object<'_>) -> bool {
    const OVER: [&str; 9] = [
        "stopped",
        "cancelled",
        "completed",
        "entered-in-error",
        "ended",
        "revoked",
        "not-done",
        "declined",
        "rejected",
    ];
    let is_over = |status: &str| OVER.iter().any(|over| status.trim().eq_ignore_ascii_case(over));
    object.string("status").is_some_and(|status| is_over(&status))
        || object.get("doNotPerform").and_then(Node::boolean) == Some(true)
}

/// Reads the order, when it is for a drug of the library.
pub fn find<'l, 'a>(resource: &Resource<'a>, chart: Chart<'_, 'l, 'a>, zone: &TimeZone) -> Option<Found<'l, 'a>> {
    if !is_order(resource) {
        return None;
    }
    let said = medicine(&resource.object, chart);
    of_drug(resource, &said, chart, zone)
}

/// The current treatment with a drug of the library, as an order: the request or statement that was written last.
pub fn current_treatment<'l, 'a>(chart: Chart<'_, 'l, 'a>, zone: &TimeZone) -> Option<Found<'l, 'a>> {
    let is_going_on = |resource: &&Resource<'_>| {
        matches!(&*resource.kind, "MedicationRequest" | "MedicationOrder" | "MedicationStatement")
            && resource.object.string("status").as_deref() == Some("active")
            && resource.object.get("doNotPerform").and_then(Node::boolean) != Some(true)
    };
    let found = chart.record.iter().filter(is_going_on).filter_map(|resource| {
        let said = medicine(&resource.object, chart);
        let mut found = of_drug(resource, &said, chart, zone)?;
        found.order.is_current_treatment = true;
        found.is_draft = false;
        Some(found)
    });
    // A request says more than a statement; of several, the newest counts.
    found.max_by_key(|found| {
        let written = found.order.authored.as_ref().map(When::last);
        (found.order.reference.starts_with("MedicationRequest/"), written)
    })
}

/// The resource as an order of the drug that its medicine is, if it is one of the library.
pub(crate) fn of_drug<'l, 'a>(
    resource: &Resource<'a>,
    said: &Meaning<'_>,
    chart: Chart<'_, 'l, 'a>,
    zone: &TimeZone,
) -> Option<Found<'l, 'a>> {
    let drugs = &chart.meanings.library.drugs;
    drugs.iter().enumerate().find_map(|(place, drug)| {
        let product = product(drug, place, said)?;
        let order = read(drug, resource, product, chart, zone);
        Some(Found { drug, order, node: resource.object.node(), is_draft: true })
    })
}

fn read<'a>(
    drug: &Drug,
    resource: &Resource<'a>,
    product: OrderedProduct,
    chart: Chart<'_, '_, 'a>,
    zone: &TimeZone,
) -> DrugOrder {
    let object = &resource.object;
    let dosages = dosage::Dosages::of(object);
    DrugOrder {
        reference: resource.reference(),
        route: dosages.route(drug, chart.meanings, &product),
        dose: dosages.dose(&product),
        interval: dosages.interval(),
        is_current_treatment: false,
        authored: date(object, &["authoredOn", "dateWritten"], zone),
        reason: reason(object, chart),
        product,
    }
}

/// The reason that the order gives, by code or by reference to a condition.
fn reason<'a>(object: &Object<'a>, chart: Chart<'_, '_, 'a>) -> OrderReason {
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
            .and_then(|id| object.objects("contained").find(|c| c.string("id").as_deref() == Some(id)));
        let condition = contained.or_else(|| chart.record.find(&link).map(|resource| resource.object));
        let code = condition.map(|c| Concept::of(&c, "code")).unwrap_or_default();
        let words = target.string("display");
        said.push(if code.is_empty() {
            Concept { words: words.into_iter().collect(), ..Concept::default() }
        } else {
            code
        });
    }
    let mut reason = OrderReason::default();
    for concept in said.into_iter().filter(|concept| !concept.is_empty()) {
        reason.words.get_or_insert_with(|| concept.shown());
        let meaning = chart.meanings.of_concept(concept);
        let conditions = chart.meanings.concepts(&meaning, |kind| matches!(kind, ConceptKind::Condition));
        reason.concepts.extend(conditions.map(|(id, _)| id.clone()));
    }
    reason
}

/// The length of a period unit in days, such as that of a day, a week or a month.
pub(super) fn unit_days(unit: &str) -> Option<Decimal> {
    match unit.trim().to_lowercase().as_str() {
        "h" | "hour" | "hours" => Decimal::ONE.checked_div(Decimal::from(24)),
        "d" | "day" | "days" => Some(Decimal::ONE),
        "wk" | "week" | "weeks" => Some(Decimal::from(7)),
        _ => None,
    }
}
