//! Results as laboratories send them: one value in many units and spellings, local codes with the standard ones, and
//! results that do not count.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::chance::{Chance, ago};
use crate::sheet::{Sheet, at, concept};

/// LOINC.
pub const LOINC: &str = "http://loinc.org";
const UCUM: &str = "http://unitsofmeasure.org";

/// A measured quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Analyte {
    /// Neutrophils, in cells per microlitre.
    Neutrophils,
    /// Platelets, per microlitre.
    Platelets,
    /// Alanine aminotransferase, in tenths of U/L.
    Alt,
    /// Aspartate aminotransferase, in tenths of U/L.
    Ast,
}

/// The four that the label sets limits for.
pub const LIMITED: [Analyte; 4] = [Analyte::Neutrophils, Analyte::Platelets, Analyte::Alt, Analyte::Ast];

/// The upper limit that the laboratory prints for liver enzymes, in tenths of U/L.
pub const UPPER: i64 = 420;

impl Analyte {
    fn codes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Analyte::Neutrophils => &[
                ("751-8", "Neutrophils [#/volume] in Blood by Automated count"),
                ("26499-4", "Neutrophils [#/volume] in Blood"),
                ("753-4", "Neutrophils [#/volume] in Blood by Manual count"),
            ],
            Analyte::Platelets => &[
                ("777-3", "Platelets [#/volume] in Blood by Automated count"),
                ("26515-7", "Platelets [#/volume] in Blood"),
                ("778-1", "Platelets [#/volume] in Blood by Manual count"),
            ],
            Analyte::Alt => &[
                ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma"),
                ("1743-4", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma by With P-5'-P"),
                (
                    "1744-2",
                    "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma by No addition of P-5'-P",
                ),
            ],
            Analyte::Ast => &[
                ("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma"),
                ("30239-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma by With P-5'-P"),
                (
                    "88112-8",
                    "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma by No addition of P-5'-P",
                ),
            ],
        }
    }

    /// Its name as people write it.
    fn words(self) -> &'static str {
        match self {
            Analyte::Neutrophils => "Absolute neutrophil count",
            Analyte::Platelets => "Platelet count",
            Analyte::Alt => "ALT",
            Analyte::Ast => "AST",
        }
    }

    /// Whether it is a number of cells.
    pub fn is_count(self) -> bool {
        matches!(self, Analyte::Neutrophils | Analyte::Platelets)
    }
}

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

/// Spellings of "per microlitre" by what the number of cells is divided by; those of the last members are no UCUM.
const COUNTS: [(i64, &str, &str); 15] = [
    (1000, "10*3/uL", "10*3/uL"),
    (1000, "10^3/uL", "10*3/uL"),
    (1000, "x10³/µL", "10*3/uL"),
    (1000, "10*9/L", "10*9/L"),
    (1000, "10^9/L", "10*9/L"),
    (1000, "10*3/mm3", "10*3/mm3"),
    (1, "{cells}/uL", "{cells}/uL"),
    (1, "/uL", "/uL"),
    (1, "/mm3", "/mm3"),
    (1000, "K/uL", ""),
    (1000, "x10E3/uL", ""),
    (1000, "thou/mm3", ""),
    (1000, "Gpt/L", ""),
    (1000, "Tsd/ul", ""),
    (1, "cells/mcL", ""),
];

/// The same for enzymes, by what tenths of U/L are divided by.
const ACTIVITIES: [(i64, &str, &str); 5] =
    [(10, "U/L", "U/L"), (10, "IU/L", ""), (10, "[IU]/L", "[IU]/L"), (10, "u/l", ""), (600, "ukat/L", "ukat/L")];

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

/// A spelling of the unit in which the value needs no more than three decimals.
fn spelling(chance: &mut Chance, analyte: Analyte, value: i64) -> (i64, &'static str, &'static str) {
    let of: &[(i64, &str, &str)] = if analyte.is_count() { &COUNTS } else { &ACTIVITIES };
    let spelled = *chance.one(of);
    // A katal is 60 units: only multiples of 0.6 U/L have few decimals.
    if spelled.0 == 600 && value % 6 != 0 { (10, "U/L", "U/L") } else { spelled }
}

fn quantity(value: i64, (divided, unit, code): (i64, &str, &str)) -> Value {
    let value = number(value, divided);
    if code.is_empty() {
        json!({"value": value, "unit": unit})
    } else {
        json!({"value": value, "unit": unit, "system": UCUM, "code": code})
    }
}

/// A decimal without the digits of binary fractions.
fn number(value: i64, divided: i64) -> Value {
    if value % divided == 0 { json!(value / divided) } else { json!(value as f64 / divided as f64) }
}
