//! What is written, as the rows of its tables.

use cds_hooks::feedback::Reason;
use fingerprint::hash;

use crate::note::{FeedbackEvent, Issued, IssuedCard, Note, StoredRecord};

/// The value of a column.
#[derive(Debug)]
pub(crate) enum Value {
    Text(String),
    Maybe(Option<String>),
    Number(i64),
}

/// The name of a table, and in parentheses those of its columns that are written.
pub(crate) type Table = &'static str;

/// A row: its table, and a value for each column that the table names.
pub(crate) type Row = (Table, Vec<Value>);

const ISSUED: Table = "issued (card, rule, indicator, service, hook, instance, client, library, at_ms, mode, \
                       user_id, organization)";
const SUGGESTED: Table = "suggested (suggestion, card, name)";
const FEEDBACK: Table = "feedback (event, card, service, client, outcome, at_ms, received_ms, suggestions, \
                         reason_system, reason, reason_display, commented, comment_text, problem)";
const RECORDS: Table = "decision_records (id, at_ms, service, instance, body)";

/// Characters that are kept of what a client may choose freely: its `hookInstance`, its user, its tenant.
const LONGEST: usize = 128;

/// The rows of a note.
pub(crate) fn of_note(note: &Note) -> Vec<Row> {
    match note {
        Note::Issued(issued) => issued.cards.iter().flat_map(|card| of_card(issued, card)).collect(),
        Note::Record(record) => vec![of_record(record)],
    }
}

/// The row of an item of feedback.
pub(crate) fn of_event(event: &FeedbackEvent) -> Row {
    let reason = |part: fn(&Reason) -> Option<String>| Value::Maybe(event.reason.as_ref().and_then(part));
    let row = vec![
        Value::Text(identity(event)),
        text(&event.card),
        text(&event.service),
        Value::Maybe(event.client.clone()),
        text(event.outcome),
        Value::Number(event.at_ms.unwrap_or(event.received_ms)),
        Value::Number(event.received_ms),
        Value::Text(serde_json::Value::from(event.suggestions.clone()).to_string()),
        reason(|reason| reason.system.clone()),
        reason(|reason| Some(reason.code.clone())),
        reason(|reason| reason.display.clone()),
        Value::Number(i64::from(event.commented)),
        Value::Maybe(event.comment.clone()),
        Value::Maybe(event.unread.as_ref().map(|(problem, _)| problem.clone())),
    ];
    (FEEDBACK, row)
}

fn of_card(issued: &Issued, card: &IssuedCard) -> Vec<Row> {
    let row = vec![
        text(&card.card),
        text(&card.rule),
        text(card.indicator),
        text(&issued.service),
        text(&issued.hook),
        instance(&issued.instance),
        Value::Maybe(issued.client.clone()),
        text(&issued.library),
        Value::Number(issued.at_ms),
        text(card.mode.code()),
        short(issued.user.as_deref()),
        short(issued.organization.as_deref()),
    ];
    let suggestions = card.suggestions.iter();
    let suggestions = suggestions.map(|(uuid, id)| (SUGGESTED, vec![text(uuid), text(&card.card), text(id)]));
    std::iter::once((ISSUED, row)).chain(suggestions).collect()
}

fn of_record(record: &StoredRecord) -> Row {
    let row = vec![
        text(&record.id),
        Value::Number(record.at_ms),
        text(&record.service),
        instance(&record.instance),
        text(&record.body),
    ];
    (RECORDS, row)
}

/// The key of an event, which is the same however often a client sends the event.
fn identity(event: &FeedbackEvent) -> String {
    let moment = event.at_ms.map(|at| at.to_string()).unwrap_or_default();
    let unread = event.unread.as_ref().map(|(_, hash)| hash.as_str()).unwrap_or_default();
    let mut sorted: Vec<&str> = event.suggestions.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let parts = [event.card.as_str(), event.outcome, moment.as_str(), unread];
    hash(parts.into_iter().chain(sorted).map(str::as_bytes))
}

fn instance(instance: &str) -> Value {
    Value::Text(instance.chars().take(LONGEST).collect())
}

fn short(text: Option<&str>) -> Value {
    Value::Maybe(text.map(|text| text.chars().take(LONGEST).collect()))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}
