//! What a click does: removes the order, orders a service, or gives the order the labelled dose.
//!
//! An order that we change is the JSON we were sent with a few elements replaced. It never goes through typed models,
//! so nothing that we do not understand is lost.

use fhir_authoring::{Code, Service, medication_request, service_request};
use serde_json::json;
use serde_json::value::RawValue;

use super::card::{ActionJson, Bearer};
use crate::domain::order::DrugOrder;
use crate::domain::rule::{Action, Coding, Drug, LabelledDose, Route};
use crate::fhir::json::{Node, Object};

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
}

/// The actions of a click; `None` when one of them cannot be written, such as the removal of an order without id.
pub fn actions(
    action: &Action,
    label: &str,
    target: Target<'_>,
    bearer: &Bearer<'_>,
    why: &str,
) -> Option<Vec<ActionJson>> {
    if target.order.standing && !matches!(action, Action::Create(_)) {
        // A treatment that is going on is not among the drafts, so no click of ours may change it.
        return None;
    }
    let with = |kind, resource, resource_id| ActionJson { kind, description: label.to_owned(), resource, resource_id };
    let removed = || {
        target.node.object()?.string("id")?;
        Some(with("delete", None, Some(target.order.reference.clone())))
    };
    Some(match action {
        Action::DeleteOrder => vec![removed()?],
        Action::Create(coding) => vec![with("create", Some(ordered(coding, bearer, why, service_request)?), None)],
        Action::UpdateDose => vec![with("update", Some(update(target)?), None)],
        Action::Replace(coding, dose) => {
            let another = ordered(coding, bearer, why, |order| medication_request(order, dose))?;
            vec![with("create", Some(another), None), removed()?]
        }
    })
}

/// What we order, for the patient and in the name of the user of the call, as JSON written by `write`.
fn ordered(
    coding: &Coding,
    bearer: &Bearer<'_>,
    why: &str,
    write: impl FnOnce(&Service<'_>) -> Option<String>,
) -> Option<Box<RawValue>> {
    let patient = format!("Patient/{}", bearer.patient_id);
    let encounter = bearer.encounter_id.map(|id| format!("Encounter/{id}"));
    let json = write(&Service {
        patient: &patient,
        encounter: encounter.as_deref(),
        requester: bearer.user_id,
        code: Code { system: &coding.system, code: &coding.code, display: &coding.display },
        reason: why,
        authored_on: Some(bearer.moment),
    })?;
    RawValue::from_string(json).ok()
}

/// The order with the labelled dose, and with a product that goes by its route.
fn update(target: Target<'_>) -> Option<Box<RawValue>> {
    // Without an id no client could tell which order it replaces.
    target.node.object()?.string("id")?;
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
    RawValue::from_string(patched(&object, &changes)?).ok()
}

/// The first dosage with text, timing, route and dose replaced; limits and rates of the old dose go.
fn dosage(order: &Object<'_>, dose: &LabelledDose, route: &Route) -> Option<String> {
    let old = order.objects("dosageInstruction").into_iter().next().unwrap_or_default();
    let older_version = old.get("doseQuantity").is_some() || order.string("resourceType")? == "MedicationOrder";
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
    ];
    let mut changes: Vec<(&str, Option<String>)> =
        gone.iter().filter(|name| **name != dose_place).map(|name| (*name, None)).collect();
    changes.push(("text", Some(json!(dose.text).to_string())));
    changes.push(("timing", Some(timing.to_string())));
    changes.push(("route", Some(route.to_string())));
    changes.push((dose_place, Some(dose_value)));
    patched(&old, &changes)
}

/// The object with these members replaced, added or, with `None`, left out; all others to the letter as they came.
fn patched(object: &Object<'_>, changes: &[(&str, Option<String>)]) -> Option<String> {
    let mut members = Vec::new();
    for (name, node) in object.members() {
        let value = match changes.iter().find(|(changed, _)| *changed == name) {
            Some((_, Some(value))) => value.as_str(),
            Some((_, None)) => continue,
            None => node.text(),
        };
        members.push(format!("{}:{value}", serde_json::to_string(name).ok()?));
    }
    for (name, value) in changes {
        if let Some(value) = value
            && object.member(name).is_none()
        {
            members.push(format!("{}:{value}", serde_json::to_string(name).ok()?));
        }
    }
    Some(format!("{{{}}}", members.join(",")))
}

#[cfg(test)]
mod tests {
    use super::patched;
    use crate::fhir::json::Node;

    #[test]
    fn what_is_not_changed_stays_to_the_letter() {
        let text = r#"{"a":7.20,"x":{"é":[null,1e2]},"b":1,"c":"\u00e9"}"#;
        let object = Node::parse(text).expect("JSON").object().expect("an object");
        let changes = [("b", Some("2".to_owned())), ("c", None), ("d", Some("[3]".to_owned()))];
        assert_eq!(patched(&object, &changes).as_deref(), Some(r#"{"a":7.20,"x":{"é":[null,1e2]},"b":2,"d":[3]}"#));
    }
}
