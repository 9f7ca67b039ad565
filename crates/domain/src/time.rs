//! Clinical time: FHIR dates of any precision, the clock of a decision, and windows in days.
//!
//! A partial date is kept as the span of days it can mean, so that it can be seen to straddle the edge of a window.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan, Zoned};

/// The moment a decision is made for, in the time zone whose calendar counts.
#[derive(Debug, Clone)]
pub struct Clock {
    now: Zoned,
}

/// A FHIR date or dateTime: what it said, and the span it can mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    text: String,
    first: Date,
    last: Date,
    instant: Option<Timestamp>,
}

/// Where a date lies relative to a window of so many days that ends at the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Wholly inside the window.
    Within,
    /// A partial date whose span straddles the edge of the window.
    Straddles,
    /// Wholly before the window.
    Older,
}

/// How far a sender's clock may run ahead of ours before a record counts as dated in the future, in minutes.
const CLOCK_SKEW_MINUTES: i64 = 10;

impl Clock {
    /// A clock that shows `now`.
    pub fn at(now: Zoned) -> Clock {
        Clock { now }
    }

    /// Reads `YYYY-MM-DD`, which means the end of that day, or a full dateTime. Without an offset it is in `zone`;
    /// `None` for anything else.
    pub fn parse(text: &str, zone: &TimeZone) -> Option<Clock> {
        let when = When::parse(text, zone)?;
        let now = match when.instant {
            Some(instant) => instant.to_zoned(zone.clone()),
            None if when.first == when.last => when.last.at(23, 59, 59, 0).to_zoned(zone.clone()).ok()?,
            None => return None,
        };
        Some(Clock { now })
    }

    /// The calendar day of the clock.
    pub fn today(&self) -> Date {
        self.now.date()
    }

    /// The time zone whose calendar counts.
    pub fn zone(&self) -> &TimeZone {
        self.now.time_zone()
    }

    /// The moment as an RFC 3339 text with offset.
    pub fn text(&self) -> String {
        self.now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// The moment in full precision and with the name of its time zone, from which the same clock can be made again.
    pub fn exact(&self) -> String {
        self.now.to_string()
    }

    /// The clock that wrote this exact text; `None` for any other text.
    pub fn from_exact(text: &str) -> Option<Clock> {
        text.parse::<Zoned>().ok().map(Clock::at)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn milliseconds(&self) -> i64 {
        self.now.timestamp().as_millisecond()
    }

    /// Days from the date to today: the fewest and the most that its span allows.
    pub fn days_since(&self, when: &When) -> (i64, i64) {
        (days(when.last, self.today()), days(when.first, self.today()))
    }

    /// Minutes from the date to the clock: the fewest and the most that its span allows.
    pub fn minutes_since(&self, when: &When) -> (i64, i64) {
        let until = |then: Timestamp| self.now.timestamp().duration_since(then).as_mins();
        if let Some(instant) = when.instant {
            return (until(instant), until(instant));
        }
        let midnight = |date: Date| date.to_zoned(self.zone().clone()).map(|at| at.timestamp());
        let next = when.last.checked_add(1.day()).unwrap_or(when.last);
        let fewest = midnight(next).map_or(0, until).max(0);
        (fewest, midnight(when.first).map_or(i64::MAX, until).max(fewest))
    }

    /// Where the date lies relative to a window of `days` days.
    pub fn age(&self, when: &When, days: i64) -> Age {
        match self.days_since(when) {
            (_, most) if most <= days => Age::Within,
            (fewest, _) if fewest > days => Age::Older,
            _ => Age::Straddles,
        }
    }

    /// Whether the date lies wholly after the clock, with some minutes' allowance for clocks that differ.
    pub fn is_future(&self, when: &When) -> bool {
        match when.instant {
            Some(instant) => instant > self.now.timestamp() + CLOCK_SKEW_MINUTES.minutes(),
            None => when.first > self.today(),
        }
    }
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

/// The latest of many dates, to ask whether any of them is certainly later than another. It is found in one pass, so
/// that many dates do not cost quadratic time.
#[derive(Debug, Default)]
pub struct Latest {
    /// The latest instant of those that have one.
    instant: Option<Timestamp>,
    /// The latest first day of those without an instant, and of all.
    without_instant: Option<Date>,
    of_all: Option<Date>,
}

impl Latest {
    /// Whether any of the dates is certainly later than this one.
    pub fn is_after(&self, when: &When) -> bool {
        match when.instant {
            Some(instant) => {
                self.instant.is_some_and(|latest| latest > instant)
                    || self.without_instant.is_some_and(|latest| latest > when.last)
            }
            None => self.of_all.is_some_and(|latest| latest > when.last),
        }
    }
}

impl<'w> FromIterator<&'w When> for Latest {
    fn from_iter<I: IntoIterator<Item = &'w When>>(dates: I) -> Latest {
        let mut latest = Latest::default();
        for when in dates {
            latest.instant = latest.instant.max(when.instant);
            latest.of_all = latest.of_all.max(Some(when.first));
            if when.instant.is_none() {
                latest.without_instant = latest.without_instant.max(Some(when.first));
            }
        }
        latest
    }
}

/// The earliest of many dates, to ask whether all of them are certainly later than another.
#[derive(Debug, Default)]
pub struct Earliest {
    instant: Option<Timestamp>,
    without_instant: Option<Date>,
    of_all: Option<Date>,
}

impl Earliest {
    /// The first day that they allow.
    pub fn day(&self) -> Option<Date> {
        self.of_all
    }

    /// Whether all of the dates are certainly later than this one.
    pub fn is_after(&self, when: &When) -> bool {
        match when.instant {
            Some(instant) => {
                self.instant.is_none_or(|earliest| earliest > instant)
                    && self.without_instant.is_none_or(|earliest| earliest > when.last)
            }
            None => self.of_all.is_none_or(|earliest| earliest > when.last),
        }
    }
}

impl<'w> FromIterator<&'w When> for Earliest {
    fn from_iter<I: IntoIterator<Item = &'w When>>(dates: I) -> Earliest {
        let earlier = |known: Option<Date>, day: Date| Some(known.map_or(day, |known| known.min(day)));
        let mut earliest = Earliest::default();
        for when in dates {
            earliest.of_all = earlier(earliest.of_all, when.first);
            match when.instant {
                Some(at) => earliest.instant = Some(earliest.instant.map_or(at, |known| known.min(at))),
                None => earliest.without_instant = earlier(earliest.without_instant, when.first),
            }
        }
        earliest
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

/// The first and last day of `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
fn span(text: &str) -> Option<(Date, Date)> {
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
fn instant(date: Date, time: &str, zone: &TimeZone) -> Option<Timestamp> {
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

#[cfg(test)]
mod tests {
    use super::{Age, Clock, Earliest, Latest, When, years_between};
    use jiff::tz::TimeZone;

    fn when(text: &str) -> When {
        When::parse(text, &TimeZone::UTC).unwrap_or_else(|| panic!("{text} is a date"))
    }

    fn clock() -> Clock {
        Clock::parse("2026-11-22T09:00:00Z", &TimeZone::UTC).expect("a moment")
    }

    #[test]
    fn an_exact_text_makes_the_same_clock() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        for zone in [TimeZone::UTC, TimeZone::unknown(), berlin, TimeZone::fixed(jiff::tz::offset(-3))] {
            let moment = "2026-11-22T09:00:00.123456789Z".parse::<jiff::Timestamp>().expect("a moment");
            let clock = Clock::at(moment.to_zoned(zone));
            let again = Clock::from_exact(&clock.exact()).expect("a clock");
            assert_eq!((again.exact(), again.milliseconds()), (clock.exact(), clock.milliseconds()));
            assert_eq!(again.zone().iana_name(), clock.zone().iana_name());
        }
        assert!(Clock::from_exact("2026-11-22").is_none());
    }

    #[test]
    fn dates_of_every_precision_are_read() {
        for (text, shown) in [
            ("2026", "2026"),
            ("2026-11", "Nov 2026"),
            ("2026-11-10", "10 Nov 2026"),
            ("0907-01-02", "2 Jan 907"),
            ("0000", "0"),
            ("2026-11-10T08:00:00Z", "10 Nov 2026"),
            ("2026-11-10T08:00", "10 Nov 2026"),
            ("2026-11-10T08:00:00.123+01:00", "10 Nov 2026"),
            ("2026-11-10T23:30:00-05:00", "11 Nov 2026"),
        ] {
            assert_eq!(when(text).shown(), shown, "{text}");
        }
        for text in ["", "10 Nov 2026", "2026-13", "2026-02-30", "26-11-10", "2026-11T10:00Z"] {
            assert!(When::parse(text, &TimeZone::UTC).is_none(), "{text}");
        }
    }

    /// What is found in one pass is what comparing each with each finds.
    #[test]
    fn the_latest_and_the_earliest_stand_for_all() {
        let texts = [
            "2026",
            "2026-11",
            "2026-11-10",
            "2026-11-10T08:00:00Z",
            "2026-11-10T09:00:00Z",
            "2026-11-11",
            "2026-12-01T00:00:00+14:00",
        ];
        let dates = texts.map(when);
        for mask in 0_u32..1 << dates.len() {
            let some = || dates.iter().enumerate().filter(move |(at, _)| mask & (1 << at) != 0).map(|(_, when)| when);
            let (latest, earliest): (Latest, Earliest) = (some().collect(), some().collect());
            for when in &dates {
                assert_eq!(latest.is_after(when), some().any(|other| other.is_after(when)), "{mask} {}", when.text());
                assert_eq!(earliest.is_after(when), some().all(|other| other.is_after(when)), "{mask} {}", when.text());
            }
        }
    }

    #[test]
    fn windows_count_whole_days_and_see_straddling() {
        let clock = clock();
        assert_eq!(clock.age(&when("2026-10-23"), 30), Age::Within);
        assert_eq!(clock.age(&when("2026-10-22"), 30), Age::Older);
        // October is from 22 to 52 days ago.
        for (days, age) in [(21, Age::Older), (22, Age::Straddles), (51, Age::Straddles), (52, Age::Within)] {
            assert_eq!(clock.age(&when("2026-10"), days), age, "{days}");
        }
        assert_eq!(clock.age(&when("2026-09"), 30), Age::Older);
    }

    #[test]
    fn the_future_begins_after_now() {
        let clock = clock();
        for (text, future) in [
            ("2026-11-22", false),
            ("2026-11-23", true),
            ("2026-11-22T09:05:00Z", false),
            ("2026-11-22T10:00:00Z", true),
            ("2026", false),
        ] {
            assert_eq!(clock.is_future(&when(text)), future, "{text}");
        }
    }

    #[test]
    fn partial_birth_dates_give_a_range_of_years() {
        let day = clock().today();
        assert_eq!(years_between(&when("2008-11-22"), day), (18, 18));
        assert_eq!(years_between(&when("2008-11-23"), day), (17, 17));
        assert_eq!(years_between(&when("2008"), day), (17, 18));
    }

    #[test]
    fn a_clock_is_read_and_written() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        for (text, zone, written) in [
            ("2026-11-22T09:00:00Z", &TimeZone::UTC, "2026-11-22T09:00:00+00:00"),
            ("2026-11-22T09:00:00Z", &berlin, "2026-11-22T10:00:00+01:00"),
            ("2026-11-22T09:00", &berlin, "2026-11-22T09:00:00+01:00"),
            ("2026-11-22", &berlin, "2026-11-22T23:59:59+01:00"),
        ] {
            let clock = Clock::parse(text, zone).expect(text);
            assert_eq!((clock.text().as_str(), clock.zone()), (written, zone), "{text}");
        }
        for text in ["2026-11", "2026", "soon"] {
            assert!(Clock::parse(text, &TimeZone::UTC).is_none(), "{text}");
        }
        assert_eq!(clock().milliseconds(), 1_795_338_000_000);
        assert_eq!(clock().today(), jiff::civil::date(2026, 11, 22));
    }

    #[test]
    fn a_date_keeps_its_text_and_its_span() {
        let (month, moment) = (when(" 2026-02 "), when("2026-11-10T23:30:00-05:00"));
        assert_eq!((month.text(), month.date_text()), ("2026-02", "2026-02"));
        assert_eq!((moment.text(), moment.date_text()), ("2026-11-10T23:30:00-05:00", "2026-11-10"));
        assert_eq!((month.first(), month.last()), (jiff::civil::date(2026, 2, 1), jiff::civil::date(2026, 2, 28)));
        assert_eq!((moment.first(), moment.last()), (jiff::civil::date(2026, 11, 11), jiff::civil::date(2026, 11, 11)));
        assert_eq!(clock().days_since(&month), (267, 294));
        assert_eq!(clock().days_since(&when("2026-11-23")), (-1, -1));
    }

    #[test]
    fn offsets_are_read_in_every_form() {
        for (text, utc) in [
            ("2026-11-10T08:00:00+01:00", "2026-11-10T07:00:00Z"),
            ("2026-11-10T08:00:00+0130", "2026-11-10T06:30:00Z"),
            ("2026-11-10T08:00:00-03", "2026-11-10T11:00:00Z"),
            ("2026-11-10 08:00z", "2026-11-10T08:00:00Z"),
        ] {
            let (one, other) = (when(text), when(utc));
            assert!(!one.is_after(&other) && !other.is_after(&one), "{text}");
        }
        for text in ["2026-11-10T08:00:00+1", "2026-11-10T08:00:00+ab", "2026-11-10T08:00:00+123", "2026-11-10T25:00Z"]
        {
            assert!(When::parse(text, &TimeZone::UTC).is_none(), "{text}");
        }
    }

    #[test]
    fn what_is_certainly_later() {
        for (one, other, later) in [
            ("2026-11-10", "2026-11-09", true),
            ("2026-11-10", "2026-11-10", false),
            ("2026-11-10T08:00:00Z", "2026-11-10T07:59:59Z", true),
            ("2026-11-10T08:00:00Z", "2026-11-10T08:00:00Z", false),
            ("2026-11-10T08:00:00Z", "2026-11-10", false),
            ("2026-11-10T08:00:00Z", "2026-11-09", true),
            ("2026-11", "2026-10", true),
            ("2026-11", "2026-11-01", false),
            ("2026-12", "2026-11-30", true),
        ] {
            assert_eq!(when(one).is_after(&when(other)), later, "{one} after {other}");
            assert!(!when(other).is_after(&when(one)), "{other} after {one}");
        }
    }

    #[test]
    fn differences_of_clocks_are_allowed_for() {
        let clock = clock();
        for (text, future) in [("2026-11-22T09:10:00Z", false), ("2026-11-22T09:10:01Z", true), ("2026-12", true)] {
            assert_eq!(clock.is_future(&when(text)), future, "{text}");
        }
        assert_eq!(
            [when("2026-11-22").shown(), when("2026-02").shown(), when("2026").shown()],
            ["22 Nov 2026", "Feb 2026", "2026"]
        );
    }

    #[test]
    fn years_are_whole_ones() {
        let day = clock().today();
        for (birth, years) in [
            ("2008-11-21", (18, 18)),
            ("2008-12-01", (17, 17)),
            ("2008-01-30", (18, 18)),
            ("2008-11", (17, 18)),
            ("2026", (-1, 0)),
        ] {
            assert_eq!(years_between(&when(birth), day), years, "{birth}");
        }
    }
}
