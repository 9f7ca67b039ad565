//! How many days a supply lasts.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use document::Object;

use crate::order::unit_days;
use crate::view::decimal;
use knowledge::courses::Courses;

/// How far records reach that do not say it themselves, in days.
#[derive(Debug, Clone, Copy)]
pub struct SupplyDays {
    /// A prescription.
    pub request_days: i64,
    /// A supply that was handed over.
    pub dispense_days: i64,
    /// A dose that was given.
    pub interval_days: i64,
}

impl SupplyDays {
    /// The days of the library, with the interval of the product and the supply of the medicine where they are known.
    pub fn of(courses: &Courses, interval_days: Option<i64>) -> SupplyDays {
        SupplyDays {
            request_days: courses.request_days,
            dispense_days: courses.dispense_days,
            interval_days: interval_days.unwrap_or(courses.interval_days),
        }
    }
}

/// The most days of one supply that are believed.
const LONGEST_SUPPLY_DAYS: i64 = 732;

/// The days that a prescription supplies: one supply, and as many more as it may be repeated.
pub(super) fn supply_days(dispense: &Object<'_>) -> Option<i64> {
    let one = days_of(&dispense.object("expectedSupplyDuration")?)?;
    let repeats = figure(dispense, "numberOfRepeatsAllowed").and_then(|n| n.to_i64()).filter(|n| *n >= 0);
    one.checked_mul(1 + repeats.unwrap_or(0)).filter(|days| *days <= LONGEST_SUPPLY_DAYS)
}

/// A quantity of time in days. Without a unit it is in days.
pub(super) fn days_of(quantity: &Object<'_>) -> Option<i64> {
    let value = figure(quantity, "value")?;
    let unit = ["code", "unit"].iter().find_map(|name| quantity.string(name));
    let days = match unit.as_deref().map(|unit| unit.trim().to_lowercase()).as_deref() {
        None | Some("") => Decimal::ONE,
        Some("mo" | "month" | "months") => Decimal::from(30),
        Some("a" | "year" | "years") => Decimal::from(365),
        Some(unit) => unit_days(unit)?,
    };
    value.checked_mul(days)?.floor().to_i64().filter(|days| (1..=LONGEST_SUPPLY_DAYS).contains(days))
}

/// A number, or the text of one.
fn figure(object: &Object<'_>, name: &str) -> Option<Decimal> {
    let node = object.get(name)?;
    node.number().and_then(decimal).or_else(|| decimal(&node.string()?))
}
