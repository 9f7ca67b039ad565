//! What is known of the patient: the resources that prefetch and the FHIR server brought, and what is missing.
//!
//! "Asked, and the answer was empty", "asked without success" and "not asked" are always kept apart.

use std::collections::{BTreeMap, BTreeSet};

use super::failure::Failure;
use super::page::{Bundle, Page};
use super::pages::Cut;
use super::problem::Problem;
use super::reach::{Progress, Reach};
use super::remarks::{Remarks, name};
use super::resource::Resource;
use super::resources::Resources;
use domain::fact::ConceptId;
use domain::truth::Reason;
use knowledge::Library;
use knowledge::services::Query;

/// What is known of one patient.
#[derive(Debug, Default)]
pub struct Record<'a> {
    /// The resources of the patient, each once.
    pub resources: Resources<'a>,
    /// The concepts whose part of the record is incomplete, each with the reason.
    pub gaps: BTreeMap<ConceptId, Reason>,
    /// Why the patient's own resource is missing.
    pub patient_gap: Option<Reason>,
    /// Problems for the log.
    pub problems: Vec<Problem>,
    /// How many parts were answered, including empty answers.
    pub answered: usize,
    /// What a clinician must know about the record itself.
    pub remarks: Remarks,
    /// The concepts of which only some results came, in no order: what came may not be the newest.
    pub unordered: BTreeSet<ConceptId>,
    /// The concepts of which an entry came that is no readable resource.
    pub odd: BTreeSet<ConceptId>,
    /// The concepts whose part could not be retrieved, each with the cause in a few words.
    pub causes: BTreeMap<ConceptId, &'static str>,
}

/// The answer to one query.
#[derive(Debug)]
pub enum Part<'a> {
    /// Asked and answered, with the reason why reading ended if there is more.
    Answered(Vec<Page<'a>>, Option<Cut>),
    /// Answered by a value under a key that the sender chose.
    Besides,
    /// Asked without success, or not asked.
    Missing(Failure),
}

impl<'a> Record<'a> {
    /// The record of a hook call: the answer to every query, and the values under keys that the sender chose.
    pub fn of_parts(
        library: &Library,
        parts: Vec<(&Query, Part<'a>)>,
        unmatched: Vec<Page<'a>>,
        patient_id: &str,
    ) -> Record<'a> {
        let mut record = Record::default();
        // Sorted by their codes, so that the log does not depend on the order of the queries.
        let mut missing: BTreeMap<String, (Failure, Vec<String>)> = BTreeMap::new();
        for (query, part) in parts {
            match part {
                Part::Missing(failure) => {
                    let (_, keys) = missing.entry(failure.code()).or_insert_with(|| (failure, Vec::new()));
                    keys.push(query.key.clone());
                    record.lose(library, query, failure);
                }
                Part::Answered(pages, cut) => record.answer(library, query, pages, cut, patient_id),
                Part::Besides => record.answered += 1,
            }
        }
        for (failure, keys) in missing.into_values() {
            record.problems.push(Problem::NotRetrieved(failure, keys));
        }
        for page in unmatched {
            record.take(page, patient_id);
        }
        record
    }

    /// The record that a Bundle holds, which counts as complete. `untyped` is the number of entries that are no
    /// resources.
    pub fn of_resources(
        library: &Library,
        resources: Vec<Resource<'a>>,
        untyped: usize,
        patient_id: &str,
    ) -> Record<'a> {
        let mut record = Record { answered: 1, ..Record::default() };
        record.take_all(resources, untyped, patient_id);
        // A Bundle may hold the records of many patients, so that other patients in it are no problem.
        record.remarks.others = 0;
        if record.resources.of_kind("Patient").next().is_none() {
            record.patient_gap = Some(Reason::Absent);
        }
        // Entries that could not be read may be of any type.
        if record.problems.iter().any(Problem::is_unreadable_entry) {
            record.incomplete(library, Reason::Unreadable);
        }
        record
    }

    /// The resources of a Bundle of orders that belong to this patient, with problems about the rest, and those of
    /// other patients. An order may refer to the patient by the entry in the Bundle.
    pub fn of_orders(bundle: Bundle<'a>, patient_id: &str) -> (Record<'a>, Vec<Resource<'a>>) {
        let mut record = Record::default();
        if bundle.odd > 0 {
            record.problems.push(Problem::OddOrders(bundle.odd));
        }
        let own: Vec<String> =
            bundle.resources.iter().filter_map(|resource| resource.url_of_patient(patient_id)).collect();
        let is_own = |resource: &Resource<'_>| resource.subject().is_some_and(|s| own.iter().any(|url| url == s));
        let (kept, others): (Vec<_>, Vec<_>) =
            bundle.resources.into_iter().partition(|resource| resource.concerns(patient_id) || is_own(resource));
        kept.into_iter().for_each(|resource| record.resources.add(resource));
        record.note_left_out(others.len(), bundle.untyped);
        (record, others)
    }

    fn answer(&mut self, library: &Library, query: &Query, pages: Vec<Page<'a>>, cut: Option<Cut>, patient_id: &str) {
        let mut failure = pages.is_empty().then_some(Failure::ByClient);
        let mut progress = Progress::of(query, patient_id);
        for page in pages {
            progress.add(&page);
            if let Some(failed) = self.answer_page(library, query, page, patient_id) {
                failure = Some(failed);
            }
        }
        match failure {
            Some(failure) => self.lose(library, query, failure),
            None if progress.reach() == Reach::Part => self.part(library, query, cut.unwrap_or(Cut::Prefetched)),
            None => self.answered += 1,
        }
    }

    /// Adds a page; returns why it is no answer, or `None` when it is one.
    fn answer_page(&mut self, library: &Library, query: &Query, page: Page<'a>, patient_id: &str) -> Option<Failure> {
        let mut failure = None;
        if matches!(page, Page::Repeated) {
            self.problems.push(Problem::NoAnswer(query.key.clone(), "an object with two members of one name"));
            return Some(Failure::Repeated);
        }
        if let Page::Failed(why) = page {
            self.problems.push(Problem::NoAnswer(query.key.clone(), why));
            return Some(Failure::ByClient);
        }
        if let Some(bundle) = page.bundle() {
            if bundle.odd > 0 {
                self.problems.push(Problem::OddEntries(query.key.clone(), bundle.odd));
                self.odd(library, query);
            }
            if bundle.repeated > 0 {
                // What is in it may be newer than all that could be read.
                self.unordered.extend(concepts(library, query).iter().cloned());
            }
            if bundle.has_error() {
                self.problems.push(Problem::ErrorAmongEntries(query.key.clone()));
                failure = Some(Failure::Outcome);
            }
        }
        if page.is_of_another_type(&query.resource) {
            self.problems.push(Problem::OtherType(query.key.clone()));
            failure = Some(Failure::OtherResource);
        }
        let others = self.remarks.others;
        if self.take(page, patient_id) > 0 {
            self.odd(library, query);
        }
        if query.resource == "Patient" && self.remarks.others > others {
            // It is another patient, which says nothing about the one who was asked for.
            failure = Some(Failure::OtherResource);
        }
        failure
    }

    /// Notes a part that could not be retrieved.
    fn lose(&mut self, library: &Library, query: &Query, failure: Failure) {
        self.gap(library, query, failure.reason());
        if let Some(cause) = failure.cause() {
            self.cause(library, query, cause);
        }
        self.remarks.lost.push((name(library, query), failure));
    }

    /// Takes back that a part could not be retrieved, for a reader: nothing asked for here depends on it. The gap stays.
    pub fn forgive(&mut self, library: &Library, query: &Query) {
        let name = name(library, query);
        self.remarks.lost.retain(|(lost, _)| *lost != name);
        self.remarks.partly.retain(|partly| *partly != name);
    }

    /// Notes a part of which only some came. Where the newest results were asked for, they may not be among it.
    fn part(&mut self, library: &Library, query: &Query, cut: Cut) {
        self.problems.push(Problem::ReadInPart(query.key.clone(), cut));
        self.gap(library, query, Reason::NotRetrieved);
        if query.is_newest_first() {
            self.unordered.extend(concepts(library, query).iter().cloned());
        }
        self.cause(library, query, "read only in part");
        self.remarks.partly.push(name(library, query));
    }

    /// Notes that an entry is no readable resource. Where the part is about one test, it may be the newest result of it.
    fn odd(&mut self, library: &Library, query: &Query) {
        self.gap(library, query, Reason::Unreadable);
        self.odd.extend(query.concepts.iter().cloned());
    }

    fn cause(&mut self, library: &Library, query: &Query, words: &'static str) {
        for concept in concepts(library, query) {
            self.causes.entry(concept.clone()).or_insert(words);
        }
    }

    fn gap(&mut self, library: &Library, query: &Query, reason: Reason) {
        self.mark(concepts(library, query), reason);
        if query.resource == "Patient" {
            self.patient_gap = Some(reason);
        }
    }

    fn mark(&mut self, concepts: &[ConceptId], reason: Reason) {
        for concept in concepts {
            let known = self.gaps.entry(concept.clone()).or_insert(reason);
            *known = (*known).min(reason);
        }
    }

    /// Notes that some of the record is lost, of unknown type.
    pub fn incomplete(&mut self, library: &Library, reason: Reason) {
        for kind in ["Observation", "Condition", "AllergyIntolerance", "MedicationRequest"] {
            self.mark(library.index.concepts_of(kind), reason);
        }
        self.patient_gap = self.patient_gap.map(|known| known.min(reason));
    }

    /// Adds the resources of a page. Returns the number of entries that were no resources.
    fn take(&mut self, page: Page<'a>, patient_id: &str) -> usize {
        match page {
            Page::Lone(resource) => self.take_all(vec![resource], 0, patient_id),
            Page::Bundle(bundle) => self.take_all(bundle.resources, bundle.untyped, patient_id),
            Page::Nothing | Page::Failed(_) | Page::Repeated => 0,
        }
    }

    /// Adds resources. Those of another patient are left out and counted; of copies, one is added.
    fn take_all(&mut self, resources: Vec<Resource<'a>>, untyped: usize, patient_id: &str) -> usize {
        let mut others = 0;
        for resource in resources {
            if resource.concerns(patient_id) {
                self.resources.add(resource);
            } else {
                others += 1;
            }
        }
        self.note_left_out(others, untyped);
        untyped
    }

    fn note_left_out(&mut self, others: usize, untyped: usize) {
        if others > 0 {
            self.problems.push(Problem::OtherPatient(others));
            self.remarks.others += others;
        }
        if untyped > 0 {
            self.problems.push(Problem::Untyped(untyped));
        }
    }
}

/// The concepts that a query asks for.
fn concepts<'l>(library: &'l Library, query: &'l Query) -> &'l [ConceptId] {
    if query.concepts.is_empty() { library.index.concepts_of(&query.resource) } else { &query.concepts }
}

#[cfg(test)]
mod tests;
