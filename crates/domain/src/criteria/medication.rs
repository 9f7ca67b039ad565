//! Medicines on record: what counts is that a medicine was taken, not that it was asked for.

use super::condition::by_presence;
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::{ConceptId, Medication, Source, Taking};
use crate::time::Age;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MedicationState {
    /// A whole course was completed.
    CourseCompleted,
    /// It was taken, now or ever.
    Taken,
    /// It was taken and is no longer.
    Ended,
    /// It is being taken, was taken within so many days, or is among the draft orders.
    Current(i64),
}

impl CriterionKind for RecordedMedication {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let facts = subject.facts;
        let of_concepts =
            |m: &&Medication| self.concepts.contains(&m.concept) && m.source.reference != subject.order.reference;
        let sources = |holds: &dyn Fn(&Medication) -> bool| -> Vec<Source> {
            let all = facts.medications.iter().filter(of_concepts);
            all.filter(|m| holds(m)).map(|m| m.source.clone()).collect()
        };
        let taken = |m: &Medication| matches!(m.taking, Taking::Taken | Taking::Completed);
        let shown = match self.state {
            MedicationState::CourseCompleted => sources(&|m| m.taking == Taking::Completed),
            MedicationState::Taken => sources(&taken),
            MedicationState::Ended => sources(&|m| taken(m) && !m.ongoing),
            MedicationState::Current(days) => sources(&|m| {
                let recent = m.last_taken.as_ref().is_some_and(|last| subject.clock.age(last, days) != Age::Older);
                m.taking == Taking::Planned || (taken(m) && (m.ongoing || recent))
            }),
        };
        let denied = sources(&|m| m.taking == Taking::NotTaken);
        let gap = self.concepts.iter().filter_map(|concept| facts.gaps.get(concept).copied()).min();
        by_presence(gap, shown, denied, subject)
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            concepts: self.concepts.iter().collect(),
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
        let met = match self.state {
            MedicationState::CourseCompleted => format!("a completed course of {name} on record"),
            MedicationState::Taken => format!("{name} taken, now or ever"),
            MedicationState::Ended => format!("{name} was taken and is no longer"),
            MedicationState::Current(0) => format!("{name} going on, or among the draft orders"),
            MedicationState::Current(within) => {
                format!("{name} going on, taken within the last {}, or among the draft orders", days(within))
            }
        };
        let not_met = "the record says that it was not taken";
        Explanation::new(met, not_met, "none recorded: it may have been taken elsewhere")
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
