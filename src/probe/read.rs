//! From a server's answers to the report: every query with what came and what was understood of it, and what the rules
//! made of it all.

use std::time::Duration;

use cds_hooks::call::HookCall;
use domain::time::Clock;
use domain::truth::Outcome;
use engine::answer::{Recipient, finish};
use engine::assessment::Assessed;
use engine::decide::Decision;
use engine::gather::Gathering;
use fhir::extract::Extraction;
use fhir::failure::Failure;
use fhir::fetched::Fetched;
use fhir::meaning::Meanings;
use fhir::medicine::Chart;
use fhir::page::Page;
use fhir::pages::Pages;
use fhir::resources::Resources;
use fhir_client::QueryResult as Answered;
use knowledge::Library;

use super::codes;
use super::remedy::trouble;
use super::report::{QueryReport, Report, Understood, Unknown};
use super::understood::{Understanding, shown_facts};
use crate::author::Sdk;

/// All that a probe knows when the answers have come.
pub struct Reading<'p> {
    /// The library.
    pub library: &'p Library,
    /// The call that was made.
    pub call: &'p HookCall<'p>,
    /// The result of every query of the library.
    pub fetched: &'p Fetched,
    /// How long each of them took.
    pub took: &'p [Duration],
    /// The result of the query for all laboratory results.
    pub beyond: &'p Answered,
    /// The moment of the probe.
    pub clock: &'p Clock,
}

impl<'p> Reading<'p> {
    /// The whole report.
    pub fn report(&self) -> Report {
        let (library, clock) = (self.library, self.clock);
        let gathering = Gathering::new(library, self.call, self.fetched, clock);
        let (record, drafts) = (&gathering.record, &gathering.drafts.resources);
        let meanings = &gathering.meanings;
        let facts = Extraction { record, drafts, meanings, clock, hindsight: false }.facts();
        let chart = Chart { drafts, record: &record.resources, meanings };
        let understanding = Understanding { chart, facts: shown_facts(&facts) };
        let parts = library.services.queries.iter().zip(&self.fetched.parts).zip(self.took);
        let queries: Vec<QueryReport> = parts
            .map(|((query, (_, answer)), took)| self.asked(&query.key, &query.resource, answer, *took, &understanding))
            .collect();
        let whole = |asked: &QueryReport| asked.failure.is_none() && asked.cut.is_none();
        let beyond = self.beyond(meanings);
        let recipient =
            Recipient { profile: None, public_url: None, summary: cds_hooks::profile::SummaryHook::Both, author: &Sdk };
        let (decision, problems) =
            finish(library, self.call, gathering, self.fetched, clock, &recipient).unwrap_or_default();
        Report {
            server: self.call.fhir_server.clone().unwrap_or_default(),
            patient: self.call.patient_id.clone(),
            moment: clock.text(),
            complete: queries.iter().all(whole),
            queries,
            beyond,
            // Failed and incomplete answers are reported with their queries already.
            notes: problems.iter().filter(|note| !note.is_told_by_query()).map(ToString::to_string).collect(),
            unknown: unknown(&decision),
        }
    }

    fn asked(
        &self,
        key: &str,
        resource: &str,
        answer: &'p Result<Pages, Failure>,
        took: Duration,
        understanding: &Understanding<'_, '_, 'p>,
    ) -> QueryReport {
        let mut asked = begun(key, resource, answer, took);
        let Ok(pages) = answer else { return asked };
        let found = resources(pages, &self.call.patient_id);
        asked.understood = understanding.understood(&found);
        asked.other_codes = codes::others(&found, understanding.chart);
        asked.odd_units = understanding.odd_units(&found);
        if resource == "Patient" {
            asked.understood.extend(birth(&found));
        }
        asked
    }

    /// The results that no query of the library asks for: only their codes matter.
    fn beyond(&self, meanings: &Meanings<'_, 'p>) -> QueryReport {
        let mut asked = begun("all results", "Observation", &self.beyond.answer, self.beyond.elapsed);
        if let Ok(pages) = &self.beyond.answer {
            let found = resources(pages, &self.call.patient_id);
            let nothing = Resources::default();
            asked.other_codes = codes::others(&found, Chart { drafts: &nothing, record: &nothing, meanings });
        }
        asked
    }
}

/// What the rules could not know of the record, the most severe reason first; what they do not know about the order,
/// which nobody wrote, is left out.
fn unknown(decision: &Decision<'_>) -> Vec<Unknown> {
    let mut unknown = Vec::new();
    for Assessed { drug, assessment, .. } in &decision.assessments {
        let rules = drug.rules.iter().zip(&assessment.rules);
        for (criterion, finding) in rules.flat_map(|(rule, found)| rule.criteria.iter().zip(&found.findings)) {
            let of_order = criterion.kind.properties().is_of_order;
            // What is made of other criteria is unknown because they are.
            if let (Outcome::Unknown(reason), false, []) = (finding.outcome, of_order, criterion.kind.parts()) {
                unknown.push((reason, criterion));
            }
        }
    }
    unknown.sort_by_key(|(reason, _)| *reason);
    let unknown = unknown.into_iter().map(|(reason, criterion)| Unknown {
        criterion: criterion.id.clone(),
        name: criterion.name.clone(),
        reason: reason.code(),
        words: reason.words(),
    });
    unknown.collect()
}

/// A query with how its answer came, before anything is read of it.
fn begun(key: &str, resource: &str, answer: &Result<Pages, Failure>, took: Duration) -> QueryReport {
    let pages = answer.as_ref().ok();
    QueryReport {
        key: key.to_owned(),
        resource: resource.to_owned(),
        milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        pages: pages
            .map_or_else(Vec::new, |pages| pages.bodies.iter().map(|page| entries(&Page::read(page.root()))).collect()),
        cut: pages.and_then(|pages| pages.cut).map(|cut| cut.code()),
        failure: answer.as_ref().err().map(|failure| trouble(*failure, resource)),
        ..QueryReport::default()
    }
}

/// How many resources a page holds, those without a type included.
fn entries(page: &Page<'_>) -> usize {
    page.resources().len() + page.bundle().map_or(0, |bundle| bundle.untyped)
}

/// The resources of all pages that are this patient's, each once.
fn resources<'a>(pages: &'a Pages, patient: &str) -> Resources<'a> {
    let mut found = Resources::default();
    for page in &pages.bodies {
        let page = Page::read(page.root());
        let of_patient = page.resources().iter().filter(|resource| resource.concerns(patient));
        of_patient.for_each(|resource| found.add(resource.clone()));
    }
    found
}

/// The birth date, from which every age is calculated.
fn birth(found: &Resources<'_>) -> Option<Understood> {
    let date = found.iter().next()?.object.string("birthDate")?.into_owned();
    Some(Understood {
        concept: "birth-date".to_owned(),
        name: "date of birth".to_owned(),
        count: 1,
        codes: Vec::new(),
        value: String::new(),
        date: Some(date),
        unusable: None,
    })
}
