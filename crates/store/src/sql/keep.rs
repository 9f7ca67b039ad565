//! What is deleted when it is old, how a store is copied, and how its tables are taken back to an older version.

use std::path::Path;
use std::time::Duration;

use sqlx::{AnyConnection, Connection};

use super::read::in_time;
use super::{Failure, MIGRATIONS, connect, migrator, open};
use crate::keep::Deleted;
use crate::place::Place;

/// How long the whole of it may take.
const LIMIT: Duration = Duration::from_secs(3600);

/// The oldest cards that are to go. Each transaction deletes a few, so that the writer of the service never waits long.
macro_rules! old_cards {
    () => {
        "SELECT card FROM issued WHERE at_ms < $1 ORDER BY at_ms, card LIMIT 500"
    };
}

/// Feedback goes with its card, and before it.
const OF_CARDS: [&str; 3] = [
    concat!("DELETE FROM feedback WHERE card IN (", old_cards!(), ")"),
    concat!("DELETE FROM suggested WHERE card IN (", old_cards!(), ")"),
    concat!("DELETE FROM issued WHERE card IN (", old_cards!(), ")"),
];

/// Feedback on cards that are not in the store.
const STRAY: &str = "DELETE FROM feedback WHERE event IN (SELECT f.event FROM feedback f WHERE f.received_ms < $1 \
    AND NOT EXISTS (SELECT 1 FROM issued i WHERE i.card = f.card) ORDER BY f.received_ms LIMIT 500)";

const RECORDS: &str = "DELETE FROM decision_records WHERE id IN (SELECT id FROM decision_records WHERE at_ms < $1 ORDER BY at_ms LIMIT 100)";

/// Deletes what is older than a moment, in milliseconds since 1970.
pub(crate) async fn prune(place: &Place, before_ms: i64) -> Result<Deleted, String> {
    let work = async {
        let mut connection = open(place).await?;
        if let Place::Sqlite(_) = place {
            // Otherwise what was deleted stays in the file until something else is written over it.
            run(&mut connection, place, "PRAGMA secure_delete = ON").await?;
        }
        let mut deleted = Deleted::default();
        loop {
            let [feedback, _, cards] = batch(&mut connection, place, OF_CARDS, before_ms).await?;
            deleted.feedback += feedback;
            deleted.cards += cards;
            if cards == 0 {
                break;
            }
        }
        deleted.feedback += all(&mut connection, place, STRAY, before_ms).await?;
        deleted.records += all(&mut connection, place, RECORDS, before_ms).await?;
        // Merges SQLite's journal into the file, so that the journal does not keep what was deleted.
        connection.close().await.map_err(|error| Failure::of(place, &error))?;
        Ok(deleted)
    };
    in_time(place, LIMIT, work).await
}

/// Runs a statement that deletes a few rows until it finds none.
async fn all(connection: &mut AnyConnection, place: &Place, sql: &'static str, before: i64) -> Result<u64, Failure> {
    let mut deleted = 0;
    loop {
        let [rows] = batch(connection, place, [sql], before).await?;
        deleted += rows;
        if rows == 0 {
            return Ok(deleted);
        }
    }
}

/// Runs statements in one transaction, and returns how many rows each of them deleted. Others get their turn afterwards.
async fn batch<const N: usize>(
    connection: &mut AnyConnection,
    place: &Place,
    statements: [&'static str; N],
    before_ms: i64,
) -> Result<[u64; N], Failure> {
    let failed = |error: sqlx::Error| Failure::of(place, &error);
    let mut counts = [0; N];
    let mut transaction = connection.begin().await.map_err(failed)?;
    for (count, sql) in counts.iter_mut().zip(statements) {
        *count = sqlx::query(sql).bind(before_ms).execute(&mut *transaction).await.map_err(failed)?.rows_affected();
    }
    transaction.commit().await.map_err(failed)?;
    tokio::task::yield_now().await;
    Ok(counts)
}

/// Copies a SQLite store into a new file, as it is at one moment.
pub(crate) async fn back_up(place: &Place, to: &Path) -> Result<(), String> {
    // An absolute path, which SQLite never takes for a URL.
    let file = std::path::absolute(to).map_err(|error| format!("{}: {error}", to.display()))?;
    let file = file.to_str().ok_or_else(|| format!("{}: the name is not UTF-8", to.display()))?.to_owned();
    private(to).map_err(|error| format!("{}: {error}", to.display()))?;
    let work = async {
        let mut connection = connect(place, LIMIT).await?;
        let copied = sqlx::query("VACUUM INTO $1").bind(file).execute(&mut connection).await;
        copied.map(drop).map_err(|error| Failure::of(place, &error))
    };
    in_time(place, LIMIT, work).await.inspect_err(|_| drop(std::fs::remove_file(to)))
}

/// Makes an empty file that only its owner can read, which SQLite then fills. One that is there is not touched.
fn private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

/// Brings the tables to a version, and returns it.
pub(crate) async fn migrate(place: &Place, version: Option<i64>) -> Result<i64, String> {
    let newest = MIGRATIONS.iter().map(|step| step.version).max().unwrap_or_default();
    let version = version.unwrap_or(newest);
    if !(1..=newest).contains(&version) {
        return Err(format!("there is no version {version} of the store; this program knows 1 to {newest}"));
    }
    let work = async {
        let mut connection = open(place).await?;
        let undone = migrator().undo(&mut connection, version).await;
        undone.map(|()| version).map_err(|error| Failure::of(place, &error.into()))
    };
    in_time(place, LIMIT, work).await
}

async fn run(connection: &mut AnyConnection, place: &Place, sql: &'static str) -> Result<(), Failure> {
    sqlx::query(sql).execute(connection).await.map(drop).map_err(|error| Failure::of(place, &error))
}
