//! What is known of the patient: the resources that prefetch and the FHIR server brought, and what is missing.
//!
//! "Asked and answered with nothing", "asked in vain" and "not asked" are never blurred.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::{Slot, entries, of_another_type, slot};
use super::client::{Cut, Failure};
use super::json::{Node, Object};
use super::reach::{Reach, reach};
use super::remarks::{Remarks, name};
use super::resource::{Entry, Resource, concerns, resource};
use super::view::tail;
use crate::domain::fact::ConceptId;
use crate::domain::truth::Reason;
use crate::library::Library;
use crate::library::services::Query;

/// What is known of one patient.
#[derive(Debug, Default)]
pub struct Record<'a> {
    /// The resources of the patient, each once.
    pub resources: Vec<Resource<'a>>,
    /// For a concept: why the part that would hold it is incomplete.
    pub gaps: BTreeMap<ConceptId, Reason>,
    /// Why the patient's own resource is missing.
    pub patient_gap: Option<Reason>,
    /// What was odd, in words for an integrator; never patient data.
    pub problems: Vec<String>,
    /// How many parts were answered, be it with nothing.
    pub answered: usize,
    /// What a clinician must know of the record itself.
    pub remarks: Remarks,
    /// Concepts whose results came in part and in no order: what came may not be the newest.
    pub unordered: BTreeSet<ConceptId>,
    /// For a concept: why its part could not be had, in a few words.
    pub causes: BTreeMap<ConceptId, &'static str>,
}

/// What one part of the record came to.
#[derive(Debug)]
pub enum Part<'a> {
    /// Asked and answered; the values are resources or Bundles. With why reading ended, where more was left.
    Answered(Vec<Node<'a>>, Option<Cut>),
    /// Answered by one of the values under keys of the sender's own.
    Besides,
    /// Asked in vain, or not asked.
    Missing(Failure),
}

impl<'a> Record<'a> {
    /// The record of a hook call: every part by its query, and what came besides under keys of the sender's own.
    pub fn of_parts(
        library: &Library,
        parts: &[(&Query, Part<'a>)],
        besides: &[Node<'a>],
        patient_id: &str,
    ) -> Record<'a> {
        let mut record = Record::default();
        let mut missing: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (query, part) in parts {
            match part {
                Part::Missing(failure) => {
                    missing.entry(failure.code()).or_default().push(&query.key);
                    record.lose(library, query, *failure);
                }
                Part::Answered(nodes, cut) => record.answer(library, query, nodes, *cut, patient_id),
                Part::Besides => record.answered += 1,
            }
        }
        for (code, keys) in missing {
            record.problems.push(format!("not retrieved ({code}): {}", keys.join(", ")));
        }
        for node in besides {
            if let Slot::Resources { found, .. } = slot(*node) {
                record.take(found, patient_id);
            }
        }
        record
    }

    /// The record that a Bundle holds: the whole of it was asked for and answered.
    pub fn of_entries(library: &Library, entries: Vec<Entry<'a>>, patient_id: &str) -> Record<'a> {
        let mut record = Record { answered: 1, ..Record::default() };
        record.take(entries, patient_id);
        // A Bundle may hold the records of many; that one of them is looked at is nothing to remark on.
        record.remarks.others = 0;
        if record.of_kind("Patient").next().is_none() {
            record.patient_gap = Some(Reason::Absent);
        }
        record.unreadable_types(library);
        record
    }

    /// The resources of a type.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource<'a>> {
        self.resources.iter().filter(move |resource| resource.kind == kind)
    }

    /// The resource a reference points to.
    pub fn find(&self, reference: &str) -> Option<&Resource<'a>> {
        let end = tail(reference);
        self.resources.iter().find(|r| r.reference == end || r.full_url.as_deref().is_some_and(|url| url == reference))
    }

    fn answer(&mut self, library: &Library, query: &Query, nodes: &[Node<'a>], cut: Option<Cut>, patient_id: &str) {
        let mut failure = nodes.is_empty().then_some(Failure::ByClient);
        for node in nodes {
            match slot(*node) {
                Slot::Failed(why) => {
                    self.problems.push(format!("{}: {why}", query.key));
                    failure = Some(Failure::ByClient);
                }
                Slot::Resources { found, odd, failed } => {
                    if odd > 0 {
                        self.problems.push(format!("{}: {odd} entries could not be read", query.key));
                        self.gap(library, query, Reason::Unreadable);
                    }
                    if failed {
                        self.problems.push(format!("{}: an error stands among the entries", query.key));
                        failure = Some(Failure::Outcome);
                    }
                    if of_another_type(*node, &query.resource) {
                        self.problems.push(format!("{}: a resource of another type", query.key));
                        failure = Some(Failure::OtherResource);
                    }
                    let others = self.remarks.others;
                    if self.take(found, patient_id) > 0 {
                        self.gap(library, query, Reason::Unreadable);
                    }
                    if query.resource == "Patient" && self.remarks.others > others {
                        // Someone else came: that says nothing of whom was asked for.
                        failure = Some(Failure::OtherResource);
                    }
                }
            }
        }
        match failure {
            Some(failure) => self.lose(library, query, failure),
            None if reach(nodes, &query.template, patient_id) == Reach::Part => {
                self.part(library, query, cut.unwrap_or(Cut::Prefetched));
            }
            None => self.answered += 1,
        }
    }

    /// A part that could not be had.
    fn lose(&mut self, library: &Library, query: &Query, failure: Failure) {
        self.gap(library, query, failure.reason());
        if let Some(cause) = failure.cause() {
            self.cause(library, query, cause);
        }
        self.remarks.lost.push((name(library, query), failure));
    }

    /// A part of which only some came. Where the newest results were asked for, nobody knows whether they are among it.
    fn part(&mut self, library: &Library, query: &Query, cut: Cut) {
        self.problems.push(format!("{}: read in part: {}", query.key, cut.code()));
        self.gap(library, query, Reason::NotRetrieved);
        if query.template.contains("_sort=-date") {
            self.unordered.extend(concepts(library, query).into_iter().map(ConceptId::from));
        }
        self.cause(library, query, "read only in part");
        self.remarks.partly.push(name(library, query));
    }

    fn cause(&mut self, library: &Library, query: &Query, words: &'static str) {
        for concept in concepts(library, query) {
            self.causes.entry(concept.into()).or_insert(words);
        }
    }

    fn gap(&mut self, library: &Library, query: &Query, reason: Reason) {
        self.mark(concepts(library, query), reason);
        if query.resource == "Patient" {
            self.patient_gap = Some(reason);
        }
    }

    fn mark(&mut self, concepts: BTreeSet<&str>, reason: Reason) {
        for concept in concepts {
            let known = self.gaps.entry(concept.into()).or_insert(reason);
            *known = (*known).min(reason);
        }
    }

    /// In a Bundle, entries that could not be read stand for any type.
    fn unreadable_types(&mut self, library: &Library) {
        if self.problems.iter().any(|problem| problem.contains("could not be read")) {
            self.incomplete(library, Reason::Unreadable);
        }
    }

    /// Notes that some of the record is lost, and that nothing tells of what type it was.
    pub fn incomplete(&mut self, library: &Library, reason: Reason) {
        for kind in ["Observation", "Condition", "AllergyIntolerance", "MedicationRequest"] {
            self.mark(library.concepts_of(kind), reason);
        }
        self.patient_gap = self.patient_gap.map(|known| known.min(reason));
    }

    /// Takes resources in: those of another patient are left out and counted, repeated ones are taken once.
    /// Returns how many were no resources at all.
    fn take(&mut self, entries: Vec<Entry<'a>>, patient_id: &str) -> usize {
        let mut others = 0;
        let mut odd = 0;
        for entry in entries {
            let Some(resource) = resource(entry) else {
                odd += 1;
                continue;
            };
            if !concerns(&resource, patient_id) {
                others += 1;
            } else if !self.resources.iter().any(|known| known.says_the_same(&resource)) {
                self.resources.push(resource);
            }
        }
        if others > 0 {
            self.problems.push(format!("{others} resources of another patient were left out"));
            self.remarks.others += others;
        }
        if odd > 0 {
            self.problems.push(format!("{odd} entries could not be read as resources"));
        }
        odd
    }
}

/// The concepts that a query asks for.
fn concepts<'l>(library: &'l Library, query: &'l Query) -> BTreeSet<&'l str> {
    match &query.concept {
        Some(concept) => BTreeSet::from([concept.as_str()]),
        None => library.concepts_of(&query.resource),
    }
}

/// The resources of a Bundle of orders that are this patient's, with what is odd about the rest, as a record.
pub fn resources<'a>(bundle: &Object<'a>, patient_id: &str) -> Record<'a> {
    let (entries, odd) = entries(bundle);
    let mut record = Record::default();
    if odd > 0 {
        record.problems.push(format!("{odd} entries could not be read"));
    }
    record.take(entries, patient_id);
    record
}
