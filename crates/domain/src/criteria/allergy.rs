//! Allergies and intolerances: an active entry is met, an entry that denies it is not met.

use super::condition::by_presence;
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names};
use crate::assess::Subject;
use crate::fact::{Allergy, ConceptId, Presence, Source};

/// An allergy or intolerance on record.
#[derive(Debug)]
pub struct RecordedAllergy {
    /// The concept of its substance.
    pub concept: ConceptId,
}

impl CriterionKind for RecordedAllergy {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let with = |presence: Presence| -> Vec<Source> {
            let of = |a: &&Allergy| a.concept == self.concept && a.presence == presence;
            subject.facts.allergies.iter().filter(of).map(|a| a.source.clone()).collect()
        };
        let gap = subject.facts.gaps.get(&self.concept).copied();
        by_presence(gap, with(Presence::Active), with(Presence::Denied), subject)
    }

    fn concepts(&self) -> Vec<&ConceptId> {
        vec![&self.concept]
    }

    fn window(&self) -> Option<i64> {
        None
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        Explanation::new(
            format!("an active allergy or intolerance to {}", names.concept(&self.concept)),
            "an entry that denies it, such as “no known allergy”",
            "no entry either way: an empty allergy list is no denial",
        )
    }

    fn must_show(&self) -> &'static [&'static str] {
        EVERY_OUTCOME
    }

    fn is_of_order(&self) -> bool {
        false
    }
}
