//! Allergies and intolerances: an active entry is met, an entry that denies it is not met.

use super::condition::by_presence;
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::{Allergy, ConceptId, Presence, Source};
use crate::truth::{Outcome, Reason};

/// An allergy or intolerance on record.
#[derive(Debug)]
pub struct RecordedAllergy {
    /// The concept of its substance.
    pub concept: ConceptId,
}

impl CriterionKind for RecordedAllergy {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let with = |presence: Presence, unreadable: bool| -> Vec<Source> {
            let of = |a: &&Allergy| a.concept == self.concept && (a.presence, a.unreadable) == (presence, unreadable);
            subject.facts.allergies.iter().filter(of).map(|a| a.source.clone()).collect()
        };
        let (shown, perhaps) = (with(Presence::Active, false), with(Presence::Active, true));
        if shown.is_empty() && !perhaps.is_empty() {
            return Finding::of(Outcome::Unknown(Reason::Unreadable), perhaps, subject);
        }
        let gap = subject.facts.gaps.get(&self.concept).copied();
        by_presence(gap, shown, with(Presence::Denied, false), subject)
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
            "no entry either way: an empty allergy list is no denial; or one whose status could not be read",
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
        let Fact::Allergy(mut odd) = allergy("drug", Active) else { panic!("an allergy") };
        odd.unreadable = true;
        let odd = Fact::Allergy(odd);
        assert_eq!(cited(&find(&kind(), std::slice::from_ref(&odd))), ["AllergyIntolerance/drug"]);
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
                ("an entry with an unreadable status", std::slice::from_ref(&odd), "unknown: unreadable"),
                ("the same beside a denial", &[odd.clone(), allergy("drug", Denied)], "unknown: unreadable"),
                ("the same beside a whole entry", &[odd.clone(), allergy("drug", Active)], "met"),
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
                "unknown: no entry either way: an empty allergy list is no denial; or one whose status could not be read",
            ]
        );
    }
}
