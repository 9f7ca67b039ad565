//! Medicines on record: what counts is that a medicine was taken, not that it was asked for. Every state is read from
//! the one course that all records of the medicine make together.

/// What a course shows for each state.
mod taking;

use self::taking::Asked;
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::course::Course;
use crate::fact::{ConceptId, Medication};
use crate::time::Age;
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

#[cfg(test)]
mod tests;
