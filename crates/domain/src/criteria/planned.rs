//! What is planned: medicines and vaccines among the draft orders. A call brings all drafts, so that none among them is
//! an answer and this kind is never unknown.

use super::{CriterionKind, Earlier, Explanation, Finding, Names};
use crate::assess::Subject;
use crate::fact::{ConceptId, Source, Taking};
use crate::truth::Outcome;

/// A medicine or vaccine among the draft orders.
#[derive(Debug)]
pub struct Planned {
    /// The medicines and vaccines, any of which will do.
    pub concepts: Vec<ConceptId>,
}

impl CriterionKind for Planned {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let facts = subject.facts;
        let named = |concept: &ConceptId| self.concepts.contains(concept);
        let events = facts.events.iter().filter(|e| e.planned && named(&e.concept)).map(|e| &e.source);
        let medications = facts.medications.iter().filter(|m| m.taking == Taking::Planned && named(&m.concept));
        let found: Vec<Source> = events.chain(medications.map(|m| &m.source)).cloned().collect();
        match found.is_empty() {
            true => Finding::bare(Outcome::NotMet),
            false => Finding::of(Outcome::Met, found, subject),
        }
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
        Explanation::new(
            format!("{} among the draft orders", names.any_of(&self.concepts)),
            "none among them",
            "never: all drafts are sent along",
        )
    }

    fn must_show(&self) -> &'static [&'static str] {
        &["met", "not-met"]
    }

    fn is_of_order(&self) -> bool {
        true
    }
}
