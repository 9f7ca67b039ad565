//! The kinds of criteria. Each has one file that holds everything about it: its data, how it is decided, which concepts
//! it reads, its window, how the handbook explains it, what its cases must show, and its truth table as tests. Where that
//! is long, the file has a folder of its name, for the truth table and for steps of the decision.
//!
//! To add a kind, touch three places; after each the compiler names the next:
//!
//! 1. Write `criteria/NAME.rs`: a struct with the data, its `CriterionKind` and a truth table. The trait has no
//!    default methods, so none can be forgotten.
//! 2. Add the module here, and one line to the table in `kind.rs` with the key that rule files write. `Kind::parts`
//!    then no longer compiles until it says whether the kind is made of other criteria.
//! 3. Read its table of a rule file in `knowledge/src/criterion.rs`: the `match` over `KindName` there does not
//!    compile without it.
//!
//! Nothing outside this module matches on `Kind`; code that needs to know something about every kind adds it to
//! `Properties`.

/// The age of the patient.
mod age;
/// Allergies and intolerances, and entries that deny them.
mod allergy;
/// Criteria that combine other criteria of the same rule.
mod combination;
/// Conditions.
mod condition;
/// How much of a medicine is taken in a day.
mod daily_dose;
/// Route, amount and interval of the order.
mod dose;
/// What the order says of the dose in words, beside its fields.
mod dose_words;
/// The same drug twice.
mod duplicate;
/// How the handbook explains a criterion.
mod explanation;
/// A measurement that fell.
mod fall;
/// What was found of a criterion.
mod finding;
/// The closed set of kinds.
mod kind;
/// One dose of the order against the label.
mod label_amount;
/// The order against the doses of the label.
mod label_dose;
/// Route, interval, number of doses and age against the label.
mod label_schedule;
/// Medicines taken, ended, ongoing or planned.
mod medication;
/// The choice among dated results: the newest usable one decides.
mod newest;
/// How long ago a condition began.
mod onset;
/// Services among the orders, of the record and of the call.
mod ordered;
/// Medicines and vaccines among the draft orders.
mod planned;
/// The product of the order.
mod product;
/// A number against a band.
mod quantity;
/// Results, studies and vaccines within a window.
mod recorded;
/// The verdict of a test.
mod result;
/// The body weight that a dose is calculated with.
mod weight;

pub use age::AgeBelow;
pub use allergy::RecordedAllergy;
pub use combination::{All, Any};
pub use condition::{Aging, RecordedCondition};
pub use daily_dose::DailyDose;
pub use dose::DoseFinding;
pub use dose_words::DoseWords;
pub use duplicate::Duplicate;
pub use explanation::{DrugList, Explanation, Names};
pub use fall::{Fall, OnTreatment};
pub use finding::{Earlier, Finding, Words};
pub use kind::{Kind, KindName};
pub use label_amount::AmountFinding;
pub use label_dose::{LabelDose, LabelDoseFinding};
pub use label_schedule::ScheduleFinding;
pub use medication::{CompletedCourse, MedicationState, RecordedMedication};
pub use onset::OnsetWithin;
pub use ordered::OrderedService;
pub use planned::Planned;
pub use product::ProductFinding;
pub use quantity::{Limit, Quantity};
pub use recorded::RecordedWithin;
pub use result::TestResult;
pub(crate) use weight::{Unusable, Weight, usable as usable_weight};

use super::assess::Subject;
use super::fact::ConceptId;
use super::rule::Criterion;
use super::truth::{Outcome, Reason};

/// What each kind of criterion says of itself.
pub(crate) trait CriterionKind {
    /// Decides it for one order.
    fn decide(&self, subject: &Subject<'_>, earlier: Earlier<'_>) -> Finding;

    /// What other code needs to know of it without deciding it.
    fn properties(&self) -> Properties<'_>;

    /// Its window in days, for a site that changes it.
    fn window_mut(&mut self) -> Option<&mut i64>;

    /// How the handbook explains it.
    fn explain(&self, names: &Names<'_>) -> Explanation;
}

/// What other code needs to know of a criterion without deciding it.
#[derive(Debug)]
pub struct Properties<'a> {
    /// The concepts that it reads from the record or the draft orders.
    pub concepts: Vec<&'a ConceptId>,
    /// How old a record may be, in days, where the kind has such a window.
    pub window_days: Option<i64>,
    /// The codes of the outcomes that the cases of a rule must show of it.
    pub must_show: &'static [&'static str],
    /// Whether it is about the order itself, so that the patient's record cannot answer it.
    pub is_of_order: bool,
}

/// What cases must show of most kinds.
const EVERY_OUTCOME: &[&str] = &["met", "not-met", "unknown"];

/// Decides one criterion; `earlier` holds the findings of the criteria that come before it in its rule.
pub fn decide(criterion: &Criterion, subject: &Subject<'_>, earlier: Earlier<'_>) -> Finding {
    let mut finding = criterion.kind.decide(subject, earlier);
    if finding.outcome == Outcome::Unknown(Reason::NotRetrieved) && finding.words.cause.is_none() {
        let concepts = criterion.kind.properties().concepts;
        finding.words.cause = concepts.into_iter().find_map(|concept| subject.facts.causes.get(concept).copied());
    }
    finding
}

#[cfg(test)]
mod tests;
