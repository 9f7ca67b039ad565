//! What the cases of a rule show: each outcome of each finding and each advice with the cases that show it, and what no
//! case shows.

use std::collections::BTreeMap;

use cds_hooks::author::Author;
use domain::advise::advise;
use domain::hook::Hook;
use domain::rule::{Advice, Drug, Indicator, Rule};
use engine::answer::Explained;
use engine::case::explained;
use knowledge::Library;
use knowledge::cases::CaseFile;
use knowledge::files::Files;

/// What the cases of a rule show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Its findings, in the order of the rule.
    pub findings: Vec<FindingCoverage>,
    /// Its advice, in the order of the rule.
    pub advice: Vec<AdviceCoverage>,
    /// How many cases it has.
    pub cases: usize,
    /// The cases that could not be decided, each with the error.
    pub failing: Vec<(String, String)>,
}

/// What the cases show of a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingCoverage {
    /// The id of the criterion.
    pub criterion: String,
    /// The finding in words.
    pub finding: String,
    /// Each outcome that a case pins, and each that one must pin.
    pub outcomes: Vec<OutcomeCoverage>,
}

/// What the cases show of an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeCoverage {
    /// `met`, `not-met`, `unknown: stale`; `unknown` alone where no case shows any reason.
    pub outcome: String,
    /// Whether a case must show it; of the reasons of unknown, one.
    pub must: bool,
    /// The names of the cases that pin it.
    pub cases: Vec<String>,
}

/// What the cases show of an advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdviceCoverage {
    /// Its place in the rule.
    pub place: usize,
    /// How urgent it is.
    pub indicator: Indicator,
    /// Its summary, with its tokens.
    pub summary: String,
    /// The names of the cases in which it gives a card.
    pub cases: Vec<String>,
}

/// With what cases are decided.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The library.
    pub library: &'a Library,
    /// The test patients.
    pub fixtures: &'a Files,
    /// Who writes the resources of suggestions.
    pub author: &'a dyn Author,
}

impl Coverage {
    /// What no case shows, a sentence for each.
    pub fn gaps(&self) -> Vec<String> {
        let missing = |finding: &FindingCoverage| {
            let empty = finding.outcomes.iter().filter(|outcome| outcome.must && outcome.cases.is_empty());
            empty.map(|o| format!("no case shows `{}` {}", finding.criterion, o.outcome)).collect::<Vec<_>>()
        };
        let unspoken = self.advice.iter().filter(|advice| advice.cases.is_empty());
        let unspoken = unspoken.map(|advice| format!("in no case the rule says \"{}\"", advice.summary));
        self.findings.iter().flat_map(missing).chain(unspoken).collect()
    }
}

/// What the cases of a rule show. Each case is decided once.
pub fn coverage(setting: Setting<'_>, drug: &Drug, rule: &Rule, cases: Option<&CaseFile>) -> Coverage {
    let cases = cases.map(|file| file.cases.as_slice()).unwrap_or_default();
    let mut pinned: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    let mut spoken: Vec<Vec<String>> = vec![Vec::new(); rule.advice.len()];
    let mut failing = Vec::new();
    for (case, _) in cases {
        for (criterion, outcome) in &case.criteria {
            pinned.entry((criterion, outcome)).or_default().push(case.name.clone());
        }
        match explained(setting.library, case, setting.fixtures, setting.author) {
            Ok(explained) => {
                for place in advice_given(&explained, drug, rule, &Hook::from_name(&case.hook)) {
                    spoken.get_mut(place).into_iter().for_each(|names| names.push(case.name.clone()));
                }
            }
            Err(why) => failing.push((case.name.clone(), why)),
        }
    }
    Coverage {
        findings: rule.criteria.iter().map(|criterion| finding(criterion, &pinned)).collect(),
        advice: rule
            .advice
            .iter()
            .zip(spoken)
            .enumerate()
            .map(|(place, (of, cases))| advice(place, of, cases))
            .collect(),
        cases: cases.len(),
        failing,
    }
}

fn advice(place: usize, advice: &Advice, cases: Vec<String>) -> AdviceCoverage {
    AdviceCoverage { place, indicator: advice.indicator, summary: advice.summary.clone(), cases }
}

fn finding(criterion: &domain::rule::Criterion, pinned: &BTreeMap<(&str, &str), Vec<String>>) -> FindingCoverage {
    let must = criterion.kind.properties().must_show;
    let of = pinned.iter().filter(|((id, _), _)| *id == criterion.id);
    let mut outcomes: Vec<OutcomeCoverage> = of
        .map(|((_, outcome), cases)| OutcomeCoverage {
            outcome: (*outcome).to_owned(),
            must: must.contains(&kind_of(outcome)),
            cases: cases.clone(),
        })
        .collect();
    for code in must {
        if !outcomes.iter().any(|shown| kind_of(&shown.outcome) == *code) {
            outcomes.push(OutcomeCoverage { outcome: (*code).to_owned(), must: true, cases: Vec::new() });
        }
    }
    FindingCoverage { criterion: criterion.id.clone(), finding: criterion.finding.clone(), outcomes }
}

/// An outcome without its reason.
fn kind_of(outcome: &str) -> &str {
    outcome.split(':').next().unwrap_or_default()
}

/// The places of the advice on some order.
fn advice_given(explained: &Explained<'_>, drug: &Drug, rule: &Rule, hook: &Hook) -> Vec<usize> {
    let at = drug.rules.iter().position(|known| known.id == rule.id);
    let mut places = Vec::new();
    for assessed in explained.decision.assessments.iter().filter(|assessed| assessed.drug.id == drug.id) {
        if rule.overview {
            // Its card is written from the whole assessment: of its advice the first speaks that concerns the use.
            let speaks = explained.decision.cards.iter().any(|card| card.rule == rule.id);
            let indication = assessed.assessment.indication.id.as_deref();
            places.extend(rule.advice.iter().position(|advice| advice.concerns(indication)).filter(|_| speaks));
            continue;
        }
        let found = at.and_then(|at| assessed.assessment.rules.get(at));
        let said = found.and_then(|found| advise(drug, rule, found, &assessed.assessment, &explained.facts, hook));
        let points = said.iter().flat_map(|said| &said.points);
        places.extend(points.filter_map(|point| rule.advice.iter().position(|one| std::ptr::eq(one, point.advice))));
    }
    places.sort_unstable();
    places.dedup();
    places
}
