//! The one who writes: takes what waits, writes it in one transaction, and keeps what could not be written until it
//! can. Whoever sent feedback is answered only when it is written.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{AnyConnection, Connection};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};

use super::health::Shared;
use super::note::{Event, Note, Table, Value};
use super::place::Place;
use super::sql::{Failure, open, write};

/// What the writer is asked to do.
#[derive(Debug)]
pub(super) enum Job {
    /// To write a note, some time.
    Note(Note),
    /// To write feedback now, and to say so.
    Feedback(Posted),
    /// To write what waits, by this moment, and to end.
    Close(Instant),
}

/// Feedback with whom to tell.
#[derive(Debug)]
pub(super) struct Posted {
    pub(super) events: Vec<Event>,
    pub(super) reply: oneshot::Sender<bool>,
}

impl Posted {
    /// Tells whether it was written; nobody may be listening any more.
    fn tell(self, written: bool) {
        let _ = self.reply.send(written);
    }
}

/// How many notes go into one transaction at most, and about how many bytes: it must be over before patience is.
const BATCH: (usize, usize) = (500, 4 * 1024 * 1024);
/// How long notes are gathered for one transaction.
const GATHERING: Duration = Duration::from_millis(50);
/// How long one attempt may take: a database that hangs is one that fails.
const PATIENCE: Duration = Duration::from_secs(8);
/// How soon a broken connection shows; a database that refuses takes longer.
const AT_ONCE: Duration = Duration::from_secs(1);
/// The pauses between attempts double from the first to the second.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The writer, its connection and what it has taken on.
pub(super) struct Writer {
    place: Place,
    link: Option<AnyConnection>,
    jobs: mpsc::UnboundedReceiver<Job>,
    /// The queue behind the channel; both together are bounded by who sends.
    waiting: VecDeque<Note>,
    posted: Vec<Posted>,
    closing: Option<Instant>,
    shared: Arc<Shared>,
}

impl Writer {
    pub(super) fn new(place: Place, jobs: mpsc::UnboundedReceiver<Job>, shared: Arc<Shared>) -> Writer {
        let (waiting, posted) = (VecDeque::new(), Vec::new());
        Writer { place, link: None, jobs, waiting, posted, closing: None, shared }
    }

    /// There is nothing to run on.
    pub(super) fn cannot(self, error: &std::io::Error) {
        self.shared.fails(&format!("its thread has nothing to run on: {error}"));
    }

    /// Writes until it is told to close. The first round writes nothing: it shows at the start whether the store works.
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
        self.shared.left(&self.waiting);
        if let Some(link) = self.link.take() {
            // SQLite folds its journal into the file; what was written is safe without it.
            let _ = timeout(PAUSES.1, link.close()).await;
        }
    }

    /// Whether the time to close has come.
    fn over(&self) -> bool {
        self.closing.is_some_and(|by| Instant::now() >= by)
    }

    /// One transaction with the oldest notes and the feedback; where a row is to blame, each on its own.
    async fn round(&mut self, posted: Vec<Posted>) -> Result<(), Failure> {
        let mut batch = self.batch();
        match self.attempt(&batch, posted.iter().flat_map(|posted| &posted.events)).await {
            Ok(()) => {
                self.shared.wrote(&batch);
                posted.into_iter().for_each(|posted| posted.tell(true));
                Ok(())
            }
            Err(failure) if failure.of_the_rows => {
                for posted in posted {
                    let written = self.attempt([], posted.events.iter()).await.is_ok();
                    posted.tell(written);
                }
                while let Some(note) = batch.pop_front() {
                    match self.attempt([&note], std::iter::empty()).await {
                        Ok(()) => self.shared.wrote([&note]),
                        Err(failure) if failure.of_the_rows => self.shared.drops(&note, &failure.text),
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
                posted.into_iter().for_each(|posted| posted.tell(false));
                Err(failure)
            }
        }
    }

    /// Takes the oldest notes, as many as one transaction bears, and at least one.
    fn batch(&mut self) -> VecDeque<Note> {
        let mut bytes = 0;
        let fits = |note: &&Note| {
            bytes += note.weight();
            bytes <= BATCH.1
        };
        let count = self.waiting.iter().take(BATCH.0).take_while(fits).count();
        self.waiting.drain(..count.max(1).min(self.waiting.len())).collect()
    }

    /// Notes that could not be written are the oldest again.
    fn put_back(&mut self, batch: VecDeque<Note>) {
        let newer = std::mem::replace(&mut self.waiting, batch);
        self.waiting.extend(newer);
    }

    /// One transaction. A connection that was found broken after it had stood idle is no failure: it is made anew, once.
    async fn attempt<'e>(
        &mut self,
        notes: impl IntoIterator<Item = &'e Note> + Clone,
        events: impl Iterator<Item = &'e Event> + Clone,
    ) -> Result<(), Failure> {
        let rows = || notes.clone().into_iter().flat_map(Note::rows).chain(events.clone().map(Event::row)).collect();
        let (stood, begun) = (self.link.is_some(), Instant::now());
        match self.once(rows()).await {
            Err(failure) if stood && !failure.of_the_rows && begun.elapsed() < AT_ONCE => self.once(rows()).await,
            done => done,
        }
    }

    async fn once(&mut self, rows: Vec<(Table, Vec<Value>)>) -> Result<(), Failure> {
        // A connection that was cut off in the middle of anything is not used again.
        let link = self.link.take();
        let work = async {
            let mut link = match link {
                Some(link) => link,
                None => open(&self.place).await?,
            };
            if !rows.is_empty() {
                write(&mut link, &self.place, rows).await?;
            }
            Ok(link)
        };
        let patience = self.closing.map_or(PATIENCE, |by| by.saturating_duration_since(Instant::now()).min(PATIENCE));
        let done = timeout(patience, work).await;
        self.link = Some(done.unwrap_or_else(|_| Err(Failure::plain("the database did not answer in time")))?);
        Ok(())
    }

    /// Waits for something to do and takes all that is there. False when there is nothing left to be done.
    async fn gather(&mut self) -> bool {
        if self.waiting.is_empty() && self.posted.is_empty() && self.closing.is_none() {
            match self.jobs.recv().await {
                Some(job) => self.take(job),
                None => return false,
            }
        }
        // Notes have time: what is sent within a moment goes into one transaction. Feedback is waited for.
        let until = Instant::now() + GATHERING;
        while self.posted.is_empty() && self.closing.is_none() && self.waiting.len() < BATCH.0 {
            match timeout_at(until, self.jobs.recv()).await {
                Ok(Some(job)) => self.take(job),
                Ok(None) | Err(_) => break,
            }
        }
        while let Ok(job) = self.jobs.try_recv() {
            self.take(job);
        }
        let something = !self.waiting.is_empty() || !self.posted.is_empty();
        !self.over() && (something || self.closing.is_none())
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Note(note) => self.waiting.push_back(note),
            Job::Feedback(posted) => self.posted.push(posted),
            Job::Close(by) => self.closing = Some(by),
        }
    }

    /// Waits before the next attempt. Whoever sends feedback meanwhile is told at once that it cannot be kept now.
    async fn rest(&mut self, pause: Duration) {
        let mut until = Instant::now() + pause;
        while let Ok(Some(job)) = timeout_at(until, self.jobs.recv()).await {
            self.take(job);
            self.posted.drain(..).for_each(|posted| posted.tell(false));
            // Whoever closes the store waits no longer than it said.
            until = self.closing.map_or(until, |by| by.min(until));
        }
    }
}
