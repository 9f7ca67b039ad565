//! What is called for every request to a FHIR server: for figures of the load that calls put on it, and of its failures.

use std::fmt::Debug;
use std::time::Duration;

use fhir::failure::Failure;

/// Is told of every request to a FHIR server once its answer was read or given up.
pub trait Observer: Debug + Send + Sync {
    /// `server` is the base URL in the settings, or `this machine`, so that calls cannot make up new ones. The result is
    /// the size of the answer in bytes, or how the request failed.
    fn read(&self, server: &str, result: Result<usize, Failure>, elapsed: Duration);
}
