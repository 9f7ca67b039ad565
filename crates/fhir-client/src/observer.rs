//! The observer of every request to a FHIR server: for figures of the load that calls put on it and of its failures,
//! and for the trace of a call.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use fhir::failure::Failure;

/// Is called for every request to a FHIR server, once its answer was read or given up.
pub trait Observer: Debug + Send + Sync {
    /// A request has ended.
    fn read(&self, read: &Read<'_>);
}

/// A request to a FHIR server that has ended. It holds nothing of the patient: no URL, no id, no token.
#[derive(Debug, Clone, Copy)]
pub struct Read<'r> {
    /// The base URL in the settings, or `this machine`, so that calls cannot make up new ones.
    pub server: &'r str,
    /// Key of the query in the library; `medication` for a Medication to which a resource refers.
    pub query: &'r str,
    /// The type of resource that was asked for.
    pub resource: &'r str,
    /// The size of the answer in bytes, or how the request failed.
    pub result: Result<usize, Failure>,
    /// When it was sent.
    pub sent: Instant,
    /// How long it took.
    pub elapsed: Duration,
}
