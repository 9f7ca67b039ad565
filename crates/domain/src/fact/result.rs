//! Results: measurements and tests, and whether they may be relied on.

use rust_decimal::Decimal;

use super::{ConceptId, Source};
use crate::quantity::Amount;
use crate::truth::Reason;

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
