//! What the cases show of the rules. To know it the cases have to be run, so that a rule is worked out when it is first
//! asked for, and all of them once and in the background: no page waits for more than it shows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpRequest, HttpResponse};

use domain::rule::{Drug, Rule};
use explain::coverage::{Coverage, Setting, coverage};
use store::stats::{RuleOutcomes, Statistics};
use workbench::rules::{self, RuleSummary};

use super::super::State;
use super::super::shared_state::RequestState;
use super::numbers::of_store;
use super::viewed_patient::parameter;
use super::{PageError, Workbench, WorkbenchState, html, on_blocking_thread};
use crate::author::Sdk;

/// What is known so far of what the cases show, by `drug/rule`.
#[derive(Debug, Default)]
pub struct CoverageCache {
    known: Mutex<BTreeMap<String, Arc<Coverage>>>,
    is_begun: AtomicBool,
}

impl CoverageCache {
    fn get(&self, name: &str) -> Option<Arc<Coverage>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn put(&self, name: String, coverage: Coverage) -> Arc<Coverage> {
        let coverage = Arc::new(coverage);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name, coverage.clone());
        coverage
    }
}

/// All rules, as far as they are worked out.
pub async fn all(state: RequestState, workbench: Workbench) -> HttpResponse {
    let statistics = of_store(&state).await.ok();
    work_out(&state, &workbench);
    let known: Vec<(&Drug, &Rule, Option<Arc<Coverage>>)> =
        each(&state).map(|(drug, rule)| (drug, rule, workbench.coverage.get(&name(drug, rule)))).collect();
    let rules: Vec<RuleSummary<'_>> = known
        .iter()
        .map(|(drug, rule, coverage)| RuleSummary {
            drug,
            rule,
            coverage: coverage.as_deref(),
            numbers: numbers(statistics.as_ref(), rule),
        })
        .collect();
    html(rules::all(&rules, &workbench.source.changes))
}

/// One rule.
pub async fn one(request: HttpRequest, state: RequestState, workbench: Workbench) -> HttpResponse {
    let wanted = parameter(&request, "of").unwrap_or_default();
    let statistics = of_store(&state).await.ok();
    let made = on_blocking_thread(move || {
        let gone = || -> PageError { (404, format!("There is no rule `{wanted}`.")) };
        let (drug, rule) = each(&state).find(|(drug, rule)| name(drug, rule) == wanted).ok_or_else(gone)?;
        let (coverage, numbers) = (of(&state, &workbench, drug, rule), numbers(statistics.as_ref(), rule));
        Ok(rules::one(&RuleSummary { drug, rule, coverage: Some(&coverage), numbers }, &coverage))
    });
    made.await.map_or_else(|refusal| refusal, html)
}

fn each(state: &State) -> impl Iterator<Item = (&Drug, &Rule)> {
    state.library.drugs.iter().flat_map(|drug| drug.rules.iter().map(move |rule| (drug, rule)))
}

fn name(drug: &Drug, rule: &Rule) -> String {
    format!("{}/{}", drug.id, rule.id)
}

fn numbers<'s>(statistics: Option<&'s Statistics>, rule: &Rule) -> Option<&'s RuleOutcomes> {
    statistics?.rules.iter().find(|numbers| numbers.rule == rule.id)
}

/// Begins to work out all rules, once, on a thread of its own.
fn work_out(state: &RequestState, workbench: &Workbench) {
    if workbench.coverage.is_begun.swap(true, Ordering::AcqRel) {
        return;
    }
    let (state, shared) = (state.clone(), workbench.clone());
    let begun = std::thread::Builder::new().name("coverage".to_owned()).spawn(move || {
        for (drug, rule) in each(&state) {
            of(&state, &shared, drug, rule);
        }
    });
    if let Err(problem) = begun {
        tracing::warn!(%problem, "the coverage of the rules cannot be worked out now");
        workbench.coverage.is_begun.store(false, Ordering::Release);
    }
}

/// What the cases show of a rule. They test the library without the site's policy.
fn of(state: &State, workbench: &WorkbenchState, drug: &Drug, rule: &Rule) -> Arc<Coverage> {
    let name = name(drug, rule);
    workbench.coverage.get(&name).unwrap_or_else(|| {
        let loaded = workbench.loaded();
        let library = loaded.without_policy.as_ref().unwrap_or(&state.library);
        // The library without the policy holds the rule without it.
        let own = library.drugs.iter().find(|known| known.id == drug.id).unwrap_or(drug);
        let rule = own.rules.iter().find(|known| known.id == rule.id).unwrap_or(rule);
        let cases = loaded.cases.iter().find(|file| *file.drug == *own.id && file.rule == rule.id);
        let setting = Setting { library, fixtures: &workbench.source.fixtures, author: &Sdk };
        workbench.coverage.put(name, coverage(setting, own, rule, cases))
    })
}
