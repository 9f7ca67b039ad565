//! Reference ranges: the upper limit that a result brings with it, as a number or in words.

use rust_decimal::Decimal;

use document::{Node, Object};

use super::view::{Concept, decimal};
use knowledge::codes::fold;
use knowledge::units::UnitTable;

/// The upper limit that the result brings: of its normal ranges, the lowest high end.
pub fn upper_limit(part: &Object<'_>, table: &UnitTable) -> Option<Decimal> {
    part.objects("referenceRange")
        .filter(|range| {
            let kind = Concept::of(range, "type");
            kind.is_empty() || kind.has_code(&["normal"])
        })
        .filter_map(|range| from_range(part, &range, table))
        .filter(|limit| usable_limit(*limit))
        .min()
}

/// Senders often write "no range" as 0 to 0, or as up to 999.
fn usable_limit(limit: Decimal) -> bool {
    limit > Decimal::ZERO && limit < Decimal::from(999)
}

fn from_range(part: &Object<'_>, range: &Object<'_>, table: &UnitTable) -> Option<Decimal> {
    let own_unit = part
        .object("valueQuantity")
        .map(|q| ["code", "unit"].iter().find_map(|name| q.string(name)).unwrap_or_default().into_owned());
    if let Some(high) = range.object("high") {
        let value = high.get("value").and_then(Node::number).and_then(decimal)?;
        let unit = ["code", "unit"].iter().find_map(|name| high.string(name)).map(|u| u.into_owned());
        let factor = table.factor(&unit.or(own_unit)?)?;
        return value.checked_mul(factor);
    }
    let text = fold(&range.string("text")?);
    let (digits, unit) = high_in_words(&text)?;
    let unit = if unit.is_empty() { own_unit? } else { unit.to_owned() };
    decimal(digits)?.checked_mul(table.factor(&unit)?)
}

/// The high end of a range in words: "<41", "0 - 40 u/l", "up to 35".
fn high_in_words(text: &str) -> Option<(&str, &str)> {
    let is_digit = |c: char| c.is_ascii_digit() || c == '.';
    let rest = if let Some(rest) = ["<=", "≤", "<", "up to ", "bis "].iter().find_map(|p| text.strip_prefix(p)) {
        rest.trim()
    } else {
        let low_end = text.find(|c: char| !is_digit(c))?;
        let after = text[low_end..].trim_start();
        ["-", "–", "to "].iter().find_map(|dash| after.strip_prefix(dash)).filter(|_| low_end > 0)?.trim_start()
    };
    let end = rest.find(|c: char| !is_digit(c)).unwrap_or(rest.len());
    (end > 0).then(|| (&rest[..end], rest[end..].trim()))
}

#[cfg(test)]
mod tests {
    use super::{high_in_words, usable_limit};

    #[test]
    fn ranges_in_words() {
        for (text, high) in [
            ("<41", Some(("41", ""))),
            ("0 - 40 u/l", Some(("40", "u/l"))),
            ("0-40", Some(("40", ""))),
            ("up to 35", Some(("35", ""))),
            ("negative", None),
            (">60", None),
            ("5 stars", None),
            ("- 40", None),
            ("up to normal", None),
        ] {
            assert_eq!(high_in_words(text), high, "{text}");
        }
    }

    #[test]
    fn a_limit_that_says_nothing_is_none() {
        for (limit, usable) in
            [("0", false), ("-1", false), ("0.1", true), ("998.9", true), ("999", false), ("9999", false)]
        {
            assert_eq!(usable_limit(limit.parse().expect("a number")), usable, "{limit}");
        }
    }
}
