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
    /// The queries that prefetch did not answer. There are none as long as no order of a drug of the library is found.
    pub queries: Vec<&'l Query>,
    /// The Medications to which orders and the record refer and that have not been received.
    pub medications: Vec<String>,
}

/// What the FHIR server answered, by prefetch key: the pages, or the reason why there are none.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Fetched {
    /// The answers to the queries.
    pub parts: Vec<(String, Result<Pages, Failure>)>,
    /// The Medications to which orders and the record refer.
    pub medications: Vec<Result<Document<'static>, Failure>>,
    /// The keys and references that were asked for.
    pub asked: BTreeSet<String>,
    /// Why the server was not asked at all; `None` when it was.
    pub refusal: Option<Refusal>,
}

impl Fetched {
    /// Whether a key or a reference was asked for already.
    pub fn asked_for(&self, what: &str) -> bool {
        self.asked.contains(what)
    }

    /// Adds the answers of a further round.
    pub fn add(&mut self, more: Fetched) {
        self.parts.extend(more.parts);
        self.medications.extend(more.medications);
        self.asked.extend(more.asked);
        self.refusal = more.refusal;
    }

    /// Whether the server refused to show the resource of this key. It does so for a token of another patient: reads
    /// are refused and searches find nothing, which must not be mistaken for an empty record.
    pub fn hides(&self, key: &str) -> bool {
        use Failure::{Forbidden, Gone, NotFound, OtherResource};
        matches!(self.of(key), Some(Err(Forbidden | NotFound | Gone | OtherResource)))
    }

    /// How many bytes were received.
    pub fn bytes(&self) -> usize {
        self.bodies().chain(self.medications.iter().flatten()).map(|document| document.text().len()).sum()
    }

    /// The pages of all answers.
    pub fn bodies(&self) -> impl Iterator<Item = &Document<'static>> {
        self.parts.iter().filter_map(|(_, answer)| answer.as_ref().ok()).flat_map(|pages| &pages.bodies)
    }

    /// The answer to a query, if it was asked.
    pub fn of(&self, key: &str) -> Option<&Result<Pages, Failure>> {
        self.parts.iter().find(|(name, _)| name == key).map(|(_, answer)| answer)
    }

    /// The failures of all queries, for an integrator, when none of them brought anything.
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

#[cfg(test)]
mod tests;
