//! Templates of resources as EHRs write them, 1 to 1.5 KB each, with placeholders for what differs.

use jiff::civil::Date;

use super::records::compact;

/// A kind of resource that a long record holds many of.
pub struct Template {
    /// The prefetch key under which it comes.
    pub key: &'static str,
    /// Its type.
    pub kind: &'static str,
    /// How many of them the search of the key returns, with room for those of the fixture.
    pub most: usize,
    /// Its JSON: `$id`, `$date`, `$number` and `$value` are filled in, and `$1` to `$5` from one of the choices.
    text: &'static str,
    choices: &'static [[&'static str; 5]],
}

impl Template {
    /// The resource of this number.
    pub fn fill(&self, number: usize, id: &str, day: Date) -> String {
        let choice = self.choices.get(number / TURNS.len() % self.choices.len()).copied().unwrap_or_default();
        let [_, _, _, low, high] = choice;
        let mut text = compact(self.text)
            .replace("\"$value\"", &value(number, low, high))
            .replace("\"$low\"", low)
            .replace("\"$high\"", high)
            .replace("$id", id)
            .replace("$date", &day.to_string())
            .replace("$number", &format!("{number:06}"));
        for (gap, filling) in ["$1", "$2", "$3", "$4", "$5"].into_iter().zip(choice) {
            text = text.replace(gap, filling);
        }
        text
    }
}

/// A value within the limits, with one decimal.
fn value(number: usize, low: &str, high: &str) -> String {
    let tenths = |text: &str| text.parse::<f64>().map_or(0, |value| (value * 10.0) as i64);
    let (low, high) = (tenths(low), tenths(high));
    let value = low + (number as i64 * 7).rem_euclid((high - low).max(1));
    format!("{}.{}", value / 10, value % 10)
}

/// The kinds in the order in which they are added, repeatedly; a kind that has reached its limit is skipped.
pub const TURNS: [&Template; 16] = [
    &LABORATORY,
    &NEUTROPHILS,
    &REQUESTS,
    &LABORATORY,
    &CONDITIONS,
    &DISPENSES,
    &ALT,
    &VITAL_SIGNS,
    &LABORATORY,
    &PLATELETS,
    &ENCOUNTERS,
    &CRP,
    &LABORATORY,
    &DISPENSES,
    &AST,
    &ESR,
];

/// Results that the rules do not ask for, and that some EHRs send anyway.
pub const LABORATORY: Template = result(
    "laboratory",
    usize::MAX,
    &[
        ["2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", "135", "145"],
        ["2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", "3.5", "5.1"],
        ["2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", "0.5", "1.1"],
        ["2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", "70", "99"],
        ["17861-6", "Calcium [Mass/volume] in Serum or Plasma", "mg/dL", "8.6", "10.2"],
        ["1751-7", "Albumin [Mass/volume] in Serum or Plasma", "g/dL", "3.5", "5.0"],
        ["718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", "12.0", "15.5"],
        ["4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%", "36", "46"],
        ["3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "m[IU]/L", "0.4", "4.0"],
        ["2276-4", "Ferritin [Mass/volume] in Serum or Plasma", "ng/mL", "15", "150"],
        ["4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", "4.0", "5.6"],
    ],
);
const NEUTROPHILS: Template = result(
    "neutrophils",
    9,
    &[["751-8", "Neutrophils [#/volume] in Blood by Automated count", "10*3/uL", "2.5", "7.0"]],
);
const PLATELETS: Template =
    result("platelets", 9, &[["777-3", "Platelets [#/volume] in Blood by Automated count", "10*3/uL", "150", "400"]]);
const ALT: Template = result(
    "alt",
    9,
    &[["1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L", "10", "40"]],
);
const AST: Template = result(
    "ast",
    9,
    &[["1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L", "10", "40"]],
);
const CRP: Template =
    result("crp", 49, &[["1988-5", "C reactive protein [Mass/volume] in Serum or Plasma", "mg/L", "0.0", "5.0"]]);
const ESR: Template =
    result("esr", 49, &[["4537-7", "Erythrocyte sedimentation rate by Westergren method", "mm/h", "0", "20"]]);
const VITAL_SIGNS: Template = result(
    "vital-signs",
    usize::MAX,
    &[
        ["8867-4", "Heart rate", "/min", "60", "100"],
        ["29463-7", "Body weight", "kg", "60", "64"],
        ["8310-5", "Body temperature", "Cel", "36.1", "37.2"],
        ["59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", "%", "94", "99"],
    ],
);

const fn result(key: &'static str, most: usize, choices: &'static [[&'static str; 5]]) -> Template {
    Template { key, kind: "Observation", most, text: RESULT, choices }
}

const RESULT: &str = r#"{
  "resourceType": "Observation",
  "id": "$id",
  "meta": { "versionId": "2", "lastUpdated": "$dateT11:02:17.000+00:00", "source": "urn:laboratory:analyser-3" },
  "identifier": [{ "use": "official", "system": "https://ehr.example.org/results", "value": "R-$number" }],
  "status": "final",
  "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory" }] }],
  "code": {
    "coding": [
      { "system": "http://loinc.org", "code": "$1", "display": "$2" },
      { "system": "urn:oid:1.2.246.10.11", "code": "LAB$1", "display": "$2" }
    ],
    "text": "$2"
  },
  "subject": { "reference": "Patient/toci-patient", "display": "Musterfeld, Testina" },
  "encounter": { "reference": "Encounter/visit-$number" },
  "effectiveDateTime": "$dateT07:45:00+00:00",
  "issued": "$dateT11:02:17.000+00:00",
  "performer": [{ "reference": "Organization/laboratory", "display": "Central laboratory" }],
  "valueQuantity": { "value": "$value", "unit": "$3", "system": "http://unitsofmeasure.org", "code": "$3" },
  "referenceRange": [
    {
      "low": { "value": "$low", "unit": "$3", "system": "http://unitsofmeasure.org", "code": "$3" },
      "high": { "value": "$high", "unit": "$3", "system": "http://unitsofmeasure.org", "code": "$3" }
    }
  ]
}"#;

const CONDITIONS: Template = Template {
    key: "conditions",
    kind: "Condition",
    most: 190,
    text: r#"{
      "resourceType": "Condition",
      "id": "$id",
      "meta": { "versionId": "4", "lastUpdated": "$dateT16:20:41.000+00:00" },
      "identifier": [{ "system": "https://ehr.example.org/problems", "value": "P-$number" }],
      "clinicalStatus": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "$5" }] },
      "verificationStatus": {
        "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed" }]
      },
      "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "problem-list-item" }] }],
      "code": {
        "coding": [
          { "system": "http://snomed.info/sct", "code": "$1", "display": "$2" },
          { "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "$3", "display": "$4" }
        ],
        "text": "$4"
      },
      "subject": { "reference": "Patient/toci-patient", "display": "Musterfeld, Testina" },
      "encounter": { "reference": "Encounter/visit-$number" },
      "onsetDateTime": "$date",
      "recordedDate": "$date",
      "recorder": { "reference": "Practitioner/dr-invented", "display": "Dr. Invented" }
    }"#,
    choices: &[
        ["38341003", "Hypertensive disorder", "I10", "Essential (primary) hypertension", "active"],
        ["40930008", "Hypothyroidism", "E03.9", "Hypothyroidism, unspecified", "active"],
        ["235595009", "Gastroesophageal reflux disease", "K21.9", "Gastro-esophageal reflux disease", "active"],
        ["312894000", "Osteopenia", "M85.80", "Other specified disorders of bone density", "active"],
        ["55822004", "Hyperlipidemia", "E78.5", "Hyperlipidemia, unspecified", "active"],
        ["279039007", "Low back pain", "M54.5", "Low back pain", "resolved"],
        ["193462001", "Insomnia", "G47.00", "Insomnia, unspecified", "inactive"],
    ],
};

const REQUESTS: Template = Template {
    key: "medication-requests",
    kind: "MedicationRequest",
    most: 190,
    text: r#"{
      "resourceType": "MedicationRequest",
      "id": "$id",
      "meta": { "versionId": "1", "lastUpdated": "$dateT14:09:55.000+00:00" },
      "identifier": [{ "system": "https://ehr.example.org/prescriptions", "value": "RX-$number" }],
      "status": "completed",
      "intent": "order",
      "category": [
        { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/medicationrequest-category", "code": "outpatient" }] }
      ],
      "medicationCodeableConcept": {
        "coding": [{ "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "$1", "display": "$2" }],
        "text": "$2"
      },
      "subject": { "reference": "Patient/toci-patient", "display": "Musterfeld, Testina" },
      "encounter": { "reference": "Encounter/visit-$number" },
      "authoredOn": "$dateT14:09:55Z",
      "requester": { "reference": "Practitioner/dr-invented", "display": "Dr. Invented" },
      "dosageInstruction": [
        {
          "text": "$3",
          "timing": { "repeat": { "frequency": 1, "period": 1, "periodUnit": "d" } },
          "route": { "coding": [{ "system": "http://snomed.info/sct", "code": "26643006", "display": "Oral route" }] },
          "doseAndRate": [{ "doseQuantity": { "value": 1, "unit": "$4" } }]
        }
      ],
      "dispenseRequest": { "numberOfRepeatsAllowed": 3, "expectedSupplyDuration": { "value": 90, "unit": "d" } }
    }"#,
    choices: MEDICINES,
};

const DISPENSES: Template = Template {
    key: "medication-dispenses",
    kind: "MedicationDispense",
    most: 190,
    text: r#"{
      "resourceType": "MedicationDispense",
      "id": "$id",
      "meta": { "versionId": "1", "lastUpdated": "$dateT17:31:08.000+00:00" },
      "identifier": [{ "system": "https://pharmacy.example.org/dispenses", "value": "D-$number" }],
      "status": "completed",
      "medicationCodeableConcept": {
        "coding": [
          { "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "$1", "display": "$2" },
          { "system": "https://pharmacy.example.org/articles", "code": "A-$1", "display": "$2" }
        ],
        "text": "$2"
      },
      "subject": { "reference": "Patient/toci-patient", "display": "Musterfeld, Testina" },
      "performer": [{ "actor": { "reference": "Organization/pharmacy", "display": "Pharmacy at the station" } }],
      "type": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "RFP", "display": "Refill - Part Fill" }] },
      "quantity": { "value": 90, "unit": "$4" },
      "daysSupply": { "value": 90, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d" },
      "whenPrepared": "$dateT16:58:00Z",
      "whenHandedOver": "$dateT17:31:08Z",
      "dosageInstruction": [{ "text": "$3" }]
    }"#,
    choices: MEDICINES,
};

const MEDICINES: &[[&str; 5]] = &[
    ["197361", "amlodipine 5 MG Oral Tablet", "5 mg by mouth once a day", "tablet", ""],
    ["198051", "omeprazole 20 MG Delayed Release Oral Capsule", "20 mg by mouth before breakfast", "capsule", ""],
    ["966221", "levothyroxine sodium 0.05 MG Oral Tablet", "50 ug by mouth in the morning", "tablet", ""],
    ["68149", "mycophenolic acid", "1,000 mg by mouth twice a day", "tablet", ""],
    ["310429", "furosemide 20 MG Oral Tablet", "20 mg by mouth once a day", "tablet", ""],
];

const ENCOUNTERS: Template = Template {
    key: "encounters",
    kind: "Encounter",
    most: usize::MAX,
    text: r#"{
      "resourceType": "Encounter",
      "id": "$id",
      "meta": { "versionId": "5", "lastUpdated": "$dateT18:00:02.000+00:00" },
      "identifier": [{ "use": "usual", "system": "https://ehr.example.org/visits", "value": "V-$number" }],
      "status": "finished",
      "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB", "display": "ambulatory" },
      "type": [{ "coding": [{ "system": "http://snomed.info/sct", "code": "$1", "display": "$2" }], "text": "$2" }],
      "subject": { "reference": "Patient/toci-patient", "display": "Musterfeld, Testina" },
      "participant": [
        {
          "type": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "ATND" }] }],
          "individual": { "reference": "Practitioner/dr-invented", "display": "Dr. Invented" }
        }
      ],
      "period": { "start": "$dateT09:10:00Z", "end": "$dateT09:40:00Z" },
      "location": [{ "location": { "reference": "Location/clinic-4", "display": "Rheumatology clinic, room 4" } }],
      "serviceProvider": { "reference": "Organization/hospital", "display": "Invented University Hospital" }
    }"#,
    choices: &[
        ["390906007", "Follow-up encounter", "", "", ""],
        ["185389009", "Follow-up visit", "", "", ""],
        ["11429006", "Consultation", "", "", ""],
    ],
};
