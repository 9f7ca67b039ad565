//! How much one dose is: in milligrams, or per kilogram.

use rust_decimal::Decimal;

use document::{Node, Object};

use crate::extract::bounded;
use crate::view::{Concept, decimal};
use domain::order::{Dose, OrderedProduct, Reading};
use domain::words::number;
use knowledge::codes::fold;

/// The dose quantity or range: the ordered one in `doseAndRate`, otherwise the one of the dosage itself.
pub(super) fn quantity<'a>(dosage: &Object<'a>) -> Option<Node<'a>> {
    let rank = |object: &Object<'_>| {
        let kind = Concept::of(object, "type");
        if kind.has_code(&["ordered"]) { 0 } else { 1 + u8::from(!kind.is_empty()) }
    };
    let mut rates: Vec<Object<'a>> = dosage.objects("doseAndRate").collect();
    rates.sort_by_key(rank);
    rates.iter().chain([dosage]).find_map(|object| {
        ["doseQuantity", "doseSimpleQuantity", "doseRange", "dose"].iter().find_map(|n| object.get(n))
    })
}

/// What a product holds, in milligrams.
#[derive(Clone, Copy)]
pub(super) struct Contents {
    /// In one unit.
    pub per_unit: Option<Decimal>,
    /// In a millilitre.
    pub concentration: Option<Decimal>,
}

impl Contents {
    pub fn of(product: &OrderedProduct) -> Contents {
        let known = product.product.as_ref();
        Contents { per_unit: known.and_then(|p| p.per_unit), concentration: known.and_then(|p| p.concentration) }
    }
}

/// The milligrams in one unit of a product, by a name such as "prednisone 5 mg oral tablet" in lower case.
pub fn strength(name: &str) -> Option<Decimal> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "mg")?;
    decimal(words.get(at.checked_sub(1)?)?)
}

/// One dose in milligrams, or per kilogram.
pub(super) fn dose(node: Node<'_>, contents: Contents) -> Reading<Dose> {
    let Some(object) = node.object() else { return Reading::Unreadable(bounded(node.text().to_owned())) };
    if let (Some(low), Some(high)) = (object.get("low"), object.get("high")) {
        return match (dose(low, contents), dose(high, contents)) {
            (Reading::Known(a, words), Reading::Known(b, _)) if a == b => Reading::Known(a, words),
            _ => Reading::Unreadable("a range of doses".to_owned()),
        };
    }
    let raw = object.get("value").map(|v| v.string().map_or(v.text().to_owned(), |s| s.into_owned()));
    let unit = ["unit", "code"].iter().find_map(|name| object.string(name)).unwrap_or_default();
    let words = bounded(format!("{} {unit}", raw.clone().unwrap_or_default()).trim().to_owned());
    let Some(value) = raw.as_deref().and_then(decimal) else { return Reading::Unreadable(words) };
    let milligrams = match fold(&unit).as_str() {
        "mg" | "milligram" | "milligrams" => Some(value),
        "g" | "gram" => value.checked_mul(Decimal::from(1000)),
        "ug" | "mcg" | "µg" => value.checked_div(Decimal::from(1000)),
        "ml" | "cc" | "milliliter" | "millilitre" => contents.concentration.and_then(|c| value.checked_mul(c)),
        "mg/kg" | "mg/kg/dose" | "mg/kg/{dose}" => {
            return Reading::Known(Dose::PerKilogram(value), format!("{} mg/kg", number(value)));
        }
        "" | "1" | "{syringe}" | "syringe" | "syringes" | "{pen}" | "pen" | "{vial}" | "vial" | "each" | "ea"
        | "tablet" | "tablets" | "tab" | "{tbl}" | "capsule" | "{each}" | "injection" | "{injection}" | "unit"
        | "auto-injector" | "{dose}" | "dose" => contents.per_unit.and_then(|p| value.checked_mul(p)),
        _ => None,
    };
    match milligrams {
        Some(mg) => Reading::Known(Dose::Milligrams(mg.normalize()), format!("{} mg", number(mg))),
        None => Reading::Unreadable(words),
    }
}

/// The doses of instructions that are given together, as one.
pub(super) fn sum(readings: impl Iterator<Item = Reading<Dose>>) -> Reading<Dose> {
    readings.fold(Reading::Missing, |sum, reading| match (sum, reading) {
        (Reading::Missing, other) | (other, Reading::Missing) => other,
        (Reading::Known(Dose::Milligrams(one), _), Reading::Known(Dose::Milligrams(other), _)) => {
            added(one, other, Dose::Milligrams, "mg")
        }
        (Reading::Known(Dose::PerKilogram(one), _), Reading::Known(Dose::PerKilogram(other), _)) => {
            added(one, other, Dose::PerKilogram, "mg/kg")
        }
        (Reading::Known(_, a) | Reading::Unreadable(a), Reading::Known(_, b) | Reading::Unreadable(b)) => {
            Reading::Unreadable(format!("{a}; {b}"))
        }
    })
}

fn added(one: Decimal, other: Decimal, of: fn(Decimal) -> Dose, unit: &str) -> Reading<Dose> {
    match one.checked_add(other).map(|sum| sum.normalize()) {
        Some(sum) => Reading::Known(of(sum), format!("{} {unit}", number(sum))),
        None => Reading::Unreadable("more than can be added up".to_owned()),
    }
}
