//! What the store counts, before anything is made of it.

use cds_hooks::feedback::Outcome;
use serde::Serialize;

use crate::note::Mode;

/// A number of cards that were issued in the same quarter of an hour and agree in all other fields.
#[derive(Debug, Clone)]
pub struct CardCount {
    /// Id of the rule that wrote the cards.
    pub rule: String,
    /// `critical`, `warning` or `info`.
    pub indicator: String,
    /// Whether the answers carried them.
    pub mode: Mode,
    /// Start of the quarter of an hour, in milliseconds since 1970.
    pub at_ms: i64,
    /// The last outcome; `None` where no feedback came.
    pub outcome: Option<Outcome>,
    /// Code of the override reason, if one was given.
    pub reason: Option<String>,
    /// The display text that came with the code.
    pub display: Option<String>,
    /// How many cards.
    pub cards: i64,
}

/// A suggestion that a user accepted.
#[derive(Debug, Clone)]
pub struct AcceptedSuggestion {
    /// Id of the rule that wrote the card.
    pub rule: String,
    /// Id that the suggestion has in the rule.
    pub suggestion: String,
}

/// Feedback on cards that are not in the store, and items that could not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stray {
    /// Acceptances of cards that are not in the store.
    pub accepted: i64,
    /// Overrides of cards that are not in the store.
    pub overridden: i64,
    /// Items that could not be read, whatever their card.
    pub unreadable: i64,
}

/// The counts that statistics are made from.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// The cards that were issued.
    pub cards: Vec<CardCount>,
    /// One entry for each time that a suggestion was accepted.
    pub accepted: Vec<AcceptedSuggestion>,
    /// Feedback that belongs to none of these cards.
    pub stray: Stray,
}
