//! The age of the patient on the day of the order.

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names};
use crate::assess::Subject;
use crate::fact::{ConceptId, Source};
use crate::time::years_between;
use crate::truth::{Outcome, Reason};

/// The patient is younger than so many years.
#[derive(Debug)]
pub struct AgeBelow {
    /// The age in years from which on the criterion is not met.
    pub years: i16,
}

impl CriterionKind for AgeBelow {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let (birth, source) = match &subject.facts.birth {
            None => return Finding::bare(Outcome::Unknown(Reason::Absent)),
            Some(Err(reason)) => return Finding::bare(Outcome::Unknown(*reason)),
            Some(Ok(known)) => known,
        };
        let (fewest, most) = years_between(birth, subject.clock.today());
        let outcome = if fewest >= self.years {
            Outcome::NotMet
        } else if most < self.years {
            Outcome::Met
        } else {
            Outcome::Unknown(Reason::Boundary)
        };
        let source = Source::new(source.reference.clone(), source.received.clone(), None);
        let mut finding = Finding::of(outcome, vec![source], subject);
        finding.words.value =
            Some(if fewest == most { format!("{most} years") } else { format!("{fewest} to {most} years") });
        finding
    }

    fn concepts(&self) -> Vec<&ConceptId> {
        Vec::new()
    }

    fn window(&self) -> Option<i64> {
        None
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, _: &Names<'_>) -> Explanation {
        let years = self.years;
        Explanation::new(
            format!("younger than {years} years on the day of the order"),
            format!("{years} years or older"),
            "no date of birth, or a partial one that leaves it open",
        )
    }

    fn must_show(&self) -> &'static [&'static str] {
        EVERY_OUTCOME
    }

    fn is_of_order(&self) -> bool {
        false
    }
}
