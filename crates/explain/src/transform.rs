//! One change of one resource: the text of the resource with a few members replaced.

use std::borrow::Cow;

use document::{Node, Object};
use domain::rule::Drug;
use fhir::resource::type_of;
use knowledge::Library;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::edit::{Edit, EditError, WEIGHT, clock};

/// The resource with a change made.
pub fn changed(edit: &Edit, at: &str, resource: &Object<'_>, library: &Library) -> Result<String, EditError> {
    match edit {
        Edit::Value { value, .. } => with_value(at, resource, value.trim()),
        Edit::Date { date, .. } => with_date(at, resource, date.trim()),
        Edit::Dose { dose, .. } => {
            let (value, unit) = number_and_unit(dose.trim()).filter(|(_, unit)| !unit.is_empty()).ok_or_else(|| {
                EditError::new(at, format!("`{dose}` is not a dose: a number and a unit are needed, such as 162 mg"))
            })?;
            with_dosage(at, resource, |dosage| with_dose(dosage, &value, &unit))
        }
        Edit::Interval { every, .. } => {
            let wrong = || EditError::new(at, format!("`{every}` is not an interval such as 1 wk, 14 d or 1 mo"));
            let (value, unit) = number_and_unit(every.trim()).ok_or_else(wrong)?;
            let unit = period_unit(&unit).ok_or_else(wrong)?;
            let repeat = format!(r#"{{"repeat":{{"frequency":1,"period":{value},"periodUnit":"{unit}"}}}}"#);
            with_dosage(at, resource, |dosage| dosage.with(&[("timing", Some(repeat)), ("text", None)]))
        }
        Edit::Route { route, .. } => with_route(at, resource, route, library),
        Edit::Use { reason, .. } => with_reason(at, resource, reason, library),
        Edit::Weight { .. } | Edit::Remove { .. } | Edit::Moment { .. } | Edit::Policy { .. } => {
            Ok(resource.node().text().to_owned())
        }
    }
}

/// A body weight of the day of the decision.
pub fn weight(kilograms: &str, root: Node<'_>, moment: &str) -> Result<String, EditError> {
    let wrong = |said: &str| EditError::new("body weight", said);
    let value: Decimal = kilograms.trim().parse().map_err(|_| wrong(&format!("`{kilograms}` is not a number")))?;
    if value <= Decimal::ZERO {
        return Err(wrong(&format!("`{kilograms}` is not above zero")));
    }
    let day = clock(moment).map(|clock| clock.today().to_string());
    let day = day.ok_or_else(|| wrong(&format!("`{moment}` is not a date and time")))?;
    let context = root.object().and_then(|call| call.object("context"));
    let patient = context.and_then(|context| context.string("patientId")).unwrap_or_default();
    let reference = json!(if patient.contains('/') { patient.into_owned() } else { format!("Patient/{patient}") });
    Ok(format!(
        r#"{{"resourceType":"Observation","id":"{WEIGHT}","status":"final","category":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}}]}}],"code":{{"coding":[{{"system":"http://loinc.org","code":"29463-7","display":"Body weight"}}]}},"subject":{{"reference":{reference}}},"effectiveDateTime":"{day}","valueQuantity":{{"value":{value},"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}}}"#
    ))
}

/// A result with another value. A number keeps the unit unless it has its own; another answer is written in words.
fn with_value(at: &str, resource: &Object<'_>, value: &str) -> Result<String, EditError> {
    let kind = type_of(resource).unwrap_or_default();
    if kind != "Observation" {
        return Err(EditError::new(at, format!("a resource of type {kind} has no value")));
    }
    if value.is_empty() {
        return Err(EditError::new(at, "no value is given"));
    }
    let given = resource.members().find(|(name, node)| name.starts_with("value") && !node.is_null());
    let none = ("dataAbsentReason", None);
    let number = comparator_and_number(value);
    match given {
        Some((name, node)) if name == "valueQuantity" => {
            let (comparator, number, unit) =
                number.ok_or_else(|| EditError::new(at, format!("`{value}` is not a number")))?;
            let quantity = node.object().unwrap_or_default();
            let mut changes = vec![("value", Some(number)), ("comparator", comparator.map(|sign| text(&sign)))];
            changes.extend(unit_of(&unit));
            Ok(resource.with(&[(&*name, Some(quantity.with(&changes))), none]))
        }
        Some((name, _)) if name == "valueInteger" || name == "valueDecimal" => {
            let number = number.filter(|(sign, _, unit)| sign.is_none() && unit.is_empty());
            let (_, number, _) = number.ok_or_else(|| EditError::new(at, format!("`{value}` is not a number")))?;
            Ok(resource.with(&[(&*name, Some(number)), none]))
        }
        Some((name, _)) if name == "valueBoolean" => match value {
            "true" | "false" => Ok(resource.with(&[(&*name, Some(value.to_owned())), none])),
            _ => Err(EditError::new(at, format!("`{value}` is neither true nor false"))),
        },
        Some((name, _)) if name == "valueCodeableConcept" => {
            Ok(resource.with(&[(&*name, Some(format!("{{\"text\":{}}}", text(value)))), none]))
        }
        Some((name, _)) if name == "valueString" => Ok(resource.with(&[(&*name, Some(text(value))), none])),
        Some((name, _)) => Err(EditError::new(at, format!("its value is a {name}, which cannot be changed here"))),
        None if resource.get("component").is_some() => {
            Err(EditError::new(at, "its values stand in components, which cannot be changed here"))
        }
        None => {
            let (comparator, number, unit) = number.filter(|(_, _, unit)| !unit.is_empty()).ok_or_else(|| {
                EditError::new(at, format!("it has no value yet; a number with its unit is needed, not `{value}`"))
            })?;
            let mut changes = vec![("value", Some(number)), ("comparator", comparator.map(|sign| text(&sign)))];
            changes.extend(unit_of(&unit));
            Ok(resource.with(&[("valueQuantity", Some(Object::default().with(&changes))), none]))
        }
    }
}

/// The members of a quantity that hold its unit; none where no unit is given.
fn unit_of(unit: &str) -> Vec<(&'static str, Option<String>)> {
    match unit.is_empty() {
        true => Vec::new(),
        false => vec![
            ("unit", Some(text(unit))),
            ("system", Some(text("http://unitsofmeasure.org"))),
            ("code", Some(text(unit))),
        ],
    }
}

/// The members that hold the date of a resource, by type, the usual one first.
fn date_members(kind: &str) -> &'static [&'static str] {
    match kind {
        "Observation" => &["effectiveDateTime", "effectiveInstant", "issued"],
        "DiagnosticReport" => &["effectiveDateTime", "issued"],
        "Condition" => &["recordedDate", "dateRecorded", "assertedDate", "onsetDateTime"],
        "AllergyIntolerance" => &["recordedDate", "assertedDate"],
        "MedicationRequest" | "ServiceRequest" => &["authoredOn"],
        "MedicationOrder" => &["dateWritten"],
        "MedicationStatement" => &["effectiveDateTime", "dateAsserted"],
        "MedicationAdministration" => &["effectiveDateTime"],
        "MedicationDispense" => &["whenHandedOver", "whenPrepared"],
        "Immunization" => &["occurrenceDateTime", "date"],
        "Procedure" => &["performedDateTime"],
        "ImagingStudy" => &["started"],
        "Patient" => &["birthDate"],
        _ => &[],
    }
}

/// A resource with another date, in the member in which it has one. Of a period the end moves, or its start where it
/// has no end.
fn with_date(at: &str, resource: &Object<'_>, date: &str) -> Result<String, EditError> {
    let kind = type_of(resource).unwrap_or_default();
    let members = date_members(&kind);
    let Some(usual) = members.first() else {
        return Err(EditError::new(at, format!("the date of a resource of type {kind} cannot be changed here")));
    };
    let period =
        ["effectivePeriod", "performedPeriod"].into_iter().find_map(|name| Some((name, resource.object(name)?)));
    let given = members.iter().find(|name| resource.get(name).is_some());
    match (given, period) {
        (None, Some((name, period))) => {
            let edge = if period.get("end").is_some() { "end" } else { "start" };
            Ok(resource.with(&[(name, Some(period.with(&[(edge, Some(text(date)))])))]))
        }
        (given, _) => Ok(resource.with(&[(given.unwrap_or(usual), Some(text(date)))])),
    }
}

/// An order with its first dosage changed.
fn with_dosage(at: &str, order: &Object<'_>, change: impl FnOnce(&Object<'_>) -> String) -> Result<String, EditError> {
    let kind = type_of(order).unwrap_or_default();
    let member = match &*kind {
        "MedicationRequest" | "MedicationOrder" | "MedicationDispense" => "dosageInstruction",
        "MedicationStatement" => "dosage",
        _ => return Err(EditError::new(at, format!("a resource of type {kind} has no dosage to change"))),
    };
    Ok(order.with(&[(member, Some(first_changed(order, member, change)))]))
}

/// The array of a member with its first object changed; with one object where there was none.
fn first_changed(object: &Object<'_>, member: &str, change: impl FnOnce(&Object<'_>) -> String) -> String {
    let mut items: Vec<Cow<'_, str>> = object.items(member).map(|item| Cow::Borrowed(item.text())).collect();
    let new = change(&object.object(member).unwrap_or_default());
    match object.items(member).position(|item| item.object().is_some()).and_then(|place| items.get_mut(place)) {
        Some(first) => *first = Cow::Owned(new),
        None => items.push(Cow::Owned(new)),
    }
    format!("[{}]", items.join(","))
}

/// A dosage with another dose. Its text goes, since it would still say the old one.
fn with_dose(dosage: &Object<'_>, value: &str, unit: &str) -> String {
    let quantity = Object::default().with(&[vec![("value", Some(value.to_owned()))], unit_of(unit)].concat());
    let none = [("text", None), ("doseRange", None)];
    // Older versions hold the dose in the dosage itself.
    if dosage.get("doseAndRate").is_none() && dosage.get("doseQuantity").is_some() {
        return dosage.with(&[[("doseQuantity", Some(quantity))].as_slice(), &none].concat());
    }
    let rate = first_changed(dosage, "doseAndRate", |rate| {
        rate.with(&[("doseQuantity", Some(quantity)), ("doseRange", None)])
    });
    dosage.with(&[[("doseAndRate", Some(rate))].as_slice(), &none].concat())
}

fn with_route(at: &str, order: &Object<'_>, route: &str, library: &Library) -> Result<String, EditError> {
    let known = || library.drugs.iter().flat_map(|drug| &drug.routes);
    let found = known().find(|known| known.id == route.trim()).ok_or_else(|| {
        let ids: Vec<&str> = known().map(|route| route.id.as_str()).collect();
        EditError::new(at, format!("`{route}` is not a route of the library; its routes are {}", ids.join(", ")))
    })?;
    let coding = json!([{"system": found.code.system, "code": found.code.code, "display": found.code.display}]);
    let concept = format!("{{\"coding\":{coding}}}");
    with_dosage(at, order, |dosage| dosage.with(&[("route", Some(concept)), ("text", None)]))
}

/// An order for another use: an indication of a drug by a code of its conditions, or words as they are.
fn with_reason(at: &str, order: &Object<'_>, reason: &str, library: &Library) -> Result<String, EditError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(EditError::new(at, "no use is given"));
    }
    let indication = |drug: &'_ Drug| -> Option<Vec<Value>> {
        let indication = drug.indications.iter().find(|known| known.id == reason)?;
        let concepts = indication.reason.iter().chain(&indication.all);
        Some(concepts.filter_map(|concept| reason_code(library, concept)).collect())
    };
    let codes = library.drugs.iter().find_map(indication).filter(|codes| !codes.is_empty());
    let reasons = codes.unwrap_or_else(|| vec![json!({"text": reason})]);
    let kind = type_of(order).unwrap_or_default();
    match &*kind {
        "MedicationRequest" | "MedicationStatement" => {
            Ok(order.with(&[("reasonCode", Some(Value::from(reasons).to_string())), ("reasonReference", None)]))
        }
        "MedicationOrder" => {
            let first = reasons.into_iter().next().map(|reason| reason.to_string());
            Ok(order.with(&[("reasonCodeableConcept", first), ("reasonReference", None)]))
        }
        _ => Err(EditError::new(at, format!("a resource of type {kind} has no use to change"))),
    }
}

/// The first code of a concept, as a reason.
fn reason_code(library: &Library, concept: &str) -> Option<Value> {
    let set = library.codes.set(&library.concepts.get(concept)?.value_set)?;
    let code = set.codes.iter().find(|code| !code.children).or(set.codes.first())?;
    let system = library.codes.uri(&code.system)?;
    Some(json!({"coding": [{"system": system, "code": code.code, "display": code.display}]}))
}

/// A number with its sign and unit: `<0.5 mg/dL`.
fn comparator_and_number(value: &str) -> Option<(Option<String>, String, String)> {
    let signs = ["<=", ">=", "<", ">"];
    let sign = signs.into_iter().find(|sign| value.starts_with(sign));
    let rest = value.strip_prefix(sign.unwrap_or_default())?.trim();
    let (number, unit) = number_and_unit(rest)?;
    Some((sign.map(str::to_owned), number, unit))
}

/// A number as it is written in JSON, and the unit after it.
fn number_and_unit(text: &str) -> Option<(String, String)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-'))).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let number: Decimal = number.parse().ok()?;
    let unit = unit.trim();
    let is_unit = !unit.chars().any(char::is_whitespace) && unit.len() <= 40;
    is_unit.then(|| (number.to_string(), unit.to_owned()))
}

/// The code of FHIR for a unit of time.
fn period_unit(unit: &str) -> Option<&'static str> {
    match unit {
        "d" | "day" | "days" => Some("d"),
        "wk" | "week" | "weeks" => Some("wk"),
        "mo" | "month" | "months" => Some("mo"),
        _ => None,
    }
}

/// A string as JSON.
fn text(words: &str) -> String {
    Value::from(words).to_string()
}
