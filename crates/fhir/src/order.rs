//! The orders of a call: which of them are for a drug of the library, and what they say about dose, route and reason.

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use document::{Node, Object};

use super::course::{Reading, SupplyDays};
use super::dosage;
use super::meaning::Meaning;
use super::medicine::{Chart, is_drug, medicine, product};
use super::reason::reason;
use super::resource::Resource;
use super::view::date;
use domain::fact::{Shown, Standing};
use domain::order::{DrugOrder, OrderedProduct};
use domain::rule::Drug;
use domain::time::{Clock, When};
use knowledge::is_medication;

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

/// The treatment with a drug of the library that may go on, as an order: of what is on record the request, statement,
/// supply or dose that says most of it. Whether it really goes on is decided from the whole course.
pub fn current_treatment<'l, 'a>(chart: Chart<'_, 'l, 'a>, clock: &Clock) -> Option<Found<'l, 'a>> {
    let supply = SupplyDays::of(&chart.meanings.library.courses, None);
    let is_of_medicine = |resource: &&Resource<'_>| is_medication(&resource.kind) || resource.kind == "MedicationOrder";
    let found = chart.record.iter().filter(is_of_medicine).filter_map(|resource| {
        let said = medicine(&resource.object, chart);
        let drugs = &chart.meanings.library.drugs;
        let (_, drug) = drugs.iter().enumerate().find(|(place, _)| is_drug(*place, &said))?;
        let reading = Reading::of(resource, clock.zone(), supply)?;
        let is_open =
            reading.shown != Shown::NotTaken && matches!(reading.standing, Standing::Active | Standing::OnHold);
        let last = [&reading.until, &reading.last, &reading.first].into_iter().flatten().max_by_key(|when| when.last());
        let is_recent = last.is_some_and(|last| clock.days_since(last).0 <= drug.course.resumption_days);
        let is_request_or_statement = reading.is_request || resource.kind == "MedicationStatement";
        if reading.shown == Shown::NotTaken || !(is_recent || (is_open && is_request_or_statement)) {
            return None;
        }
        let mut found = of_drug(resource, &said, chart, clock.zone())?;
        found.order.is_current_treatment = true;
        found.is_draft = false;
        let written = found.order.authored.clone().or(reading.cited).as_ref().map(When::last);
        // A request says more than a statement, and both more than a single dose; of several, the newest counts.
        let rank = (is_request_or_statement, is_open, reading.is_request, written, found.order.reference.clone());
        Some((rank, found))
    });
    found.max_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, found)| found)
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
    let text = dosages.text(drug, chart.meanings);
    DrugOrder {
        reference: resource.reference(),
        route: dosages.route(drug, chart.meanings, &product),
        dose: dosages.dose(&product),
        interval: dosages.interval(),
        doses: dosages.count(),
        most_per_dose: dosages.most_per_dose(&product),
        as_needed: dosages.as_needed(text.as_ref()),
        text,
        is_current_treatment: false,
        authored: date(object, &["authoredOn", "dateWritten"], zone),
        reason: reason(object, drug, chart),
        product,
    }
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

#[cfg(test)]
mod tests;
