//! Keeps feedback, the cards that were issued, and decision records, in SQLite or PostgreSQL.
//!
//! The store never stands between a call and its cards: notes wait in a bounded queue, and a thread of the store's own
//! writes them. All the SQL is in the module `sql`.

/// What became of each card, row by row.
pub mod export;
/// The file of a SQLite store.
mod file;
/// How the store is doing.
mod health;
/// JWTs that were used.
mod jwts;
/// Deleting what is old, copying the store, going back to an older version.
pub mod keep;
/// What is kept.
pub mod note;
/// Where the store is.
pub mod place;
/// All the SQL.
mod sql;
/// Statistics of the outcomes of cards.
pub mod stats;
/// The thread of the store.
mod thread;
/// The task that writes.
mod writer;

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::Zoned;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

pub use self::health::Health;
use self::health::Shared;
use self::jwts::Use;
use self::note::{FeedbackEvent, Note};
use self::place::Place;
use self::sql::read;
use self::stats::Counts;
use self::thread::{Channels, Read, start};
use self::writer::{Job, Posted};

/// The store; clones are the same store.
#[derive(Debug, Clone)]
pub struct Store {
    place: Place,
    shared: Arc<Shared>,
    /// `None` when the store is switched off, or when it cannot even be tried.
    channels: Option<Channels>,
}

/// The store could not do what was asked; the reason stands in its health and in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

/// How long the sender of feedback waits until it is written.
const FEEDBACK: Duration = Duration::from_secs(12);
/// How long a read waits for a store that is being opened: a little longer than the first attempt may take.
const OPENING: Duration = Duration::from_secs(10);

impl Store {
    /// Opens the store in the background, so that the service starts whether that works or not; a place that could not be
    /// named counts as a store that fails. `queue` is the number of notes that may wait.
    pub fn open(place: Result<Place, String>, queue: usize, now: fn() -> Zoned) -> Store {
        Store::keeping(place, queue, None, now)
    }

    /// The same, and what is older than so many days is deleted once a day.
    pub fn keeping(place: Result<Place, String>, queue: usize, keep_days: Option<u64>, now: fn() -> Zoned) -> Store {
        let (place, problem) = match place {
            Ok(place) => (place, None),
            Err(problem) => (Place::Off, Some(problem)),
        };
        let shared = Arc::new(Shared::new(place.shown(), queue, now));
        if let Some(problem) = &problem {
            shared.fails(problem);
        }
        let channels = (place != Place::Off).then(|| start(&place, keep_days, &shared)).flatten();
        Store { place, shared, channels }
    }

    /// How the store is doing.
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Whether anything is kept.
    pub fn is_on(&self) -> bool {
        self.channels.is_some()
    }

    /// Puts a note into the queue without waiting. `false` when there was no room for it, and it is lost.
    pub fn note(&self, note: Note) -> bool {
        let Some(channels) = &self.channels else {
            self.shared.refuse();
            return false;
        };
        // Sending fails only when the writer has ended, and then the service ends too.
        self.shared.admit(&note) && channels.notes.send(note).is_ok()
    }

    /// Writes feedback and waits until it is committed. A store that is switched off keeps nothing, which is no error.
    ///
    /// # Errors
    ///
    /// The feedback could not be written now; the client should send it again.
    pub async fn feedback(&self, events: Vec<FeedbackEvent>) -> Result<(), Unavailable> {
        let Some(channels) = &self.channels else {
            return if self.shared.health().ok { Ok(()) } else { Err(Unavailable) };
        };
        let (reply, answer) = oneshot::channel();
        channels.jobs.send(Job::Feedback(Posted { events, reply })).map_err(|_| Unavailable)?;
        match timeout(FEEDBACK, answer).await {
            Ok(Ok(true)) => Ok(()),
            _ => Err(Unavailable),
        }
    }

    /// Whether a JWT is used for the first time; from now on it counts as used. `jwt` is a name that no other JWT has. It
    /// may be forgotten after `expires`, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// The store is off, or could not answer within this time.
    pub async fn first_use(&self, jwt: &str, expires: i64, within: Duration) -> Result<bool, Unavailable> {
        let Some(channels) = &self.channels else { return Err(Unavailable) };
        let (reply, answer) = oneshot::channel();
        let question = Use { jwt: jwt.to_owned(), expires_s: expires, now_s: self.shared.now_s(), within, reply };
        channels.uses.send(question).map_err(|_| Unavailable)?;
        match timeout(within, answer).await {
            Ok(Ok(first)) => Ok(first),
            _ => Err(Unavailable),
        }
    }

    /// The counts since a moment, in milliseconds since 1970, of one client or of all. One read is made at a time, so that statistics never use up
    /// the connections of a database.
    ///
    /// # Errors
    ///
    /// Nothing is kept, or the store cannot be read; the sentence names the store without its password.
    pub async fn counts(&self, since_ms: i64, client: Option<&str>) -> Result<Counts, String> {
        let client = client.map(str::to_owned);
        self.read(|reply| Read::Counts { since_ms, client, reply }).await
    }

    /// The JSON of the decision record with this id, if it is there.
    ///
    /// # Errors
    ///
    /// Nothing is kept, or the store cannot be read; the sentence names the store without its password.
    pub async fn record(&self, id: &str) -> Result<Option<String>, String> {
        // PostgreSQL refuses the text itself, which is no fault of the store: nothing has such an id.
        if id.contains('\0') {
            return Ok(None);
        }
        self.read(|reply| Read::Record { id: id.to_owned(), reply }).await
    }

    async fn read<T>(&self, question: impl FnOnce(oneshot::Sender<Result<T, String>>) -> Read) -> Result<T, String> {
        require_store(&self.place)?;
        let ended = || format!("the store at {} is closed", self.place.shown());
        let channels = self.channels.as_ref().ok_or_else(ended)?;
        // Where that takes too long, the read itself finds out why.
        let _ = timeout(OPENING, self.shared.tried()).await;
        let (reply, answer) = oneshot::channel();
        channels.reads.send(question(reply)).map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }

    /// Writes what waits and ends. What is not written within this time is counted as lost and named in the log.
    pub fn close(&self, within: Duration) {
        let Some(channels) = &self.channels else { return };
        if channels.jobs.send(Job::Close(Instant::now() + within)).is_ok() {
            let ended = channels.ended.lock().unwrap_or_else(PoisonError::into_inner);
            // A little longer than the writer has, so that it can still log what is lost.
            let _ = ended.recv_timeout(within + Duration::from_secs(1));
        }
    }
}

/// The counts of a store that another process may be writing, since a moment in milliseconds since 1970.
///
/// # Errors
///
/// Nothing is kept, or the store cannot be read; the sentence names the store without its password.
pub fn counts(place: &Place, since_ms: i64) -> Result<Counts, String> {
    require_store(place)?;
    block_on(read::counts(place, since_ms, None))
}

/// The JSON of the decision record with this id.
///
/// # Errors
///
/// Nothing is kept, the store cannot be read, or it has no such record.
pub fn record(place: &Place, id: &str) -> Result<String, String> {
    require_store(place)?;
    let found = block_on(read::record(place, id))?;
    found.ok_or_else(|| format!("there is no record `{id}` in the store at {}", place.shown()))
}

fn require_store(place: &Place) -> Result<(), String> {
    if *place == Place::Off { Err("nothing is kept: store.url is `off`".to_owned()) } else { Ok(()) }
}

/// Runs a read of a command that has no runtime of its own.
fn block_on<T>(read: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(read)
}

#[cfg(test)]
mod tests;
