//! Numbers, amounts, bands and lists as a reader expects them.

use rust_decimal::Decimal;

use super::quantity::Band;

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

/// A value with its unit: "2,000/µL", "6 mg/L".
pub fn amount(value: Decimal, unit: &str) -> String {
    let glue = if unit.is_empty() || unit.starts_with('/') { "" } else { " " };
    format!("{}{glue}{unit}", number(value))
}

/// A number of days: "30 days".
pub fn days(days: i64) -> String {
    format!("{days} {}", if days == 1 { "day" } else { "days" })
}

/// "a", "a or b", "a, b or c", with `last` before the last one.
pub fn joined(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}

/// A band with the words of its ends: "below 2,000/µL", "from 500/µL to 1,000/µL". `shown` writes a value of it.
pub fn band(band: &Band, shown: &dyn Fn(Decimal) -> String) -> String {
    let (low_closed, high_closed) = band.closed();
    let low = band.low().map(|at| format!("{} {}", if low_closed { "from" } else { "above" }, shown(at)));
    let high = |low: bool| {
        let word = match (high_closed, low) {
            (true, true) => "to",
            (true, false) => "at most",
            (false, _) => "below",
        };
        band.high().map(|at| format!("{word} {}", shown(at)))
    };
    match (low, high(band.low().is_some())) {
        (Some(low), Some(high)) if high_closed => format!("{low} {high}"),
        (Some(low), Some(high)) => format!("{low} and {high}"),
        (low, high) => low.or(high).unwrap_or_default(),
    }
}

/// With a capital first letter.
pub fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{amount, band, days, joined, number, upper_first};
    use crate::quantity::Band;
    use rust_decimal::Decimal;

    #[test]
    fn first_letters() {
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

    #[test]
    fn amounts_days_and_lists() {
        let two = Decimal::from(2000);
        assert_eq!([amount(two, "/µL"), amount(two, "mg"), amount(two, "")], ["2,000/µL", "2,000 mg", "2,000"]);
        assert_eq!([days(0), days(1), days(2)], ["0 days", "1 day", "2 days"]);
        let words: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        let lists: Vec<String> = (0..=3).map(|many| joined(&words[..many], "or")).collect();
        assert_eq!(lists, ["", "a", "a or b", "a, b or c"]);
    }

    #[test]
    fn bands_name_their_ends() {
        let at = |number: i64, closed: bool| Some((Decimal::from(number), closed));
        for (low, high, shown) in [
            (None, at(2000, false), "below 2,000/µL"),
            (None, at(37, true), "at most 37/µL"),
            (at(5, false), None, "above 5/µL"),
            (at(5, true), None, "from 5/µL"),
            (at(500, true), at(1000, true), "from 500/µL to 1,000/µL"),
            (at(1, false), at(3, true), "above 1/µL to 3/µL"),
            (at(1, false), at(3, false), "above 1/µL and below 3/µL"),
        ] {
            assert_eq!(band(&Band::new(low, high), &|value| amount(value, "/µL")), shown);
        }
    }
}
