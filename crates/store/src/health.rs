//! How the store does, for whoever watches over the service; told once in the log when it begins to fail and once when
//! it works again.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Zoned;
use serde::Serialize;

use super::note::Note;

/// How the store does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Whether it works, or is switched off on purpose.
    pub ok: bool,
    /// Where it is; never with a password.
    pub place: String,
    /// Since when it fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<String>,
    /// What the database said last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Notes that wait to be written.
    pub queued: usize,
    /// Notes written since the start.
    pub written: u64,
    /// Notes lost since the start, because the queue was full or the store would not take them.
    pub lost: u64,
}

/// Most memory that waiting notes may hold together: a decision with its inputs can be megabytes.
const MEMORY: usize = 64 * 1024 * 1024;

/// What the writer and those who send to it share.
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

    /// The second since 1970.
    pub(super) fn seconds(&self) -> i64 {
        (self.now)().timestamp().as_second()
    }

    /// Whether there is room for a note; if so it is counted as waiting, if not as lost.
    pub(super) fn admits(&self, note: &Note) -> bool {
        let count = self.queued.fetch_add(1, Ordering::Relaxed);
        let bytes = self.bytes.fetch_add(note.weight(), Ordering::Relaxed);
        if count < self.limit && bytes < MEMORY {
            return true;
        }
        self.settled(note);
        self.lost.fetch_add(1, Ordering::Relaxed);
        if !self.overflowing.swap(true, Ordering::Relaxed) {
            tracing::error!(queued = count, "too many notes wait for the store; further ones are lost");
        }
        false
    }

    /// A note that nobody takes: lost, unless the store is switched off on purpose.
    pub(super) fn passes(&self) {
        if self.trouble.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A note waits no longer.
    pub(super) fn settled(&self, note: &Note) {
        self.queued.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(note.weight(), Ordering::Relaxed);
    }

    pub(super) fn wrote<'n>(&self, notes: impl IntoIterator<Item = &'n Note>) {
        let count = notes.into_iter().inspect(|note| self.settled(note)).count();
        self.written.fetch_add(u64::try_from(count).unwrap_or_default(), Ordering::Relaxed);
    }

    /// A note that the database will never take.
    pub(super) fn drops(&self, note: &Note, error: &str) {
        self.settled(note);
        self.lost.fetch_add(1, Ordering::Relaxed);
        tracing::error!(error, "the store refuses a note, which is lost");
    }

    pub(super) fn works(&self) {
        self.overflowing.store(false, Ordering::Relaxed);
        let was = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((since, _)) = was {
            let Health { queued, lost, .. } = self.health();
            tracing::info!(store = %self.place, since = %since.timestamp(), queued, lost, "the store works again");
        }
    }

    pub(super) fn fails(&self, error: &str) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble.as_mut() {
            Some((_, last)) => error.clone_into(last),
            None => {
                tracing::error!(store = %self.place, error, "the store fails; calls are answered, notes wait in memory");
                *trouble = Some(((self.now)(), error.to_owned()));
            }
        }
    }

    /// The service ends with these notes unwritten.
    pub(super) fn left<'n>(&self, notes: impl IntoIterator<Item = &'n Note>) {
        let count = notes.into_iter().inspect(|note| self.settled(note)).count();
        if count > 0 {
            self.lost.fetch_add(u64::try_from(count).unwrap_or_default(), Ordering::Relaxed);
            tracing::error!(store = %self.place, notes = count, "the service ends before these notes could be written");
        }
    }
}
