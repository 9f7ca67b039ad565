//! Which changes of the rules no case notices. Each rule file is changed in one place at a time, and its cases
//! are run on the changed rule. A case reads its test patient once, whatever the number of changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use cds_hooks::author::Author;
use cds_hooks::call::HookCall;
use document::Document;
use domain::fact::Facts;
use domain::rule::Rule;
use domain::time::Clock;
use fhir::extract::Extraction;
use fhir::fetched::Fetched;
use fhir::order::Found;
use knowledge::Library;
use knowledge::cases::{self, Case, CaseFile};
use knowledge::change::{Change, changes};
use knowledge::files::Files;
use knowledge::mistake::{Mistake, Reader};
use knowledge::noticed::{self, Count, no_difference, no_difference_path, written};

use super::case::{clock, document, recipient};
use super::check::differences;
use super::decide::{Decision, Question, decide_on};
use super::gather::Gathering;
use super::profile;

/// The least share of changes that the cases of a library must notice, in percent.
pub const ENOUGH: usize = 97;

/// What became of the changes of a library.
#[derive(Debug)]
pub struct Report {
    /// Rule by rule.
    pub rules: Vec<Noticed>,
    /// What is wrong with the list of changes that make no difference.
    pub mistakes: Vec<Mistake>,
}

impl Report {
    /// How many changes were made, and how many of them were noticed.
    pub fn total(&self) -> Count {
        let add = |sum: Count, of: &Noticed| Count {
            changes: sum.changes + of.changes,
            noticed: sum.noticed + of.count().noticed,
        };
        self.rules.iter().fold(Count { changes: 0, noticed: 0 }, add)
    }

    /// Whether the cases notice enough.
    pub fn is_enough(&self) -> bool {
        let Count { changes, noticed } = self.total();
        noticed * 100 >= changes * ENOUGH
    }

    /// The counts of the drugs, as the file of each holds them: its path, and its text.
    pub fn kept(&self) -> BTreeMap<String, String> {
        let drugs: BTreeSet<&str> = self.rules.iter().map(|of| of.drug.as_str()).collect();
        let of = |drug: &str| {
            written(self.rules.iter().filter(|of| of.drug == drug).map(|of| (of.rule.as_str(), of.count())))
        };
        drugs.into_iter().map(|drug| (noticed::path(drug), of(drug))).collect()
    }
}

/// What became of the changes of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noticed {
    /// The id of the drug.
    pub drug: String,
    /// The id of the rule.
    pub rule: String,
    /// How many changes were made. What does not validate is none, nor is what is listed as making no difference.
    pub changes: usize,
    /// The changes that no case noticed.
    pub unnoticed: Vec<Change>,
}

impl Noticed {
    /// How many changes were made, and how many of them were noticed.
    pub fn count(&self) -> Count {
        Count { changes: self.changes, noticed: self.changes - self.unnoticed.len() }
    }
}

/// Who writes FHIR, for all threads at once.
type Shared<'a> = &'a (dyn Author + Sync);

/// Changes every rule of a library in every place, and tells for each rule what its cases did not notice.
///
/// # Errors
///
/// All mistakes of a library that does not validate, or the case that does not hold of the rules as they are.
pub fn mutants(files: &Files, fixtures: &Files, author: Shared<'_>) -> Result<Report, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let case_files = cases::read(files, &mut mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let library = Library::read(files)?;
    let next = AtomicUsize::new(0);
    let work = || -> Result<Vec<(usize, Noticed)>, Vec<Mistake>> {
        // Each thread changes a library of its own.
        let mut changed = Library::read(files)?;
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = case_files.get(at) else { return Ok(done) };
            let text = files.0.get(&format!("{}/{}.toml", file.drug, file.rule)).map_or("", String::as_str);
            let noticed = of_rule(&library, &mut changed, file, text, fixtures, author).map_err(|wrong| vec![wrong])?;
            done.push((at, noticed));
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let results = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Vec<_>>()
    });
    let mut all: Vec<(usize, Noticed)> =
        results.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    all.sort_by_key(|(at, _)| *at);
    let mut report = Report { rules: all.into_iter().map(|(_, noticed)| noticed).collect(), mistakes: Vec::new() };
    for drug in &library.drugs {
        excuse(&mut report, &drug.id, files);
    }
    Ok(report)
}

/// Leaves out the changes that are listed as making no difference. One that is noticed after all must not stay there.
fn excuse(report: &mut Report, drug: &str, files: &Files) {
    let listed = no_difference(drug, files, &mut report.mistakes);
    let path = no_difference_path(drug);
    let text = files.0.get(&path).map_or("", String::as_str);
    for (change, place) in listed {
        let of_rule = report.rules.iter_mut().find(|of| of.drug == drug && of.rule == change.rule);
        let before = of_rule.as_ref().map_or(0, |of| of.unnoticed.len());
        let excused = of_rule.map_or(0, |of| {
            of.unnoticed.retain(|unnoticed| unnoticed.what != change.what);
            let excused = before - of.unnoticed.len();
            of.changes -= excused;
            excused
        });
        if excused == 0 {
            let message = format!("rule `{}` has no such change that goes unnoticed: {}", change.rule, change.what);
            Reader::new(&path, text, &mut report.mistakes).note(place.start, &message);
        }
    }
}

/// A case whose test patient was read.
struct Prepared<'p, 'l, 'a> {
    case: &'p Case,
    call: &'p HookCall<'a>,
    clock: &'p Clock,
    moment: String,
    gathering: &'p Gathering<'l, 'a>,
    facts: Facts,
}

fn of_rule(
    library: &Library,
    changed: &mut Library,
    file: &CaseFile,
    text: &str,
    fixtures: &Files,
    author: Shared<'_>,
) -> Result<Noticed, Mistake> {
    let failed = |case: &Case, why: String| failed(file, case, &why);
    let read = patients(file, fixtures)?;
    let mut calls = Vec::new();
    for (case, document, clock) in &read {
        calls.push((*case, HookCall::read(document, None).map_err(|error| failed(case, error.message))?, clock));
    }
    let fetched = Fetched::default();
    let gathered: Vec<_> = calls
        .iter()
        .map(|(case, call, clock)| {
            let mut gathering = Gathering::new(library, call, &fetched, clock);
            gathering.record.remarks.others += gathering.drafts.remarks.others;
            (*case, call, *clock, gathering)
        })
        .collect();
    let prepared: Vec<Prepared<'_, '_, '_>> = gathered
        .iter()
        .map(|(case, call, clock, gathering)| {
            let Gathering { record, drafts, meanings, .. } = gathering;
            let facts = Extraction { record, drafts: &drafts.resources, meanings, clock, hindsight: false }.facts();
            Prepared { case, call, clock, moment: clock.text(), gathering, facts }
        })
        .collect();
    let mut noticed = Noticed { drug: file.drug.clone(), rule: file.rule.clone(), changes: 0, unnoticed: Vec::new() };
    let place = changed.drugs.iter().position(|drug| *drug.id == *file.drug);
    let Some(drug) = place else { return Ok(noticed) };
    let place = changed.drugs.get(drug).and_then(|drug| drug.rules.iter().position(|rule| rule.id == file.rule));
    let Some(at) = place else { return Ok(noticed) };
    for one in &prepared {
        if let Some(wrong) = differs(one, changed, library, &file.rule, author) {
            return Err(failed(one.case, wrong));
        }
    }
    // A case that noticed one change often notices the next, so that it is asked first.
    let mut in_turn: Vec<&Prepared<'_, '_, '_>> = prepared.iter().collect();
    for change in changes(text) {
        let Some(drug_of) = changed.drugs.get(drug) else { break };
        let Ok(rule) = changed.reread(drug_of, &file.rule, &change.of(text)) else { continue };
        let own = put(changed, drug, at, rule);
        noticed.changes += 1;
        match in_turn.iter().position(|one| differs(one, changed, library, &file.rule, author).is_some()) {
            Some(at) => in_turn.get_mut(..=at).into_iter().for_each(|seen| seen.rotate_right(1)),
            None => noticed.unnoticed.push(change),
        }
        if let Some(own) = own {
            put(changed, drug, at, own);
        }
    }
    Ok(noticed)
}

/// The test patients of the cases, each with its moment.
fn patients<'f>(file: &'f CaseFile, fixtures: &Files) -> Result<Vec<(&'f Case, Document<'static>, Clock)>, Mistake> {
    let read = file.cases.iter().map(|(case, _)| {
        let patient = document(case, fixtures).and_then(|document| Ok((document, clock(case)?)));
        let (document, clock) = patient.map_err(|why| failed(file, case, &why))?;
        Ok((case, document, clock))
    });
    read.collect()
}

fn failed(file: &CaseFile, case: &Case, why: &str) -> Mistake {
    Mistake { file: file.path.clone(), line: 0, message: format!("case \"{}\": {why}", case.name) }
}

/// Puts a rule in its place; the one that stood there.
fn put(library: &mut Library, drug: usize, at: usize, rule: Rule) -> Option<Rule> {
    let place = library.drugs.get_mut(drug)?.rules.get_mut(at)?;
    Some(std::mem::replace(place, rule))
}

/// Where the answer of the changed rules differs from what the case expects.
fn differs(
    one: &Prepared<'_, '_, '_>,
    changed: &Library,
    library: &Library,
    rule: &str,
    author: Shared<'_>,
) -> Option<String> {
    let Gathering { drafts, record, meanings, orders, unchecked, unidentified, unclear, .. } = one.gathering;
    let orders: Vec<Found<'_, '_>> = orders
        .iter()
        .filter_map(|found| {
            let drug = changed.drugs.iter().find(|drug| drug.id == found.drug.id)?;
            Some(Found { drug, order: found.order.clone(), node: found.node, is_draft: found.is_draft })
        })
        .collect();
    let question = Question {
        orders: &orders,
        unchecked,
        unidentified,
        unclear: *unclear,
        drafts: &drafts.resources,
        record,
        meanings,
        clock: one.clock,
        hindsight: false,
        context: recipient(author).context(one.call, library, &one.moment),
    };
    let mut decision: Decision<'_> = decide_on(&one.facts, &question);
    decision.cards = profile::fit(decision.cards, profile::of(recipient(author).profile, one.call));
    differences(&decision, rule, one.case).into_iter().next()
}
