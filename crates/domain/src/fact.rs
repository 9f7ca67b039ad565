//! What is known of a patient: facts in canonical form, each with its time and source, or why it is unusable.
//!
//! The member `fhir` makes them from resources. Nothing here knows FHIR, and nothing that uses facts has to check a
//! unit or a date again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::quantity::Amount;
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

/// Where a fact comes from, as a card cites it. Findings hold many of them, so that a clone only counts a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source(Arc<Cited>);

/// What a card cites of a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Cited {
    /// `Type/id` of the resource.
    pub reference: String,
    /// The value or name as the record gives it.
    pub received: String,
    /// The clinical date as the record gives it.
    pub effective: Option<When>,
}

/// Whether a result may be relied on, by its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultStatus {
    /// Final, amended or corrected.
    Final,
    /// Preliminary: such a result may warn, but never shows that a finding is absent.
    Preliminary,
    /// Calculated from other results, which may warn like a preliminary one.
    Calculated,
    /// Recognised by its words, or filed under the code of a panel: it may warn, and may be another test.
    Named,
    /// A status that is missing, unknown or cannot be read: the result may be right, and may warn.
    Unclear,
    /// Registered, without a value yet.
    Pending,
    /// Cancelled, not done or entered in error: it says nothing.
    Void,
}

impl ResultStatus {
    /// The statuses of results that may warn and never clear, and of those that are still to come.
    pub const NOT_FINAL: [ResultStatus; 5] = [
        ResultStatus::Preliminary,
        ResultStatus::Calculated,
        ResultStatus::Named,
        ResultStatus::Unclear,
        ResultStatus::Pending,
    ];

    /// A word or two for a card, at most 14 characters.
    pub fn words(self) -> &'static str {
        match self {
            ResultStatus::Final => "final",
            ResultStatus::Preliminary => "preliminary",
            ResultStatus::Calculated => "calculated",
            ResultStatus::Named => "code unclear",
            ResultStatus::Unclear => "status unclear",
            ResultStatus::Pending => "pending",
            ResultStatus::Void => "cancelled",
        }
    }
}

/// A result with a number, in the concept's canonical unit.
#[derive(Debug, Clone)]
pub struct Measurement {
    /// What was measured.
    pub concept: ConceptId,
    /// The amount in the canonical unit, or why there is none.
    pub amount: Result<Amount, Reason>,
    /// The amount for a reader, in the canonical unit: "1,900/µL".
    pub shown: Option<String>,
    /// The result's own upper limit in the canonical unit.
    pub upper_limit: Option<Decimal>,
    /// Whether the result may be relied on.
    pub status: ResultStatus,
    /// The record that says it.
    pub source: Source,
}

/// The answer of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The test shows what it looks for.
    Positive,
    /// The test does not show it.
    Negative,
}

/// A test with a verdict.
#[derive(Debug, Clone)]
pub struct Test {
    /// Which test.
    pub concept: ConceptId,
    /// The verdict, or why there is none.
    pub verdict: Result<Verdict, Reason>,
    /// Whether the result may be relied on.
    pub status: ResultStatus,
    /// The record that says it.
    pub source: Source,
}

/// Whether a record says that something is there, that it is over, or that it is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Active. A record without a status counts as active.
    Active,
    /// Inactive, resolved or in remission.
    Past,
    /// Refuted, or denied by an entry such as "no known allergy".
    Denied,
}

/// How surely a record says what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// By a code, and confirmed or not said to be anything else.
    Sure,
    /// By a code, as a diagnosis that is provisional, differential or unconfirmed.
    Provisional,
    /// In words alone, without a code that the library knows.
    Words,
    /// Its status could not be read.
    Unreadable,
}

/// A condition.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Which condition.
    pub concept: ConceptId,
    /// Whether the patient has it.
    pub presence: Presence,
    /// How surely the record says so.
    pub certainty: Certainty,
    /// Whether it is the diagnosis of an encounter, which nobody closes, and not an entry of the problem list.
    pub of_encounter: bool,
    /// When it began.
    pub onset: Option<When>,
    /// When it was first recorded, which proves only that it began then or before.
    pub recorded: Option<When>,
    /// The record that says it.
    pub source: Source,
}

/// How far a medicine came, by what one record of it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A request: a prescription, not a dose.
    Prescribed,
    /// Handed over to the patient.
    Dispensed,
    /// Given.
    Administered,
    /// Said to be or to have been taken.
    Stated,
    /// Among the draft orders, so that it is about to be taken.
    Planned,
    /// The record says that it was not taken.
    NotTaken,
    /// The medicine stands on record, but its status cannot be read, so that it may have been taken.
    Perhaps,
}

/// Whether a record says that its medicine goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Active, or a record whose status says nothing else.
    Active,
    /// Paused.
    OnHold,
    /// A whole course was completed.
    Completed,
    /// Ended before it was complete.
    Stopped,
}

/// A medicine in the record.
#[derive(Debug, Clone)]
pub struct Medication {
    /// Which medicine or group.
    pub concept: ConceptId,
    /// How far it came.
    pub shown: Shown,
    /// Whether it goes on, by its status.
    pub standing: Standing,
    /// Whether the record is a request.
    pub is_request: bool,
    /// The first day: of a dose, of a supply, of a period or of a request; `None` when the record gives none.
    pub first: Option<When>,
    /// The last day on which a dose is known: the day of the dose, the end of a period or of a stated supply.
    pub last: Option<When>,
    /// The last day that it covers: the end of its period or supply, or of the interval after a dose. `None` where it
    /// has no end, or no date.
    pub until: Option<When>,
    /// For how many days after its last one a course is only paused.
    pub pause_days: i64,
    /// How much is taken in a day, in milligrams of the medicine that the library compares its group with.
    pub per_day: Option<Decimal>,
    /// The product, where it is a drug of the library.
    pub product: Option<TakenProduct>,
    /// The record that says it.
    pub source: Source,
}

/// Which product of a drug of the library a record is about, as far as it says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenProduct {
    /// The brand.
    pub brand: Option<String>,
    /// The route, by its id in the library.
    pub route: Option<String>,
}

/// An allergy or intolerance, or an entry that denies one.
#[derive(Debug, Clone)]
pub struct Allergy {
    /// The substance.
    pub concept: ConceptId,
    /// Whether the patient has it.
    pub presence: Presence,
    /// Whether its status could not be read, so that it may or may not be there.
    pub unreadable: bool,
    /// The record that says it.
    pub source: Source,
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

impl Deref for Source {
    type Target = Cited;

    fn deref(&self) -> &Cited {
        &self.0
    }
}

impl Source {
    /// Cites a record by its reference, `Type/id`, with its value or name and its clinical date as the record writes
    /// them.
    pub fn new(reference: String, received: String, effective: Option<When>) -> Source {
        Source(Arc::new(Cited { reference, received, effective }))
    }

    /// Cites the same record with other words for its value.
    pub fn with_value(&self, received: String) -> Source {
        Source::new(self.reference.clone(), received, self.effective.clone())
    }

    /// Whether both are clones of one citation. Two citations that only say the same are not.
    pub fn is(&self, other: &Source) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The order in which records are read and cited: the newest first, whatever order the sender chose.
    pub(crate) fn rank(&self) -> (Reverse<Option<Date>>, &str, &str) {
        (Reverse(self.effective.as_ref().map(When::last)), &self.reference, &self.received)
    }
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
mod tests {
    use super::Facts;
    use crate::fact::Presence::Active;
    use crate::fact::Shown::Stated;
    use crate::testing::{Fact, allergy, condition, event, facts, measured, measured_as, medicine_as, source, tested};
    use crate::truth::{Outcome, Reason};

    /// The references of all facts, kind by kind.
    fn references(facts: &Facts) -> Vec<&str> {
        let sources = facts.measurements.iter().map(|fact| &fact.source);
        let sources = sources.chain(facts.tests.iter().map(|fact| &fact.source));
        let sources = sources.chain(facts.conditions.iter().map(|fact| &fact.source));
        let sources = sources.chain(facts.medications.iter().map(|fact| &fact.source));
        let sources = sources.chain(facts.allergies.iter().map(|fact| &fact.source));
        let sources = sources.chain(facts.events.iter().map(|fact| &fact.source));
        sources.map(|source| source.reference.as_str()).collect()
    }

    #[test]
    fn the_newest_come_first_whatever_the_order_of_the_sender() {
        let newer = [
            measured("2026-11-02", "1"),
            tested("2026-11-02", "negative"),
            condition("b", Active, "2026-11-02"),
            medicine_as("b", Stated, "2026-11-02"),
            allergy("a", Active),
            event("b", "2026-11-02", false),
        ];
        let older = [
            measured("2026-11-01", "2"),
            tested("", "positive"),
            condition("a", Active, "2026-11"),
            medicine_as("a", Stated, "2026-11-01"),
            allergy("b", Active),
            event("a", "2026-11-01", false),
        ];
        // A month may be as late as its last day.
        let sorted = [
            "Observation/1",
            "Observation/2",
            "Observation/negative",
            "Observation/positive",
            "Condition/a",
            "Condition/b",
            "MedicationStatement/b",
            "MedicationStatement/a",
            "AllergyIntolerance/a",
            "AllergyIntolerance/b",
            "Procedure/b",
            "Procedure/a",
        ];
        for known in [[newer.clone(), older.clone()].concat(), [older, newer].concat()] {
            let mut facts = facts(&known);
            facts.ordered = [("b", "2026-11-01"), ("a", "2026-11-02")]
                .map(|(id, date)| super::Ordered { concept: "x".into(), source: source("ServiceRequest", id, date) })
                .into();
            facts.sort();
            assert_eq!(references(&facts), sorted);
            assert_eq!(facts.ordered[0].source.reference, "ServiceRequest/a");
        }
    }

    #[test]
    fn the_newest_at_hand_may_not_be_the_newest() {
        let facts = facts(&[Fact::Unordered("measure"), Fact::Gap("other", Reason::Unreadable)]);
        let odd = Facts { odd: ["measure".into()].into(), ..Facts::default() };
        let of = |outcome| odd.if_newest(&"measure".into(), outcome);
        assert_eq!((of(Outcome::NotMet), of(Outcome::Met)), (Outcome::Unknown(Reason::Unreadable), Outcome::Met));
        let unknown = Outcome::Unknown(Reason::Stale);
        for (concept, outcome, expected) in [
            ("measure", Outcome::Met, Outcome::Unknown(Reason::NotRetrieved)),
            ("measure", Outcome::NotMet, Outcome::Unknown(Reason::NotRetrieved)),
            ("measure", unknown, unknown),
            ("measure", Outcome::NotApplicable, Outcome::NotApplicable),
            ("other", Outcome::Met, Outcome::Met),
        ] {
            assert_eq!(facts.if_newest(&concept.into(), outcome), expected, "{concept} {outcome}");
        }
        assert_eq!((facts.why_none("other"), facts.why_none("measure")), (Reason::Unreadable, Reason::Absent));
    }

    #[test]
    fn a_citation_is_the_same_only_when_it_is_the_very_one() {
        let (one, other) = (source("Observation", "5", "2026-11-01"), source("Observation", "5", "2026-11-01"));
        assert!(one == other && one.is(&one.clone()) && !one.is(&other));
        let changed = one.with_value("6".to_owned());
        assert_eq!((changed.received.as_str(), changed.reference.as_str()), ("6", "Observation/5"));
        assert_eq!(changed.effective, one.effective);
        assert_eq!(facts(&[measured_as("m", "", "1")]).measurements[0].source.received, "1");
    }
}
