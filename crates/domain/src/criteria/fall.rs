//! A measurement that fell: the newest value compared with earlier ones of the same measure, never with those of another.

/// What the values of one measure show.
mod compared;
/// When a fall counts as one on treatment.
mod treatment;

use rust_decimal::Decimal;

use self::compared::Compared;
pub use self::treatment::OnTreatment;
use self::treatment::Treatment;
use super::condition::ever_recorded;
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::{ConceptId, Source};
use crate::time::When;
use crate::truth::{Outcome, Reason};
use crate::words::{days, number};

/// A measurement that fell, each measure compared with itself only.
#[derive(Debug)]
pub struct Fall {
    /// What is measured, such as litres and percent predicted.
    pub concepts: Vec<ConceptId>,
    /// The relative fall in percent from which on the criterion is met.
    pub percent: Decimal,
    /// The days within which it fell.
    pub within_days: i64,
    /// A recorded condition that means the same.
    pub or_condition: Option<ConceptId>,
    /// Only a fall on treatment counts.
    pub on_treatment: Option<OnTreatment>,
}

impl CriterionKind for Fall {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let treatment = self.on_treatment.as_ref().map(|needed| Treatment::of(needed, subject));
        let measures = self.concepts.iter().map(|concept| self.compare(concept, treatment.as_ref(), subject));
        let Compared { outcome: by_measure, percent, mut evidence } = measures
            .min_by_key(Compared::rank)
            .unwrap_or_else(|| Compared::undecided(Outcome::Unknown(Reason::Absent), None));
        let mut recorded: Vec<Source> = self.or_condition.iter().flat_map(|c| ever_recorded(c, subject)).collect();
        let undated = treatment.is_some() && recorded.iter().any(|source| source.effective.is_none());
        if let Some(treatment) = &treatment {
            recorded.retain(|source| source.effective.as_ref().is_some_and(|when| treatment.holds_at(when.first())));
        }
        let gap = self.or_condition.as_ref().and_then(|c| subject.facts.gaps.get(c).copied());
        let gap = gap.into_iter().chain(treatment.as_ref().and_then(|treatment| treatment.gap)).min();
        let gap = gap.or(undated.then_some(Reason::Boundary));
        let outcome = match (recorded.is_empty(), by_measure, gap) {
            (false, ..) => Outcome::Met,
            // An entry that could not be retrieved, or has no date, may show that it progressed.
            (true, Outcome::NotMet, Some(gap)) => Outcome::Unknown(gap),
            (true, by_measure, _) => by_measure,
        };
        if by_measure == Outcome::Met {
            evidence.extend(recorded);
        } else {
            evidence.splice(0..0, recorded);
        }
        if let (Some(treatment), Outcome::Met | Outcome::NotMet) = (&treatment, outcome) {
            evidence.extend(treatment.sources.iter().cloned());
        }
        let earlier = evidence.get(1).filter(|_| by_measure == Outcome::Met).map(|earlier| {
            let day = earlier.effective.as_ref().map(When::shown).unwrap_or_default();
            format!("{} on {day}", earlier.received)
        });
        let mut finding = Finding::of(outcome, evidence, subject);
        finding.words.earlier = earlier;
        finding.words.value = percent.map(|p| format!("{} %", number(p.round_dp(1))));
        let unfit = treatment.is_some() && outcome == Outcome::Unknown(Reason::Absent);
        finding.words.why = unfit.then_some("no two values that fit a treatment");
        finding
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            concepts: self
                .concepts
                .iter()
                .chain(&self.or_condition)
                .chain(self.on_treatment.iter().flat_map(|on| &on.with))
                .collect(),
            window_days: Some(self.within_days),
            must_show: EVERY_OUTCOME,
            is_of_order: false,
        }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        Some(&mut self.within_days)
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let fell = format!(
            "{} fell by {} % or more of an earlier value within {}, each compared with itself only",
            names.any_of(&self.concepts),
            number(self.percent),
            days(self.within_days)
        );
        let not_met = "two comparable values without such a fall";
        let mut explanation = Explanation::new(fell, not_met, "fewer than two comparable values");
        explanation.met.extend(self.or_condition.iter().map(|id| format!("or {} is on record", names.concept(id))));
        if let Some(on) = &self.on_treatment {
            explanation.met.push(on.words(names));
            explanation.unknown.push("or no pair of values that fits a treatment".to_owned());
        }
        explanation
    }
}

#[cfg(test)]
mod tests;
