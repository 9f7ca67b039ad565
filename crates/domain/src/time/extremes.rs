//! The latest and the earliest of many dates, each found in one pass, so that many dates do not cost quadratic time.

use jiff::Timestamp;
use jiff::civil::Date;

use super::When;

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
