//! The texts of dates and times as EHRs write them, FHIR's own forms and those without seconds or offset.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// The first and last day of `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
pub(super) fn span(text: &str) -> Option<(Date, Date)> {
    let digits = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<i16>().ok()).flatten()
    };
    let mut parts = text.split('-');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(year), None, ..) => {
            let year = digits(year, 4)?;
            Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?))
        }
        (Some(year), Some(month), None, _) => {
            let first = Date::new(digits(year, 4)?, i8::try_from(digits(month, 2)?).ok()?, 1).ok()?;
            Some((first, first.last_of_month()))
        }
        (Some(year), Some(month), Some(day), None) => {
            let month = i8::try_from(digits(month, 2)?).ok()?;
            let day = i8::try_from(digits(day, 2)?).ok()?;
            let date = Date::new(digits(year, 4)?, month, day).ok()?;
            Some((date, date))
        }
        _ => None,
    }
}

/// The instant of a time of day with or without seconds and offset.
pub(super) fn instant(date: Date, time: &str, zone: &TimeZone) -> Option<Timestamp> {
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, ""),
    };
    let time = seconds(clock).or_else(|| clock.trim().parse().ok())?;
    let moment: DateTime = date.to_datetime(time);
    match offset {
        "" => Some(moment.to_zoned(zone.clone()).ok()?.timestamp()),
        "Z" | "z" => Offset::UTC.to_timestamp(moment).ok(),
        other => fixed_offset(other)?.to_timestamp(moment).ok(),
    }
}

/// A time of day as nearly all records write it, `HH:MM:SS`; other forms are left to the calendar library.
fn seconds(text: &str) -> Option<Time> {
    let [h, i, b':', m, n, b':', s, t] = text.as_bytes() else { return None };
    let two = |tens: &u8, ones: &u8| {
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        digits.then(|| (tens - b'0') * 10 + (ones - b'0')).and_then(|number| i8::try_from(number).ok())
    };
    Time::new(two(h, i)?, two(m, n)?, two(s, t)?, 0).ok()
}

/// `+01:00`, `-0500` or `+01`.
fn fixed_offset(text: &str) -> Option<Offset> {
    let (sign, rest) = text.split_at(1);
    let digits: String = rest.chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        2 => (digits.parse::<i32>().ok()?, 0),
        4 => (digits[..2].parse::<i32>().ok()?, digits[2..].parse::<i32>().ok()?),
        _ => return None,
    };
    let seconds = (hours * 60 + minutes) * 60;
    Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok()
}
