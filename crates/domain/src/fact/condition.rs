//! Conditions and allergies: what a record says is there, is over or is not there, and how surely.

use super::{ConceptId, Source};
use crate::time::When;

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
