//! How to read a finding: as good, bad, unknown or mere information. The outcome alone does not say it, because the rule
//! decides what a finding means.

use domain::criteria::Finding;
use domain::rule::{Advice, Criterion, Drug, Indicator, Rule};
use domain::truth::Outcome;

use crate::icon::Icon;

/// How a finding is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Its sign.
    pub sign: Icon,
    /// The word next to it.
    pub word: &'static str,
}

/// How to read a finding: an outcome is good or bad by what the rule says when it is met.
pub fn reading(drug: &Drug, rule: &Rule, found: &[Finding], criterion: &Criterion, outcome: Outcome) -> Reading {
    let speaking = || rule.advice.iter().filter(|advice| holds(rule, found, advice));
    let sign = match outcome {
        Outcome::NotApplicable => Icon::Apart,
        Outcome::Unknown(_) => Icon::Unknown,
        Outcome::Met => match most_severe(speaking().filter(|advice| names(rule, &advice.met, criterion))) {
            Some(indicator) => Icon::of(indicator),
            None if is_wanted(drug, rule, criterion) => Icon::Good,
            None => Icon::Note,
        },
        Outcome::NotMet => {
            // Beside something that is met, what is not met only tells one advice from another.
            let alone = speaking().filter(|advice| advice.met.is_empty() && names(rule, &advice.not_met, criterion));
            match most_severe(alone) {
                Some(indicator) => Icon::of(indicator),
                None if is_reason(drug, criterion) => Icon::Note,
                None => Icon::Good,
            }
        }
    };
    let word = match sign {
        Icon::Stop => "Stop",
        Icon::Check => "Check",
        Icon::Unknown => "Unknown",
        Icon::Note => "To know",
        Icon::Good => "OK",
        Icon::Apart => "Does not concern",
    };
    Reading { sign, word }
}

/// Whether all that an advice asks for is as it says. What is unknown decides nothing here.
fn holds(rule: &Rule, found: &[Finding], advice: &Advice) -> bool {
    let is = |id: &String, outcome: Outcome| {
        let at = rule.criteria.iter().position(|criterion| criterion.id == *id);
        at.and_then(|at| found.get(at)).is_some_and(|finding| finding.outcome == outcome)
    };
    advice.met.iter().all(|id| is(id, Outcome::Met))
        && advice.not_met.iter().all(|id| is(id, Outcome::NotMet))
        && !advice.unless_met.iter().any(|id| is(id, Outcome::Met))
        && advice.unknown.is_empty()
}

/// Whether a list names a criterion, or a larger one that it is a part of.
fn names(rule: &Rule, list: &[String], criterion: &Criterion) -> bool {
    let is_part = |id: &String| {
        let whole = rule.criteria.iter().find(|whole| whole.id == *id);
        whole.is_some_and(|whole| whole.kind.parts().contains(&criterion.id))
    };
    list.iter().any(|id| *id == criterion.id || is_part(id))
}

fn most_severe<'a>(advice: impl Iterator<Item = &'a Advice>) -> Option<Indicator> {
    advice.map(|advice| advice.indicator).min()
}

/// Whether it is good when the criterion is met: it shows why the drug is given, or keeps an advice silent.
fn is_wanted(drug: &Drug, rule: &Rule, criterion: &Criterion) -> bool {
    let is_missed = |advice: &Advice| {
        advice.unless_met.contains(&criterion.id)
            || advice.unknown.contains(&criterion.id) && !rule.advice.iter().any(|one| one.met.contains(&criterion.id))
            || advice.met.is_empty() && advice.not_met.contains(&criterion.id)
    };
    rule.advice.iter().any(is_missed) || is_reason(drug, criterion)
}

/// Whether it shows why the drug is given.
fn is_reason(drug: &Drug, criterion: &Criterion) -> bool {
    drug.rules.iter().any(|rule| rule.scenarios.contains(&criterion.id))
}
