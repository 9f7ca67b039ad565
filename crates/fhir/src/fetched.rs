//! What a call still needs from the FHIR server, and what that server answered.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use document::Document;

use super::failure::Failure;
use super::pages::Pages;
use super::refusal::Refusal;
use knowledge::services::Query;

/// What a call still needs from the FHIR server.
#[derive(Debug, Default)]
pub struct Wanted<'l> {
    /// Queries that prefetch did not answer; none while no order of a drug of the library is found.
    pub queries: Vec<&'l Query>,
    /// Medications that orders and the record refer to and nothing at hand resolves.
    pub medications: Vec<String>,
}

/// What the FHIR server answered, by prefetch key: the pages, or why there are none.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Fetched {
    /// Answers to the queries.
    pub parts: Vec<(String, Result<Pages, Failure>)>,
    /// Medications that orders and the record refer to.
    pub medications: Vec<Result<Document<'static>, Failure>>,
    /// Keys and references that were asked for.
    pub asked: BTreeSet<String>,
    /// Why the server was not asked at all, if so.
    pub refusal: Option<Refusal>,
}

impl Fetched {
    /// Whether a key or a reference was asked for already.
    pub fn asked_for(&self, what: &str) -> bool {
        self.asked.contains(what)
    }

    /// Takes in what a further round brought.
    pub fn add(&mut self, more: Fetched) {
        self.parts.extend(more.parts);
        self.medications.extend(more.medications);
        self.asked.extend(more.asked);
        self.refusal = more.refusal;
    }

    /// Whether the server would not show the resource of this key. A token for another patient looks so: reads are
    /// refused and searches find nothing, which must not pass for a record without anything in it.
    pub fn hides(&self, key: &str) -> bool {
        use Failure::{Forbidden, Gone, NotFound, OtherResource};
        matches!(self.of(key), Some(Err(Forbidden | NotFound | Gone | OtherResource)))
    }

    /// How many bytes came.
    pub fn bytes(&self) -> usize {
        let pages = self.parts.iter().filter_map(|(_, answer)| answer.as_ref().ok()).flat_map(|pages| &pages.bodies);
        pages.chain(self.medications.iter().flatten()).map(|document| document.text().len()).sum()
    }

    /// What a query came to, if it was asked.
    pub fn of(&self, key: &str) -> Option<&Result<Pages, Failure>> {
        self.parts.iter().find(|(name, _)| name == key).map(|(_, answer)| answer)
    }

    /// What every query came to, for an integrator, where none of them brought anything.
    pub fn failure_summary(&self) -> String {
        let codes: BTreeSet<String> =
            self.parts.iter().filter_map(|(_, answer)| answer.as_ref().err()).map(|failure| failure.code()).collect();
        if codes.is_empty() {
            return "no FHIR server was asked".to_owned();
        }
        let codes = codes.into_iter().collect::<Vec<String>>().join(", ");
        format!("the FHIR server did not answer in time, or not with what was asked ({codes})")
    }
}
