//! A test patient's record in a real server: every fixture as a patient of its own, so that all can be there at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{library, moved, text};

/// A test patient with an id of its own.
pub struct Patient {
    /// The name of the fixture.
    pub name: &'static str,
    /// The call, which brings the whole record as prefetch.
    pub request: Value,
    /// The resources of the record.
    pub record: Vec<Value>,
}

impl Patient {
    /// The fixture of this name with its dates moved to today, and with ids that no other fixture has.
    pub fn of(name: &'static str, number: usize) -> Patient {
        let mut request = moved(name);
        let mut own: BTreeSet<String> = held(&request).iter().filter_map(reference).collect();
        own.insert(format!("Patient/{}", id(&request)));
        rename(&mut request, &own, &format!("-{number:03}"));
        if let Some(prefetch) = request.get_mut("prefetch").and_then(Value::as_object_mut) {
            for query in &library().services.queries {
                // A server that holds the record answers every query, with nothing where the record has nothing.
                prefetch.entry(query.key.clone()).or_insert_with(|| json!({"resourceType": "Bundle"}));
            }
        }
        Patient { name, record: each_once(name, held(&request)), request }
    }

    /// The id of the patient.
    pub fn id(&self) -> String {
        id(&self.request).to_owned()
    }

    /// The record as a batch that puts each resource under its own id.
    pub fn batch(&self) -> Value {
        self.each(|resource, url| json!({"resource": resource, "request": {"method": "PUT", "url": url}}))
    }

    /// The batch that takes the record out again.
    pub fn removal(&self) -> Value {
        self.each(|_, url| json!({"request": {"method": "DELETE", "url": url}}))
    }

    fn each(&self, entry: impl Fn(&Value, String) -> Value) -> Value {
        batch(&self.record, entry)
    }
}

/// A patient of whom no answer may ever speak: with an allergy to tocilizumab, tuberculosis and hardly any neutrophils.
pub fn stranger() -> Value {
    let subject = json!({"reference": "Patient/stranger"});
    let coded = |system: &str, code: &str| json!({"coding": [{"system": system, "code": code}]});
    let rxnorm = "http://www.nlm.nih.gov/research/umls/rxnorm";
    let record = [
        json!({"resourceType": "Patient", "id": "stranger", "birthDate": "2020-01-01"}),
        json!({"resourceType": "AllergyIntolerance", "id": "of-stranger", "patient": subject,
            "code": coded(rxnorm, "612865")}),
        json!({"resourceType": "Condition", "id": "of-stranger", "subject": subject,
            "code": coded("http://snomed.info/sct", "56717001")}),
        json!({"resourceType": "Observation", "id": "of-stranger", "subject": subject, "status": "final",
            "code": coded("http://loinc.org", "751-8"), "effectiveDateTime": "2026-11-01",
            "valueQuantity": {"value": 0.1, "unit": "10*9/L"}}),
        json!({"resourceType": "MedicationStatement", "id": "of-stranger", "subject": subject, "status": "active",
            "medicationCodeableConcept": coded(rxnorm, "612865"), "effectiveDateTime": "2026-11-01"}),
    ];
    batch(&record, |resource, url| json!({"resource": resource, "request": {"method": "PUT", "url": url}}))
}

fn batch(record: &[Value], entry: impl Fn(&Value, String) -> Value) -> Value {
    let entries = record.iter().map(|resource| entry(resource, reference(resource).unwrap_or_default()));
    json!({"resourceType": "Bundle", "type": "batch", "entry": entries.collect::<Vec<_>>()})
}

/// The id of the patient whom a call is about, without its type.
fn id(request: &Value) -> &str {
    text(request, "/context/patientId").rsplit('/').next().unwrap_or_default()
}

/// The resources that a call brings, in whatever wrapping; what is no resource of the record is left out.
fn held(request: &Value) -> Vec<Value> {
    fn of(value: &Value) -> Vec<Value> {
        match (text(value, "/resourceType"), value.get("entry"), value.get("resource")) {
            ("OperationOutcome", ..) => Vec::new(),
            (_, Some(entries), _) => entries.as_array().into_iter().flatten().flat_map(of).collect(),
            (_, None, Some(inner)) => of(inner),
            ("" | "Bundle", ..) => Vec::new(),
            _ => vec![value.clone()],
        }
    }
    request["prefetch"].as_object().into_iter().flat_map(|prefetch| prefetch.values()).flat_map(of).collect()
}

/// `Type/id`.
fn reference(resource: &Value) -> Option<String> {
    Some(format!("{}/{}", resource["resourceType"].as_str()?, resource["id"].as_str()?))
}

/// A resource that answers two queries is put once; two different ones of the same id would overwrite each other.
fn each_once(name: &str, held: Vec<Value>) -> Vec<Value> {
    let mut once: BTreeMap<String, Value> = BTreeMap::new();
    for resource in held {
        let reference = reference(&resource).unwrap_or_else(|| panic!("{name}: a resource without id: {resource}"));
        let before = once.insert(reference.clone(), resource.clone());
        assert!(before.is_none_or(|before| before == resource), "{name}: two resources are called {reference}");
    }
    once.into_values().collect()
}

/// Gives the record's own resources another id, and whatever refers to them.
fn rename(value: &mut Value, own: &BTreeSet<String>, suffix: &str) {
    if let Some(reference) = reference(value)
        && own.contains(&reference)
        && let Some(id) = value.get_mut("id")
    {
        *id = Value::from(format!("{}{suffix}", id.as_str().unwrap_or_default()));
    }
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let patient = name == "patientId";
                match member.as_str() {
                    Some(text) if patient || (is_link(name) && own.contains(&end(text))) => {
                        *member = Value::from(format!("{text}{suffix}"));
                    }
                    _ => rename(member, own, suffix),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, own, suffix)),
        _ => {}
    }
}

fn is_link(member: &str) -> bool {
    matches!(member, "reference" | "fullUrl")
}

/// The last two parts of a link: `Type/id`.
fn end(link: &str) -> String {
    let parts: Vec<&str> = link.rsplitn(3, '/').collect();
    parts.iter().take(2).rev().copied().collect::<Vec<_>>().join("/")
}
