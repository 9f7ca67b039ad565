//! The thread of the store: the writer, the answers to reads and to used JWTs, and the pruning run on it.

use std::sync::{Arc, Mutex, mpsc as blocking};

use tokio::sync::{mpsc, oneshot};

use super::file::Watch;
use super::health::Shared;
use super::jwts::{self, Use};
use super::keep;
use super::note::Note;
use super::place::Place;
use super::sql::read;
use super::stats::Counts;
use super::writer::{Job, Writer};

/// The channels to the tasks on the store's thread.
#[derive(Debug, Clone)]
pub(crate) struct Channels {
    pub notes: mpsc::UnboundedSender<Note>,
    pub jobs: mpsc::UnboundedSender<Job>,
    pub uses: mpsc::UnboundedSender<Use>,
    pub reads: mpsc::UnboundedSender<Read>,
    pub ended: Arc<Mutex<blocking::Receiver<()>>>,
}

/// A question for what is in the store.
#[derive(Debug)]
pub(crate) enum Read {
    /// The counts since a moment, in milliseconds since 1970, of one client or of all.
    Counts { since_ms: i64, client: Option<String>, reply: oneshot::Sender<Result<Counts, String>> },
    /// The decision record with this id.
    Record { id: String, reply: oneshot::Sender<Result<Option<String>, String>> },
}

/// Starts the store's thread. It has a runtime of its own, so that a busy or ending worker of the server neither delays
/// nor cuts off a connection.
pub(crate) fn start(place: &Place, keep_days: Option<u64>, shared: &Arc<Shared>) -> Option<Channels> {
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
