//! How each kind of criterion is decided: one file per kind, each with its truth table as tests.

/// The age of the patient.
mod age;
/// Allergies and intolerances, and entries that deny them.
mod allergy;
/// Conditions.
mod condition;
/// Route, amount and interval of the order, and its product.
mod dose;
/// A measurement that fell.
mod fall;
/// Medicines taken, ended, going on or planned.
mod medication;
/// The choice among dated results: the newest usable one decides.
mod newest;
/// How long ago a condition began.
mod onset;
/// A number against a band.
mod quantity;
/// Results, studies and vaccines within a window, and what is planned.
mod recorded;
/// The verdict of a test.
mod result;

use super::assess::Subject;
use super::fact::Source;
use super::rule::{Criterion, Kind, Rule};
use super::truth::{Outcome, Reason};

/// What was found of one criterion.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The outcome.
    pub outcome: Outcome,
    /// The records it rests on, the decisive first.
    pub evidence: Vec<Source>,
    /// Words for the card, from the very values that decided.
    pub words: Words,
}

/// Words for a card, from the values that decided.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The value in the canonical unit: "1,900/µL".
    pub value: Option<String>,
    /// The date: "10 Nov 2026".
    pub date: Option<String>,
    /// The limit: "2,000/µL".
    pub limit: Option<String>,
    /// The limit or the two ends of the band, as a phrase: "limit 2,000/µL".
    pub range: Option<String>,
    /// The value as a multiple of its upper limit.
    pub ratio: Option<String>,
    /// The name of the deciding record.
    pub what: Option<String>,
    /// The age of the deciding record in days.
    pub age_days: Option<i64>,
    /// The window in days that the record was held against.
    pub window_days: Option<i64>,
    /// In a few words, why what it rests on was not to be had.
    pub cause: Option<&'static str>,
}

/// Most records that one finding cites: nobody reads more, and an answer must not grow with what a sender repeats.
const MOST_CITED: usize = 100;

impl Finding {
    /// An outcome that rests on nothing.
    pub fn bare(outcome: Outcome) -> Finding {
        Finding { outcome, evidence: Vec::new(), words: Words::default() }
    }

    /// An outcome with its records, the first of which gives date and name.
    pub fn of(outcome: Outcome, mut evidence: Vec<Source>, subject: &Subject<'_>) -> Finding {
        evidence.truncate(MOST_CITED);
        let first = evidence.first();
        let words = Words {
            what: first.map(|source| source.received.clone()),
            date: first.and_then(|s| s.effective.as_ref()).map(|when| when.shown()),
            age_days: first.and_then(|s| s.effective.as_ref()).map(|when| subject.clock.days_since(when).0),
            ..Words::default()
        };
        Finding { outcome, evidence, words }
    }
}

/// What was found of the criteria that stand before one in its rule.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// What was found so far, in the order of its criteria.
    pub findings: &'a [Finding],
}

impl<'a> Earlier<'a> {
    fn get(self, id: &str) -> Option<&'a Finding> {
        self.findings.get(self.rule.criteria.iter().position(|criterion| criterion.id == id)?)
    }
}

/// Decides one criterion; `earlier` holds the findings of the criteria that stand before it in its rule.
pub fn decide(criterion: &Criterion, subject: &Subject<'_>, earlier: Earlier<'_>) -> Finding {
    let mut finding = of_kind(criterion, subject, earlier);
    if finding.outcome == Outcome::Unknown(Reason::NotRetrieved) && finding.words.cause.is_none() {
        let concepts = criterion.kind.concepts();
        finding.words.cause = concepts.into_iter().find_map(|concept| subject.facts.causes.get(concept).copied());
    }
    finding
}

fn of_kind(criterion: &Criterion, subject: &Subject<'_>, earlier: Earlier<'_>) -> Finding {
    match &criterion.kind {
        Kind::Quantity(quantity) => quantity::decide(quantity, subject),
        Kind::Result(test) => result::decide(test, subject),
        Kind::Condition { concept, active, unless, within_days } => {
            condition::decide(concept, *active, unless.as_deref(), *within_days, subject)
        }
        Kind::Medication { concepts, state } => medication::decide(concepts, *state, subject),
        Kind::OnsetWithin { concept, years } => onset::decide(concept, *years, subject),
        Kind::Recorded { concepts, within_days } => recorded::decide(concepts, *within_days, subject),
        Kind::Planned(concepts) => recorded::planned(concepts, subject),
        Kind::Fall(fall) => fall::decide(fall, subject),
        Kind::Allergy(concept) => allergy::decide(concept, subject),
        Kind::Dose(finding) => dose::decide(finding, subject),
        Kind::Product(finding) => dose::product(finding, subject),
        Kind::AgeBelow(years) => age::decide(*years, subject),
        Kind::All(parts) => compose(Outcome::all, parts, earlier),
        Kind::Any(parts) => compose(Outcome::any, parts, earlier),
    }
}

fn compose(join: fn(Vec<Outcome>) -> Outcome, parts: &[String], earlier: Earlier<'_>) -> Finding {
    let found: Vec<&Finding> = parts.iter().filter_map(|part| earlier.get(part)).collect();
    let outcome = join(found.iter().map(|f| f.outcome).collect());
    let alike = |part: &Finding| {
        matches!((part.outcome, outcome), (Outcome::Unknown(_), Outcome::Unknown(_))) || part.outcome == outcome
    };
    // Only what speaks for the outcome is cited, and each record once.
    let mut evidence: Vec<Source> = Vec::new();
    for source in found.iter().filter(|part| alike(part)).flat_map(|part| &part.evidence) {
        if !evidence.contains(source) {
            evidence.push(source.clone());
        }
    }
    let cause = found.iter().filter(|part| part.outcome == outcome).find_map(|part| part.words.cause);
    Finding { outcome, evidence, words: Words { cause, ..Words::default() } }
}
