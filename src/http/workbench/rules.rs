//! What the cases show of the rules. To know it all cases are run, once, when it is first asked for.

use std::collections::BTreeMap;

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

/// What the cases show, by `drug/rule`.
pub type Covering = BTreeMap<String, Coverage>;

/// All rules.
pub async fn all(state: Current, desk: Seat) -> HttpResponse {
    let statistics = of_store(&state).await.ok();
    let made = beside(move || {
        let covering = covering(&state, &desk);
        let rules = each(&state).filter_map(|(drug, rule)| covered(drug, rule, covering, statistics.as_ref()));
        Ok(rules::all(&rules.collect::<Vec<_>>(), &desk.source.changes))
    });
    made.await.map_or_else(|refusal| refusal, html)
}

/// One rule.
pub async fn one(request: HttpRequest, state: Current, desk: Seat) -> HttpResponse {
    let wanted = parameter(&request, "of").unwrap_or_default();
    let statistics = of_store(&state).await.ok();
    let made = beside(move || {
        let covering = covering(&state, &desk);
        let found = each(&state).find(|(drug, rule)| name(drug, rule) == wanted);
        let found = found.and_then(|(drug, rule)| covered(drug, rule, covering, statistics.as_ref()));
        let gone = || -> Wrong { (404, format!("There is no rule `{wanted}`.")) };
        found.map(|found| rules::one(&found)).ok_or_else(gone)
    });
    made.await.map_or_else(|refusal| refusal, html)
}

fn each(state: &State) -> impl Iterator<Item = (&Drug, &Rule)> {
    state.library.drugs.iter().flat_map(|drug| drug.rules.iter().map(move |rule| (drug, rule)))
}

fn name(drug: &Drug, rule: &Rule) -> String {
    format!("{}/{}", drug.id, rule.id)
}

fn covered<'a>(
    drug: &'a Drug,
    rule: &'a Rule,
    covering: &'a Covering,
    statistics: Option<&'a Statistics>,
) -> Option<Covered<'a>> {
    let numbers =
        |rule: &Rule| -> Option<&'a RuleOutcomes> { statistics?.rules.iter().find(|numbers| numbers.rule == rule.id) };
    Some(Covered { drug, rule, coverage: covering.get(&name(drug, rule))?, numbers: numbers(rule) })
}

/// What the cases show of each rule. They test the library without the site's policy.
fn covering<'d>(state: &State, desk: &'d Desk) -> &'d Covering {
    desk.covering.get_or_init(|| {
        let shelf = desk.shelf();
        let library = shelf.plain.as_ref().unwrap_or(&state.library);
        let setting = Setting { library, fixtures: &desk.source.fixtures, author: &Sdk };
        let rules = library.drugs.iter().flat_map(|drug| drug.rules.iter().map(move |rule| (drug, rule)));
        let of = |(drug, rule): (&Drug, &Rule)| {
            let cases = shelf.cases.iter().find(|file| *file.drug == *drug.id && file.rule == rule.id);
            (name(drug, rule), coverage(setting, drug, rule, cases))
        };
        rules.map(of).collect()
    })
}
