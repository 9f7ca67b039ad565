//! The drafts of a call: which of them are orders of a drug of the library, whatever resource they come as, and which
//! may be one and could not be checked. A draft that sounds like the drug and is passed over is never passed over in
//! silence.

use jiff::tz::TimeZone;

use document::Object;

use super::meaning::Meaning;
use super::medicine::{Chart, is_drug, medicine, unresolved};
use super::order::{Found, is_order, is_over, of_drug};
use super::resource::Resource;
use super::view::Concept;

/// An order that could not be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchecked {
    /// `Type/id`, or the place of its entry.
    pub order: String,
    /// Why.
    pub why: Why,
}

/// Why an order could not be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its entry holds no resource that can be read.
    Unreadable(&'static str),
    /// It names no medication, which at the selection of an order may not be entered yet.
    NoMedication,
    /// It names a medication that cannot be read.
    OddMedication,
    /// Its medication stands elsewhere and was not received.
    MedicationElsewhere,
    /// It is for the drug, and of another patient.
    OtherPatient,
    /// It is for the drug, in a resource that is no order.
    NoOrder,
    /// It is for the drug, as a part of a plan that says too little to be checked.
    InPlan,
}

impl Why {
    /// In a few words, for a card.
    pub fn words(self) -> &'static str {
        match self {
            Why::Unreadable(words) => words,
            Why::NoMedication => "no medication",
            Why::OddMedication => "no medication that can be read",
            Why::MedicationElsewhere => "its medication was not sent",
            Why::OtherPatient => "of another patient than the call",
            Why::NoOrder => "a record of use, not an order",
            Why::InPlan => "only named in a plan",
        }
    }

    /// Whether the order is known to be for the drug.
    pub fn is_of_drug(self) -> bool {
        matches!(self, Why::OtherPatient | Why::NoOrder | Why::InPlan)
    }
}

/// What a draft is.
#[derive(Debug)]
pub enum Draft<'l, 'a> {
    /// An order of a drug of the library.
    Order(Box<Found<'l, 'a>>),
    /// An order that could not be checked.
    Unchecked(Unchecked),
}

/// Whether a resource asks for a medicine, or gives one, and names it as medications are named.
pub fn asks_for_medicine(resource: &Resource<'_>) -> bool {
    let is_given = matches!(&*resource.kind, "MedicationDispense" | "MedicationAdministration");
    is_order(resource) || (is_given && !is_over(&resource.object))
}

/// How many orders a draft can hold.
pub fn count(resource: &Resource<'_>) -> usize {
    let inside = if is_plan(&resource.kind) { resource.object.items("contained").count() } else { 0 };
    usize::from(asks_for_medicine(resource)) + inside
}

/// Whether [`read`] finds anything in a draft. It is asked of every call, most of which are for other drugs, so that an
/// order is not read whole for it.
pub fn is_any<'a>(resource: &Resource<'a>, chart: Chart<'_, '_, 'a>, zone: &TimeZone) -> bool {
    if !asks_for_medicine(resource) {
        return !read(resource, chart, zone).is_empty();
    }
    let said = medicine(&resource.object, chart);
    is_any_drug(&said, chart) || (said.said.is_empty() && is_order(resource))
}

/// What a draft is to the drugs of the library: nothing for most, one order for a request, any number for a plan.
pub fn read<'l, 'a>(resource: &Resource<'a>, chart: Chart<'_, 'l, 'a>, zone: &TimeZone) -> Vec<Draft<'l, 'a>> {
    if is_over(&resource.object) {
        return Vec::new();
    }
    let kind = &*resource.kind;
    match kind {
        _ if asks_for_medicine(resource) => of_medicine(resource, chart, zone).into_iter().collect(),
        "ServiceRequest" | "ProcedureRequest" => of_service(resource, chart, zone).into_iter().collect(),
        "MedicationStatement" | "MedicationUsage" => {
            let is_ours = is_any_drug(&medicine(&resource.object, chart), chart);
            is_ours.then(|| unchecked(resource, Why::NoOrder)).into_iter().collect()
        }
        _ if is_plan(kind) => of_plan(resource, chart, zone),
        _ if kind.eq_ignore_ascii_case("MedicationRequest") => {
            let misspelt = !matches!(kind, "MedicationRequest");
            misspelt.then(|| unchecked(resource, Why::Unreadable("its type is misspelt"))).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn is_plan(kind: &str) -> bool {
    matches!(kind, "RequestGroup" | "RequestOrchestration" | "CarePlan")
}

fn unchecked<'l, 'a>(resource: &Resource<'_>, why: Why) -> Draft<'l, 'a> {
    Draft::Unchecked(Unchecked { order: resource.reference(), why })
}

fn order<'l, 'a>(found: Found<'l, 'a>) -> Draft<'l, 'a> {
    Draft::Order(Box::new(found))
}

fn is_any_drug(said: &Meaning<'_>, chart: Chart<'_, '_, '_>) -> bool {
    (0..chart.meanings.library.drugs.len()).any(|place| is_drug(place, said))
}

fn of_medicine<'l, 'a>(resource: &Resource<'a>, chart: Chart<'_, 'l, 'a>, zone: &TimeZone) -> Option<Draft<'l, 'a>> {
    let said = medicine(&resource.object, chart);
    if let Some(found) = of_drug(resource, &said, chart, zone) {
        return Some(order(found));
    }
    if !said.said.is_empty() || !is_order(resource) {
        return None;
    }
    let names = |name: &str| resource.object.get(name).is_some();
    Some(unchecked(
        resource,
        if unresolved(&resource.object, chart).is_some() {
            Why::MedicationElsewhere
        } else if ["medicationCodeableConcept", "medicationReference", "medication"].into_iter().any(names) {
            Why::OddMedication
        } else {
            Why::NoMedication
        },
    ))
}

/// An infusion that is ordered as a service: by the code of the drug, or by words that say that it is given.
fn of_service<'l, 'a>(resource: &Resource<'a>, chart: Chart<'_, 'l, 'a>, zone: &TimeZone) -> Option<Draft<'l, 'a>> {
    const GIVEN: [&str; 4] = ["infus", "inject", "administ", "mg/kg"];
    let said = chart.meanings.of(&resource.object, "code");
    let is_given = |words: &str| GIVEN.iter().any(|given| words.to_lowercase().contains(given));
    if said.classified.products().is_empty() && !said.said.words.iter().any(|words| is_given(words)) {
        return None;
    }
    of_drug(resource, &said, chart, zone).map(order)
}

/// The orders inside a plan, and the activities that only name the drug.
fn of_plan<'l, 'a>(resource: &Resource<'a>, chart: Chart<'_, 'l, 'a>, zone: &TimeZone) -> Vec<Draft<'l, 'a>> {
    let inside = resource.object.objects("contained").filter_map(|object| Resource::read(object, None));
    let mut drafts: Vec<Draft<'l, 'a>> = inside
        .filter(|inner| !is_plan(&inner.kind))
        .flat_map(|inner| read(&inner, chart, zone))
        .map(|draft| match draft {
            Draft::Order(found) => Draft::Order(Box::new(Found { is_draft: false, ..*found })),
            other => other,
        })
        .collect();
    let names = |object: &Object<'a>| is_any_drug(&chart.meanings.of_concept(named(object)), chart);
    let details = resource.object.objects("activity").filter_map(|activity| activity.object("detail"));
    let actions = resource.object.objects("action");
    if drafts.is_empty() && details.chain(actions).any(|part| names(&part)) {
        drafts.push(unchecked(resource, Why::InPlan));
    }
    drafts
}

/// What an activity or action says that is done.
fn named<'a>(part: &Object<'a>) -> Concept<'a> {
    let mut said = Concept::of(part, "code");
    said.add(Concept::of(part, "productCodeableConcept"));
    for words in ["title", "description"].into_iter().filter_map(|name| part.string(name)) {
        said.add(Concept::of_words(words));
    }
    if let Some(display) = part.object("productReference").and_then(|target| target.string("display")) {
        said.add(Concept::of_words(display));
    }
    said
}

#[cfg(test)]
mod tests;
