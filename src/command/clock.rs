//! The clock of the machine. Ages of results, courses of treatment and the ends of tokens are counted by it, so that a
//! service does not start on one that cannot be right, such as that of a machine whose battery is empty.

use jiff::Zoned;

/// Years in which this program can run: not before it was written.
const YEARS: std::ops::Range<i16> = 2026..2200;

/// Refuses a clock that cannot be right.
///
/// # Errors
///
/// What the clock says, in words for the operator.
pub fn believable(now: &Zoned) -> Result<(), String> {
    if YEARS.contains(&now.year()) {
        return Ok(());
    }
    Err(format!(
        "the clock of this machine says {}, which cannot be right; the age of every result is counted by it, so set it first",
        now.date()
    ))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::believable;

    #[test]
    fn a_clock_that_cannot_be_right_is_named() {
        for (year, right) in
            [(-1, false), (1969, false), (1970, false), (2025, false), (2026, true), (2199, true), (9999, false)]
        {
            let now = date(year, 6, 15).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).expect("a moment");
            let said = believable(&now);
            assert_eq!(said.is_ok(), right, "{year}: {said:?}");
            assert!(said.err().is_none_or(|words| words.contains(&now.date().to_string())), "{year}");
        }
    }
}
