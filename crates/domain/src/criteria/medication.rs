//! Medicines on record: what counts is that a medicine was taken, not that it was asked for. Every state is read from
//! the one course that all records of the medicine make together.

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::course::{Course, cited};
use crate::fact::{ConceptId, Medication, Presence, Shown, Source, Standing, Verdict};
use crate::time::{Age, When};
use crate::truth::{Outcome, Reason};
use crate::words::days;

/// A medicine on record.
#[derive(Debug)]
pub struct RecordedMedication {
    /// The medicines, any of which will do.
    pub concepts: Vec<ConceptId>,
    /// What must be known of its taking.
    pub state: MedicationState,
    /// Only what was begun within so many days, or on an unknown day; `None` means all.
    pub begun_within: Option<i64>,
}

/// What must be known of the taking of a medicine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MedicationState {
    /// A whole course was completed.
    CourseCompleted(CompletedCourse),
    /// It was taken, now or, where there is a window, within so many days.
    Taken(Option<i64>),
    /// It was taken, within the window if there is one, and is no longer.
    Ended(Option<i64>),
    /// It covers the moment, was taken within so many days, or is among the draft orders.
    Current(i64),
    /// It has been taken for at least so many days and still is.
    GoingOn(i64),
    /// A record names it whose status or date cannot be read, so that it may be going on.
    Unreadable,
}

/// What a completed course must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletedCourse {
    /// The days that it must cover at least.
    pub minimum_days: i64,
    /// Or the days on which a dose was given.
    pub or_doses: Option<usize>,
    /// Tests and conditions: a course that ended before the first positive one does not count.
    pub after: Vec<ConceptId>,
}

impl CriterionKind for RecordedMedication {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let course = Course::of(subject.facts, subject.clock, |m| {
            self.concepts.contains(&m.concept)
                && m.source.reference != subject.order.reference
                && !self.is_begun_before(m, subject)
        });
        let asked = Asked { course, kind: self, subject };
        match &self.state {
            MedicationState::CourseCompleted(needed) => asked.completed(needed),
            MedicationState::Taken(within) => asked.taken(*within),
            MedicationState::Ended(within) => asked.ended(*within),
            MedicationState::Current(within) => asked.current(*within),
            MedicationState::GoingOn(least) => asked.going_on(*least),
            MedicationState::Unreadable => asked.unreadable(),
        }
    }

    fn properties(&self) -> Properties<'_> {
        let after: &[ConceptId] = match &self.state {
            MedicationState::CourseCompleted(needed) => &needed.after,
            _ => &[],
        };
        Properties {
            concepts: self.concepts.iter().chain(after).collect(),
            window_days: None,
            must_show: EVERY_OUTCOME,
            is_of_order: false,
        }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let name = names.any_of(&self.concepts);
        let lately =
            |within: &Option<i64>| within.map_or("now or ever".to_owned(), |d| format!("in the last {}", days(d)));
        let met = match &self.state {
            MedicationState::CourseCompleted(needed) => needed.words(&name, names),
            MedicationState::Taken(within) => format!("{name} taken, {}", lately(within)),
            MedicationState::Ended(within) => {
                format!("{name} was taken, {}, and nothing covers the day", lately(within))
            }
            MedicationState::Current(0) => format!("{name} going on, or among the draft orders"),
            MedicationState::Current(within) => {
                format!("{name} going on, taken within the last {}, or among the draft orders", days(*within))
            }
            MedicationState::GoingOn(0) => format!("{name} taken and going on"),
            MedicationState::GoingOn(least) => format!("{name} taken for {} or more and going on", days(*least)),
            MedicationState::Unreadable => {
                format!("a record of {name} that may go on, without a readable status or date")
            }
        };
        let not_met = match self.state {
            MedicationState::Ended(_) => "it goes on, or the record says that it was not taken",
            MedicationState::GoingOn(least) if least > 0 => "it began later, or the record says that it was not taken",
            _ => "the record says that it was not taken",
        };
        let unknown = "none recorded: it may have been taken elsewhere";
        let mut explanation = Explanation::new(met, not_met, unknown);
        let begun = self.begun_within.map(|within| format!("only what was begun within {} counts", days(within)));
        explanation.met.extend(begun);
        if self.state != MedicationState::Unreadable {
            explanation.unknown.push("or only a record whose status or date cannot be read".to_owned());
        }
        explanation
    }
}

impl RecordedMedication {
    /// Whether a record began longer ago than counts.
    fn is_begun_before(&self, record: &Medication, subject: &Subject<'_>) -> bool {
        let is_before = |days| record.first.as_ref().is_some_and(|first| subject.clock.age(first, days) == Age::Older);
        self.begun_within.is_some_and(is_before)
    }
}

impl CompletedCourse {
    fn words(&self, name: &str, names: &Names<'_>) -> String {
        let doses = self.or_doses.map(|doses| format!(" or with {doses} doses given")).unwrap_or_default();
        let after = match self.after.is_empty() {
            true => String::new(),
            false => format!(", not over before the first of {}", names.any_of(&self.after)),
        };
        format!("a completed course of {name} of {} or more{doses}{after}", days(self.minimum_days))
    }
}

/// Why it is not known whether something goes on that has no end and no supply that covers the day.
const MAY_GO_ON: &str = "end not recorded, supply used up";

/// One criterion under decision.
struct Asked<'a, 's> {
    course: Course<'a>,
    kind: &'a RecordedMedication,
    subject: &'a Subject<'s>,
}

impl<'a> Asked<'a, '_> {
    fn taken(&self, within: Option<i64>) -> Finding {
        let (recent, old) = self.split(within);
        match (recent.is_empty(), old.is_empty()) {
            (false, _) => self.found(Outcome::Met, &recent),
            (true, false) => self.unknown(Reason::Stale, "taken too long ago", &old),
            (true, true) => self.not_shown(),
        }
    }

    fn ended(&self, within: Option<i64>) -> Finding {
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

    fn current(&self, within: i64) -> Finding {
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

    fn unreadable(&self) -> Finding {
        let unreadable = Outcome::Unknown(Reason::Unreadable);
        let records = self.course.records(|m| m.covers(self.subject.clock) == unreadable);
        if records.is_empty() { self.denied() } else { self.found(Outcome::Met, &records) }
    }

    fn going_on(&self, least: i64) -> Finding {
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

    fn completed(&self, needed: &CompletedCourse) -> Finding {
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

#[cfg(test)]
mod tests;
