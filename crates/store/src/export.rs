//! What became of each card, row by row: what an EHR that is certified in the United States must be able to export of its
//! decision support (45 CFR 170.315(b)(11): intervention, action, feedback, user, date and location).

use super::note::Mode;
use super::place::Place;
use super::sql::export::rows;
use super::{block_on, require_store};

/// A card and what became of it, or feedback on a card that is not in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// UUID of the card, as the client names it.
    pub card: String,
    /// The card; `None` when only the feedback is known.
    pub issued: Option<IssuedRow>,
    /// Id of the service.
    pub service: String,
    /// The client by its name in the settings, when the call was authenticated.
    pub client: Option<String>,
    /// The last that was heard of the card.
    pub feedback: Option<FeedbackRow>,
}

/// A card as it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedRow {
    /// Id of the rule that wrote it.
    pub rule: String,
    /// `critical`, `warning` or `info`.
    pub indicator: String,
    /// The hook of the call.
    pub hook: String,
    /// Program, library and policy that decided.
    pub library: String,
    /// Moment of the decision, in milliseconds since 1970.
    pub at_ms: i64,
    /// Whether the answer carried it.
    pub mode: Mode,
    /// The user it was for, where the site keeps users.
    pub user: Option<String>,
    /// The organisation, as the client's JWT names it.
    pub organization: Option<String>,
}

/// What a user did with a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedbackRow {
    /// `accepted` or `overridden`.
    pub outcome: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Ids of the suggestions that were taken, as their rule names them, with commas between them.
    pub suggestions: Option<String>,
    /// Code system of the reason for overriding.
    pub reason_system: Option<String>,
    /// Code of the reason.
    pub reason: Option<String>,
    /// Words of the reason.
    pub reason_display: Option<String>,
    /// Whether the user wrote a comment.
    pub commented: bool,
    /// The comment, where the site keeps comments.
    pub comment: Option<String>,
}

/// Hands each card since a moment, in milliseconds since 1970, to `each`, the oldest first, and then the feedback on cards
/// that are not in the store. Of several events on one card the newest counts. One row is in memory at a time.
///
/// # Errors
///
/// The store cannot be read, or `each` failed.
pub fn export(place: &Place, since_ms: i64, each: &mut dyn FnMut(Row) -> Result<(), String>) -> Result<(), String> {
    require_store(place)?;
    block_on(rows(place, since_ms, each))
}
