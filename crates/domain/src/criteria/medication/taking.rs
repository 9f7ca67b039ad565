//! What the one course of a medicine shows for each state that a criterion can ask for.

use super::{CompletedCourse, RecordedMedication};
use crate::assess::Subject;
use crate::course::{Course, cited};
use crate::criteria::Finding;
use crate::fact::{ConceptId, Medication, Presence, Shown, Source, Standing, Verdict};
use crate::time::{Age, When};
use crate::truth::{Outcome, Reason};

/// One criterion under decision.
pub(super) struct Asked<'a, 's> {
    pub course: Course<'a>,
    pub kind: &'a RecordedMedication,
    pub subject: &'a Subject<'s>,
}

/// Why it is not known whether something goes on that has no end and no supply that covers the day.
const MAY_GO_ON: &str = "end not recorded, supply used up";

impl<'a> Asked<'a, '_> {
    pub(super) fn taken(&self, within: Option<i64>) -> Finding {
        let (recent, old) = self.split(within);
        match (recent.is_empty(), old.is_empty()) {
            (false, _) => self.found(Outcome::Met, &recent),
            (true, false) => self.unknown(Reason::Stale, "taken too long ago", &old),
            (true, true) => self.not_shown(),
        }
    }

    pub(super) fn ended(&self, within: Option<i64>) -> Finding {
        let (recent, old) = self.split(within);
        if recent.is_empty() && old.is_empty() {
            return self.not_shown();
        }
        let with = |outcome| self.course.records(|m| m.covers(self.subject.clock) == outcome);
        match (self.course.has_ended(), self.gap()) {
            (Outcome::Met, Some(gap)) => self.found(Outcome::Unknown(gap), &recent),
            (Outcome::Met, None) if recent.is_empty() => self.unknown(Reason::Stale, "taken too long ago", &old),
            (Outcome::Met, None) => self.found(Outcome::Met, &recent),
            (Outcome::NotMet, _) => self.found(Outcome::NotMet, &with(Outcome::Met)),
            (Outcome::Unknown(Reason::Stale), _) => {
                self.unknown(Reason::Stale, MAY_GO_ON, &with(Outcome::Unknown(Reason::Stale)))
            }
            (unknown, _) => self.found(unknown, &with(unknown)),
        }
    }

    pub(super) fn current(&self, within: i64) -> Finding {
        let clock = self.subject.clock;
        let recent = |m: &Medication| {
            let last = m.last.as_ref().is_some_and(|last| clock.age(last, within) != Age::Older);
            m.is_taken() && within > 0 && (last || m.is_within(within, clock))
        };
        // A dose that was given still acts, but does not show that there will be another.
        let goes_on = |m: &Medication| m.shown != Shown::Administered && m.covers(clock) == Outcome::Met;
        let shown = self.course.records(|m| m.shown == Shown::Planned || goes_on(m) || recent(m));
        if !shown.is_empty() {
            return self.found(Outcome::Met, &shown);
        }
        match (self.course.covers_now(), self.gap()) {
            (Outcome::Unknown(reason), _) => {
                let open = self.course.records(|m| matches!(m.covers(clock), Outcome::Unknown(_)));
                match self.gravest(reason) {
                    Reason::Stale => self.unknown(Reason::Stale, MAY_GO_ON, &open),
                    reason => self.found(Outcome::Unknown(reason), &open),
                }
            }
            _ => self.denied(),
        }
    }

    pub(super) fn unreadable(&self) -> Finding {
        let unreadable = Outcome::Unknown(Reason::Unreadable);
        let records = self.course.records(|m| m.covers(self.subject.clock) == unreadable);
        if records.is_empty() { self.denied() } else { self.found(Outcome::Met, &records) }
    }

    pub(super) fn going_on(&self, least: i64) -> Finding {
        let clock = self.subject.clock;
        let covering = self.course.records(|m| m.is_taken() && m.covers(clock) == Outcome::Met);
        if covering.is_empty() {
            return match self.course.records(|m| m.shown == Shown::Perhaps).as_slice() {
                [] => self.denied(),
                unreadable => self.found(Outcome::Unknown(self.gravest(Reason::Unreadable)), unreadable),
            };
        }
        let since = self.course.since();
        let outcome = match since.map(|since| clock.days_since(since)) {
            _ if least == 0 => Outcome::Met,
            Some((fewest, _)) if fewest >= least => Outcome::Met,
            Some((_, most)) if most < least => Outcome::NotMet,
            Some(_) | None => Outcome::Unknown(Reason::Boundary),
        };
        let mut finding = self.found(outcome, &covering);
        finding.words.date = since.map(When::shown).or(finding.words.date);
        finding
    }

    pub(super) fn completed(&self, needed: &CompletedCourse) -> Finding {
        let positive = self.first_positive(&needed.after);
        let had_no_effect = |m: &Medication| {
            let end = m.until.as_ref().or(m.last.as_ref());
            positive.is_some_and(|(positive, _)| end.is_some_and(|end| positive.is_after(end)))
        };
        let is_of_course = |m: &Medication| {
            m.is_taken() && !matches!(m.standing, Standing::Stopped | Standing::OnHold) && !had_no_effect(m)
        };
        let of_course = self.course.records(is_of_course);
        let is_long_enough = self.course.days_covered(&of_course) >= needed.minimum_days
            || needed.or_doses.is_some_and(|doses| Course::days_of_doses(&of_course) >= doses);
        let goes_on = self.course.records(|m| m.is_taken() && m.covers(self.subject.clock) == Outcome::Met);
        let taken = self.course.taken();
        if !goes_on.is_empty() {
            self.found(Outcome::NotMet, &goes_on)
        } else if is_long_enough {
            self.found(Outcome::Met, &of_course)
        } else if taken.is_empty() {
            self.not_shown()
        } else {
            match self.gravest(Reason::Absent) {
                Reason::Absent => {
                    self.unknown(Reason::Absent, "too short, stopped, or before the positive test", &taken)
                }
                reason => self.found(Outcome::Unknown(reason), &taken),
            }
        }
    }

    /// The first day on which one of these tests was positive, or one of these conditions began.
    fn first_positive(&self, concepts: &[ConceptId]) -> Option<(&'a When, &'a Source)> {
        let facts = self.subject.facts;
        let tests = facts.tests.iter().filter(|t| concepts.contains(&t.concept) && t.verdict == Ok(Verdict::Positive));
        let tests = tests.filter_map(|t| Some((t.source.effective.as_ref()?, &t.source)));
        let conditions =
            facts.conditions.iter().filter(|c| concepts.contains(&c.concept) && c.presence != Presence::Denied);
        let conditions = conditions.filter_map(|c| Some((c.onset.as_ref()?, &c.source)));
        tests.chain(conditions).min_by_key(|(when, _)| when.last())
    }

    /// The records of doses that may lie within the window, and the others.
    fn split(&self, within: Option<i64>) -> (Vec<&'a Medication>, Vec<&'a Medication>) {
        let clock = self.subject.clock;
        let is_recent =
            |m: &&Medication| within.is_none_or(|days| m.covers(clock) == Outcome::Met || m.may_be_within(days, clock));
        self.course.taken().into_iter().partition(is_recent)
    }

    /// No dose is shown: a record that cannot be read, a prescription alone, a denial, or nothing.
    fn not_shown(&self) -> Finding {
        let unreadable = self.course.records(|m| m.shown == Shown::Perhaps);
        let prescribed = self.course.records(|m| m.shown == Shown::Prescribed);
        if !unreadable.is_empty() {
            self.found(Outcome::Unknown(self.gravest(Reason::Unreadable)), &unreadable)
        } else if !prescribed.is_empty() && self.gap().is_none() {
            self.unknown(Reason::Absent, "prescribed, no dose on record", &prescribed)
        } else {
            self.denied()
        }
    }

    /// Not met where the record denies it; else unknown.
    fn denied(&self) -> Finding {
        let denied = self.course.records(|m| m.shown == Shown::NotTaken);
        match (denied.is_empty(), self.gap()) {
            (false, None) => self.found(Outcome::NotMet, &denied),
            (_, gap) => Finding::bare(Outcome::Unknown(gap.unwrap_or(Reason::Absent))),
        }
    }

    fn unknown(&self, reason: Reason, why: &'static str, records: &[&Medication]) -> Finding {
        let mut finding = self.found(Outcome::Unknown(reason), records);
        finding.words.why = Some(why);
        finding
    }

    fn found(&self, outcome: Outcome, records: &[&Medication]) -> Finding {
        Finding::of(outcome, cited(records), self.subject)
    }

    /// Why the part of the record with these medicines is incomplete. Then a denial does not count, because an entry
    /// that shows it may be missing.
    fn gap(&self) -> Option<Reason> {
        self.kind.concepts.iter().filter_map(|concept| self.subject.facts.gaps.get(concept).copied()).min()
    }

    fn gravest(&self, reason: Reason) -> Reason {
        self.gap().map_or(reason, |gap| gap.min(reason))
    }
}
