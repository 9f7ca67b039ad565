//! Entries of a record that are no results: problems, medicines on their way from prescription to dose, allergies,
//! vaccinations.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::sheet::{Sheet, at, concept};

/// RxNorm.
pub const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
/// ICD-10-CM.
pub const ICD: &str = "http://hl7.org/fhir/sid/icd-10-cm";
const SNOMED: &str = "http://snomed.info/sct";
const TERMS: &str = "http://terminology.hl7.org/CodeSystem";

/// A medicine: its RxNorm code and words.
pub type Medicine = (&'static str, &'static str);

/// An entry of the problem list.
#[derive(Debug, Clone, Copy)]
pub struct Problem {
    /// ICD-10-CM code and words.
    pub code: (&'static str, &'static str),
    /// When it began.
    pub onset: Date,
    /// When it was put on record.
    pub recorded: Date,
    /// When it ended.
    pub ended: Option<Date>,
    /// Whether the entry stands: `confirmed`, `refuted`, `entered-in-error`.
    pub verified: &'static str,
}

impl Problem {
    /// A confirmed entry that was made on the first day and goes on.
    pub fn new(code: (&'static str, &'static str), onset: Date) -> Problem {
        Problem { code, onset, recorded: onset, ended: None, verified: "confirmed" }
    }
}

impl Sheet<'_> {
    /// Adds an entry of the problem list.
    pub fn problem(&mut self, problem: Problem) {
        let Problem { code: (code, words), onset, recorded, ended, verified } = problem;
        let mut body = json!({
            "meta": self.meta(recorded),
            "identifier": self.identifier("problems"),
            "verificationStatus": concept(&format!("{TERMS}/condition-ver-status"), verified, verified),
            "category": [concept(&format!("{TERMS}/condition-category"), "problem-list-item", "Problem List Item")],
            "code": concept(ICD, code, words),
            "encounter": self.visit(),
            "onsetDateTime": onset.to_string(),
            "recordedDate": at(recorded, "15:20:41Z"),
            "recorder": {"reference": "Practitioner/dr-invented", "display": "Dr. Invented"},
        });
        // QRDA and some feeds leave the dot out.
        if self.chance.percent(3.0) {
            body["code"]["coding"][0]["code"] = json!(code.replace('.', ""));
        }
        if verified != "entered-in-error" {
            let status = if ended.is_some() { "resolved" } else { "active" };
            body["clinicalStatus"] = concept(&format!("{TERMS}/condition-clinical"), status, status);
        }
        if let Some(ended) = ended {
            body["abatementDateTime"] = json!(ended.to_string());
        }
        self.add("Condition", body);
    }

    /// Adds a prescription and returns its id.
    pub fn prescription(&mut self, medicine: Value, status: &str, moment: &str, more: Value) -> String {
        let day: Date = moment.get(..10).and_then(|day| day.parse().ok()).unwrap_or(crate::person::LAST);
        let mut body = json!({
            "meta": self.meta(day),
            "identifier": self.identifier("prescriptions"),
            "status": status,
            "intent": "order",
            "category": [concept(&format!("{TERMS}/medicationrequest-category"), "outpatient", "Outpatient")],
            "encounter": self.visit(),
            "authoredOn": moment,
            "requester": {"reference": "Practitioner/dr-invented", "display": "Dr. Invented"},
        });
        merge(&mut body, medicine);
        merge(&mut body, more);
        self.add("MedicationRequest", body)
    }

    /// Adds a supply of so many days that was handed over.
    pub fn supply(&mut self, medicine: Value, day: Date, days: i64) {
        let mut body = json!({
            "meta": self.meta(day),
            "identifier": self.identifier("dispenses"),
            "status": "completed",
            "performer": [{"actor": {"reference": "Organization/pharmacy", "display": "Pharmacy at the station"}}],
            "type": concept(&format!("{TERMS}/v3-ActCode"), "RFP", "Refill - Part Fill"),
            "daysSupply": {"value": days, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"},
            "whenPrepared": at(day, "16:02:00Z"),
            "whenHandedOver": at(day, "16:31:08Z"),
        });
        merge(&mut body, medicine);
        self.add("MedicationDispense", body);
    }

    /// Adds a dose that was given.
    pub fn dose(&mut self, medicine: Value, day: Date) {
        let mut body = json!({
            "meta": self.meta(day),
            "identifier": self.identifier("administrations"),
            "status": "completed",
            "effectivePeriod": {"start": at(day, "10:05:00Z"), "end": at(day, "11:05:00Z")},
            "performer": [{"actor": {"reference": "Practitioner/nurse-invented", "display": "Nurse Invented"}}],
            "dosage": {"route": route(true), "text": "as ordered"},
        });
        merge(&mut body, medicine);
        self.add("MedicationAdministration", body);
    }

    /// Adds what a patient says to have taken; without an end it goes on.
    pub fn statement(&mut self, medicine: Value, status: &str, begun: Date, ended: Option<Date>) {
        let mut period = json!({"start": begun.to_string()});
        if let Some(ended) = ended {
            period["end"] = json!(ended.to_string());
        }
        let said = ended.unwrap_or(begun);
        let mut body = json!({
            "meta": self.meta(said),
            "status": status,
            "effectivePeriod": period,
            "dateAsserted": begun.to_string(),
            "informationSource": {"reference": "Practitioner/dr-invented"},
        });
        merge(&mut body, medicine);
        self.add("MedicationStatement", body);
    }

    /// Adds an allergy.
    pub fn allergy(&mut self, substance: Medicine, verified: &str, recorded: Date) {
        let mut body = json!({
            "meta": self.meta(recorded),
            "verificationStatus": concept(&format!("{TERMS}/allergyintolerance-verification"), verified, verified),
            "type": "allergy",
            "category": ["medication"],
            "criticality": "high",
            "code": concept(RXNORM, substance.0, substance.1),
            "recordedDate": at(recorded, "08:15:00Z"),
            "reaction": [{"manifestation": [concept(SNOMED, "271807003", "Eruption of skin")], "severity": "moderate"}],
        });
        if verified != "entered-in-error" {
            body["clinicalStatus"] = concept(&format!("{TERMS}/allergyintolerance-clinical"), "active", "Active");
        }
        self.add("AllergyIntolerance", body);
    }

    /// Adds a vaccination.
    pub fn vaccination(&mut self, (code, words): (&str, &str), day: Date) {
        let body = json!({
            "meta": self.meta(day),
            "status": "completed",
            "vaccineCode": concept("http://hl7.org/fhir/sid/cvx", code, words),
            "occurrenceDateTime": day.to_string(),
            "recorded": day.to_string(),
            "primarySource": true,
            "lotNumber": format!("LOT{:06}", self.chance.within(0, 999_999)),
            "site": concept(&format!("{TERMS}/v3-ActSite"), "LA", "left arm"),
        });
        self.add("Immunization", body);
    }

    /// Adds a CT of the chest.
    pub fn tomography(&mut self, day: Date) {
        let body = json!({
            "meta": self.meta(day),
            "identifier": self.identifier("reports"),
            "status": "final",
            "category": [concept(&format!("{TERMS}/v2-0074"), "RAD", "Radiology")],
            "code": concept("http://loinc.org", "29252-4", "CT Chest W contrast IV"),
            "effectiveDateTime": at(day, "13:10:00Z"),
            "issued": at(day, "17:45:00.000Z"),
            "conclusion": "Bibasilar ground-glass opacities with fine reticulation. No consolidation.",
        });
        self.add("DiagnosticReport", body);
    }

    /// A medicine by its code, now and then with a code of the pharmacy as well, or as a resource inside.
    pub fn medicine(&mut self, (code, words): Medicine) -> Value {
        let coding = json!({"system": RXNORM, "code": code, "display": words});
        let local =
            json!({"system": "https://pharmacy.example.org/articles", "code": format!("A{code}"), "display": words});
        match self.chance.within(0, 9) {
            0 => json!({
                "contained": [{"resourceType": "Medication", "id": "m", "code": {"coding": [coding], "text": words}}],
                "medicationReference": {"reference": "#m", "display": words},
            }),
            1 | 2 => json!({"medicationCodeableConcept": {"coding": [local, coding], "text": words}}),
            _ => json!({"medicationCodeableConcept": {"coding": [coding], "text": words}}),
        }
    }
}

/// The route of an infusion or an injection.
pub fn route(infused: bool) -> Value {
    if infused {
        concept(SNOMED, "47625008", "Intravenous route")
    } else {
        concept(SNOMED, "34206005", "Subcutaneous route")
    }
}

/// Adds the members of one object to another.
pub fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}
