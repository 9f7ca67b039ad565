//! What the cases show of the rules. To know it the cases have to be run, so that a rule is worked out when it is first
//! asked for, and all of them once and in the background: no page waits for more than it shows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpRequest, HttpResponse};

use domain::rule::{Drug, Rule};
use explain::coverage::{Coverage, Setting, coverage};
use store::stats::{RuleOutcomes, Statistics};
use workbench::rules::{self, Covered};

use super::super::State;
use super::super::live::Current;
use super::look::parameter;
use super::numbers::of_store;
use super::{Desk, Seat, Wrong, beside, html};
use crate::author::Sdk;

/// What is known so far of what the cases show, by `drug/rule`.
#[derive(Debug, Default)]
pub struct Covering {
    known: Mutex<BTreeMap<String, Arc<Coverage>>>,
    is_begun: AtomicBool,
}

impl Covering {
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
pub async fn all(state: Current, desk: Seat) -> HttpResponse {
    let statistics = of_store(&state).await.ok();
    work_out(&state, &desk);
    let known: Vec<(&Drug, &Rule, Option<Arc<Coverage>>)> =
        each(&state).map(|(drug, rule)| (drug, rule, desk.covering.get(&name(drug, rule)))).collect();
    let rules: Vec<Covered<'_>> = known
        .iter()
        .map(|(drug, rule, coverage)| Covered {
            drug,
            rule,
            coverage: coverage.as_deref(),
            numbers: numbers(statistics.as_ref(), rule),
        })
        .collect();
    html(rules::all(&rules, &desk.source.changes))
}

/// One rule.
pub async fn one(request: HttpRequest, state: Current, desk: Seat) -> HttpResponse {
    let wanted = parameter(&request, "of").unwrap_or_default();
    let statistics = of_store(&state).await.ok();
    let made = beside(move || {
        let gone = || -> Wrong { (404, format!("There is no rule `{wanted}`.")) };
        let (drug, rule) = each(&state).find(|(drug, rule)| name(drug, rule) == wanted).ok_or_else(gone)?;
        let (coverage, numbers) = (of(&state, &desk, drug, rule), numbers(statistics.as_ref(), rule));
        Ok(rules::one(&Covered { drug, rule, coverage: Some(&coverage), numbers }, &coverage))
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
fn work_out(state: &Current, desk: &Seat) {
    if desk.covering.is_begun.swap(true, Ordering::AcqRel) {
        return;
    }
    let (state, shelf) = (state.clone(), desk.clone());
    let begun = std::thread::Builder::new().name("coverage".to_owned()).spawn(move || {
        for (drug, rule) in each(&state) {
            of(&state, &shelf, drug, rule);
        }
    });
    if let Err(problem) = begun {
        tracing::warn!(%problem, "the coverage of the rules cannot be worked out now");
        desk.covering.is_begun.store(false, Ordering::Release);
    }
}

/// What the cases show of a rule. They test the library without the site's policy.
fn of(state: &State, desk: &Desk, drug: &Drug, rule: &Rule) -> Arc<Coverage> {
    let name = name(drug, rule);
    desk.covering.get(&name).unwrap_or_else(|| {
        let shelf = desk.shelf();
        let library = shelf.plain.as_ref().unwrap_or(&state.library);
        // The rule without the policy stands in the library without it.
        let own = library.drugs.iter().find(|known| known.id == drug.id).unwrap_or(drug);
        let rule = own.rules.iter().find(|known| known.id == rule.id).unwrap_or(rule);
        let cases = shelf.cases.iter().find(|file| *file.drug == *own.id && file.rule == rule.id);
        let setting = Setting { library, fixtures: &desk.source.fixtures, author: &Sdk };
        desk.covering.put(name, coverage(setting, own, rule, cases))
    })
}
