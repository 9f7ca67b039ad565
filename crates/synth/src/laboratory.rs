//! Results as laboratories send them: one value in many units and spellings, local codes with the standard ones, and
//! results that do not count.

/// What is measured.
mod analyte;
/// Units and their spellings.
mod spelling;

use jiff::civil::Date;
use serde_json::{Value, json};

pub use self::analyte::{Analyte, LIMITED, UPPER};
use self::spelling::{number, quantity, spelling};
use crate::chance::ago;
use crate::sheet::{Sheet, at, concept};

/// LOINC.
pub const LOINC: &str = "http://loinc.org";
const UCUM: &str = "http://unitsofmeasure.org";

/// How a result is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// As it should be.
    Whole,
    /// Without its unit.
    WithoutUnit,
    /// A share in percent under the code of a count.
    Percent,
    /// Without a reference range.
    WithoutRange,
    /// Less than the value.
    Below,
    /// Thousands under the unit of single cells.
    UnitError,
    /// With one unit in words and another in code.
    UnitConflict,
    /// Without its value, which may not be seen.
    Masked,
    /// Without any code.
    OnlyWords,
}

/// One result of a laboratory.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    /// What was measured.
    pub analyte: Analyte,
    /// How much; see [`Analyte`] for the unit.
    pub value: i64,
    /// When the blood was drawn.
    pub day: Date,
    /// How many days later the result came.
    pub wait: i64,
    /// Its status.
    pub status: &'static str,
    /// How it is sent.
    pub sent: Sent,
}

impl Drawn {
    /// A final result that came on the day.
    pub fn new(analyte: Analyte, value: i64, day: Date) -> Drawn {
        Drawn { analyte, value, day, wait: 0, status: "final", sent: Sent::Whole }
    }
}

/// What a test says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is there.
    Positive,
    /// It is not there.
    Negative,
    /// The test did not work out.
    Indeterminate,
}

impl Answer {
    /// Words, SNOMED CT, LOINC, HL7.
    fn spellings(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Answer::Positive => ("Positive", "10828004", "LA6576-8", "POS"),
            Answer::Negative => ("Negative", "260385009", "LA6577-6", "NEG"),
            Answer::Indeterminate => ("Indeterminate", "82334004", "LA11884-6", "IND"),
        }
    }
}

impl Sheet<'_> {
    /// Adds a result.
    pub fn result(&mut self, drawn: Drawn) {
        let Drawn { analyte, value, day, wait, status, sent } = drawn;
        let spelled = spelling(self.chance, analyte, value);
        let (code, display) = *self.chance.one(analyte.codes());
        let mut body = self.observation(day, wait, status);
        body["code"] = self.coded(code, display);
        match sent {
            Sent::WithoutUnit => body["valueQuantity"] = json!({"value": number(value, spelled.0)}),
            Sent::Percent => {
                body["valueQuantity"] = json!({"value": 62, "unit": "%", "system": UCUM, "code": "%"});
            }
            Sent::UnitError => {
                body["valueQuantity"] =
                    json!({"value": number(value, 1000), "unit": "/uL", "system": UCUM, "code": "/uL"});
            }
            Sent::UnitConflict => {
                let value = number(value, 1000);
                body["valueQuantity"] = json!({"value": value, "unit": "10*3/uL", "system": UCUM, "code": "/uL"});
            }
            Sent::Masked => {
                let system = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
                body["dataAbsentReason"] = concept(system, "masked", "Masked");
            }
            Sent::Below if self.chance.percent(50.0) => {
                body["valueString"] = json!(format!("<{} {}", number(value, spelled.0), spelled.1));
            }
            Sent::Below => {
                body["valueQuantity"] = quantity(value, spelled);
                body["valueQuantity"]["comparator"] = json!("<");
            }
            Sent::Whole | Sent::WithoutRange | Sent::OnlyWords => body["valueQuantity"] = quantity(value, spelled),
        }
        if sent == Sent::OnlyWords {
            body["code"] = json!({"text": analyte.words()});
        }
        if matches!(sent, Sent::Whole | Sent::Below | Sent::OnlyWords) {
            body["referenceRange"] = self.range(analyte, spelled);
        }
        self.add("Observation", body);
    }

    /// The head of a laboratory result.
    pub fn observation(&mut self, day: Date, wait: i64, status: &str) -> Value {
        let came = ago(day, -wait);
        json!({
            "meta": self.meta(came),
            "identifier": self.identifier("results"),
            "status": status,
            "category": [concept("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory", "Laboratory")],
            "encounter": self.visit(),
            "effectiveDateTime": at(day, "06:40:00+00:00"),
            "issued": at(came, "09:02:17.000+00:00"),
            "performer": [{"reference": "Organization/laboratory", "display": "Central laboratory"}],
        })
    }

    /// A code with the local one beside it, in either order.
    pub fn coded(&mut self, code: &str, display: &str) -> Value {
        let standard = json!({"system": LOINC, "code": code, "display": display});
        let local = json!({"system": "urn:oid:1.2.246.10.11.4", "code": format!("L{}", code.replace('-', "")), "display": display});
        match self.chance.within(0, 9) {
            0..=3 => json!({"coding": [standard], "text": display}),
            4..=6 => json!({"coding": [standard, local], "text": display}),
            7 => json!({"coding": [standard]}),
            _ => json!({"coding": [local, standard], "text": display}),
        }
    }

    fn range(&mut self, analyte: Analyte, spelled: (i64, &str, &str)) -> Value {
        let (low, high) = match analyte {
            Analyte::Neutrophils => (1500, 7800),
            Analyte::Platelets => (150_000, 400_000),
            Analyte::Alt | Analyte::Ast => (0, UPPER),
        };
        if !analyte.is_count() && self.chance.percent(8.0) {
            return json!([{"text": format!("0 - {} {}", number(high, spelled.0), spelled.1)}]);
        }
        json!([{"low": quantity(low, spelled), "high": quantity(high, spelled)}])
    }

    /// Adds a result that carries an answer in words, such as that of a test for an infection.
    pub fn answer(&mut self, (code, display): (&str, &str), answer: Answer, (day, wait): (Date, i64), status: &str) {
        let mut body = self.observation(day, wait, status);
        body["code"] = self.coded(code, display);
        let (words, snomed, loinc, short) = answer.spellings();
        match self.chance.within(0, 9) {
            0..=4 => body["valueCodeableConcept"] = concept("http://snomed.info/sct", snomed, words),
            5 | 6 => body["valueCodeableConcept"] = concept(LOINC, loinc, words),
            7 => body["valueString"] = json!(words.to_uppercase()),
            8 => body["valueString"] = json!(words),
            _ => {
                body["valueCodeableConcept"] = json!({"text": words});
                let system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
                body["interpretation"] = json!([concept(system, short, words)]);
            }
        }
        self.add("Observation", body);
    }

    /// Adds a plain quantity.
    pub fn measure(&mut self, (code, display): (&str, &str), value: Value, unit: &str, day: Date) {
        let mut body = self.observation(day, 0, "final");
        body["code"] = self.coded(code, display);
        body["valueQuantity"] = json!({"value": value, "unit": unit, "system": UCUM, "code": unit});
        self.add("Observation", body);
    }
}
