//! Large calls, which must not delay the others: only a limited number of them is worked on at the same time.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::config::Limits;

/// A call of this size or more, in bytes, is large. A smaller one is answered sooner than it could be handed over.
pub const LARGE: usize = 64 * 1024;

/// Limits how many large calls are worked on at the same time.
#[derive(Debug)]
pub struct LargeCalls {
    permits: Semaphore,
}

impl LargeCalls {
    /// As many permits as the settings allow.
    pub fn new(limits: &Limits) -> LargeCalls {
        LargeCalls { permits: Semaphore::new(limits.large_calls.get().max(1)) }
    }

    /// Waits for a permit where the input is large; a small one needs none. The permit ends when it is dropped.
    pub async fn permit(&self, bytes: usize) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so that waiting does not fail.
        if bytes < LARGE { None } else { self.permits.acquire().await.ok() }
    }
}
