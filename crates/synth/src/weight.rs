//! The body weight, by which infusions are dosed: how it reached the record, and in which unit.

use jiff::civil::Date;
use serde_json::json;

use crate::chance::{Chance, ago};
use crate::person::Person;
use crate::sheet::{Sheet, concept};

/// What the record has of the weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weighed {
    /// A weight of this week, at each order.
    Known,
    /// The same, and a newer one with a slip of the decimal point that nobody believes.
    Mistyped,
    /// One of more than a year before the first order.
    Old,
    /// Nothing.
    Never,
}

const CODES: [(&str, &str); 2] = [("29463-7", "Body weight"), ("3141-9", "Body weight Measured")];

impl Weighed {
    /// Makes one up.
    pub fn of(chance: &mut Chance) -> Weighed {
        chance.weighted(&[(88, Weighed::Known), (4, Weighed::Mistyped), (4, Weighed::Old), (4, Weighed::Never)])
    }

    /// Whether a dose can be calculated with it.
    pub fn is_usable(self) -> bool {
        matches!(self, Weighed::Known | Weighed::Mistyped)
    }
}

/// Adds the weight before an order.
pub fn weigh(sheet: &mut Sheet<'_>, person: &Person, day: Date) {
    match person.weighed {
        Weighed::Never => {}
        Weighed::Old if day > person.start => {}
        Weighed::Old => add(sheet, person.weight * 1000, ago(day, 500)),
        Weighed::Known => add(sheet, person.weight * 1000, ago(day, 5)),
        Weighed::Mistyped => {
            add(sheet, person.weight * 1000, ago(day, 5));
            add(sheet, person.weight * 100_000, ago(day, 2));
        }
    }
}

/// Adds a weight of so many grams, in the unit of the one who weighed.
fn add(sheet: &mut Sheet<'_>, grams: i64, day: Date) {
    let is_small = grams < 20_000;
    let (value, unit, code) = match sheet.chance.within(0, 9) {
        0..=3 if is_small => (json!(grams), "g", "g"),
        0 | 1 => (json!((grams as f64 / 45.359_237).round() / 10.0), "lb", "[lb_av]"),
        _ => (json!(grams / 1000), "kg", "kg"),
    };
    let mut body = sheet.observation(day, 0, "final");
    let system = "http://terminology.hl7.org/CodeSystem/observation-category";
    body["category"] = json!([concept(system, "vital-signs", "Vital Signs")]);
    let (loinc, words) = *sheet.chance.one(&CODES);
    body["code"] = sheet.coded(loinc, words);
    body["valueQuantity"] = json!({"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": code});
    sheet.add("Observation", body);
}
