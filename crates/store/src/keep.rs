//! How long things are kept, copies of the store, and the way back to an older version of the program.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Zoned;
use tokio::time::sleep;

use super::health::Shared;
use super::place::Place;
use super::sql::keep;
use super::{block_on, require_store};

/// What was deleted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Deleted {
    /// Cards, with their suggestions.
    pub cards: u64,
    /// Items of feedback.
    pub feedback: u64,
    /// Decision records.
    pub records: u64,
}

/// How often a running service deletes what is old, and how soon it tries again when that fails.
const EVERY: Duration = Duration::from_secs(24 * 3600);
const AGAIN: Duration = Duration::from_secs(600);
/// Milliseconds of a day.
const DAY: i64 = 24 * 3600 * 1000;

/// Deletes the cards that were issued, the records that were made and the feedback that came before a moment, in
/// milliseconds since 1970. Feedback goes with its card, however late it came.
///
/// # Errors
///
/// Nothing is kept, or the store cannot be written.
pub fn prune(place: &Place, before_ms: i64) -> Result<Deleted, String> {
    require_store(place)?;
    block_on(keep::prune(place, before_ms))
}

/// Copies a SQLite store into a file that is not there yet, while a service may be writing it.
///
/// # Errors
///
/// Nothing is kept, the store is PostgreSQL, or the copy cannot be written.
pub fn back_up(place: &Place, to: &Path) -> Result<(), String> {
    require_store(place)?;
    if let Place::Postgres(_) = place {
        let shown = place.shown();
        return Err(format!("the store at {shown} is a PostgreSQL database, whose own `pg_dump` makes copies of it"));
    }
    block_on(keep::back_up(place, to))
}

/// Takes the tables back to what an older version of the program knows; the newest version when none is given.
///
/// # Errors
///
/// Nothing is kept, there was no such version, or the store cannot be written.
pub fn migrate(place: &Place, version: Option<i64>) -> Result<i64, String> {
    require_store(place)?;
    block_on(keep::migrate(place, version))
}

/// The moment so many days before another, in milliseconds since 1970.
pub fn ago(now: &Zoned, days: u64) -> i64 {
    let days = i64::try_from(days).unwrap_or(i64::MAX);
    now.timestamp().as_millisecond().saturating_sub(days.saturating_mul(DAY))
}

/// Deletes once a day what is older than so many days, as long as the service runs.
pub(crate) async fn prune_daily(place: Place, days: u64, shared: Arc<Shared>) {
    loop {
        let pause = match keep::prune(&place, ago(&shared.now(), days)).await {
            Ok(Deleted { cards, feedback, records }) => {
                tracing::info!(days, cards, feedback, records, "what was older than store.keep-days was deleted");
                EVERY
            }
            Err(error) => {
                tracing::warn!(days, error, "what is older than store.keep-days could not be deleted");
                AGAIN
            }
        };
        sleep(pause).await;
    }
}
