//! A measurement that fell: the newest value compared with earlier ones of the very same measure, never across measures.

use rust_decimal::Decimal;

use super::condition::ever_recorded;
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names};
use crate::assess::Subject;
use crate::fact::{ConceptId, Measurement, ResultStatus, Source};
use crate::time::{Age, When};
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
}

impl CriterionKind for Fall {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let mut best: Option<Compared> = None;
        for concept in &self.concepts {
            let found = self.compare(concept, subject);
            if best.as_ref().is_none_or(|best| rank(found.outcome) < rank(best.outcome)) {
                best = Some(found);
            }
        }
        let Compared { outcome: by_measure, percent, mut evidence } =
            best.unwrap_or_else(|| Compared::undecided(Outcome::Unknown(Reason::Absent), None));
        let recorded: Vec<Source> = self.or_condition.iter().flat_map(|c| ever_recorded(c, subject)).collect();
        let gap = self.or_condition.as_ref().and_then(|c| subject.facts.gaps.get(c).copied());
        let outcome = match (recorded.is_empty(), by_measure, gap) {
            (false, ..) => Outcome::Met,
            // The problem list that could not be retrieved may say that it progressed.
            (true, Outcome::NotMet, Some(gap)) => Outcome::Unknown(gap),
            (true, by_measure, _) => by_measure,
        };
        if by_measure == Outcome::Met {
            evidence.extend(recorded);
        } else {
            evidence.splice(0..0, recorded);
        }
        let mut finding = Finding::of(outcome, evidence, subject);
        finding.words.value = percent.map(|p| format!("{} %", number(p.round_dp(1))));
        finding
    }

    fn concepts(&self) -> Vec<&ConceptId> {
        self.concepts.iter().chain(&self.or_condition).collect()
    }

    fn window(&self) -> Option<i64> {
        Some(self.within_days)
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
        explanation
    }

    fn must_show(&self) -> &'static [&'static str] {
        EVERY_OUTCOME
    }

    fn is_of_order(&self) -> bool {
        false
    }
}

/// What the values of one measure show.
struct Compared {
    outcome: Outcome,
    /// The largest relative fall, in percent.
    percent: Option<Decimal>,
    evidence: Vec<Source>,
}

impl Compared {
    fn undecided(outcome: Outcome, source: Option<&Source>) -> Compared {
        Compared { outcome, percent: None, evidence: source.cloned().into_iter().collect() }
    }
}

/// Met before not met before unknown: one measure that fell is enough.
fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Met => 0,
        Outcome::NotMet => 1,
        Outcome::Unknown(_) | Outcome::NotApplicable => 2,
    }
}

impl Fall {
    /// The largest relative fall from an earlier value within the window to the newest one.
    fn compare(&self, concept: &ConceptId, subject: &Subject<'_>) -> Compared {
        let facts = subject.facts;
        let is_final = |m: &&Measurement| m.concept == *concept && m.status == ResultStatus::Final;
        let mut values: Vec<(&When, Decimal, &Source)> = facts
            .measurements
            .iter()
            .filter(is_final)
            .filter_map(|m| Some((m.source.effective.as_ref()?, m.amount.ok()?.exact()?, &m.source)))
            .collect();
        values.sort_by_key(|(when, ..)| when.last());
        let newest = values.last().copied();
        let unusable = facts.measurements.iter().filter(is_final).find_map(|m| {
            let undated_or_newer = |newest: &When| m.source.effective.as_ref().is_none_or(|w| w.is_after(newest));
            let newer = newest.is_none_or(|(newest, ..)| undated_or_newer(newest));
            m.amount.err().filter(|_| newer).map(|reason| (reason, &m.source))
        });
        if let Some((reason, source)) = unusable {
            return Compared::undecided(Outcome::Unknown(reason), Some(source));
        }
        let unknown = Outcome::Unknown(facts.gaps.get(concept).copied().unwrap_or(Reason::Absent));
        let Some((newest_when, newest, newest_source)) = newest else { return Compared::undecided(unknown, None) };
        if subject.clock.age(newest_when, self.within_days) == Age::Older {
            return Compared::undecided(Outcome::Unknown(Reason::Stale), Some(newest_source));
        }
        let falls = values.iter().filter_map(|(when, value, source)| {
            let apart = when.last().until(newest_when.last()).ok()?.get_days();
            let comparable = newest_when.is_after(when) && i64::from(apart) <= self.within_days;
            let percent = value.checked_sub(newest)?.checked_mul(Decimal::from(100))?.checked_div(*value)?;
            comparable.then_some((percent, *source))
        });
        let Some((percent, earlier)) = falls.max_by_key(|(percent, _)| *percent) else {
            return Compared::undecided(unknown, Some(newest_source));
        };
        let outcome = if percent >= self.percent { Outcome::Met } else { Outcome::NotMet };
        Compared {
            outcome: facts.if_newest(concept, outcome),
            percent: Some(percent),
            evidence: vec![newest_source.clone(), earlier.clone()],
        }
    }
}
