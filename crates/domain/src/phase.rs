//! The treatment phase of an order: is this a first course, or does it go on?
//!
//! The start limits of the label concern a first course only; taking a renewal for a start alarms without need,
//! and taking a start for a renewal misses a low count. So "not known" is a phase of its own.

use super::fact::{Facts, Medication, Source, Taking};
use super::order::DrugOrder;
use super::rule::Drug;
use super::time::{Age, Clock};

/// The treatment phase of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The medication history was retrieved and holds no exposure.
    NewStart,
    /// Exposure within the window.
    Continuation,
    /// Exposure, but none within the window.
    Restart,
    /// The history could not be had; the start limits are used, and the card says so.
    Undetermined,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Phase; 4] = [Phase::NewStart, Phase::Continuation, Phase::Restart, Phase::Undetermined];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Phase::NewStart => "new-start",
            Phase::Continuation => "continuation",
            Phase::Restart => "restart",
            Phase::Undetermined => "undetermined",
        }
    }

    /// The phase with this code.
    pub fn from_code(code: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.code() == code)
    }

    /// Words for a reader.
    pub fn words(self) -> &'static str {
        match self {
            Phase::NewStart => "new start",
            Phase::Continuation => "continuation",
            Phase::Restart => "restart",
            Phase::Undetermined => "assumed to be a new start (medication history not fully available)",
        }
    }
}

/// The phase of an order, with the exposures that show it, the latest first.
pub fn phase(drug: &Drug, facts: &Facts, order: &DrugOrder, clock: &Clock) -> (Phase, Vec<Source>) {
    let exposures: Vec<&Medication> = facts
        .medications
        .iter()
        .filter(|m| m.concept == drug.id && (order.is_current_treatment || m.source.reference != order.reference))
        .filter(|m| matches!(m.taking, Taking::Taken | Taking::Completed) && !by_this_order(m, order))
        .collect();
    let recent = |m: &&&Medication| {
        (m.ongoing && (!m.asked_for || order.is_current_treatment))
            || m.last_taken.as_ref().is_some_and(|last| clock.age(last, drug.exposure_days) == Age::Within)
    };
    let undated = |m: &&Medication| {
        (!m.ongoing || (m.asked_for && !order.is_current_treatment))
            && m.last_taken.as_ref().is_none_or(|last| clock.age(last, drug.exposure_days) == Age::Straddles)
    };
    let sources = |found: &[&Medication]| found.iter().map(|m| m.source.clone()).collect();
    let current: Vec<&Medication> = exposures.iter().filter(recent).copied().collect();
    if !current.is_empty() {
        (Phase::Continuation, sources(&current))
    } else if facts.gaps.contains_key(&drug.id) || exposures.iter().any(undated) {
        (Phase::Undetermined, sources(&exposures))
    } else if exposures.is_empty() {
        (Phase::NewStart, Vec::new())
    } else {
        (Phase::Restart, sources(&exposures))
    }
}

/// Whether a dose may well be the first one of this very order: on its day, and not surely before it was written.
fn by_this_order(medication: &Medication, order: &DrugOrder) -> bool {
    match (&medication.first_taken, &order.authored) {
        (Some(first), Some(authored)) => {
            let one_day =
                first.first() == first.last() && (first.first(), first.last()) == (authored.first(), authored.last());
            one_day && !order.is_current_treatment && !authored.is_after(first)
        }
        _ => false,
    }
}
