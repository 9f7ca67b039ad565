//! What is read back: the counts that statistics are made from, and recorded decisions. Reading is rare, so each time
//! has a connection and a runtime of its own, and never stands in the way of writing.

use std::time::Duration;

use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::place::Place;
use super::sql::{Failure, connect};
use cds_hooks::feedback::Outcome;

use super::stats::{Accepted, Counts, Sent, Stray};

/// How long reading may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of each card at last: of several events the newest counts.
const NEWEST: &str = "SELECT card, outcome, suggestions, reason, reason_display, \
    ROW_NUMBER() OVER (PARTITION BY card ORDER BY at_ms DESC, received_ms DESC) AS n \
    FROM feedback WHERE outcome <> 'unreadable'";

/// Cards with what became of each, counted by quarter of an hour: fine enough for the days of any time zone.
fn sent_cards() -> String {
    format!(
        "SELECT i.rule, i.indicator, i.at_ms / 900000 AS quarter, f.outcome, f.reason, \
         MAX(f.reason_display) AS display, COUNT(*) AS cards \
         FROM issued i LEFT JOIN ({NEWEST}) f ON f.card = i.card AND f.n = 1 \
         WHERE i.at_ms >= $1 GROUP BY i.rule, i.indicator, i.at_ms / 900000, f.outcome, f.reason"
    )
}

/// Suggestions of cards that were accepted at last, each with the list of those taken as it was sent.
fn suggestions() -> String {
    format!(
        "SELECT i.rule, s.name, f.suggestions, s.suggestion \
         FROM issued i JOIN suggested s ON s.card = i.card JOIN ({NEWEST}) f ON f.card = i.card AND f.n = 1 \
         WHERE i.at_ms >= $1 AND f.outcome = 'accepted' AND f.suggestions <> '[]'"
    )
}

/// Feedback on cards that we did not note, and what could not be read.
const STRAY: &str = "SELECT f.outcome, COUNT(*) AS events FROM feedback f \
    WHERE f.at_ms >= $1 AND NOT EXISTS (SELECT 1 FROM issued i WHERE i.card = f.card) GROUP BY f.outcome";

/// Unreadable feedback on cards that we did note.
const UNREAD: &str = "SELECT COUNT(*) AS events FROM feedback f WHERE f.at_ms >= $1 AND f.outcome = 'unreadable' \
    AND EXISTS (SELECT 1 FROM issued i WHERE i.card = f.card)";

/// The counts since a moment, in milliseconds since 1970.
pub(super) fn counts(place: &Place, since_ms: i64) -> Result<Counts, String> {
    run(place, async move |connection| {
        let rows = sqlx::query(AssertSqlSafe(sent_cards())).bind(since_ms).fetch_all(&mut *connection).await?;
        let sent = rows.iter().map(sent).collect::<Result<Vec<Sent>, sqlx::Error>>()?;
        let rows = sqlx::query(STRAY).bind(since_ms).fetch_all(&mut *connection).await?;
        let mut stray = Stray::default();
        for row in &rows {
            let (outcome, events) = (row.try_get::<String, _>("outcome")?, row.try_get::<i64, _>("events")?);
            match Outcome::from_code(&outcome) {
                Some(Outcome::Accepted) => stray.accepted += events,
                Some(Outcome::Overridden) => stray.overridden += events,
                None => stray.unreadable += events,
            }
        }
        let unread = sqlx::query(UNREAD).bind(since_ms).fetch_one(&mut *connection).await?;
        stray.unreadable += unread.try_get::<i64, _>("events")?;
        let rows = sqlx::query(AssertSqlSafe(suggestions())).bind(since_ms).fetch_all(connection).await?;
        let mut accepted = Vec::new();
        for row in &rows {
            let (list, suggestion): (String, String) = (row.try_get("suggestions")?, row.try_get("suggestion")?);
            if list.contains(&format!("\"{suggestion}\"")) {
                accepted.push(Accepted { rule: row.try_get("rule")?, suggestion: row.try_get("name")? });
            }
        }
        Ok(Counts { sent, accepted, stray })
    })
}

fn sent(row: &sqlx::any::AnyRow) -> Result<Sent, sqlx::Error> {
    let outcome: Option<String> = row.try_get("outcome")?;
    Ok(Sent {
        rule: row.try_get("rule")?,
        indicator: row.try_get("indicator")?,
        at_ms: row.try_get::<i64, _>("quarter")? * 900_000,
        outcome: outcome.as_deref().and_then(Outcome::from_code),
        reason: row.try_get("reason")?,
        display: row.try_get("display")?,
        cards: row.try_get("cards")?,
    })
}

/// The text of a recorded decision.
pub(super) fn record(place: &Place, id: &str) -> Result<Option<String>, String> {
    let id = id.to_owned();
    run(place, async move |connection| {
        let row = sqlx::query("SELECT body FROM decision_records WHERE id = $1").bind(id);
        row.fetch_optional(connection).await?.map(|row| row.try_get("body")).transpose()
    })
}

fn run<T>(place: &Place, work: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, sqlx::Error>) -> Result<T, String> {
    if let Place::Sqlite(file) = place
        && !file.exists()
    {
        return Err(format!("there is no store at {}", place.shown()));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let reading = async {
        let mut connection = connect(place, PATIENCE).await?;
        work(&mut connection).await.map_err(|error| Failure::of(place, &error))
    };
    let done = runtime.block_on(async { tokio::time::timeout(PATIENCE, reading).await });
    let read = done.unwrap_or_else(|_| Err(Failure::plain("the database did not answer in time")));
    read.map_err(|failure| format!("the store at {} cannot be read: {}", place.shown(), failure.text))
}
