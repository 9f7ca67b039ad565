//! The course of a medicine: one value made from all records of it. It says whether the medicine was taken, whether it
//! covers the moment of the decision, and whether it ended, so that no rule reads a single record for itself.
//!
//! A request is a prescription, not a dose. What a record says goes as far as its supply or, after an infusion, as far
//! as the interval of the product.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::civil::Date;

use super::fact::{Facts, Medication, Shown, Source, Standing};
use super::time::{Age, Clock, When};
use super::truth::{Outcome, Reason};

/// The most days between the end of one supply and the next for one unbroken course.
const LONGEST_GAP_DAYS: i64 = 30;

/// All records of a medicine or of a group of medicines, the newest first.
#[derive(Debug)]
pub struct Course<'a> {
    records: Vec<&'a Medication>,
    clock: &'a Clock,
}

impl Medication {
    /// Whether it shows that a dose was taken, or at least handed over.
    pub fn is_taken(&self) -> bool {
        matches!(self.shown, Shown::Dispensed | Shown::Administered | Shown::Stated)
    }

    /// Whether the medicine covers the moment of the clock, by this record alone.
    pub fn covers(&self, clock: &Clock) -> Outcome {
        let covers = match self.shown {
            Shown::Planned | Shown::NotTaken => return Outcome::NotMet,
            Shown::Prescribed | Shown::Dispensed | Shown::Administered | Shown::Stated | Shown::Perhaps => {
                self.reaches(clock)
            }
        };
        match covers {
            Outcome::Met | Outcome::Unknown(_) if self.shown == Shown::Perhaps => Outcome::Unknown(Reason::Unreadable),
            covers => covers,
        }
    }

    fn reaches(&self, clock: &Clock) -> Outcome {
        let stale = Outcome::Unknown(Reason::Stale);
        let is_closed_request = self.is_request && !self.is_open_request();
        match (&self.until, self.standing) {
            (Some(until), standing) => match clock.days_since(until) {
                // The patient may still have what was dispensed on a request that is done or paused.
                (fewest, _) if fewest <= 0 && (is_closed_request || standing == Standing::OnHold) => stale,
                (_, most) if most <= 0 => Outcome::Met,
                (fewest, _) if fewest <= 0 => Outcome::Unknown(Reason::Boundary),
                _ if standing == Standing::OnHold => stale,
                // A request that nobody closed may still be filled, and the next fill may not be recorded yet.
                _ if self.shown == Shown::Stated => Outcome::NotMet,
                _ if self.is_open_request() || self.is_within(self.pause_days, clock) => stale,
                _ => Outcome::NotMet,
            },
            (None, Standing::Active) if self.shown == Shown::Stated || self.shown == Shown::Perhaps => Outcome::Met,
            (None, Standing::OnHold) => stale,
            (None, Standing::Stopped | Standing::Completed) if self.shown == Shown::Stated => Outcome::NotMet,
            // A dose or a request without a date that can be read.
            (None, _) => Outcome::Unknown(Reason::Unreadable),
        }
    }

    /// Whether it is a request that its status leaves open.
    fn is_open_request(&self) -> bool {
        matches!(self.shown, Shown::Prescribed | Shown::Perhaps) && self.is_request && self.standing == Standing::Active
    }

    /// Whether it was certainly taken within so many days. A treatment that ended on an unknown day was taken at least
    /// when it began.
    pub fn is_within(&self, days: i64, clock: &Clock) -> bool {
        let within = |when: &When| clock.age(when, days) == Age::Within && !clock.is_future(when);
        self.last.as_ref().or(self.first.as_ref()).is_some_and(within)
    }

    /// Whether it may have been taken within so many days, because its last day is not known exactly.
    pub fn may_be_within(&self, days: i64, clock: &Clock) -> bool {
        self.last.as_ref().is_none_or(|last| clock.age(last, days) != Age::Older)
    }

    /// Whether its first day lies after the moment of the clock, which no dose can do that was taken.
    pub fn is_ahead(&self, clock: &Clock) -> bool {
        self.first.as_ref().is_some_and(|first| clock.is_future(first))
    }

    /// The first and the last day that it covers, as far as they are known, until the clock.
    fn span(&self, clock: &Clock) -> Option<(Date, Date)> {
        let first = self.first.as_ref()?.last();
        let last = match (&self.until, self.standing) {
            (Some(until), _) => until.first(),
            (None, Standing::Active) => clock.today(),
            (None, _) => self.last.as_ref()?.first(),
        };
        (first <= last).then_some((first, last.min(clock.today())))
    }
}

impl<'a> Course<'a> {
    /// The records that `is_of` picks, in the order of the facts.
    pub fn of(facts: &'a Facts, clock: &'a Clock, is_of: impl Fn(&Medication) -> bool) -> Course<'a> {
        Course { records: facts.medications.iter().filter(|record| is_of(record)).collect(), clock }
    }

    /// The records for which this holds.
    pub fn records(&self, holds: impl Fn(&Medication) -> bool) -> Vec<&'a Medication> {
        self.records.iter().copied().filter(|record| holds(record)).collect()
    }

    /// The records that show a dose taken.
    pub fn taken(&self) -> Vec<&'a Medication> {
        self.records(Medication::is_taken)
    }

    /// Whether any record covers the moment.
    pub fn covers_now(&self) -> Outcome {
        Outcome::any(self.records.iter().map(|record| record.covers(self.clock)))
    }

    /// Whether the medicine was taken and is no longer. Whatever covers the moment denies it.
    pub fn has_ended(&self) -> Outcome {
        match (self.taken().is_empty(), self.covers_now()) {
            (true, _) => Outcome::Unknown(Reason::Absent),
            (false, Outcome::Met) => Outcome::NotMet,
            (false, Outcome::NotMet | Outcome::NotApplicable) => Outcome::Met,
            (false, unknown @ Outcome::Unknown(_)) => unknown,
        }
    }

    /// The day since which the medicine that covers the moment has been taken without a gap, as far as it is known.
    pub fn since(&self) -> Option<&'a When> {
        let mut taken = self.taken();
        taken.sort_by_key(|record| Reverse(record.first.as_ref().map(When::last)));
        let covering = taken.iter().filter(|record| record.covers(self.clock) == Outcome::Met);
        let mut since = covering.filter_map(|record| record.first.as_ref()).min_by_key(|when| when.last())?;
        for record in taken {
            let (Some((_, end)), Some(first)) = (record.span(self.clock), &record.first) else { continue };
            if first.last() < since.last() && days_between(end, since.last()) <= LONGEST_GAP_DAYS {
                since = first;
            }
        }
        Some(since)
    }

    /// The spans of time over which the medicine was taken, the earliest first; pauses of up to `longest_pause` days do
    /// not break one.
    pub fn spans(&self, longest_pause: i64) -> Vec<(Date, Date)> {
        let mut each: Vec<(Date, Date)> = self.taken().iter().filter_map(|record| record.span(self.clock)).collect();
        each.sort_unstable();
        let mut spans: Vec<(Date, Date)> = Vec::new();
        for (first, last) in each {
            match spans.last_mut() {
                Some(before) if days_between(before.1, first) <= longest_pause => before.1 = before.1.max(last),
                _ => spans.push((first, last)),
            }
        }
        spans
    }

    /// The days that these records cover together until now, each day counted once.
    pub fn days_covered(&self, records: &[&Medication]) -> i64 {
        let mut spans: Vec<(Date, Date)> = records.iter().filter_map(|record| record.span(self.clock)).collect();
        spans.sort_unstable();
        let mut covered = 0;
        let mut reached: Option<Date> = None;
        for (first, last) in spans {
            let from = match reached {
                Some(reached) if reached >= first => reached.tomorrow().unwrap_or(reached),
                _ => first,
            };
            if last >= from {
                covered += days_between(from, last) + 1;
            }
            reached = reached.max(Some(last));
        }
        covered
    }

    /// The days on which a dose was given.
    pub fn days_of_doses(records: &[&Medication]) -> usize {
        let given = records.iter().filter(|record| record.shown == Shown::Administered);
        given.filter_map(|record| record.first.as_ref()).map(When::first).collect::<BTreeSet<Date>>().len()
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// What these records are cited as: each event once, although several records may name it.
pub fn cited(records: &[&Medication]) -> Vec<Source> {
    let mut seen = BTreeSet::new();
    let mut sources = Vec::new();
    for record in records {
        let source = &record.source;
        let day = source.effective.as_ref().filter(|when| record.is_taken() && when.first() == when.last());
        let day = day.map(When::first);
        let is_new = seen.insert((source.reference.as_str(), None, String::new()));
        let is_event = day.is_none_or(|day| seen.insert(("", Some(day), source.received.to_lowercase())));
        if is_new && is_event {
            sources.push(source.clone());
        }
    }
    sources
}

#[cfg(test)]
mod tests;
