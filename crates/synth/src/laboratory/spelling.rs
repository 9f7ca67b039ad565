//! One quantity in the many units and spellings that laboratories use.

use serde_json::{Value, json};

use super::{Analyte, UCUM};
use crate::chance::Chance;

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

/// A spelling of the unit in which the value needs no more than three decimals.
pub(super) fn spelling(chance: &mut Chance, analyte: Analyte, value: i64) -> (i64, &'static str, &'static str) {
    let of: &[(i64, &str, &str)] = if analyte.is_count() { &COUNTS } else { &ACTIVITIES };
    let spelled = *chance.one(of);
    // A katal is 60 units: only multiples of 0.6 U/L have few decimals.
    if spelled.0 == 600 && value % 6 != 0 { (10, "U/L", "U/L") } else { spelled }
}

pub(super) fn quantity(value: i64, (divided, unit, code): (i64, &str, &str)) -> Value {
    let value = number(value, divided);
    if code.is_empty() {
        json!({"value": value, "unit": unit})
    } else {
        json!({"value": value, "unit": unit, "system": UCUM, "code": code})
    }
}

/// A decimal without the digits of binary fractions.
pub(super) fn number(value: i64, divided: i64) -> Value {
    if value % divided == 0 { json!(value / divided) } else { json!(value as f64 / divided as f64) }
}
