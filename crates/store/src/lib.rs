//! Where feedback, what was issued and decisions are kept. It never stands between a call and its cards: notes wait in
//! a bounded queue, and a thread of the store's own writes them when it can.

/// How the store does.
mod health;
/// What is written down.
pub mod note;
/// Where the store is.
pub mod place;
/// What is read back.
mod read;
/// Connections, migrations, rows.
mod sql;
/// What became of the cards, in numbers.
pub mod stats;
/// JWTs that were used.
mod used;
/// The one who writes.
mod writer;

use std::sync::{Arc, Mutex, PoisonError, mpsc as blocking};
use std::time::Duration;

use jiff::Zoned;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

pub use self::health::Health;
use self::health::Shared;
use self::note::{Event, Note};
use self::place::Place;
use self::stats::Counts;
use self::used::Use;
use self::writer::{Job, Posted, Writer};

/// The store; clones are the same store.
#[derive(Debug, Clone)]
pub struct Store {
    place: Place,
    shared: Arc<Shared>,
    /// Nothing when the store is switched off, or cannot even be tried.
    channels: Option<Channels>,
    /// One reader at a time: statistics must not use up the connections of a database.
    reading: Arc<Mutex<()>>,
}

#[derive(Debug, Clone)]
struct Channels {
    jobs: mpsc::UnboundedSender<Job>,
    uses: mpsc::UnboundedSender<Use>,
    ended: Arc<Mutex<blocking::Receiver<()>>>,
}

/// The store could not say; why stands in its health and in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

/// How long whoever sends feedback waits for it to be written.
const FEEDBACK: Duration = Duration::from_secs(12);
/// How long a call may wait to know whether its JWT was used before.
const USE: Duration = Duration::from_millis(300);

impl Store {
    /// The store that this setting names. It is opened in the background: a service starts whether that works or not.
    pub fn open(url: Option<&str>, queue: usize, now: fn() -> Zoned) -> Store {
        let (place, problem) = match Place::of(url) {
            Ok(place) => (place, None),
            Err(problem) => (Place::Off, Some(problem)),
        };
        let shared = Arc::new(Shared::new(place.shown(), queue, now));
        if let Some(problem) = &problem {
            shared.fails(problem);
        }
        let channels = (place != Place::Off).then(|| start(&place, &shared)).flatten();
        Store { place, shared, channels, reading: Arc::default() }
    }

    /// How the store does.
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// Whether anything is kept.
    pub fn is_on(&self) -> bool {
        self.channels.is_some()
    }

    /// Puts a note into the queue, without waiting, and says whether it found room; what does not is counted as lost.
    pub fn note(&self, note: Note) -> bool {
        let Some(channels) = &self.channels else {
            self.shared.passes();
            return false;
        };
        // Only a writer that has ended does not take it, and then the service ends.
        self.shared.admits(&note) && channels.jobs.send(Job::Note(note)).is_ok()
    }

    /// Keeps feedback: done when it is written for good. A store that is switched off keeps nothing, which is no error.
    pub async fn feedback(&self, events: Vec<Event>) -> Result<(), Unavailable> {
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

    /// Whether replicas share this store, so that it can tell them of each other's JWTs.
    pub fn is_shared(&self) -> bool {
        matches!(self.place, Place::Postgres(_))
    }

    /// Whether a JWT, by a name that is its own, is used for the first time; from now on it is not. It may be forgotten
    /// after the second since 1970 that it expires at.
    pub async fn first_use(&self, jwt: &str, expires: i64) -> Result<bool, Unavailable> {
        let Some(channels) = &self.channels else { return Err(Unavailable) };
        let (reply, answer) = oneshot::channel();
        let question = Use { jwt: jwt.to_owned(), expires_s: expires, now_s: self.shared.seconds(), reply };
        channels.uses.send(question).map_err(|_| Unavailable)?;
        match timeout(USE, answer).await {
            Ok(Ok(first)) => Ok(first),
            _ => Err(Unavailable),
        }
    }

    /// Writes what waits and ends; whatever is not written in this time is counted as lost and told in the log.
    pub fn close(&self, within: Duration) {
        let Some(channels) = &self.channels else { return };
        if channels.jobs.send(Job::Close(Instant::now() + within)).is_ok() {
            let ended = channels.ended.lock().unwrap_or_else(PoisonError::into_inner);
            // A little longer than the writer has, so that it can still say what is lost.
            let _ = ended.recv_timeout(within + Duration::from_secs(1));
        }
    }

    /// The counts since a moment, in milliseconds since 1970. It waits for the database: not for an async task.
    pub fn counts(&self, since_ms: i64) -> Result<Counts, String> {
        let _one = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        counts(&self.place, since_ms)
    }
}

/// The counts of a store that another process may be writing.
pub fn counts(place: &Place, since_ms: i64) -> Result<Counts, String> {
    told_off(place)?;
    read::counts(place, since_ms)
}

/// A recorded decision, by its id, as JSON.
pub fn record(place: &Place, id: &str) -> Result<String, String> {
    told_off(place)?;
    read::record(place, id)?.ok_or_else(|| format!("there is no record `{id}` in the store at {}", place.shown()))
}

fn told_off(place: &Place) -> Result<(), String> {
    if *place == Place::Off { Err("nothing is kept: store.url is `off`".to_owned()) } else { Ok(()) }
}

/// Starts the store's thread. Its runtime is its own, so neither a busy worker of the server nor one that ends holds
/// up or cuts off a connection.
fn start(place: &Place, shared: &Arc<Shared>) -> Option<Channels> {
    let (jobs, todo) = mpsc::unbounded_channel();
    let (uses, questions) = mpsc::unbounded_channel();
    let (end, ended) = blocking::channel();
    let (writer, place) = (Writer::new(place.clone(), todo, Arc::clone(shared)), place.clone());
    let thread = std::thread::Builder::new().name("store".to_owned()).spawn(move || {
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(async {
                let answering = tokio::spawn(used::answer(place, questions));
                writer.run().await;
                answering.abort();
            }),
            Err(error) => writer.cannot(&error),
        }
        let _ = end.send(());
    });
    match thread {
        Ok(_) => Some(Channels { jobs, uses, ended: Arc::new(Mutex::new(ended)) }),
        Err(error) => {
            shared.fails(&format!("its thread cannot be started: {error}"));
            None
        }
    }
}
