//! What is written down: cards that were sent, what became of them, decisions; each as the rows that it is kept in.

use cds_hooks::feedback::Reason;
use fingerprint::hash;

/// The cards of one answer.
#[derive(Debug, Clone)]
pub struct Issued {
    /// Id of the service.
    pub service: String,
    /// The hook.
    pub hook: String,
    /// The call's own id.
    pub instance: String,
    /// The client by its name in the settings, when it proved who it is.
    pub client: Option<String>,
    /// Program, library and policy that decided.
    pub library: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The cards.
    pub cards: Vec<IssuedCard>,
}

/// One card of an answer; nothing in it is free text.
#[derive(Debug, Clone)]
pub struct IssuedCard {
    /// Its uuid.
    pub card: String,
    /// The rule it comes from.
    pub rule: String,
    /// `critical`, `warning` or `info`.
    pub indicator: &'static str,
    /// Its suggestions: uuid and id in the rule.
    pub suggestions: Vec<(String, String)>,
}

/// What became of a card, or an item of feedback that could not be read.
#[derive(Debug, Clone)]
pub struct Event {
    /// The card's uuid; empty when it could not be read.
    pub card: String,
    /// Id of the service.
    pub service: String,
    /// The client by its name in the settings.
    pub client: Option<String>,
    /// `accepted`, `overridden` or `unreadable`.
    pub outcome: &'static str,
    /// When, as the client says.
    pub at_ms: Option<i64>,
    /// When it came.
    pub received_ms: i64,
    /// Uuids of the suggestions that were accepted.
    pub suggestions: Vec<String>,
    /// The reason for overriding.
    pub reason: Option<Reason>,
    /// Whether the user wrote something.
    pub commented: bool,
    /// What the user wrote, where the site keeps it.
    pub comment: Option<String>,
    /// Why it could not be read, and the hash of what was sent.
    pub unread: Option<(String, String)>,
}

/// A decision that can be looked at again.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// Id of the service.
    pub service: String,
    /// The call's own id.
    pub instance: String,
    /// All else, as JSON.
    pub body: String,
}

/// What the service notes of its own work, off the path of a call.
#[derive(Debug, Clone)]
pub enum Note {
    /// Cards that were sent.
    Issued(Issued),
    /// A decision.
    Record(Kept),
}

/// The value of a column.
#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    Maybe(Option<String>),
    Number(i64),
}

/// A table with those of its columns that are written.
pub(super) type Table = &'static str;

const ISSUED: Table = "issued (card, rule, indicator, service, hook, instance, client, library, at_ms)";
const SUGGESTED: Table = "suggested (suggestion, card, name)";
const FEEDBACK: Table = "feedback (event, card, service, client, outcome, at_ms, received_ms, suggestions, \
                         reason_system, reason, reason_display, commented, comment_text, problem)";
const RECORDS: Table = "decision_records (id, at_ms, service, instance, body)";

/// Longest id of a call that is kept whole: a client may send anything.
const LONGEST_INSTANCE: usize = 128;

impl Note {
    /// About how much memory it holds while it waits.
    pub(super) fn weight(&self) -> usize {
        match self {
            Note::Issued(issued) => 512 * (1 + issued.cards.len()),
            Note::Record(kept) => 512 + kept.body.len(),
        }
    }

    /// Its rows, by table.
    pub(super) fn rows(&self) -> Vec<(Table, Vec<Value>)> {
        match self {
            Note::Issued(issued) => issued.cards.iter().flat_map(|card| issued.rows(card)).collect(),
            Note::Record(kept) => vec![(
                RECORDS,
                vec![
                    text(&kept.id),
                    Value::Number(kept.at_ms),
                    text(&kept.service),
                    text(&kept.instance.chars().take(LONGEST_INSTANCE).collect::<String>()),
                    text(&kept.body),
                ],
            )],
        }
    }
}

impl Issued {
    fn rows(&self, card: &IssuedCard) -> Vec<(Table, Vec<Value>)> {
        let instance: String = self.instance.chars().take(LONGEST_INSTANCE).collect();
        let row = vec![
            text(&card.card),
            text(&card.rule),
            text(card.indicator),
            text(&self.service),
            text(&self.hook),
            text(&instance),
            Value::Maybe(self.client.clone()),
            text(&self.library),
            Value::Number(self.at_ms),
        ];
        let suggestions = card.suggestions.iter();
        let suggestions = suggestions.map(|(uuid, id)| (SUGGESTED, vec![text(uuid), text(&card.card), text(id)]));
        std::iter::once((ISSUED, row)).chain(suggestions).collect()
    }
}

impl Event {
    /// The same for the same event, however often it is sent.
    fn identity(&self) -> String {
        let moment = self.at_ms.map(|at| at.to_string()).unwrap_or_default();
        let unread = self.unread.as_ref().map(|(_, hash)| hash.as_str()).unwrap_or_default();
        let mut sorted: Vec<&str> = self.suggestions.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        let parts = [self.card.as_str(), self.outcome, moment.as_str(), unread];
        hash(parts.into_iter().chain(sorted).map(str::as_bytes))
    }

    pub(super) fn row(&self) -> (Table, Vec<Value>) {
        let reason = |part: fn(&Reason) -> Option<String>| Value::Maybe(self.reason.as_ref().and_then(part));
        let row = vec![
            Value::Text(self.identity()),
            text(&self.card),
            text(&self.service),
            Value::Maybe(self.client.clone()),
            text(self.outcome),
            Value::Number(self.at_ms.unwrap_or(self.received_ms)),
            Value::Number(self.received_ms),
            Value::Text(serde_json::Value::from(self.suggestions.clone()).to_string()),
            reason(|reason| reason.system.clone()),
            reason(|reason| Some(reason.code.clone())),
            reason(|reason| reason.display.clone()),
            Value::Number(i64::from(self.commented)),
            Value::Maybe(self.comment.clone()),
            Value::Maybe(self.unread.as_ref().map(|(problem, _)| problem.clone())),
        ];
        (FEEDBACK, row)
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
