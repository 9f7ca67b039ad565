//! What is read back: the counts that statistics are made from, and recorded decisions. Reading is rare, so each read
//! opens a connection and closes it, and holds none that the database could give to others.

use std::time::Duration;

use cds_hooks::feedback::Outcome;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::{Failure, connect, open};
use crate::note::Mode;
use crate::place::Place;
use crate::stats::{AcceptedSuggestion, CardCount, Counts, Stray};

/// How long a read may take, connecting included.
const LIMIT: Duration = Duration::from_secs(30);

/// The last outcome of each card: of several events the newest counts.
const NEWEST: &str = "SELECT card, outcome, suggestions, reason, reason_display, \
    ROW_NUMBER() OVER (PARTITION BY card ORDER BY at_ms DESC, received_ms DESC) AS n \
    FROM feedback WHERE outcome <> 'unreadable'";

/// Cards by rule, indicator, mode, outcome and quarter of an hour, which is fine enough for the days of any time zone.
fn card_counts() -> String {
    format!(
        "SELECT i.rule, i.indicator, i.mode, i.at_ms / 900000 AS quarter, f.outcome, f.reason, \
         MAX(f.reason_display) AS display, COUNT(*) AS cards \
         FROM issued i LEFT JOIN ({NEWEST}) f ON f.card = i.card AND f.n = 1 \
         WHERE i.at_ms >= $1 AND {} GROUP BY i.rule, i.indicator, i.mode, i.at_ms / 900000, f.outcome, f.reason",
        of_client("i")
    )
}

/// Whether a row is of the client that asks; the numbers of all are for one who is no client.
fn of_client(table: &str) -> String {
    format!("(CAST($2 AS TEXT) IS NULL OR {table}.client = $2)")
}

/// Suggestions of cards whose last outcome is `accepted`, each with the list of accepted ones as the client sent it.
fn suggestions() -> String {
    format!(
        "SELECT i.rule, s.name, f.suggestions, s.suggestion \
         FROM issued i JOIN suggested s ON s.card = i.card JOIN ({NEWEST}) f ON f.card = i.card AND f.n = 1 \
         WHERE i.at_ms >= $1 AND {} AND f.outcome = 'accepted' AND f.suggestions <> '[]'",
        of_client("i")
    )
}

/// Feedback on cards that are not in the store, and items that could not be read.
fn stray() -> String {
    format!(
        "SELECT f.outcome, COUNT(*) AS events FROM feedback f WHERE f.at_ms >= $1 AND {} \
         AND NOT EXISTS (SELECT 1 FROM issued i WHERE i.card = f.card) GROUP BY f.outcome",
        of_client("f")
    )
}

/// Unreadable feedback on cards that are in the store.
fn unread() -> String {
    format!(
        "SELECT COUNT(*) AS events FROM feedback f WHERE f.at_ms >= $1 AND {} AND f.outcome = 'unreadable' \
         AND EXISTS (SELECT 1 FROM issued i WHERE i.card = f.card)",
        of_client("f")
    )
}

/// The counts since a moment, in milliseconds since 1970, of one client or of all.
pub(crate) async fn counts(place: &Place, since_ms: i64, client: Option<&str>) -> Result<Counts, String> {
    let read = async {
        let mut connection = connect(place, LIMIT).await?;
        if let Ok(counts) = counts_since(&mut connection, since_ms, client).await {
            return Ok(counts);
        }
        // A store that an older version made has not all columns yet.
        let mut connection = open(place).await?;
        counts_since(&mut connection, since_ms, client).await.map_err(|error| Failure::of(place, &error))
    };
    in_time(place, LIMIT, read).await
}

/// The JSON of a recorded decision; `None` when there is none with this id.
pub(crate) async fn record(place: &Place, id: &str) -> Result<Option<String>, String> {
    let read = async {
        let mut connection = connect(place, LIMIT).await?;
        let query = sqlx::query("SELECT body FROM decision_records WHERE id = $1").bind(id.to_owned());
        let row = query.fetch_optional(&mut connection).await.map_err(|error| Failure::of(place, &error))?;
        row.map(|row| row.try_get("body")).transpose().map_err(|error| Failure::of(place, &error))
    };
    in_time(place, LIMIT, read).await
}

async fn counts_since(
    connection: &mut AnyConnection,
    since_ms: i64,
    client: Option<&str>,
) -> Result<Counts, sqlx::Error> {
    let query = |sql: String| sqlx::query(AssertSqlSafe(sql)).bind(since_ms).bind(client.map(str::to_owned));
    let rows = query(card_counts()).fetch_all(&mut *connection).await?;
    let cards = rows.iter().map(card_count).collect::<Result<Vec<CardCount>, sqlx::Error>>()?;
    let rows = query(stray()).fetch_all(&mut *connection).await?;
    let mut stray = Stray::default();
    for row in &rows {
        let (outcome, events) = (row.try_get::<String, _>("outcome")?, row.try_get::<i64, _>("events")?);
        match Outcome::from_code(&outcome) {
            Some(Outcome::Accepted) => stray.accepted += events,
            Some(Outcome::Overridden) => stray.overridden += events,
            None => stray.unreadable += events,
        }
    }
    let unread = query(unread()).fetch_one(&mut *connection).await?;
    stray.unreadable += unread.try_get::<i64, _>("events")?;
    let rows = query(suggestions()).fetch_all(connection).await?;
    let mut accepted = Vec::new();
    for row in &rows {
        let (list, suggestion): (String, String) = (row.try_get("suggestions")?, row.try_get("suggestion")?);
        if list.contains(&format!("\"{suggestion}\"")) {
            accepted.push(AcceptedSuggestion { rule: row.try_get("rule")?, suggestion: row.try_get("name")? });
        }
    }
    Ok(Counts { cards, accepted, stray })
}

fn card_count(row: &AnyRow) -> Result<CardCount, sqlx::Error> {
    let outcome: Option<String> = row.try_get("outcome")?;
    Ok(CardCount {
        rule: row.try_get("rule")?,
        indicator: row.try_get("indicator")?,
        mode: Mode::from_code(row.try_get("mode")?),
        at_ms: row.try_get::<i64, _>("quarter")? * 900_000,
        outcome: outcome.as_deref().and_then(Outcome::from_code),
        reason: row.try_get("reason")?,
        display: row.try_get("display")?,
        cards: row.try_get("cards")?,
    })
}

/// The result of a read, or why there is none, as a sentence that names the store.
pub(super) async fn in_time<T>(
    place: &Place,
    limit: Duration,
    read: impl Future<Output = Result<T, Failure>>,
) -> Result<T, String> {
    if let Place::Sqlite(file) = place
        && !file.exists()
    {
        return Err(format!("there is no store at {}", place.shown()));
    }
    let read = tokio::time::timeout(limit, read).await.unwrap_or_else(|_| Err(Failure::timeout()));
    read.map_err(|failure| format!("the store at {} cannot be read: {}", place.shown(), failure.text))
}
