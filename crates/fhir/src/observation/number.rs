//! Numbers with their comparators and units, as quantities and as words. A suspected mistake is never repaired.

use document::Object;
use rust_decimal::Decimal;

use crate::view::decimal;
use domain::quantity::Comparator;
use domain::truth::Reason;
use knowledge::concepts::Measured;
use knowledge::units::UnitTable;

/// Comparator, number, and the factor to the canonical unit.
pub(super) type Number = (Option<Comparator>, Decimal, Decimal);

/// The number of a quantity with its unit.
pub(super) fn from_quantity(quantity: &Object<'_>, table: &UnitTable) -> Result<Number, Reason> {
    let (comparator, value) = number_of(quantity)?;
    Ok((comparator, value, agreed(quantity, table).ok_or(Reason::Unit)?))
}

/// The number of a quantity, without its unit.
pub(super) fn number_of(quantity: &Object<'_>) -> Result<(Option<Comparator>, Decimal), Reason> {
    let node = quantity.get("value").ok_or(Reason::Unreadable)?;
    let text = node.number().map(str::to_owned).or_else(|| node.string().map(|s| s.into_owned()));
    let text = text.ok_or(Reason::Unreadable)?;
    let (hidden, digits) = comparator_of(&text);
    let value = decimal(digits).ok_or(Reason::Unreadable)?;
    let comparator = match quantity.string("comparator") {
        None if quantity.get("comparator").is_some() => return Err(Reason::Unreadable),
        None => hidden,
        Some(code) => Some(Comparator::from_code(code.trim()).ok_or(Reason::Unreadable)?),
    };
    Ok((comparator, value))
}

/// The factor on which code and unit agree. A label that is no unit has no meaning; a unit of another kind contradicts.
fn agreed(quantity: &Object<'_>, table: &UnitTable) -> Option<Decimal> {
    let units: Vec<_> = ["code", "unit"].iter().filter_map(|name| quantity.string(name)).collect();
    if units.iter().any(|unit| table.is_other_unit(unit)) {
        return None;
    }
    let mut known = units.iter().filter_map(|unit| table.factor(unit));
    let Some(first) = known.next() else {
        let none = units.iter().all(|unit| unit.trim().is_empty());
        return none.then(|| table.factor(""))?;
    };
    known.all(|factor| factor == first).then_some(first)
}

/// A number in words: `<0.3 mg/dL`, `> 1000 /uL`.
pub(super) fn from_text(text: &str, table: &UnitTable) -> Result<Number, Reason> {
    let (comparator, rest) = comparator_of(text);
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(rest.len());
    let (digits, unit) = rest.split_at(end);
    if digits.contains(',') {
        return Err(Reason::Unreadable);
    }
    let value = decimal(digits).ok_or(Reason::Unreadable)?;
    Ok((comparator, value, table.factor(unit).ok_or(Reason::Unit)?))
}

/// The comparator at the beginning of a text, and the rest.
pub(super) fn comparator_of(text: &str) -> (Option<Comparator>, &str) {
    let text = text.trim();
    for (sign, comparator) in [
        ("<=", Comparator::AtMost),
        (">=", Comparator::AtLeast),
        ("≤", Comparator::AtMost),
        ("≥", Comparator::AtLeast),
        ("<", Comparator::Below),
        (">", Comparator::Above),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (Some(comparator), rest.trim());
        }
    }
    (None, text)
}

/// Whether a value is believable. A suspected unit error is never repaired.
pub(super) fn believable(value: Decimal, factor: Decimal, comparator: Option<Comparator>, measured: &Measured) -> bool {
    let open_below = matches!(comparator, Some(Comparator::Below | Comparator::AtMost));
    let open_above = matches!(comparator, Some(Comparator::Above | Comparator::AtLeast));
    let too_small = !open_below
        && (measured.min.is_some_and(|min| value < min)
            || (factor == Decimal::ONE && !value.is_zero() && measured.min_unscaled.is_some_and(|min| value < min)));
    let broken = measured.whole && !value.fract().is_zero();
    let too_large = !open_above && measured.max.is_some_and(|max| value > max);
    !too_small && !too_large && !broken && !value.is_sign_negative()
}
