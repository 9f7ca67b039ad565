//! Clinical time: FHIR dates of any precision, the clock of a decision, and windows in days.
//!
//! A partial date is kept as the span of days it can mean, so that it can be seen to straddle the edge of a window.

/// The clock of a decision.
mod clock;
/// The latest and the earliest of many dates.
mod extremes;
/// The texts of dates and times.
mod read;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use self::clock::{Age, Clock};
pub use self::extremes::{Earliest, Latest};
use self::read::{instant, span};

/// A FHIR date or dateTime: what it said, and the span it can mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    text: String,
    first: Date,
    last: Date,
    instant: Option<Timestamp>,
}

impl When {
    /// Reads a FHIR date, dateTime or instant; `None` for any other text. EHRs leave out seconds and offset: without an
    /// offset, the time is in `zone`.
    pub fn parse(text: &str, zone: &TimeZone) -> Option<When> {
        let text = text.trim();
        let (date, time) = match text.split_once(['T', 't', ' ']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let (first, last) = span(date)?;
        let instant = match time {
            None => None,
            Some(_) if first != last => return None,
            Some(time) => Some(instant(first, time, zone)?),
        };
        let (first, last) = match instant {
            Some(instant) => {
                let day = instant.to_zoned(zone.clone()).date();
                (day, day)
            }
            None => (first, last),
        };
        Some(When { text: text.to_owned(), first, last, instant })
    }

    /// The date as the record wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The calendar part of the date as the record wrote it.
    pub fn date_text(&self) -> &str {
        let end = self.text.bytes().position(|byte| matches!(byte, b'T' | b't' | b' '));
        end.and_then(|end| self.text.get(..end)).unwrap_or(&self.text)
    }

    /// The first day it can mean.
    pub fn first(&self) -> Date {
        self.first
    }

    /// The last day it can mean.
    pub fn last(&self) -> Date {
        self.last
    }

    /// For a reader: "10 Nov 2026", "Nov 2026" or "2026".
    pub fn shown(&self) -> String {
        let mut words = String::with_capacity("10 Nov 2026".len());
        if self.first == self.last {
            push_number(&mut words, self.first.day().into());
            words.push(' ');
        }
        if self.first.month() == self.last.month() {
            words.extend([month(self.first), " "]);
        }
        push_number(&mut words, self.first.year());
        words
    }

    /// The date so many days later, without its time of day; `None` past the end of the calendar.
    pub fn plus_days(&self, days: i64) -> Option<When> {
        let span = jiff::Span::new().try_days(days).ok()?;
        let (first, last) = (self.first.checked_add(span).ok()?, self.last.checked_add(span).ok()?);
        Some(When { text: last.to_string(), first, last, instant: None })
    }

    /// Whether this is certainly later than the other, because their spans do not overlap.
    pub fn is_after(&self, other: &When) -> bool {
        match (self.instant, other.instant) {
            (Some(a), Some(b)) => a > b,
            _ => self.first > other.last,
        }
    }
}

/// Writes a day or a year, which have four digits at most. Dates are shown so often that they are not
/// worth the machinery that writes any number.
fn push_number(words: &mut String, number: i16) {
    words.extend((number < 0).then_some('-'));
    let number = number.unsigned_abs();
    let mut unit = 1000;
    while unit > 0 {
        if number >= unit || unit == 1 {
            let digit = u8::try_from(number / unit % 10).unwrap_or_default();
            words.push(char::from(b'0' + digit));
        }
        unit /= 10;
    }
}

/// The month in three letters.
fn month(date: Date) -> &'static str {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let place = usize::try_from(date.month() - 1).unwrap_or_default();
    MONTHS.get(place).copied().unwrap_or_default()
}

/// Whole years from a date of birth to a day: the fewest and the most that its span allows.
pub fn years_between(birth: &When, day: Date) -> (i16, i16) {
    (full_years(birth.last, day), full_years(birth.first, day))
}

fn full_years(from: Date, to: Date) -> i16 {
    let years = to.year() - from.year();
    if (to.month(), to.day()) < (from.month(), from.day()) { years - 1 } else { years }
}

fn days(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

#[cfg(test)]
mod tests;
