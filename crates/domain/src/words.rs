//! Numbers and words as a reader expects them.

use rust_decimal::Decimal;

/// A number with thousands separated and no needless zeros: 1900 is "1,900", 7.20 is "7.2".
pub fn number(value: Decimal) -> String {
    let plain = value.normalize().to_string();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", whole),
    };
    let mut grouped = String::from(sign);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// A number with its unit: "2,000/µL", "6 mg/L".
pub fn with_unit(number: &str, unit: &str) -> String {
    let space = if unit.is_empty() || unit.starts_with('/') { "" } else { " " };
    format!("{number}{space}{unit}")
}

/// With a capital first letter.
pub fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{number, upper_first, with_unit};

    #[test]
    fn units_and_first_letters() {
        for (unit, shown) in [("/µL", "5/µL"), ("mg/L", "5 mg/L"), ("", "5")] {
            assert_eq!(with_unit("5", unit), shown);
        }
        for (text, shown) in [("neutrophils", "Neutrophils"), ("ß", "SS"), ("", "")] {
            assert_eq!(upper_first(text), shown);
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (given, shown) in [
            ("1900", "1,900"),
            ("100000.0", "100,000"),
            ("7.20", "7.2"),
            ("0", "0"),
            ("-1234.5", "-1,234.5"),
            ("999", "999"),
        ] {
            assert_eq!(number(given.parse().expect("a number")), shown);
        }
    }
}
