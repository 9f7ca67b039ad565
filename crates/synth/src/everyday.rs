//! The greater part of every record, which no rule reads: visits, common results, common illnesses and their medicines,
//! bills and letters.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::chance::{Chance, ago};
use crate::chart::{Medicine, Problem};
use crate::person::LAST;
use crate::sheet::{Sheet, at, concept};

/// Common results: LOINC code, words, unit, and the span of the values in tenths.
const RESULTS: [(&str, &str, &str, i64, i64); 16] = [
    ("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", 1350, 1450),
    ("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", 35, 51),
    ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 5, 13),
    ("2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", 700, 1400),
    ("17861-6", "Calcium [Mass/volume] in Serum or Plasma", "mg/dL", 86, 102),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 105, 160),
    ("4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%", 320, 480),
    ("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "m[IU]/L", 4, 45),
    ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", 48, 82),
    ("2571-8", "Triglyceride [Mass/volume] in Serum or Plasma", "mg/dL", 600, 2200),
    ("8867-4", "Heart rate", "/min", 560, 1000),
    ("8310-5", "Body temperature", "Cel", 361, 373),
    ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", "%", 930, 1000),
    ("9279-1", "Respiratory rate", "/min", 120, 200),
    ("8480-6", "Systolic blood pressure", "mm[Hg]", 1050, 1650),
    ("8462-4", "Diastolic blood pressure", "mm[Hg]", 600, 980),
];

const ILLNESSES: [(&str, &str); 8] = [
    ("I10", "Essential (primary) hypertension"),
    ("E03.9", "Hypothyroidism, unspecified"),
    ("K21.9", "Gastro-esophageal reflux disease without esophagitis"),
    ("M85.80", "Other specified disorders of bone density and structure, unspecified site"),
    ("E78.5", "Hyperlipidemia, unspecified"),
    ("E11.9", "Type 2 diabetes mellitus without complications"),
    ("G47.00", "Insomnia, unspecified"),
    ("J30.2", "Other seasonal allergic rhinitis"),
];

const MEDICINES: [Medicine; 6] = [
    ("197361", "amlodipine 5 MG Oral Tablet"),
    ("198051", "omeprazole 20 MG Delayed Release Oral Capsule"),
    ("966221", "levothyroxine sodium 0.05 MG Oral Tablet"),
    ("860975", "metformin hydrochloride 500 MG Oral Tablet"),
    ("314076", "lisinopril 10 MG Oral Tablet"),
    ("617312", "atorvastatin 20 MG Oral Tablet"),
];

const FAMILY: [&str; 8] =
    ["Mustermann", "Beispiel", "Sample", "Invented", "Ficta", "Dupont-Exemple", "Voorbeeld", "Esempio"];
const GIVEN: [&str; 8] = ["Testa", "Exempla", "Probus", "Ficta", "Modela", "Simulo", "Datina", "Varian"];

/// Adds the Patient.
pub fn patient(sheet: &mut Sheet<'_>, woman: bool, born: Date) {
    let (family, given) = (*sheet.chance.one(&FAMILY), *sheet.chance.one(&GIVEN));
    let number = sheet.identifier("patients");
    let body = json!({
        "meta": sheet.meta(born),
        "text": {"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{given} {family}</div>")},
        "identifier": number,
        "active": true,
        "name": [{"use": "official", "family": family, "given": [given]}],
        "telecom": [{"system": "phone", "value": "555-0100", "use": "home"}],
        "gender": if woman { "female" } else { "male" },
        "birthDate": born.to_string(),
        "address": [{"line": ["1 Invented Street"], "city": "Nowhere", "postalCode": "00000", "country": "XX"}],
        "communication": [{"language": concept("urn:ietf:bcp:47", "en", "English"), "preferred": true}],
        "generalPractitioner": [{"reference": "Practitioner/dr-invented", "display": "Dr. Invented"}],
    });
    sheet.person(&body);
}

/// Adds the record of so many visits.
pub fn visits(sheet: &mut Sheet<'_>, count: i64) {
    for _ in 0..count {
        let day = sheet.chance.before(LAST, 1, 1400);
        visit(sheet, day);
        for _ in 0..sheet.chance.within(1, 4) {
            let (code, words, unit, low, high) = *sheet.chance.one(&RESULTS);
            let value = json!(sheet.chance.within(low, high) as f64 / 10.0);
            sheet.measure((code, words), value, unit, day);
        }
        bill(sheet, day);
        if sheet.chance.percent(25.0) {
            letter(sheet, day);
        }
    }
}

/// Adds common illnesses with their medicines.
pub fn illnesses(sheet: &mut Sheet<'_>, count: i64) {
    for _ in 0..count {
        let begun = sheet.chance.before(LAST, 300, 3000);
        let code = *sheet.chance.one(&ILLNESSES);
        sheet.problem(Problem::new(code, begun));
        let of = *sheet.chance.one(&MEDICINES);
        let day = sheet.chance.before(LAST, 10, 700);
        let medicine = ordered(sheet, of);
        let dosage = json!({"dosageInstruction": [{"text": "one by mouth every day", "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}]});
        sheet.prescription(medicine, "active", &at(day, "11:20:00Z"), dosage);
        for month in 0..sheet.chance.within(0, 3) {
            let medicine = sheet.medicine(of);
            sheet.supply(medicine, ago(day, -month * 30 - 1), 30);
        }
    }
    if sheet.chance.percent(40.0) {
        let day = sheet.chance.before(LAST, 30, 900);
        sheet.vaccination(("158", "influenza, injectable, quadrivalent"), day);
    }
}

fn ordered(sheet: &mut Sheet<'_>, of: Medicine) -> Value {
    // Metformin stands as a resource of the export as well.
    if of.0 == "860975" && sheet.chance.percent(50.0) {
        json!({"medicationReference": {"reference": "Medication/860975"}})
    } else {
        sheet.medicine(of)
    }
}

fn visit(sheet: &mut Sheet<'_>, day: Date) {
    let body = json!({
        "meta": sheet.meta(day),
        "identifier": sheet.identifier("visits"),
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB", "display": "ambulatory"},
        "type": [concept("http://snomed.info/sct", "390906007", "Follow-up encounter")],
        "participant": [{"individual": {"reference": "Practitioner/dr-invented", "display": "Dr. Invented"}}],
        "period": {"start": at(day, "09:10:00Z"), "end": at(day, "09:40:00Z")},
        "location": [{"location": {"reference": "Location/clinic-4", "display": "Clinic, room 4"}}],
        "serviceProvider": {"reference": "Organization/hospital", "display": "Invented University Hospital"},
    });
    sheet.add("Encounter", body);
}

fn bill(sheet: &mut Sheet<'_>, day: Date) {
    let amount = |chance: &mut Chance| json!({"value": chance.within(1000, 90_000) as f64 / 100.0, "currency": "USD"});
    let items: Vec<Value> = (1..=4)
        .map(|sequence| {
            json!({
                "sequence": sequence,
                "productOrService": concept("http://www.ama-assn.org/go/cpt", "99213", "Office visit, established patient"),
                "servicedDate": day.to_string(),
                "net": amount(sheet.chance),
                "adjudication": [{"category": concept("http://terminology.hl7.org/CodeSystem/adjudication", "submitted", "Submitted Amount"), "amount": amount(sheet.chance)}],
            })
        })
        .collect();
    let body = json!({
        "meta": sheet.meta(day),
        "identifier": sheet.identifier("claims"),
        "status": "active",
        "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional", "Professional"),
        "use": "claim",
        "created": day.to_string(),
        "insurer": {"display": "Invented Insurance"},
        "provider": {"reference": "Organization/hospital"},
        "outcome": "complete",
        "insurance": [{"focal": true, "coverage": {"reference": "Coverage/1"}}],
        "item": items,
    });
    sheet.add("ExplanationOfBenefit", body);
}

fn letter(sheet: &mut Sheet<'_>, day: Date) {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let length = sheet.chance.within(100, 500);
    let mut data = String::new();
    for _ in 0..length {
        let bits = sheet.chance.bits();
        data.extend(
            (0..8).filter_map(|at| LETTERS.get((bits >> (at * 6)) as usize & 63)).map(|byte| char::from(*byte)),
        );
    }
    let body = json!({
        "meta": sheet.meta(day),
        "identifier": sheet.identifier("documents"),
        "status": "current",
        "type": concept("http://loinc.org", "11506-3", "Progress note"),
        "date": at(day, "18:00:00Z"),
        "content": [{"attachment": {"contentType": "text/rtf", "data": data, "title": "Progress note"}}],
    });
    sheet.add("DocumentReference", body);
}
