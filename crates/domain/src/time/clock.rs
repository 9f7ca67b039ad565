//! The clock of a decision: what lies in a window that ends at it, and what lies in its future.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

use super::{When, days};

/// The moment a decision is made for, in the time zone whose calendar counts.
#[derive(Debug, Clone)]
pub struct Clock {
    now: Zoned,
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
