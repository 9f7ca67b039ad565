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
/// The task that writes.
mod writer;

use std::sync::{Arc, Mutex, PoisonError, mpsc as blocking};
use std::time::Duration;

use jiff::Zoned;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use self::file::Watch;
pub use self::health::Health;
use self::health::Shared;
use self::jwts::Use;
use self::note::{FeedbackEvent, Note};
use self::place::Place;
use self::sql::read;
use self::stats::Counts;
use self::writer::{Job, Posted, Writer};

/// The store; clones are the same store.
#[derive(Debug, Clone)]
pub struct Store {
    place: Place,
    shared: Arc<Shared>,
    /// `None` when the store is switched off, or when it cannot even be tried.
    channels: Option<Channels>,
}

/// The channels to the tasks on the store's thread.
#[derive(Debug, Clone)]
struct Channels {
    notes: mpsc::UnboundedSender<Note>,
    jobs: mpsc::UnboundedSender<Job>,
    uses: mpsc::UnboundedSender<Use>,
    reads: mpsc::UnboundedSender<Read>,
    ended: Arc<Mutex<blocking::Receiver<()>>>,
}

/// A question for what is in the store.
#[derive(Debug)]
enum Read {
    /// The counts since a moment, in milliseconds since 1970, of one client or of all.
    Counts { since_ms: i64, client: Option<String>, reply: oneshot::Sender<Result<Counts, String>> },
    /// The decision record with this id.
    Record { id: String, reply: oneshot::Sender<Result<Option<String>, String>> },
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

/// Starts the store's thread. It has a runtime of its own, so that a busy or ending worker of the server neither delays
/// nor cuts off a connection.
fn start(place: &Place, keep_days: Option<u64>, shared: &Arc<Shared>) -> Option<Channels> {
    let (notes, noted) = mpsc::unbounded_channel();
    let (jobs, to_do) = mpsc::unbounded_channel();
    let (uses, used) = mpsc::unbounded_channel();
    let (reads, to_read) = mpsc::unbounded_channel();
    let (end, ended) = blocking::channel();
    let watch = Arc::new(Watch::of(place));
    let writer = Writer::new(place.clone(), Arc::clone(&watch), noted, to_do, Arc::clone(shared));
    let (place, for_pruning) = (place.clone(), Arc::clone(shared));
    let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || {
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(async {
                let pruning = keep_days.map(|days| tokio::spawn(keep::prune_daily(place.clone(), days, for_pruning)));
                let others =
                    [tokio::spawn(jwts::answer(place.clone(), watch, used)), tokio::spawn(read_all(place, to_read))];
                writer.run().await;
                pruning.iter().for_each(tokio::task::JoinHandle::abort);
                others.iter().for_each(tokio::task::JoinHandle::abort);
            }),
            Err(error) => writer.without_runtime(&error),
        }
        let _ = end.send(());
    });
    match thread {
        Ok(_) => Some(Channels { notes, jobs, uses, reads, ended: Arc::new(Mutex::new(ended)) }),
        Err(error) => {
            shared.fails(&format!("its thread cannot be started: {error}"));
            None
        }
    }
}

/// Answers reads one after the other.
async fn read_all(place: Place, mut reads: mpsc::UnboundedReceiver<Read>) {
    while let Some(question) = reads.recv().await {
        match question {
            Read::Counts { since_ms, client, reply } if !reply.is_closed() => {
                let _ = reply.send(read::counts(&place, since_ms, client.as_deref()).await);
            }
            Read::Record { id, reply } if !reply.is_closed() => {
                let _ = reply.send(read::record(&place, &id).await);
            }
            // Nobody waits for the answer any more.
            Read::Counts { .. } | Read::Record { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use jiff::{Timestamp, Zoned};

    use std::sync::Arc;
    use std::time::Duration;

    use super::note::{Note, StoredRecord};
    use super::place::Place;
    use super::{Store, block_on, record};

    fn at_any_time() -> Zoned {
        Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC)
    }

    #[test]
    fn a_store_that_is_being_made_is_waited_for() {
        let folder = std::env::temp_dir().join(format!("store-new-{}", std::process::id()));
        for number in 0..10 {
            let store = Store::open(Ok(Place::Sqlite(folder.join(format!("{number}/store.sqlite")))), 8, at_any_time);
            let counts = block_on(store.counts(i64::MIN, None));
            assert!(counts.is_ok(), "store {number}: {counts:?}");
        }
        // One that cannot be made is given up once that is known.
        std::fs::write(folder.join("file"), "").expect("a file");
        let store = Store::open(Ok(Place::Sqlite(folder.join("file/store.sqlite"))), 8, at_any_time);
        assert!(block_on(store.counts(i64::MIN, None)).is_err());
        std::fs::remove_dir_all(&folder).expect("the folder is gone");
    }

    #[test]
    fn what_waits_is_written_where_a_store_is_dropped_without_being_closed() {
        let folder = std::env::temp_dir().join(format!("store-dropped-{}", std::process::id()));
        let place = Place::Sqlite(folder.join("store.sqlite"));
        let store = Store::open(Ok(place.clone()), 8, at_any_time);
        let ids: Vec<String> = (0..5).map(|number| format!("record {number}")).collect();
        for id in &ids {
            let (service, instance) = ("tocilizumab-order-sign".to_owned(), "instance".to_owned());
            let record = StoredRecord { id: id.clone(), at_ms: 0, service, instance, body: format!("body of {id}") };
            assert!(store.note(Note::Record(record)), "{id}");
        }
        let ended = store.channels.as_ref().map(|channels| Arc::clone(&channels.ended)).expect("the store is on");
        drop(store);
        ended.lock().expect("nobody else waits").recv_timeout(Duration::from_secs(60)).expect("the writer ends");
        for id in &ids {
            assert_eq!(record(&place, id), Ok(format!("body of {id}")));
        }
        // What the writer cannot write it gives up in the end.
        std::fs::write(folder.join("file"), "").expect("a file");
        let store = Store::open(Ok(Place::Sqlite(folder.join("file/store.sqlite"))), 8, at_any_time);
        let ended = store.channels.as_ref().map(|channels| Arc::clone(&channels.ended)).expect("the store is on");
        drop(store);
        ended.lock().expect("nobody else waits").recv_timeout(Duration::from_secs(60)).expect("the writer ends");
        std::fs::remove_dir_all(&folder).expect("the folder is gone");
    }
}
