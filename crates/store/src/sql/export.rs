//! What became of each card, as one statement for cards and one for feedback on cards that are not in the store.

use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};

use super::read::in_time;
use super::{Failure, connect, open};
use crate::export::{FeedbackRow, IssuedRow, Row};
use crate::note::Mode;
use crate::place::Place;

/// How long a statement may take, and the whole export: years of feedback are read.
const LIMIT: Duration = Duration::from_secs(3600);

/// All of feedback that can be read; of several events on a card the newest is number 1.
const NEWEST: &str = "SELECT card, service, client, outcome, at_ms, suggestions, reason_system, reason, reason_display, \
    commented, comment_text, ROW_NUMBER() OVER (PARTITION BY card ORDER BY at_ms DESC, received_ms DESC) AS n \
    FROM feedback WHERE outcome <> 'unreadable'";

/// The columns of feedback, as both statements name them.
const OF_FEEDBACK: &str = "f.outcome, f.at_ms AS told_ms, f.reason_system, f.reason, f.reason_display, f.commented, \
    f.comment_text";

fn of_cards() -> String {
    format!(
        "SELECT i.card, i.rule, i.indicator, i.hook, i.library, i.at_ms, i.mode, i.user_id, i.organization, \
         i.service, i.client, {OF_FEEDBACK}, \
         (SELECT string_agg(s.name, ',') FROM suggested s WHERE s.card = i.card AND f.outcome = 'accepted' \
         AND f.suggestions LIKE '%\"' || s.suggestion || '\"%') AS taken \
         FROM issued i LEFT JOIN ({NEWEST}) f ON f.card = i.card AND f.n = 1 \
         WHERE i.at_ms >= $1 ORDER BY i.at_ms, i.card"
    )
}

fn of_strays() -> String {
    format!(
        "SELECT f.card, f.service, f.client, {OF_FEEDBACK} FROM ({NEWEST}) f WHERE f.n = 1 AND f.at_ms >= $1 \
         AND NOT EXISTS (SELECT 1 FROM issued i WHERE i.card = f.card) ORDER BY f.at_ms, f.card"
    )
}

/// Hands each row to `each`.
pub(crate) async fn rows(
    place: &Place,
    since_ms: i64,
    each: &mut dyn FnMut(Row) -> Result<(), String>,
) -> Result<(), String> {
    let failed = |error: sqlx::Error| Failure::of(place, &error);
    let mut stopped = Ok(());
    let read = async {
        let mut connection = with_all_columns(place).await?;
        for (sql, is_card) in [(of_cards(), true), (of_strays(), false)] {
            let mut found = sqlx::query(AssertSqlSafe(sql)).bind(since_ms).fetch(&mut connection);
            while let Some(row) = found.try_next().await.map_err(failed)? {
                let row = row_of(&row, is_card).map_err(failed)?;
                if let Err(error) = each(row) {
                    stopped = Err(error);
                    return Ok(());
                }
            }
        }
        Ok(())
    };
    in_time(place, LIMIT, read).await?;
    stopped
}

/// A connection to a store that has all columns; one that an older version made is brought up to date.
async fn with_all_columns(place: &Place) -> Result<AnyConnection, Failure> {
    let mut connection = connect(place, LIMIT).await?;
    if sqlx::query("SELECT user_id FROM issued WHERE 1 = 0").execute(&mut connection).await.is_ok() {
        return Ok(connection);
    }
    open(place).await?;
    connect(place, LIMIT).await
}

fn row_of(row: &AnyRow, is_card: bool) -> Result<Row, sqlx::Error> {
    let issued = || {
        Ok::<_, sqlx::Error>(IssuedRow {
            rule: row.try_get("rule")?,
            indicator: row.try_get("indicator")?,
            hook: row.try_get("hook")?,
            library: row.try_get("library")?,
            at_ms: row.try_get("at_ms")?,
            mode: Mode::from_code(row.try_get("mode")?),
            user: row.try_get("user_id")?,
            organization: row.try_get("organization")?,
        })
    };
    let outcome: Option<String> = row.try_get("outcome")?;
    let feedback = outcome.map(|outcome| {
        Ok::<_, sqlx::Error>(FeedbackRow {
            outcome,
            at_ms: row.try_get("told_ms")?,
            suggestions: if is_card { row.try_get("taken")? } else { None },
            reason_system: row.try_get("reason_system")?,
            reason: row.try_get("reason")?,
            reason_display: row.try_get("reason_display")?,
            commented: row.try_get::<i64, _>("commented")? != 0,
            comment: row.try_get("comment_text")?,
        })
    });
    Ok(Row {
        card: row.try_get("card")?,
        issued: is_card.then(issued).transpose()?,
        service: row.try_get("service")?,
        client: row.try_get("client")?,
        feedback: feedback.transpose()?,
    })
}
