//! How much of the FHIR server's answers one call may hold, all of them together: a limit for each answer alone would
//! let thirty queries hold thirty times as much.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What is left of a call's share of memory, in bytes.
#[derive(Debug)]
pub struct Budget(AtomicUsize);

impl Budget {
    /// So many bytes for one call.
    pub fn of(bytes: usize) -> Budget {
        Budget(AtomicUsize::new(bytes))
    }

    /// Takes bytes from what is left; whether there were enough.
    pub(crate) fn take(&self, bytes: usize) -> bool {
        let less = |left: usize| left.checked_sub(bytes);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn what_is_not_there_cannot_be_taken() {
        let budget = Budget::of(10);
        assert!(budget.take(6) && !budget.take(5) && budget.take(4) && !budget.take(1) && budget.take(0));
    }
}
