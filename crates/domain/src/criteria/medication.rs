//! Medicines on record: what counts is that a medicine was taken, not that it was asked for.

use super::condition::by_presence;
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names};
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

    fn concepts(&self) -> Vec<&ConceptId> {
        self.concepts.iter().collect()
    }

    fn window(&self) -> Option<i64> {
        None
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

    fn must_show(&self) -> &'static [&'static str] {
        EVERY_OUTCOME
    }

    fn is_of_order(&self) -> bool {
        false
    }
}
