//! What a click does: removes the order, orders a service, or gives the order the labelled dose.
//!
//! An order that we change is the JSON we were sent with a few elements replaced. It never goes through typed models,
//! so nothing that we do not understand is lost.

use std::cell::OnceCell;

use jiff::ToSpan;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use cds_hooks::author::NewOrder;
use cds_hooks::card::{About, ActionJson, Verb};
use document::{Node, Object};
use domain::order::DrugOrder;
use domain::rule::{Action, Coding, Drug, LabelledDose, Route, Suggestion};
use domain::time::Clock;
use fhir::resource::type_of;

use super::card::CardContext;

/// Members of a resource, each with its JSON.
pub type Reasons = Vec<(&'static str, String)>;

/// The order a suggestion is about.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Its drug.
    pub drug: &'a Drug,
    /// As the rules see it.
    pub order: &'a DrugOrder,
    /// As it was sent.
    pub node: Node<'a>,
    /// Its place among the orders of the call, which tells apart those without an id.
    pub position: usize,
    /// Whether it is an entry of the drafts: not a treatment that is going on, and not a part of another resource.
    pub is_draft: bool,
    /// The other orders of the drug on record that are open, as they were sent.
    pub others: &'a [Node<'a>],
    /// Its reasons as a new order takes them over; made when the first one is offered.
    pub reasons: &'a OnceCell<Reasons>,
}

/// The actions of a click; `None` when one of them cannot be written, such as the removal of an order without id.
pub fn actions(
    suggestion: &Suggestion,
    target: Target<'_>,
    context: &CardContext<'_>,
    clock: &Clock,
) -> Option<Vec<ActionJson>> {
    let action = &suggestion.action;
    if !target.is_draft && !matches!(action, Action::Create(_)) {
        // What is not an entry of the drafts cannot be changed by a click.
        return None;
    }
    let with = |kind, about, resource, resource_id| ActionJson {
        kind,
        description: suggestion.label.clone(),
        resource,
        resource_id,
        about,
    };
    let resource_type = || target.node.object().and_then(|object| type_of(&object)).unwrap_or_default().into_owned();
    let removed = || {
        target.node.object()?.string("id")?;
        let about = About { resource_type: resource_type(), ..About::default() };
        Some(with(Verb::Delete, about, None, Some(target.order.reference.clone())))
    };
    Some(match action {
        Action::DeleteOrder => vec![removed()?],
        Action::Create(coding) => {
            let about = About { resource_type: "ServiceRequest".to_owned(), ..About::default() };
            let ordered = Ordered::new(coding, target, context, due(suggestion, clock));
            let written = context.author.service_request(&ordered.as_order())?;
            vec![with(Verb::Create, about, RawValue::from_string(written).ok(), None)]
        }
        Action::StopOthers => {
            let stop = |node: &Node<'_>| {
                let object = node.object()?;
                object.string("id")?;
                let resource =
                    RawValue::from_string(object.with(&[("status", Some("\"stopped\"".to_owned()))])).ok()?;
                let about = About { resource_type: type_of(&object)?.into_owned(), ..About::default() };
                Some(with(Verb::Update, about, Some(resource), None))
            };
            let stopped: Vec<ActionJson> = target.others.iter().filter_map(stop).collect();
            (!stopped.is_empty()).then_some(stopped)?
        }
        Action::UpdateDose => {
            let dose = target.drug.labelled_dose.as_ref().map(|dose| dose.text.clone());
            let about = About { resource_type: resource_type(), dose, medicine: None };
            vec![with(Verb::Update, about, Some(update(target)?), None)]
        }
        Action::Replace(coding, dose) => {
            let about = About {
                resource_type: "MedicationRequest".to_owned(),
                medicine: Some(coding.display.clone()),
                dose: Some(dose.clone()),
            };
            let ordered = Ordered::new(coding, target, context, None);
            let written = context.author.medication_request(&ordered.as_order(), dose)?;
            vec![with(Verb::Create, about, Some(RawValue::from_string(written).ok()?), None), removed()?]
        }
    })
}

/// The first and the last day on which a service is due.
fn due(suggestion: &Suggestion, clock: &Clock) -> Option<(String, String)> {
    let (from, to) = suggestion.due?;
    let after = |days: i64| Some(clock.today().checked_add(days.days()).ok()?.to_string());
    Some((after(from)?, after(to)?))
}

/// What we order, for the patient and in the name of the user of the call, and for the reasons of the order it goes
/// with.
struct Ordered<'a> {
    patient: String,
    encounter: Option<String>,
    coding: &'a Coding,
    context: &'a CardContext<'a>,
    reasons: &'a [(&'static str, String)],
    due: Option<(String, String)>,
}

impl<'a> Ordered<'a> {
    fn new(
        coding: &'a Coding,
        target: Target<'a>,
        context: &'a CardContext<'a>,
        due: Option<(String, String)>,
    ) -> Ordered<'a> {
        let patient = format!("Patient/{}", context.patient_id);
        let encounter = context.encounter_id.map(|id| format!("Encounter/{id}"));
        let reasons =
            target.reasons.get_or_init(|| target.node.object().map(|order| reasons(&order)).unwrap_or_default());
        Ordered { patient, encounter, coding, context, reasons, due }
    }

    fn as_order(&self) -> NewOrder<'_> {
        NewOrder {
            patient: &self.patient,
            encounter: self.encounter.as_deref(),
            requester: self.context.user_id,
            system: &self.coding.system,
            code: &self.coding.code,
            display: &self.coding.display,
            reasons: self.reasons,
            due: self.due.as_ref().map(|(from, to)| (from.as_str(), to.as_str())),
            authored_on: Some(self.context.moment),
        }
    }
}

/// The reasons of an order as a resource of R4 writes them. A condition inside the order is no longer there for another
/// resource, so its code replaces the reference.
fn reasons(order: &Object<'_>) -> Reasons {
    let mut concepts: Vec<Object<'_>> =
        order.objects("reasonCode").chain(order.objects("reasonCodeableConcept")).collect();
    let mut references: Vec<Object<'_>> = order.objects("reasonReference").collect();
    for reason in order.objects("reason") {
        concepts.extend(reason.object("concept"));
        references.extend(reason.object("reference"));
    }
    let mut lasting = Vec::new();
    for target in references {
        let link = target.string("reference").unwrap_or_default();
        match link.strip_prefix('#') {
            Some(id) => {
                let inside = order.objects("contained").find(|inner| inner.string("id").as_deref() == Some(id));
                concepts.extend(inside.and_then(|condition| condition.object("code")));
            }
            // An entry of the call's own Bundle has no address outside it.
            None if link.is_empty() || link.starts_with("urn:") => {}
            None => lasting.extend(strings(&target, &["reference", "display"])),
        }
    }
    let concepts: Vec<Value> = concepts.iter().filter_map(concept).collect();
    [("reasonCode", concepts), ("reasonReference", lasting)]
        .into_iter()
        .filter(|(_, all)| !all.is_empty())
        .map(|(name, all)| (name, Value::Array(all).to_string()))
        .collect()
}

/// A CodeableConcept with its usable members; members that are empty or of another type are left out.
fn concept(sent: &Object<'_>) -> Option<Value> {
    let codings: Vec<Value> =
        sent.objects("coding").filter_map(|coding| strings(&coding, &["system", "code", "display"])).collect();
    let mut concept = strings(sent, &["text"]).unwrap_or_else(|| json!({}));
    if !codings.is_empty() {
        concept["coding"] = Value::Array(codings);
    }
    concept.as_object().is_some_and(|members| !members.is_empty()).then_some(concept)
}

/// Those of these members that are texts and not empty; `None` when there are none.
fn strings(sent: &Object<'_>, names: &[&str]) -> Option<Value> {
    let of = |name: &&str| Some(((*name).to_owned(), Value::from(sent.string(name)?.trim())));
    let members: Map<String, Value> = names.iter().filter_map(of).filter(|(_, text)| *text != "").collect();
    (!members.is_empty()).then_some(Value::Object(members))
}

/// The order with the labelled dose, and with a product that can be given by its route.
fn update(target: Target<'_>) -> Option<Box<RawValue>> {
    // Without an id no client could tell which order it replaces.
    target.node.object()?.string("id")?;
    if !matches!(&*type_of(&target.node.object()?)?, "MedicationRequest" | "MedicationOrder") {
        // Other resources have other members for the dose.
        return None;
    }
    let dose = target.drug.labelled_dose.as_ref()?;
    let route = target.drug.routes.iter().find(|route| route.id == dose.route)?;
    let object = target.node.object()?;
    let other_route =
        target.order.product.product.as_ref().and_then(|p| p.route.as_ref()).is_some_and(|r| *r != dose.route);
    let medication = other_route.then(|| {
        let Coding { system, code, display } = &dose.product;
        json!({"coding": [{"system": system, "code": code, "display": display}], "text": display}).to_string()
    });
    let dosage = format!("[{}]", dosage(&object, dose, route)?);
    let mut changes = vec![("dosageInstruction", Some(dosage))];
    if let Some(medication) = medication {
        changes.push(("medicationReference", None));
        changes.push(("medicationCodeableConcept", Some(medication)));
    }
    RawValue::from_string(object.with(&changes)).ok()
}

/// The first dosage with text, timing, route and dose replaced; limits and rates of the old dose go.
fn dosage(order: &Object<'_>, dose: &LabelledDose, route: &Route) -> Option<String> {
    let old = order.objects("dosageInstruction").next().unwrap_or_default();
    let older_version = old.get("doseQuantity").is_some() || type_of(order)? == "MedicationOrder";
    let amount: serde_json::Number = dose.amount.normalize().to_string().parse().ok()?;
    let quantity = json!({"value": amount, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"});
    let whole_weeks = dose.interval_days % 7 == 0;
    let (period, unit) = if whole_weeks { (dose.interval_days / 7, "wk") } else { (dose.interval_days, "d") };
    let timing = json!({"repeat": {"frequency": 1, "period": period, "periodUnit": unit}});
    let Coding { system, code, display } = &route.code;
    let route = json!({"coding": [{"system": system, "code": code, "display": display}], "text": route.shown});
    let (dose_place, dose_value) = if older_version {
        ("doseQuantity", quantity.to_string())
    } else {
        ("doseAndRate", json!([{"doseQuantity": quantity}]).to_string())
    };
    let gone = [
        "doseAndRate",
        "doseQuantity",
        "doseRange",
        "rateRatio",
        "rateRange",
        "rateQuantity",
        "maxDosePerPeriod",
        "maxDosePerAdministration",
        "maxDosePerLifetime",
        "patientInstruction",
        "sequence",
        "asNeededBoolean",
        "asNeededCodeableConcept",
        "asNeeded",
        "asNeededFor",
    ];
    let mut changes: Vec<(&str, Option<String>)> =
        gone.iter().filter(|name| **name != dose_place).map(|name| (*name, None)).collect();
    changes.push(("text", Some(json!(dose.text).to_string())));
    changes.push(("timing", Some(timing.to_string())));
    changes.push(("route", Some(route.to_string())));
    changes.push((dose_place, Some(dose_value)));
    Some(old.with(&changes))
}
