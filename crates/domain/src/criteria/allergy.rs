//! Allergies and intolerances: an active entry is met, an entry that denies it is not met.

use super::condition::by_presence;
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
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

    fn properties(&self) -> Properties<'_> {
        Properties { concepts: vec![&self.concept], window_days: None, must_show: EVERY_OUTCOME, is_of_order: false }
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
}

#[cfg(test)]
mod tests {
    use super::RecordedAllergy;
    use crate::fact::Presence::{Active, Denied, Past};
    use crate::testing::{Fact, allergy, cited, described, find, truth_table};
    use crate::truth::Reason;

    fn kind() -> RecordedAllergy {
        RecordedAllergy { concept: "drug".into() }
    }

    #[test]
    fn truth() {
        let gap = Fact::Gap("drug", Reason::NotRetrieved);
        truth_table(
            &kind(),
            &[
                ("an active entry", &[allergy("drug", Active)], "met"),
                ("an entry that denies it", &[allergy("drug", Denied)], "not-met"),
                ("an active entry beside a denial", &[allergy("drug", Denied), allergy("drug", Active)], "met"),
                ("an entry of the past", &[allergy("drug", Past)], "unknown: absent"),
                ("an entry of the past and a denial", &[allergy("drug", Past), allergy("drug", Denied)], "not-met"),
                ("another allergy", &[allergy("nuts", Active)], "unknown: absent"),
                ("another allergy denied", &[allergy("nuts", Denied)], "unknown: absent"),
                ("nothing", &[], "unknown: absent"),
                ("nothing, and part of the record is missing", std::slice::from_ref(&gap), "unknown: not-retrieved"),
                ("a denial, and part is missing", &[allergy("drug", Denied), gap.clone()], "unknown: not-retrieved"),
                ("an entry, and part is missing", &[allergy("drug", Active), gap.clone()], "met"),
            ],
        );
    }

    #[test]
    fn description() {
        assert_eq!(cited(&find(&kind(), &[allergy("drug", Active)])), ["AllergyIntolerance/drug"]);
        assert_eq!(
            described(&mut kind()),
            [
                "reads: drug",
                "window: None",
                "shows: met, not-met, unknown",
                "of the order: false",
                "met: an active allergy or intolerance to the drug",
                "not met: an entry that denies it, such as “no known allergy”",
                "unknown: no entry either way: an empty allergy list is no denial",
            ]
        );
    }
}
