//! Medicines: what was taken, not what was asked for.

use super::Finding;
use super::condition::by_presence;
use crate::assess::Subject;
use crate::fact::{ConceptId, Medication, Source, Taking};
use crate::rule::MedicationState;
use crate::time::Age;

/// Decides whether any of the medicines is known to be in this state.
pub fn decide(concepts: &[ConceptId], state: MedicationState, subject: &Subject<'_>) -> Finding {
    let of_concepts = |m: &&Medication| concepts.contains(&m.concept) && m.source.reference != subject.order.reference;
    let sources = |holds: &dyn Fn(&Medication) -> bool| -> Vec<Source> {
        let all = subject.facts.medications.iter().filter(of_concepts);
        all.filter(|m| holds(m)).map(|m| m.source.clone()).collect()
    };
    let taken = |m: &Medication| matches!(m.taking, Taking::Taken | Taking::Completed);
    let shown = match state {
        MedicationState::CourseCompleted => sources(&|m| m.taking == Taking::Completed),
        MedicationState::Taken => sources(&taken),
        MedicationState::Ended => sources(&|m| taken(m) && !m.ongoing),
        MedicationState::Current(days) => sources(&|m| {
            let recent = m.last_taken.as_ref().is_some_and(|last| subject.clock.age(last, days) != Age::Older);
            m.taking == Taking::Planned || (taken(m) && (m.ongoing || recent))
        }),
    };
    let denied = sources(&|m| m.taking == Taking::NotTaken);
    let ids: Vec<&str> = concepts.iter().map(|concept| &**concept).collect();
    by_presence(&ids, shown, denied, subject)
}
