//! What is planned: medicines and vaccines among the draft orders. A call brings all drafts, so that none among them is
//! an answer and this kind is never unknown.

use super::{CriterionKind, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::{ConceptId, Shown, Source};
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
        let medications = facts.medications.iter().filter(|m| m.shown == Shown::Planned && named(&m.concept));
        let found: Vec<Source> = events.chain(medications.map(|m| &m.source)).cloned().collect();
        match found.is_empty() {
            true => Finding::bare(Outcome::NotMet),
            false => Finding::of(Outcome::Met, found, subject),
        }
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            concepts: self.concepts.iter().collect(),
            window_days: None,
            must_show: &["met", "not-met"],
            is_of_order: true,
        }
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
}

#[cfg(test)]
mod tests {
    use super::Planned;
    use crate::fact::Shown;
    use crate::testing::{Fact, cited, described, event, find, medicine, medicine_as, truth_table};
    use crate::truth::Reason;

    fn kind() -> Planned {
        Planned { concepts: vec!["medicine".into(), "vaccine".into()] }
    }

    #[test]
    fn truth() {
        truth_table(
            &kind(),
            &[
                ("a medicine", &[medicine(Shown::Planned, "")], "met"),
                ("a vaccine", &[event("vaccine", "", true)], "met"),
                ("a medicine that is taken already", &[medicine(Shown::Stated, "")], "not-met"),
                ("a medicine that is only prescribed", &[medicine(Shown::Prescribed, "2026-11-01")], "not-met"),
                ("a vaccine that was given", &[event("vaccine", "", false)], "not-met"),
                ("another medicine", &[medicine_as("other", Shown::Planned, "")], "not-met"),
                ("another vaccine", &[event("other", "", true)], "not-met"),
                ("nothing", &[], "not-met"),
                ("the record is missing, the drafts are not", &[Fact::Gap("vaccine", Reason::NotRetrieved)], "not-met"),
            ],
        );
        let both = [medicine(Shown::Planned, ""), event("vaccine", "", true)];
        assert_eq!(cited(&find(&kind(), &both)), ["Procedure/vaccine", "MedicationStatement/medicine"]);
    }

    #[test]
    fn description() {
        assert_eq!(
            described(&mut kind()),
            [
                "reads: medicine, vaccine",
                "window: None",
                "shows: met, not-met",
                "of the order: true",
                "met: the medicine or the vaccine among the draft orders",
                "not met: none among them",
                "unknown: never: all drafts are sent along",
            ]
        );
    }
}
