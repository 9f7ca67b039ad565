//! Medicines: how far one came by what its record shows, and for how long it covers the patient.

use rust_decimal::Decimal;

use super::{ConceptId, Source};
use crate::time::When;

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
