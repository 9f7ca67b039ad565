//! Services among the orders: what is ordered is to come. Whoever ordered elsewhere leaves no order here, so that none
//! on record is never a no.

use super::{CriterionKind, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::{ConceptId, Source};
use crate::truth::Outcome;

/// A service among the orders of the record and of the call.
#[derive(Debug)]
pub struct OrderedService {
    /// The service.
    pub concept: ConceptId,
}

impl CriterionKind for OrderedService {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let facts = subject.facts;
        let of = facts.ordered.iter().filter(|ordered| ordered.concept == self.concept);
        let found: Vec<Source> = of.map(|ordered| ordered.source.clone()).collect();
        match found.is_empty() {
            true => Finding::bare(Outcome::Unknown(facts.why_none(&self.concept))),
            false => Finding::of(Outcome::Met, found, subject),
        }
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            concepts: vec![&self.concept],
            window_days: None,
            must_show: &["met", "unknown"],
            is_of_order: false,
        }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        Explanation::new(
            format!("an open order of {}, on record or among the drafts", names.concept(&self.concept)),
            "never: it may be ordered elsewhere",
            "none on record",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::OrderedService;
    use crate::testing::{Fact, cited, described, find, truth_table};
    use crate::truth::Reason;

    #[test]
    fn truth() {
        let kind = OrderedService { concept: "service".into() };
        let gap = Fact::Gap("service", Reason::NotRetrieved);
        truth_table(
            &kind,
            &[
                ("nothing", &[], "unknown: absent"),
                ("another service", &[Fact::Ordered("other")], "unknown: absent"),
                ("ordered", &[Fact::Ordered("service")], "met"),
                ("nothing, and part is missing", std::slice::from_ref(&gap), "unknown: not-retrieved"),
                ("ordered, and part is missing", &[Fact::Ordered("service"), gap.clone()], "met"),
            ],
        );
        assert_eq!(cited(&find(&kind, &[Fact::Ordered("service")])), ["ServiceRequest/service"]);
        let lines = described(&mut { kind });
        assert_eq!(lines[..4], ["reads: service", "window: None", "shows: met, unknown", "of the order: false"]);
    }
}
