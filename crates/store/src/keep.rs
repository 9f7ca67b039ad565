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
    shared.tried().await;
    loop {
        sleep(prune_once(&place, days, &shared).await).await;
    }
}

/// Deletes what is older than so many days now, and returns how long it is until the next time.
async fn prune_once(place: &Place, days: u64, shared: &Shared) -> Duration {
    match keep::prune(place, ago(&shared.now(), days)).await {
        Ok(Deleted { cards, feedback, records }) => {
            tracing::info!(days, cards, feedback, records, "what was older than store.keep-days was deleted");
            EVERY
        }
        Err(error) => {
            tracing::warn!(days, error, "what is older than store.keep-days could not be deleted");
            AGAIN
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Zoned;

    use super::{Deleted, prune, prune_once};
    use crate::health::Shared;
    use crate::note::FeedbackEvent;
    use crate::place::Place;
    use crate::{Store, block_on};

    /// A moment of a day in 2026.
    fn at(day: &str) -> Zoned {
        format!("2026-{day}T03:00:00+00:00[UTC]").parse().expect("a moment")
    }

    fn received(card: &str, when: &Zoned) -> FeedbackEvent {
        let received_ms = when.timestamp().as_millisecond();
        FeedbackEvent {
            card: card.to_owned(),
            service: "a".to_owned(),
            client: None,
            outcome: "overridden",
            at_ms: None,
            received_ms,
            suggestions: Vec::new(),
            reason: None,
            commented: false,
            comment: None,
            unread: None,
        }
    }

    #[test]
    fn each_day_deletes_what_has_become_old_since() {
        let folder = std::env::temp_dir().join(format!("store-keep-{}", std::process::id()));
        let place = Place::Sqlite(folder.join("store.sqlite"));
        let store = Store::open(Ok(place.clone()), 8, || at("01-01"));
        let events = ["01-01", "01-02", "01-03"].map(|day| received(day, &at(day))).to_vec();
        block_on(async { store.feedback(events).await.map_err(|_| "not written".to_owned()) }).expect("it is written");
        store.close(Duration::from_secs(5));
        let left = |place: &Place| prune(place, at("01-01").timestamp().as_millisecond()).expect("it can be opened");
        assert_eq!(left(&place), Deleted::default(), "nothing is older than the first day");
        let (day, ten_minutes) = (Duration::from_secs(86_400), Duration::from_secs(600));
        let round = |place: &Place, now: fn() -> Zoned| {
            let shared = Shared::new(String::new(), 8, now);
            block_on(async { Ok(prune_once(place, 30, &shared).await) }).expect("a runtime")
        };
        // Thirty days after the first event it is kept still, and a day later it is gone.
        assert_eq!(round(&place, || at("01-31")), day);
        assert_eq!(round(&place, || at("02-01")), day);
        let after = |day: &str| prune(&place, at(day).timestamp().as_millisecond()).expect("it can be opened").feedback;
        assert_eq!((after("01-02"), after("02-01")), (0, 2), "the first of three went by itself");
        // Where nothing can be deleted it is tried again soon.
        let beneath = Place::Sqlite(folder.join("store.sqlite/beneath/store.sqlite"));
        assert_eq!(round(&beneath, || at("02-02")), ten_minutes);
        std::fs::remove_dir_all(&folder).expect("the folder is gone");
    }
}
