//! What is kept: the cards that were issued, feedback on them, and decisions.

use cds_hooks::feedback::Reason;

/// The cards of one answer.
#[derive(Debug, Clone)]
pub struct Issued {
    /// Id of the service, such as `tocilizumab-order-sign`.
    pub service: String,
    /// Name of the hook, such as `order-sign`.
    pub hook: String,
    /// `hookInstance` of the call.
    pub instance: String,
    /// Name of the client in the settings, when the call was authenticated.
    pub client: Option<String>,
    /// The user the cards were for, where the site keeps users (`store.users`).
    pub user: Option<String>,
    /// The organisation, as the `tenant` of the client's JWT names it.
    pub organization: Option<String>,
    /// Program, library and policy that decided, as `KnowledgeVersion::short` writes them.
    pub library: String,
    /// Moment of the decision, in milliseconds since 1970.
    pub at_ms: i64,
    /// One for each card, in the order of the answer.
    pub cards: Vec<IssuedCard>,
}

/// One card of an answer. Nothing in it is free text.
#[derive(Debug, Clone)]
pub struct IssuedCard {
    /// UUID of the card, by which feedback refers to it.
    pub card: String,
    /// Id of the rule that wrote the card.
    pub rule: String,
    /// `critical`, `warning` or `info`.
    pub indicator: &'static str,
    /// Whether the answer carried it.
    pub mode: Mode,
    /// UUID of each suggestion, with the id that the suggestion has in its rule.
    pub suggestions: Vec<(String, String)>,
}

/// Whether an answer carried a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// It did.
    Live,
    /// It did not: the client, the service or the rule is silent.
    Silent,
    /// It did not: the user was shown the same at the selection of the order, and answered it.
    HeldBack,
}

impl Mode {
    /// The word for it in the store and in metrics.
    pub fn code(self) -> &'static str {
        match self {
            Mode::Live => "live",
            Mode::Silent => "silent",
            Mode::HeldBack => "held-back",
        }
    }

    /// The mode with this word; a word that a newer version may have written counts as live.
    pub(crate) fn from_code(code: &str) -> Mode {
        [Mode::Silent, Mode::HeldBack].into_iter().find(|mode| mode.code() == code).unwrap_or(Mode::Live)
    }
}

/// What a user did with a card, or an item of feedback that could not be read.
#[derive(Debug, Clone)]
pub struct FeedbackEvent {
    /// UUID of the card; empty when it could not be read.
    pub card: String,
    /// Id of the service.
    pub service: String,
    /// Name of the client in the settings, when the call was authenticated.
    pub client: Option<String>,
    /// `accepted`, `overridden` or `unreadable`.
    pub outcome: &'static str,
    /// `outcomeTimestamp` of the client, in milliseconds since 1970.
    pub at_ms: Option<i64>,
    /// When the feedback arrived, in milliseconds since 1970.
    pub received_ms: i64,
    /// UUIDs of the suggestions that were accepted.
    pub suggestions: Vec<String>,
    /// The reason for an override.
    pub reason: Option<Reason>,
    /// Whether the user wrote a comment.
    pub commented: bool,
    /// The comment, where the site keeps comments (`store.comments`).
    pub comment: Option<String>,
    /// Why the item could not be read, and the hash of its text.
    pub unread: Option<(String, String)>,
}

/// The record of a decision.
#[derive(Debug, Clone)]
pub struct StoredRecord {
    /// UUID of the record.
    pub id: String,
    /// Moment of the decision, in milliseconds since 1970.
    pub at_ms: i64,
    /// Id of the service.
    pub service: String,
    /// `hookInstance` of the call.
    pub instance: String,
    /// The whole record as JSON (`engine::record::DecisionRecord`).
    pub body: String,
}

/// What the service keeps of a call once it is answered.
#[derive(Debug, Clone)]
pub enum Note {
    /// The cards that were issued.
    Issued(Issued),
    /// The record of the decision.
    Record(StoredRecord),
}

impl Note {
    /// About how many bytes of memory the note takes while it waits.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Note::Issued(issued) => 512 * (1 + issued.cards.len()),
            Note::Record(record) => 512 + record.body.len(),
        }
    }
}
