//! Criteria that combine other criteria of the same rule, which stand before them. Two kinds share this file, because
//! they differ only in how the outcomes are joined.

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Words};
use crate::assess::Subject;
use crate::fact::{ConceptId, Source};
use crate::truth::Outcome;

/// All of these criteria, by their ids.
#[derive(Debug)]
pub struct All(pub Vec<String>);

/// Any of these criteria, by their ids.
#[derive(Debug)]
pub struct Any(pub Vec<String>);

impl CriterionKind for All {
    fn decide(&self, _: &Subject<'_>, earlier: Earlier<'_>) -> Finding {
        combine(Outcome::all, &self.0, earlier)
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

    fn explain(&self, names: &Names<'_>) -> Explanation {
        explain(&self.0, names, "all of these are met:", "one of them is shown not to be met")
    }

    fn must_show(&self) -> &'static [&'static str] {
        EVERY_OUTCOME
    }

    fn is_of_order(&self) -> bool {
        false
    }
}

impl CriterionKind for Any {
    fn decide(&self, _: &Subject<'_>, earlier: Earlier<'_>) -> Finding {
        combine(Outcome::any, &self.0, earlier)
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

    fn explain(&self, names: &Names<'_>) -> Explanation {
        explain(&self.0, names, "at least one of these is met:", "each of them is shown not to be met")
    }

    fn must_show(&self) -> &'static [&'static str] {
        EVERY_OUTCOME
    }

    fn is_of_order(&self) -> bool {
        false
    }
}

fn combine(join: fn(Vec<Outcome>) -> Outcome, parts: &[String], earlier: Earlier<'_>) -> Finding {
    let found: Vec<&Finding> = parts.iter().filter_map(|part| earlier.get(part)).collect();
    let outcome = join(found.iter().map(|f| f.outcome).collect());
    let alike = |part: &Finding| {
        matches!((part.outcome, outcome), (Outcome::Unknown(_), Outcome::Unknown(_))) || part.outcome == outcome
    };
    // Only what speaks for the outcome is cited, and each record once.
    let mut evidence: Vec<Source> = Vec::new();
    for source in found.iter().filter(|part| alike(part)).flat_map(|part| &part.evidence) {
        if !evidence.contains(source) {
            evidence.push(source.clone());
        }
    }
    let cause = found.iter().filter(|part| part.outcome == outcome).find_map(|part| part.words.cause);
    Finding { outcome, evidence, words: Words { cause, ..Words::default() } }
}

fn explain(parts: &[String], names: &Names<'_>, met: &str, not_met: &str) -> Explanation {
    let mut explanation = Explanation::new(met, not_met, "otherwise, for the gravest reason among them");
    let finding = |id: &String| names.rule.criteria.iter().find(|c| c.id == *id).map_or(id, |c| &c.finding).clone();
    explanation.met.extend(parts.iter().map(|id| format!("– {}", finding(id))));
    explanation
}
