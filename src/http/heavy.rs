//! Work that must not delay other calls: whatever reads much data runs outside the workers that answer, so many
//! at a time, and within a bound of time.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::config::Limits;

/// A call of this size or more, in bytes, is large. A smaller one is answered sooner than it could be handed over.
pub const LARGE: usize = 64 * 1024;

/// The turns of large calls.
#[derive(Debug)]
pub struct Heavy {
    turns: Semaphore,
}

impl Heavy {
    /// As many turns as the settings allow.
    pub fn new(limits: &Limits) -> Heavy {
        Heavy { turns: Semaphore::new(limits.large_calls.get().max(1)) }
    }

    /// Waits for a turn where there is much to go through. It ends when what comes back is dropped.
    pub async fn turn(&self, bytes: usize) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so that waiting does not fail.
        if bytes < LARGE { None } else { self.turns.acquire().await.ok() }
    }
}
