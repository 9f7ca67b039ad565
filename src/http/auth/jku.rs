//! The keys at the URL of a `jku`: read in the background before a call needs them, and kept.
//!
//! One task makes all reads of a URL. A call only looks at what the task has read. A call with an unknown key wakes the
//! task, which reads at a bounded rate, and waits for that read together with all other calls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use tokio::sync::{Notify, watch};

use super::keys::Keys;

/// How long a read may take.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// How long a call waits for a read. Keys that arrive later serve the next call.
const CALL_WAIT: Duration = Duration::from_secs(2);

/// Bytes of the largest set that is read.
const MOST_BYTES: usize = 1024 * 1024;

/// The longest pause after failed reads; the first pauses are one, two and four seconds.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long keys are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheTimes {
    /// Age at which keys are read again.
    pub keep: Duration,
    /// How long keys are still used beyond that age when they cannot be read again.
    pub grace: Duration,
    /// Shortest time between two reads that calls cause.
    pub floor: Duration,
}

/// A JWK Set at a URL.
#[derive(Debug)]
pub struct KeySet {
    url: Url,
    times: CacheTimes,
    state: watch::Sender<State>,
    wake: Notify,
}

/// The result of the last read, and the progress of the task.
#[derive(Debug, Clone, Default)]
struct State {
    /// The keys, and when they were read.
    keys: Option<(Arc<Keys>, Instant)>,
    is_reading: bool,
    attempts: u64,
    last_attempt: Option<Instant>,
}

impl KeySet {
    /// The set at a URL; nothing is read before [`KeySet::keep_reading`] runs.
    pub fn new(url: Url, times: CacheTimes) -> KeySet {
        // The first read counts as begun, so that the first call waits for it.
        let state = State { is_reading: true, ..State::default() };
        KeySet { url, times, state: watch::Sender::new(state), wake: Notify::new() }
    }

    /// The keys that were read last, unless they are too old.
    pub fn keys(&self) -> Option<Arc<Keys>> {
        let state = self.state.borrow();
        let (keys, read) = state.keys.as_ref()?;
        (read.elapsed() <= self.times.keep.saturating_add(self.times.grace)).then(|| keys.clone())
    }

    /// Has the set read once more and waits for that, unless it was read just now.
    pub async fn read_again(&self) {
        let mut receiver = self.state.subscribe();
        let attempts = {
            let state = receiver.borrow_and_update();
            if !state.is_reading {
                if state.last_attempt.is_some_and(|at| at.elapsed() < self.times.floor) {
                    return;
                }
                self.wake.notify_one();
            }
            state.attempts
        };
        // When the read takes too long, the call uses the keys that are there.
        let _ = tokio::time::timeout(CALL_WAIT, receiver.wait_for(|state| state.attempts > attempts)).await;
    }

    /// Reads the set for as long as the program runs: before the keys are too old, when a call asks, and soon after a
    /// failure.
    pub async fn keep_reading(self: Arc<KeySet>, http: Client) {
        let mut failures = 0;
        loop {
            self.state.send_modify(|state| state.is_reading = true);
            let read = match tokio::time::timeout(READ_LIMIT, read(&http, &self.url)).await {
                Ok(read) => read,
                Err(_) => Err(format!("no answer within {} s", READ_LIMIT.as_secs())),
            };
            failures = if read.is_ok() { 0 } else { failures + 1 };
            self.log(&read);
            self.state.send_modify(|state| {
                state.is_reading = false;
                state.attempts += 1;
                state.last_attempt = Some(Instant::now());
                if let Ok(keys) = read {
                    state.keys = Some((Arc::new(keys), Instant::now()));
                }
            });
            self.pause(failures).await;
        }
    }

    async fn pause(&self, failures: u32) {
        let pause = match failures {
            // Early enough for a second attempt before the keys are too old.
            0 => (self.times.keep - self.times.keep / 10).max(Duration::from_secs(1)),
            n => Duration::from_secs(1 << n.saturating_sub(1).min(6)).min(LONGEST_PAUSE),
        };
        let started = Instant::now();
        while let Some(left) = pause.checked_sub(started.elapsed()) {
            let woken = tokio::time::timeout(left, self.wake.notified()).await.is_ok();
            if woken && started.elapsed() >= self.times.floor {
                return;
            }
        }
    }

    fn log(&self, read: &Result<Keys, String>) {
        let url = self.url.as_str();
        match read {
            Ok(keys) => {
                let left_out = keys.left_out.join("; ");
                tracing::info!(url, keys = keys.keys.len(), left_out, "keys were read");
            }
            Err(error) if self.keys().is_some() => {
                tracing::warn!(url, error, "keys could not be read again; those at hand still count");
            }
            Err(error) => tracing::error!(url, error, "keys could not be read; calls that need them are refused"),
        }
    }
}

async fn read(http: &Client, url: &Url) -> Result<Keys, String> {
    const ACCEPTED: HeaderValue = HeaderValue::from_static("application/jwk-set+json, application/json;q=0.9");
    let sent = http.get(url.clone()).header(ACCEPT, ACCEPTED).send().await;
    let mut response = sent.map_err(|error| with_causes(&error))?;
    if response.status() != StatusCode::OK {
        return Err(format!("the answer was {}, not 200; redirects are not followed", response.status()));
    }
    let mut body: Vec<u8> = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| with_causes(&error))? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(format!("the answer is larger than {MOST_BYTES} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(body).map_err(|_| "the answer is not UTF-8")?;
    Keys::parse(&text).map_err(|error| format!("the answer {error}"))
}

/// An error with its causes: "error sending request" alone helps nobody.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
