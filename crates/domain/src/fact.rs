//! What is known of a patient: facts in canonical form, each with its time and source, or why it is unusable.
//!
//! The member `fhir` makes them from resources. Nothing here knows FHIR, and nothing that uses facts has to check a
//! unit or a date again.

/// Conditions and allergies.
mod condition;
/// Medicines.
mod medication;
/// Measurements and tests.
mod result;
/// Where a fact comes from.
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use self::condition::{Allergy, Certainty, Condition, Presence};
pub use self::medication::{Medication, Shown, Standing, TakenProduct};
pub use self::result::{Measurement, ResultStatus, Test, Verdict};
pub use self::source::{Cited, Source};
use super::time::When;
use super::truth::{Outcome, Reason};

/// The id of a concept of the library, such as `absolute-neutrophil-count`.
pub type ConceptId = Arc<str>;

/// Everything that is known of one patient at one moment.
#[derive(Debug, Default)]
pub struct Facts {
    /// The date of birth, or why it is not known.
    pub birth: Option<Result<(When, Source), Reason>>,
    /// Results with a number.
    pub measurements: Vec<Measurement>,
    /// Tests with a verdict.
    pub tests: Vec<Test>,
    /// Conditions of the problem list and of encounters.
    pub conditions: Vec<Condition>,
    /// Medicines taken, given, dispensed or asked for.
    pub medications: Vec<Medication>,
    /// Allergies and intolerances, and entries that deny them.
    pub allergies: Vec<Allergy>,
    /// Services among the draft or active orders.
    pub ordered: Vec<Ordered>,
    /// Studies that were done, and vaccines that were given.
    pub events: Vec<Event>,
    /// The concepts whose part of the record is incomplete, each with the reason. For all others the record is
    /// complete.
    pub gaps: BTreeMap<ConceptId, Reason>,
    /// The concepts with a gap, each with the cause in a few words.
    pub causes: BTreeMap<ConceptId, &'static str>,
    /// The concepts of which only some results came, in no order: the newest of those may not be the newest that
    /// exists.
    pub unordered: BTreeSet<ConceptId>,
    /// Conditions and vaccines on record without a code that the library knows and with words that it does not know.
    pub not_understood: Vec<Source>,
    /// The concepts of which an entry came that is no readable resource: it may be the newest result.
    pub odd: BTreeSet<ConceptId>,
    /// How many results came without any code.
    pub without_code: usize,
}

/// A service that is already among the orders.
#[derive(Debug, Clone)]
pub struct Ordered {
    /// Which service.
    pub concept: ConceptId,
    /// The record that says it.
    pub source: Source,
}

/// A study that was done, or a vaccine that was given or is planned.
#[derive(Debug, Clone)]
pub struct Event {
    /// Which study or vaccine.
    pub concept: ConceptId,
    /// Whether it is only among the draft orders.
    pub planned: bool,
    /// Why the record does not show that it was done.
    pub unusable: Option<Reason>,
    /// The record that says it.
    pub source: Source,
}

impl Facts {
    /// Sorts the facts, so that the order of entries in the record changes no answer.
    pub fn sort(&mut self) {
        self.measurements.sort_by(|a, b| a.source.rank().cmp(&b.source.rank()));
        self.tests.sort_by(|a, b| a.source.rank().cmp(&b.source.rank()));
        self.conditions.sort_by(|a, b| a.source.rank().cmp(&b.source.rank()));
        self.medications.sort_by(|a, b| a.source.rank().cmp(&b.source.rank()));
        self.allergies.sort_by(|a, b| a.source.rank().cmp(&b.source.rank()));
        self.ordered.sort_by(|a, b| a.source.rank().cmp(&b.source.rank()));
        self.events.sort_by(|a, b| a.source.rank().cmp(&b.source.rank()));
        self.not_understood.sort_by(|a, b| a.rank().cmp(&b.rank()));
    }

    /// The outcome of the newest result that came. Where a newer one may be missing, it is unknown.
    pub fn if_newest(&self, concept: &ConceptId, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Met | Outcome::NotMet if self.unordered.contains(concept) => {
                Outcome::Unknown(Reason::NotRetrieved)
            }
            Outcome::NotMet if self.odd.contains(concept) => Outcome::Unknown(Reason::Unreadable),
            outcome => outcome,
        }
    }

    /// Why there is no fact of a concept: the reason of its gap, or that the record has none.
    pub fn why_none(&self, concept: &str) -> Reason {
        self.gaps.get(concept).copied().unwrap_or(Reason::Absent)
    }
}

#[cfg(test)]
mod tests;
