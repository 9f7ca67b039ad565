//! The requests of one call to its FHIR server, noted for the trace of the call.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use fhir_client::{Observer, Read};

/// The requests of a call so far.
#[derive(Debug, Default)]
pub struct Reads(Mutex<Vec<FinishedRead>>);

/// A request that has ended.
#[derive(Debug)]
pub struct FinishedRead {
    /// The server as the settings name it.
    pub server: String,
    /// Key of the query in the library.
    pub query: String,
    /// The type of resource that was asked for.
    pub resource: String,
    /// How it failed, by its code; `None` for an answer that can be used.
    pub failure: Option<String>,
    /// When it was sent.
    pub sent: Instant,
    /// How long it took.
    pub took: Duration,
}

impl Reads {
    /// Takes out the requests so far, so that each is reported once.
    pub fn take(&self) -> Vec<FinishedRead> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for Reads {
    fn read(&self, read: &Read<'_>) {
        let Read { server, query, resource, result, sent, elapsed } = *read;
        let [server, query, resource] = [server, query, resource].map(str::to_owned);
        let failure = result.err().map(|failure| failure.code());
        let finished = FinishedRead { server, query, resource, failure, sent, took: elapsed };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(finished);
    }
}
