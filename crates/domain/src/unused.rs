//! What was looked at for a criterion and did not decide it, each with its reason, so that a reader who misses a value in
//! a card can see what became of it. Nothing here decides: it is worked out after the decision, and only when asked for.

/// What one criterion made of each record.
mod asked;
/// The reasons.
mod why;

use std::collections::BTreeSet;

use self::asked::{Asked, by_concept};
pub use self::why::Why;
use super::assess::{Assessment, Subject};
use super::fact::{ConceptId, Facts, Source};
use super::order::DrugOrder;
use super::rule::Drug;
use super::time::Clock;
use super::truth::Outcome;

/// A record that was looked at and not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// The concept for which it was looked at.
    pub concept: ConceptId,
    /// The record, with its value as received and its clinical date.
    pub source: Source,
    /// Why it was not used.
    pub why: Why,
    /// The record that was used instead.
    pub by: Option<Source>,
    /// The criteria that did not use it, each with the rule it stands in.
    pub criteria: Vec<AskedBy>,
}

/// A criterion that asked for a concept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskedBy {
    /// The id of the rule.
    pub rule: String,
    /// The id of the criterion.
    pub criterion: String,
}

/// The most records that are listed for one order: an answer must not grow with what a sender repeats.
pub const MOST: usize = 300;

/// What was looked at for the criteria of an order and not used, by concept, the newest first. A record that one
/// criterion uses and that is merely not the one which decides another is not listed.
pub fn unused(drug: &Drug, facts: &Facts, order: &DrugOrder, assessment: &Assessment, clock: &Clock) -> Vec<Unused> {
    let subject = Subject::new(drug, facts, order, &assessment.indication, clock);
    let records = by_concept(facts);
    let (mut used, mut found) = (BTreeSet::new(), Vec::new());
    for (rule, findings) in drug.rules.iter().zip(&assessment.rules).filter(|(_, findings)| findings.applies) {
        for (criterion, finding) in rule.criteria.iter().zip(&findings.findings) {
            if finding.outcome == Outcome::NotApplicable {
                continue;
            }
            let asked = Asked { criterion, finding, subject: &subject };
            let by = || AskedBy { rule: rule.id.clone(), criterion: criterion.id.clone() };
            for concept in criterion.kind.properties().concepts {
                for record in records.get(concept).into_iter().flatten() {
                    match asked.why(record) {
                        None => drop(used.insert((concept.clone(), record.source().reference.clone()))),
                        Some((why, instead)) => add(&mut found, concept, record.source(), why, instead, by()),
                    }
                }
            }
        }
    }
    let is_used = |one: &Unused| used.contains(&(one.concept.clone(), one.source.reference.clone()));
    let mut all: Vec<Unused> = found.into_iter().filter(|one| one.why != Why::OthersDecide || !is_used(one)).collect();
    all.sort_by(|a, b| (&a.concept, a.source.rank(), a.why).cmp(&(&b.concept, b.source.rank(), b.why)));
    merged(all)
}

/// The same with what is like in one, as many as are listed.
fn merged(all: Vec<Unused>) -> Vec<Unused> {
    let mut merged: Vec<Unused> = Vec::with_capacity(all.len().min(MOST));
    for one in all {
        if let Some(last) = merged.last_mut().filter(|last| last.is_like(&one)) {
            last.criteria.extend(one.criteria);
        } else if merged.len() < MOST {
            merged.push(one);
        }
    }
    merged
}

fn add(
    found: &mut Vec<Unused>,
    concept: &ConceptId,
    source: &Source,
    why: Why,
    by: Option<&Source>,
    criterion: AskedBy,
) {
    let (concept, source, by) = (concept.clone(), source.clone(), by.cloned());
    found.push(Unused { concept, source, why, by, criteria: vec![criterion] });
}

impl Unused {
    /// Whether the same record was not used for the same reason.
    fn is_like(&self, other: &Unused) -> bool {
        let same = |a: &Unused, b: &Unused| (&a.concept, &a.source, a.why) == (&b.concept, &b.source, b.why);
        same(self, other) && self.by == other.by
    }
}

#[cfg(test)]
mod tests;
