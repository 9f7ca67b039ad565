//! The memory that all FHIR answers of one call together may take: a limit for each answer alone would let thirty
//! queries take thirty times as much.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes that are left for the answers of a call.
#[derive(Debug)]
pub struct Budget(AtomicUsize);

impl Budget {
    /// A budget of so many bytes for one call.
    pub fn of(bytes: usize) -> Budget {
        Budget(AtomicUsize::new(bytes))
    }

    /// Takes bytes from the budget; `false`, and takes none, when there are not enough.
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
