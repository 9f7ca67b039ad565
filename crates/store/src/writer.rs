//! The task that writes: it writes what waits in one transaction, and keeps what could not be written until it can be.
//! The sender of feedback is answered only when the feedback is committed.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use sqlx::{AnyConnection, Connection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::file::Watch;
use super::health::Shared;
use super::note::{FeedbackEvent, Note};
use super::place::Place;
use super::sql::rows::{Row, of_event, of_note};
use super::sql::{Failure, open, write};

/// A request to the writer that does not wait, as notes do.
#[derive(Debug)]
pub(super) enum Job {
    /// Write feedback now, and report the result.
    Feedback(Posted),
    /// Write what waits until this moment, and end.
    Close(Instant),
}

/// Feedback, and the channel to its sender.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) events: Vec<FeedbackEvent>,
    pub(super) reply: oneshot::Sender<bool>,
}

impl Posted {
    /// Reports whether it was written; the sender may have gone away.
    fn report(self, written: bool) {
        let _ = self.reply.send(written);
    }
}

/// Most notes of one transaction, and about how many bytes: it must end within `ATTEMPT`.
const BATCH: (usize, usize) = (500, 4 * 1024 * 1024);
/// How long notes are gathered for one transaction.
const GATHERING: Duration = Duration::from_millis(50);
/// How long one attempt may take: a database that hangs counts as one that fails.
const ATTEMPT: Duration = Duration::from_secs(8);
/// A broken connection fails faster than this; a database that refuses takes longer.
const AT_ONCE: Duration = Duration::from_secs(1);
/// The shortest and the longest pause between attempts; each pause is twice the one before.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The writer with its connection and its work.
pub(super) struct Writer {
    place: Place,
    /// The connection between two attempts.
    idle: Option<(AnyConnection, u64)>,
    watch: Arc<Watch>,
    /// What is to be written at some time.
    notes: mpsc::UnboundedReceiver<Note>,
    /// What is to be done now.
    jobs: mpsc::UnboundedReceiver<Job>,
    /// Notes taken from the channel. Senders bound the length of both together.
    waiting: VecDeque<Note>,
    posted: Vec<Posted>,
    closing: Option<Instant>,
    shared: Arc<Shared>,
}

impl Writer {
    pub(super) fn new(
        place: Place,
        watch: Arc<Watch>,
        notes: mpsc::UnboundedReceiver<Note>,
        jobs: mpsc::UnboundedReceiver<Job>,
        shared: Arc<Shared>,
    ) -> Writer {
        let (waiting, posted) = (VecDeque::new(), Vec::new());
        Writer { place, idle: None, watch, notes, jobs, waiting, posted, closing: None, shared }
    }

    /// Reports that no runtime could be started for the writer.
    pub(super) fn without_runtime(self, error: &std::io::Error) {
        self.shared.fails(&format!("its thread has nothing to run on: {error}"));
    }

    /// Writes until it is asked to close. The first round writes nothing and shows at the start whether the store works.
    pub(super) async fn run(mut self) {
        let mut pause = PAUSES.0;
        loop {
            let posted = std::mem::take(&mut self.posted);
            match self.round(posted).await {
                Ok(()) => {
                    self.shared.works();
                    pause = PAUSES.0;
                }
                Err(failure) => {
                    self.shared.fails(&failure.text);
                    if self.over() {
                        break;
                    }
                    let left = self.closing.map(|by| by.saturating_duration_since(Instant::now()));
                    self.rest(left.map_or(pause, |left| left.min(pause))).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
            }
            if !self.gather().await {
                break;
            }
        }
        self.drain();
        self.shared.abandon(&self.waiting);
        if let Some((connection, _)) = self.idle.take() {
            // SQLite then merges its journal into the file; what was committed is safe without that.
            let _ = timeout(PAUSES.1, connection.close()).await;
        }
    }

    /// Whether the time to close has come.
    fn over(&self) -> bool {
        self.closing.is_some_and(|by| Instant::now() >= by)
    }

    /// Writes the oldest notes and the feedback in one transaction; where a row is to blame, each in its own.
    async fn round(&mut self, posted: Vec<Posted>) -> Result<(), Failure> {
        let mut batch = self.batch();
        match self.attempt(&batch, posted.iter().flat_map(|posted| &posted.events)).await {
            Ok(()) => {
                self.shared.wrote(&batch);
                posted.into_iter().for_each(|posted| posted.report(true));
                Ok(())
            }
            Err(failure) if failure.of_the_rows => {
                for posted in posted {
                    let written = self.attempt([], posted.events.iter()).await.is_ok();
                    posted.report(written);
                }
                while let Some(note) = batch.pop_front() {
                    match self.attempt([&note], std::iter::empty()).await {
                        Ok(()) => self.shared.wrote([&note]),
                        Err(failure) if failure.of_the_rows => self.shared.discard(&note, &failure.text),
                        Err(failure) => {
                            batch.push_front(note);
                            self.put_back(batch);
                            return Err(failure);
                        }
                    }
                }
                Ok(())
            }
            Err(failure) => {
                self.put_back(batch);
                posted.into_iter().for_each(|posted| posted.report(false));
                Err(failure)
            }
        }
    }

    /// Takes the oldest notes, as many as fit into one transaction and at least one.
    fn batch(&mut self) -> VecDeque<Note> {
        let mut bytes = 0;
        let fits = |note: &&Note| {
            bytes += note.weight();
            bytes <= BATCH.1
        };
        let count = self.waiting.iter().take(BATCH.0).take_while(fits).count();
        self.waiting.drain(..count.max(1).min(self.waiting.len())).collect()
    }

    /// Puts notes that could not be written back to the front of the queue.
    fn put_back(&mut self, batch: VecDeque<Note>) {
        let newer = std::mem::replace(&mut self.waiting, batch);
        self.waiting.extend(newer);
    }

    /// Writes in one transaction. A connection that broke while it was idle is no failure: it is replaced, once.
    async fn attempt<'e>(
        &mut self,
        notes: impl IntoIterator<Item = &'e Note> + Clone,
        events: impl Iterator<Item = &'e FeedbackEvent> + Clone,
    ) -> Result<(), Failure> {
        let rows = || notes.clone().into_iter().flat_map(of_note).chain(events.clone().map(of_event)).collect();
        let (was_idle, begun) = (self.idle.is_some(), Instant::now());
        match self.once(rows()).await {
            Err(failure) if was_idle && !failure.of_the_rows && begun.elapsed() < AT_ONCE => self.once(rows()).await,
            done => done,
        }
    }

    async fn once(&mut self, rows: Vec<Row>) -> Result<(), Failure> {
        // A connection that was interrupted in the middle of an attempt is not used again.
        let mut idle = self.idle.take();
        if idle.as_ref().is_some_and(|(_, opened)| *opened != self.watch.generation()) {
            self.shared.moved();
            idle = None;
        }
        let work = async {
            let (mut connection, opened) = match idle {
                Some(open) => open,
                None => {
                    let _opening = self.watch.opening.lock().await;
                    (open(&self.place).await?, self.watch.generation())
                }
            };
            if !rows.is_empty() {
                write(&mut connection, &self.place, rows).await?;
            }
            Ok((connection, opened))
        };
        let limit = self.closing.map_or(ATTEMPT, |by| by.saturating_duration_since(Instant::now()).min(ATTEMPT));
        let done = timeout(limit, work).await;
        self.idle = Some(done.unwrap_or_else(|_| Err(Failure::timeout()))?);
        Ok(())
    }

    /// Waits for work and takes all that is there. `false` when no work is left and the writer should end.
    async fn gather(&mut self) -> bool {
        if self.waiting.is_empty() && self.posted.is_empty() && self.closing.is_none() {
            let (jobs, notes) = (&mut self.jobs, &mut self.notes);
            let first = poll_fn(|context| match jobs.poll_recv(context) {
                Poll::Ready(Some(job)) => Poll::Ready(Some(Err(job))),
                // Notes are written also where nobody can ask for anything any more.
                Poll::Ready(None) | Poll::Pending => notes.poll_recv(context).map(|note| note.map(Ok)),
            });
            match first.await {
                Some(Ok(note)) => self.waiting.push_back(note),
                Some(Err(job)) => self.take(job),
                None => return false,
            }
        }
        // Notes have time: what is sent within a moment goes into one transaction, and none of it wakes this thread.
        // Feedback is waited for.
        if self.posted.is_empty() && self.closing.is_none() {
            self.take_next(Instant::now() + GATHERING).await;
        }
        self.drain();
        let something = !self.waiting.is_empty() || !self.posted.is_empty();
        !self.over() && (something || self.closing.is_none())
    }

    /// Takes all that is there.
    fn drain(&mut self) {
        while let Ok(job) = self.jobs.try_recv() {
            self.take(job);
        }
        while let Ok(note) = self.notes.try_recv() {
            self.waiting.push_back(note);
        }
    }

    /// Takes the next job that is sent before this moment, if one is. A store that was dropped without being closed is
    /// closed by this: what waits is still written, within the time of one attempt.
    async fn take_next(&mut self, until: Instant) -> bool {
        match timeout_at(until, self.jobs.recv()).await {
            Ok(Some(job)) => {
                self.take(job);
                return true;
            }
            Ok(None) => {
                let by = *self.closing.get_or_insert_with(|| Instant::now() + ATTEMPT);
                sleep_until(until.min(by)).await;
            }
            Err(_) => {}
        }
        false
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Feedback(posted) => self.posted.push(posted),
            Job::Close(by) => self.closing = Some(by),
        }
    }

    /// Waits before the next attempt. Feedback that arrives meanwhile is refused at once.
    async fn rest(&mut self, pause: Duration) {
        let mut until = Instant::now() + pause;
        while self.take_next(until).await {
            self.posted.drain(..).for_each(|posted| posted.report(false));
            // When the store is closed meanwhile, the wait ends by the moment that was given.
            until = self.closing.map_or(until, |by| by.min(until));
        }
    }
}
