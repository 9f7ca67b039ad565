//! From a server's answers to the report: every query with what came and what was understood of it, and what the rules
//! made of it all.

use std::time::Duration;

use super::remedy::trouble;
use super::report::{Asked, Report, Understood, Unknown};
use super::spoken;
use super::understood::{Listener, told};
use crate::answer::{Recipient, answer, record};
use crate::decide::Decision;
use crate::domain::rule::Kind;
use crate::domain::time::Clock;
use crate::domain::truth::Outcome;
use crate::fhir::bundle::entries;
use crate::fhir::client::{Asked as Answered, Failure, Pages};
use crate::fhir::extract::Extraction;
use crate::fhir::fetched::Fetched;
use crate::fhir::json::Node;
use crate::fhir::medicine::Medications;
use crate::fhir::record::Record;
use crate::fhir::resource::{Entry, Resource};
use crate::hook::call::HookCall;
use crate::hook::prefetch::Prefetched;
use crate::library::Library;

/// All that a probe has in hand when the answers are there.
pub struct Reading<'p> {
    /// The library.
    pub library: &'p Library,
    /// The call that was put.
    pub call: &'p HookCall<'p>,
    /// What every query of the library came to.
    pub fetched: &'p Fetched,
    /// How long each of them took.
    pub took: &'p [Duration],
    /// What the query for all results came to.
    pub beyond: &'p Answered,
    /// The moment of the probe.
    pub clock: &'p Clock,
}

impl Reading<'_> {
    /// The whole report.
    pub fn report(&self) -> Report {
        let (library, clock) = (self.library, self.clock);
        let record = record(library, self.call, &Prefetched::of(library, self.call), self.fetched);
        let medications = self.fetched.medications.iter().flatten();
        let beside: Vec<Resource<'_>> =
            medications.filter_map(|body| Resource::alone(Node::parse(body).ok()?)).collect();
        let near = Medications { beside: &beside, record: &record };
        let facts = Extraction { library, record: &record, beside: &beside, clock, hindsight: false }.facts();
        let listener = Listener { library, near, told: told(&facts) };
        let parts = library.services.queries.iter().zip(&self.fetched.parts).zip(self.took);
        let queries: Vec<Asked> = parts
            .map(|((query, (_, answer)), took)| self.asked(&query.key, &query.resource, answer, *took, &listener))
            .collect();
        let whole = |asked: &Asked| asked.failure.is_none() && asked.cut.is_none();
        let (decision, problems) =
            answer(library, self.call, self.fetched, clock, &Recipient::default()).unwrap_or_default();
        // Failures and cuts stand with their queries already.
        let elsewhere = |note: &String| note.starts_with("not retrieved") || note.contains("read in part");
        Report {
            server: self.call.fhir_server.clone().unwrap_or_default(),
            patient: self.call.patient_id.clone(),
            moment: clock.text(),
            complete: queries.iter().all(whole),
            queries,
            beyond: self.beyond(),
            notes: problems.into_iter().filter(|note| !elsewhere(note)).collect(),
            unknown: unknown(library, &decision),
        }
    }

    fn asked(
        &self,
        key: &str,
        resource: &str,
        answer: &Result<Pages, Failure>,
        took: Duration,
        listener: &Listener<'_, '_>,
    ) -> Asked {
        let mut asked = begun(key, resource, answer, took);
        let Ok(pages) = answer else { return asked };
        let found = resources(pages, &self.call.patient_id, self.library);
        let here: Vec<&Resource<'_>> = found.iter().collect();
        asked.understood = listener.understood(&here);
        asked.other_codes = spoken::others(self.library, &here, listener.near);
        asked.odd_units = listener.odd_units(&here);
        if resource == "Patient" {
            asked.understood.extend(birth(&here));
        }
        asked
    }

    /// The results that no query of the library asks for: only their codes matter.
    fn beyond(&self) -> Asked {
        let mut asked = begun("all results", "Observation", &self.beyond.answer, self.beyond.elapsed);
        if let Ok(pages) = &self.beyond.answer {
            let found = resources(pages, &self.call.patient_id, self.library);
            let record = Record::default();
            let here: Vec<&Resource<'_>> = found.iter().collect();
            asked.other_codes = spoken::others(self.library, &here, Medications { beside: &[], record: &record });
        }
        asked
    }
}

/// What the rules could not know of the record, the gravest reason first; what they do not know of an order that nobody
/// wrote is left out.
fn unknown(library: &Library, decision: &Decision) -> Vec<Unknown> {
    let mut unknown = Vec::new();
    for assessment in &decision.assessments {
        let drug = library.drugs.iter().find(|drug| drug.id == assessment.drug);
        let rules = drug.into_iter().flat_map(|drug| &drug.rules).zip(&assessment.rules);
        for (criterion, (_, finding)) in rules.flat_map(|(rule, found)| rule.criteria.iter().zip(&found.findings)) {
            let of_order = matches!(criterion.kind, Kind::Dose(_) | Kind::Product(_) | Kind::Planned(_));
            // What is made of other criteria is unknown because they are.
            if let (Outcome::Unknown(reason), false, []) = (finding.outcome, of_order, criterion.kind.parts()) {
                unknown.push((reason, criterion));
            }
        }
    }
    unknown.sort_by_key(|(reason, _)| *reason);
    let told = unknown.into_iter().map(|(reason, criterion)| Unknown {
        criterion: criterion.id.clone(),
        name: criterion.name.clone(),
        reason: reason.code(),
        words: reason.words(),
    });
    told.collect()
}

/// A query with how its answer came, before anything is read of it.
fn begun(key: &str, resource: &str, answer: &Result<Pages, Failure>, took: Duration) -> Asked {
    let pages = answer.as_ref().ok();
    Asked {
        key: key.to_owned(),
        resource: resource.to_owned(),
        milliseconds: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        pages: pages.map_or_else(Vec::new, |pages| pages.bodies.iter().map(|page| on_page(page).len()).collect()),
        cut: pages.and_then(|pages| pages.cut).map(|cut| cut.code()),
        failure: answer.as_ref().err().map(|failure| trouble(*failure, resource)),
        ..Asked::default()
    }
}

/// The resources of a page, or the lone resource that it is.
fn on_page(page: &str) -> Vec<Entry<'_>> {
    let Ok(node) = Node::parse(page) else { return Vec::new() };
    match node.object() {
        Some(object) if object.string("resourceType").as_deref() == Some("Bundle") => entries(&object).0,
        Some(_) => vec![Entry { full_url: None, node }],
        None => Vec::new(),
    }
}

/// The resources of all pages that are this patient's.
fn resources<'a>(pages: &'a Pages, patient: &str, library: &Library) -> Vec<Resource<'a>> {
    let entries = pages.bodies.iter().flat_map(|page| on_page(page)).collect();
    Record::of_entries(library, entries, patient).resources
}

/// The birth date, which every age is reckoned from.
fn birth(found: &[&Resource<'_>]) -> Option<Understood> {
    let date = found.first()?.object.string("birthDate")?.into_owned();
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
