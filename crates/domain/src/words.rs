//! Numbers, amounts, bands and lists as a reader expects them.

use rust_decimal::Decimal;

use super::quantity::Band;

/// A number with thousands separated and no needless zeros: 1900 is "1,900", 7.20 is "7.2". It is written digit by digit:
/// every finding with a number says several.
pub fn number(value: Decimal) -> String {
    let value = value.normalize();
    let digits = value.mantissa().unsigned_abs();
    // Nearly all numbers fit into 64 bits, which are divided much faster.
    let mut digits = Digits(u64::try_from(digits).map_err(|_| digits));
    let mut reversed: Vec<u8> = Vec::with_capacity(16);
    let places = value.scale();
    for _ in 0..places {
        reversed.push(digits.take());
    }
    if places > 0 {
        reversed.push(b'.');
    }
    let mut whole = 0_u32;
    while whole == 0 || !digits.is_empty() {
        if whole > 0 && whole.is_multiple_of(3) {
            reversed.push(b',');
        }
        reversed.push(digits.take());
        whole += 1;
    }
    if value.is_sign_negative() && !value.is_zero() {
        reversed.push(b'-');
    }
    reversed.reverse();
    String::from_utf8(reversed).unwrap_or_default()
}

/// What is left of a number whose digits are taken from its end.
struct Digits(Result<u64, u128>);

impl Digits {
    fn is_empty(&self) -> bool {
        matches!(self.0, Ok(0) | Err(0))
    }

    /// The last digit as a sign.
    fn take(&mut self) -> u8 {
        let last = match &mut self.0 {
            Ok(rest) => {
                let last = *rest % 10;
                *rest /= 10;
                u8::try_from(last)
            }
            Err(rest) => {
                let last = *rest % 10;
                *rest /= 10;
                u8::try_from(last)
            }
        };
        b'0' + last.unwrap_or_default()
    }
}

/// A value with its unit: "2,000/µL", "6 mg/L".
pub fn amount(value: Decimal, unit: &str) -> String {
    let glue = if unit.is_empty() || unit.starts_with('/') { "" } else { " " };
    [&number(value), glue, unit].concat()
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

/// Text on one line, cut to so many characters. They are counted in UTF-16 units, because clients do.
pub fn cut(text: &str, length: usize) -> String {
    // Never more units than bytes: most words are short and need no counting.
    if text.len() <= length && text.bytes().all(|byte| matches!(byte, 0x20..0x7f)) {
        return text.trim().to_owned();
    }
    let one_line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned();
    if one_line.encode_utf16().count() <= length {
        return one_line;
    }
    let mut room = length.saturating_sub(1);
    let kept: String = one_line
        .chars()
        .take_while(|c| {
            let fits = c.len_utf16() <= room;
            room = room.saturating_sub(c.len_utf16());
            fits
        })
        .collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::{amount, band, cut, days, joined, number, upper_first};
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
            ("-0.0", "0"),
            ("0.050", "0.05"),
            ("-0.5", "-0.5"),
            ("1000000.001", "1,000,000.001"),
            ("18446744073709551616", "18,446,744,073,709,551,616"),
            ("79228162514264337593543950335", "79,228,162,514,264,337,593,543,950,335"),
            ("0.0000000000000000000000000001", "0.0000000000000000000000000001"),
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

    #[test]
    fn long_words_are_cut() {
        for (text, length, cut_text) in [
            ("Infected\nulcer of skin", 10, "Infected…"),
            ("short", 10, "short"),
            ("exactly 10", 10, "exactly 10"),
            ("exactly 11.", 10, "exactly 1…"),
            (" a\u{7}b ", 10, "a b"),
            // A clinician's client counts this character twice.
            ("\u{1f600}\u{1f600}\u{1f600}", 5, "\u{1f600}\u{1f600}…"),
            ("\u{1f600}\u{1f600}\u{1f600}", 4, "\u{1f600}…"),
            ("\u{1f600}\u{1f600}", 4, "\u{1f600}\u{1f600}"),
        ] {
            assert_eq!(cut(text, length), cut_text, "{text:?} in {length}");
        }
    }
}
