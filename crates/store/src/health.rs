//! How the store is doing, for those who operate the service. The log says once when it begins to fail and once when it
//! works again.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Zoned;
use serde::Serialize;
use tokio::sync::watch;

use super::note::Note;

/// How the store is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Whether the store works, or is switched off on purpose.
    pub ok: bool,
    /// Where the store is, without a password.
    pub place: String,
    /// Since when the store fails, a moment in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<String>,
    /// The last message of the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Notes that wait to be written.
    pub queued: usize,
    /// Notes written since the start.
    pub written: u64,
    /// Notes lost since the start, because the queue was full or the database refused them.
    pub lost: u64,
}

/// Bytes that all waiting notes together may take: the record of one decision with its inputs can be megabytes.
const MEMORY: usize = 64 * 1024 * 1024;

/// The counters that the writer shares with those who send notes.
#[derive(Debug)]
pub(super) struct Shared {
    place: String,
    limit: usize,
    now: fn() -> Zoned,
    queued: AtomicUsize,
    bytes: AtomicUsize,
    written: AtomicU64,
    lost: AtomicU64,
    overflowing: AtomicBool,
    trouble: Mutex<Option<(Zoned, String)>>,
    /// Whether it is known yet if the store works.
    tried: watch::Sender<bool>,
}

impl Shared {
    pub(super) fn new(place: String, limit: usize, now: fn() -> Zoned) -> Shared {
        Shared {
            place,
            limit,
            now,
            queued: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            written: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            overflowing: AtomicBool::new(false),
            trouble: Mutex::new(None),
            tried: watch::Sender::new(false),
        }
    }

    pub(super) fn health(&self) -> Health {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Health {
            ok: trouble.is_none(),
            place: self.place.clone(),
            failing_since: trouble.as_ref().map(|(since, _)| since.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()),
            error: trouble.map(|(_, error)| error),
            queued: self.queued.load(Ordering::Relaxed),
            written: self.written.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
        }
    }

    /// Waits until the writer has made the tables, or failed to. Two that make them at a time are in each other's way.
    pub(super) async fn tried(&self) {
        // It ends only when the store ends.
        let _ = self.tried.subscribe().wait_for(|tried| *tried).await;
    }

    /// The current time.
    pub(super) fn now(&self) -> Zoned {
        (self.now)()
    }

    /// The current time in seconds since 1970.
    pub(super) fn now_s(&self) -> i64 {
        self.now().timestamp().as_second()
    }

    /// Whether there is room for a note, which then counts as waiting and otherwise as lost.
    pub(super) fn admit(&self, note: &Note) -> bool {
        let count = self.queued.fetch_add(1, Ordering::Relaxed);
        let bytes = self.bytes.fetch_add(note.weight(), Ordering::Relaxed);
        if count < self.limit && bytes < MEMORY {
            return true;
        }
        self.release(note);
        self.lost.fetch_add(1, Ordering::Relaxed);
        if !self.overflowing.swap(true, Ordering::Relaxed) {
            tracing::error!(queued = count, "too many notes wait for the store; further ones are lost");
        }
        false
    }

    /// Counts a note that cannot be queued: as lost, unless the store is switched off on purpose.
    pub(super) fn refuse(&self) {
        if self.trouble.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes a note off the counts of what waits.
    fn release(&self, note: &Note) {
        self.queued.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(note.weight(), Ordering::Relaxed);
    }

    /// Counts notes as written.
    pub(super) fn wrote<'n>(&self, notes: impl IntoIterator<Item = &'n Note>) {
        let count = notes.into_iter().inspect(|note| self.release(note)).count();
        self.written.fetch_add(u64::try_from(count).unwrap_or_default(), Ordering::Relaxed);
    }

    /// Counts a note as lost that the database will never accept.
    pub(super) fn discard(&self, note: &Note, error: &str) {
        self.release(note);
        self.lost.fetch_add(1, Ordering::Relaxed);
        tracing::error!(error, "the store refuses a note, which is lost");
    }

    /// The database answered: the store works.
    pub(super) fn works(&self) {
        self.tried.send_replace(true);
        self.overflowing.store(false, Ordering::Relaxed);
        let was = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((since, _)) = was {
            let Health { queued, lost, .. } = self.health();
            tracing::info!(store = %self.place, since = %since.timestamp(), queued, lost, "the store works again");
        }
    }

    /// The file of the database is not the one that was opened.
    pub(super) fn moved(&self) {
        tracing::error!(
            store = %self.place,
            "the file of the store was deleted, replaced or overwritten while the service ran; what is there now is used"
        );
    }

    /// The database failed with this message.
    pub(super) fn fails(&self, error: &str) {
        self.tried.send_replace(true);
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble.as_mut() {
            Some((_, last)) => error.clone_into(last),
            None => {
                tracing::error!(store = %self.place, error, "the store fails; calls are answered, notes wait in memory");
                *trouble = Some(((self.now)(), error.to_owned()));
            }
        }
    }

    /// Counts the notes as lost that are not written when the service ends.
    pub(super) fn abandon<'n>(&self, notes: impl IntoIterator<Item = &'n Note>) {
        let count = notes.into_iter().inspect(|note| self.release(note)).count();
        if count > 0 {
            self.lost.fetch_add(u64::try_from(count).unwrap_or_default(), Ordering::Relaxed);
            tracing::error!(store = %self.place, notes = count, "the service ends before these notes could be written");
        }
    }
}
