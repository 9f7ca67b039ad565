//! The keys behind a `jku`: read in the background before they are asked for, and kept.
//!
//! All reads of one URL are made by one task. A call only looks at what that task has; one that names an unknown key
//! wakes the task, which reads at a bounded rate, and waits for that one read together with all others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use tokio::sync::{Notify, watch};

use super::keys::Keys;

/// How long a read may take.
const READ: Duration = Duration::from_secs(5);

/// How long a call waits for a read; what comes later serves the next call.
const PATIENCE: Duration = Duration::from_secs(2);

/// The largest set that is read.
const MOST_BYTES: usize = 1024 * 1024;

/// Longest pause after reads that failed; the first pauses are of a second, two, four.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// How long keys are kept.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Until they are read again.
    pub keep: Duration,
    /// How long they still count beyond that, when they cannot be read again.
    pub grace: Duration,
    /// Shortest time between two reads that calls bring about.
    pub floor: Duration,
}

/// A JWK Set behind a URL.
#[derive(Debug)]
pub struct KeySet {
    url: Url,
    times: Times,
    had: watch::Sender<Had>,
    wake: Notify,
}

/// What the task has.
#[derive(Debug, Clone, Default)]
struct Had {
    keys: Option<(Arc<Keys>, Instant)>,
    reading: bool,
    attempts: u64,
    attempted: Option<Instant>,
}

impl KeySet {
    /// The set behind a URL; nothing is read before [`KeySet::keep_reading`] runs.
    pub fn new(url: Url, times: Times) -> KeySet {
        // The first read is as good as begun, so that the first call waits for it.
        let had = Had { reading: true, ..Had::default() };
        KeySet { url, times, had: watch::Sender::new(had), wake: Notify::new() }
    }

    /// The keys that are at hand and still count.
    pub fn keys(&self) -> Option<Arc<Keys>> {
        let had = self.had.borrow();
        let (keys, read) = had.keys.as_ref()?;
        (read.elapsed() <= self.times.keep.saturating_add(self.times.grace)).then(|| keys.clone())
    }

    /// Waits until the set was read once more, unless that happened just now.
    pub async fn read_again(&self) {
        let mut receiver = self.had.subscribe();
        let attempts = {
            let had = receiver.borrow_and_update();
            if !had.reading {
                if had.attempted.is_some_and(|at| at.elapsed() < self.times.floor) {
                    return;
                }
                self.wake.notify_one();
            }
            had.attempts
        };
        // When the read takes too long, the call goes on with what there is.
        let _ = tokio::time::timeout(PATIENCE, receiver.wait_for(|had| had.attempts > attempts)).await;
    }

    /// Reads the set for as long as the program runs: before it grows old, when a call asks, and after a failure soon.
    pub async fn keep_reading(self: Arc<KeySet>, http: Client) {
        let mut failures = 0;
        loop {
            self.had.send_modify(|had| had.reading = true);
            let read = match tokio::time::timeout(READ, read(&http, &self.url)).await {
                Ok(read) => read,
                Err(_) => Err(format!("no answer within {} s", READ.as_secs())),
            };
            failures = if read.is_ok() { 0 } else { failures + 1 };
            self.tell(&read);
            self.had.send_modify(|had| {
                had.reading = false;
                had.attempts += 1;
                had.attempted = Some(Instant::now());
                if let Ok(keys) = read {
                    had.keys = Some((Arc::new(keys), Instant::now()));
                }
            });
            self.pause(failures).await;
        }
    }

    async fn pause(&self, failures: u32) {
        let pause = match failures {
            // Early enough for a second attempt before the keys grow old.
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

    fn tell(&self, read: &Result<Keys, String>) {
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
    let mut response = sent.map_err(|error| with_reasons(&error))?;
    if response.status() != StatusCode::OK {
        return Err(format!("the answer was {}, not 200; redirects are not followed", response.status()));
    }
    let mut body: Vec<u8> = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| with_reasons(&error))? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(format!("the answer is larger than {MOST_BYTES} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(body).map_err(|_| "the answer is not UTF-8")?;
    Keys::parse(&text).map_err(|error| format!("the answer {error}"))
}

/// An error with what lies under it: "error sending request" alone helps nobody.
fn with_reasons(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut under = error.source();
    while let Some(reason) = under {
        told = format!("{told}: {reason}");
        under = reason.source();
    }
    told
}
