//! The verdict of a test: the newest one decides. A negative test grows too old to count, a positive one does not.

use rust_decimal::Decimal;

use super::condition::{ever_recorded, perhaps_recorded};
use super::newest::{Candidate, choose};
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties, Words};
use crate::assess::Subject;
use crate::fact::{ConceptId, ResultStatus, Source, Test, Verdict};
use crate::time::Age;
use crate::truth::{Outcome, Reason};
use crate::words::cut;
use crate::words::{amount, days};

/// The verdict of a test.
#[derive(Debug)]
pub struct TestResult {
    /// Which test.
    pub concept: ConceptId,
    /// The verdict that meets the criterion.
    pub is: Verdict,
    /// How long a negative one counts, in days.
    pub within_days: i64,
    /// A recorded condition that means the same as a positive test.
    pub or_condition: Option<ConceptId>,
    /// Whether a positive one counts although a newer one is negative.
    pub ever: bool,
    /// The number with its unit from which on the test is positive, for its explanation.
    pub positive_from: Option<(Decimal, String)>,
}

impl CriterionKind for TestResult {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let facts = subject.facts;
        let candidates: Vec<Candidate<'_>> = facts
            .tests
            .iter()
            .filter(|t| t.concept == self.concept)
            .map(|t| Candidate { status: t.status, source: &t.source, outcome: self.alone(t, subject) })
            .collect();
        let ever: Vec<&Candidate<'_>> = candidates.iter().filter(|c| self.ever && is_positive(c)).collect();
        let (by_test, deciding) = if ever.is_empty() {
            choose(&candidates, facts.gaps.get(&self.concept).copied())
        } else {
            (Outcome::Met, ever)
        };
        let by_test = match (self.is, facts.if_newest(&self.concept, by_test)) {
            (Verdict::Negative, Outcome::Met) => Outcome::NotMet,
            (Verdict::Negative, Outcome::NotMet) => Outcome::Met,
            (_, outcome) => outcome,
        };
        let status = deciding.first().map(|c| c.status.words());
        let final_before = deciding.iter().skip(1).find(|c| c.status == ResultStatus::Final);
        let earlier = final_before.and_then(|c| earlier(c.source));
        let tests = deciding.iter().map(|c| c.source.clone());
        let (by_condition, recorded) = self.condition(subject);
        let is_gap = recorded.is_empty() && matches!(by_condition, Outcome::Unknown(_));
        // What speaks for the finding comes first.
        let evidence: Vec<Source> = if by_test == Outcome::NotMet && is_gap {
            // Tests that speak against it do not explain why it is not known.
            Vec::new()
        } else if by_test != Outcome::Met {
            recorded.into_iter().chain(tests).collect()
        } else {
            tests.chain(recorded).collect()
        };
        let mut finding = Finding::of(Outcome::any([by_test, by_condition]), evidence, subject);
        finding.words = Words { window_days: Some(self.within_days), status, earlier, ..finding.words };
        finding
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            concepts: [&self.concept].into_iter().chain(&self.or_condition).collect(),
            window_days: Some(self.within_days),
            must_show: EVERY_OUTCOME,
            is_of_order: false,
        }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        Some(&mut self.within_days)
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let name = names.concept(&self.concept);
        let mut positive = match self.ever {
            true => format!("a {name} was positive at any time, also before a newer one that is negative"),
            false => format!("the newest {name} is positive, of whatever age"),
        };
        if let Some((from, unit)) = &self.positive_from {
            positive.push_str(&format!(" (a number from {} on is positive)", amount(*from, unit)));
        }
        let negative = format!("the newest {name} is negative and not older than {}", days(self.within_days));
        let (met, not_met) = match self.is {
            Verdict::Positive => (positive, negative),
            Verdict::Negative => (negative, positive),
        };
        let unknown = "no test, or one that is too old, not final, indeterminate or without a reading; a newer one that \
                       cannot be read; or tests that contradict each other";
        let mut explanation = Explanation::new(met, not_met, unknown);
        explanation.met.extend(self.or_condition.iter().map(|id| format!("or {} is on record", names.concept(id))));
        explanation
    }
}

/// Whether a final test is positive.
fn is_positive(candidate: &Candidate<'_>) -> bool {
    candidate.status == ResultStatus::Final && candidate.outcome == Outcome::Met
}

/// An earlier test with its date, for a sentence.
fn earlier(source: &Source) -> Option<String> {
    Some(format!("{} on {}", cut(&source.received, 16), source.effective.as_ref()?.shown()))
}

impl TestResult {
    /// What one test says when taken alone: met for a positive one.
    fn alone(&self, test: &Test, subject: &Subject<'_>) -> Outcome {
        let age = |when| subject.clock.age(when, self.within_days);
        match (test.verdict, &test.source.effective) {
            (Ok(Verdict::Positive), _) => Outcome::Met,
            (Ok(Verdict::Negative), None) => Outcome::Unknown(Reason::Unreadable),
            (Err(Reason::Absent), _) => Outcome::Unknown(Reason::Absent),
            (_, Some(when)) if age(when) == Age::Older => Outcome::Unknown(Reason::Stale),
            (Err(reason), _) => Outcome::Unknown(reason),
            (Ok(Verdict::Negative), Some(when)) if age(when) == Age::Within => Outcome::NotMet,
            (Ok(Verdict::Negative), Some(_)) => Outcome::Unknown(Reason::Boundary),
        }
    }

    /// The recorded condition. Where none is on record it says nothing; where conditions are missing it is unknown.
    fn condition(&self, subject: &Subject<'_>) -> (Outcome, Vec<Source>) {
        let Some(concept) = &self.or_condition else {
            return (Outcome::NotApplicable, Vec::new());
        };
        let recorded = ever_recorded(concept, subject);
        if recorded.is_empty()
            && let Some((reason, perhaps)) = perhaps_recorded(concept, subject)
        {
            return (Outcome::Unknown(reason), perhaps);
        }
        let outcome = match (recorded.is_empty(), subject.facts.gaps.get(concept)) {
            (false, _) => Outcome::Met,
            (true, Some(gap)) => Outcome::Unknown(*gap),
            (true, None) => Outcome::NotApplicable,
        };
        (outcome, recorded)
    }
}

#[cfg(test)]
mod tests;
