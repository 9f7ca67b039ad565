//! Medicines on record: what counts is that a medicine was taken, not that it was asked for. Every state is read from
//! the one course that all records of the medicine make together.

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::course::{Course, cited};
use crate::fact::{ConceptId, Medication, Presence, Shown, Standing, Verdict};
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
            self.concepts.contains(&m.concept) && m.source.reference != subject.order.reference
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
        let lately = |within: &Option<i64>| within.map_or("now or ever".to_owned(), |d| format!("in the last {}", days(d)));
        let met = match &self.state {
            MedicationState::CourseCompleted(needed) => needed.words(&name, names),
            MedicationState::Taken(within) => format!("{name} taken, {}", lately(within)),
            MedicationState::Ended(within) => format!("{name} was taken, {}, and nothing covers the day", lately(within)),
            MedicationState::Current(0) => format!("{name} going on, or among the draft orders"),
            MedicationState::Current(within) => {
                format!("{name} going on, taken within the last {}, or among the draft orders", days(*within))
            }
            MedicationState::GoingOn(0) => format!("{name} taken and going on"),
            MedicationState::GoingOn(least) => format!("{name} taken for {} or more and going on", days(*least)),
            MedicationState::Unreadable => format!("a record of {name} that may go on, without a readable status or date"),
        };
        let not_met = match self.state {
            MedicationState::Ended(_) => "it goes on, or the record says that it was not taken",
            MedicationState::GoingOn(least) if least > 0 => "it began later, or the record says that it was not taken",
            _ => "the record says that it was not taken",
        };
        let unknown = "none recorded: it may have been taken elsewhere";
        let mut explanation = Explanation::new(met, not_met, unknown);
        if self.state != MedicationState::Unreadable {
            explanation.unknown.push("or only a record whose status or date cannot be read".to_owned());
        }
        explanation
    }
}

impl CompletedCourse {
    fn words(&self, name: &str, names: &Names<'_>) -> String {
        let doses = self.or_doses.map(|doses| format!(" or with {doses} doses given")).unwrap_or_default();
        let after = match self.after.is_empty() {
            true => String::new(),
            false => format!(", which did not end before the first positive {}", names.any_of(&self.after)),
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
        let is_of_course = |m: &Medication| {
            let end = m.until.as_ref().or(m.last.as_ref());
            let in_vain = positive.is_some_and(|positive| end.is_some_and(|end| positive.is_after(end)));
            m.is_taken() && !matches!(m.standing, Standing::Stopped | Standing::OnHold) && !in_vain
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
                Reason::Absent => self.unknown(Reason::Absent, "too short, stopped, or before the positive test", &taken),
                reason => self.found(Outcome::Unknown(reason), &taken),
            }
        }
    }

    /// The first day on which one of these tests was positive, or one of these conditions began.
    fn first_positive(&self, concepts: &[ConceptId]) -> Option<&'a When> {
        let facts = self.subject.facts;
        let tests = facts.tests.iter().filter(|t| concepts.contains(&t.concept) && t.verdict == Ok(Verdict::Positive));
        let tests = tests.filter_map(|t| t.source.effective.as_ref());
        let conditions =
            facts.conditions.iter().filter(|c| concepts.contains(&c.concept) && c.presence != Presence::Denied);
        tests.chain(conditions.filter_map(|c| c.onset.as_ref())).min_by_key(|when| when.last())
    }

    /// The records of doses that may lie within the window, and the others.
    fn split(&self, within: Option<i64>) -> (Vec<&'a Medication>, Vec<&'a Medication>) {
        let clock = self.subject.clock;
        let is_recent = |m: &&Medication| {
            within.is_none_or(|days| m.covers(clock) == Outcome::Met || m.may_be_within(days, clock))
        };
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
mod tests {
    use super::{MedicationState, RecordedMedication};
    use crate::fact::Taking::{Completed, NotTaken, Nothing, Planned, Taken};
    use crate::testing::{Fact, Row, described, find, find_on_order, medicine, medicine_as, order, truth_table};
    use crate::truth::Reason;

    const DAY: &str = "2026-11-01";

    fn kind(state: MedicationState) -> RecordedMedication {
        RecordedMedication { concepts: vec!["medicine".into(), "sister".into()], state }
    }

    #[test]
    fn truth_of_one_that_was_taken() {
        let gap = Fact::Gap("sister", Reason::NotRetrieved);
        truth_table(
            &kind(MedicationState::Taken),
            &[
                ("taken", &[medicine(Taken, DAY)], "met"),
                ("ongoing", &[medicine(Taken, "")], "met"),
                ("a whole course", &[medicine(Completed, DAY)], "met"),
                ("its sister", &[medicine_as("sister", Taken, DAY)], "met"),
                ("another medicine", &[medicine_as("other", Taken, DAY)], "unknown: absent"),
                ("planned only", &[medicine(Planned, DAY)], "unknown: absent"),
                ("asked for and cancelled", &[medicine(Nothing, DAY)], "unknown: absent"),
                ("not taken", &[medicine(NotTaken, DAY)], "not-met"),
                ("taken and not taken", &[medicine(NotTaken, DAY), medicine(Taken, DAY)], "met"),
                ("nothing", &[], "unknown: absent"),
                ("not taken, and part is missing", &[medicine(NotTaken, DAY), gap.clone()], "unknown: not-retrieved"),
                ("taken, and part is missing", &[medicine(Taken, DAY), gap.clone()], "met"),
                (
                    "the gravest gap speaks",
                    &[gap.clone(), Fact::Gap("medicine", Reason::Unreadable)],
                    "unknown: not-retrieved",
                ),
            ],
        );
    }

    #[test]
    fn truth_of_the_other_states() {
        let states: [(MedicationState, &[Row<'_>]); 3] = [
            (
                MedicationState::CourseCompleted,
                &[
                    ("a whole course", &[medicine(Completed, DAY)], "met"),
                    ("taken", &[medicine(Taken, DAY)], "unknown: absent"),
                    ("not taken", &[medicine(NotTaken, DAY)], "not-met"),
                ],
            ),
            (
                MedicationState::Ended,
                &[
                    ("taken until a day", &[medicine(Taken, DAY)], "met"),
                    ("a whole course until a day", &[medicine(Completed, DAY)], "met"),
                    ("ongoing", &[medicine(Taken, "")], "unknown: absent"),
                    ("planned", &[medicine(Planned, DAY)], "unknown: absent"),
                ],
            ),
            (
                MedicationState::Current(30),
                &[
                    ("ongoing", &[medicine(Taken, "")], "met"),
                    ("planned", &[medicine(Planned, "2020-01-01")], "met"),
                    ("the last day of the window", &[medicine(Taken, "2026-10-23")], "met"),
                    ("a day before the window", &[medicine(Taken, "2026-10-22")], "unknown: absent"),
                    ("a month that begins before the window", &[medicine(Taken, "2026-10")], "met"),
                    ("not taken", &[medicine(NotTaken, "")], "not-met"),
                    ("cancelled", &[medicine(Nothing, "")], "unknown: absent"),
                ],
            ),
        ];
        for (state, rows) in states {
            truth_table(&kind(state), rows);
        }
    }

    #[test]
    fn the_order_itself_is_no_evidence() {
        let mut order = order();
        order.reference = "MedicationStatement/medicine".to_owned();
        let kind = kind(MedicationState::Current(30));
        assert_eq!(find_on_order(&kind, &[medicine(Planned, "")], &order).outcome.to_string(), "unknown: absent");
        assert_eq!(find(&kind, &[medicine(Planned, "")]).outcome.to_string(), "met");
    }

    #[test]
    fn description() {
        assert_eq!(
            described(&mut kind(MedicationState::Current(30))),
            [
                "reads: medicine, sister",
                "window: None",
                "shows: met, not-met, unknown",
                "of the order: false",
                "met: the medicine or the sister going on, taken within the last 30 days, or among the draft orders",
                "not met: the record says that it was not taken",
                "unknown: none recorded: it may have been taken elsewhere",
            ]
        );
        let met = |state| described(&mut kind(state)).swap_remove(4);
        assert_eq!(
            met(MedicationState::CourseCompleted),
            "met: a completed course of the medicine or the sister on record"
        );
        assert_eq!(met(MedicationState::Taken), "met: the medicine or the sister taken, now or ever");
        assert_eq!(met(MedicationState::Ended), "met: the medicine or the sister was taken and is no longer");
        let current = met(MedicationState::Current(0));
        assert_eq!(current, "met: the medicine or the sister going on, or among the draft orders");
    }
}
