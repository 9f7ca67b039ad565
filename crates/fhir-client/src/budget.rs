//! The memory that all FHIR answers of one call together may take: a limit for each answer alone would let thirty
//! queries take thirty times as much. What a call takes also counts in a memory that all calls share.

use std::sync::atomic::{AtomicUsize, Ordering};

use fhir::failure::Failure;

/// Memory that several calls share.
pub trait MemoryPool: Sync {
    /// Takes bytes until the end of the call; `false`, and takes none, when there are not enough.
    fn take(&self, bytes: usize) -> bool;
}

/// The bytes that are left for the answers of a call.
pub struct Budget<'m> {
    left: AtomicUsize,
    shared: Option<&'m dyn MemoryPool>,
}

impl<'m> Budget<'m> {
    /// A budget of this many bytes for one call.
    pub fn of(bytes: usize) -> Budget<'m> {
        Budget { left: AtomicUsize::new(bytes), shared: None }
    }

    /// The same budget within a memory that other calls share.
    pub fn within(self, shared: &'m dyn MemoryPool) -> Budget<'m> {
        Budget { shared: Some(shared), ..self }
    }

    /// Takes bytes from the budget.
    ///
    /// # Errors
    ///
    /// There are not enough, and none are taken.
    pub(crate) fn take(&self, bytes: usize) -> Result<(), Failure> {
        let less = |left: usize| left.checked_sub(bytes);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).map_err(|_| Failure::TooLarge)?;
        if self.shared.is_none_or(|shared| shared.take(bytes)) {
            return Ok(());
        }
        self.left.fetch_add(bytes, Ordering::Relaxed);
        Err(Failure::NoRoom)
    }
}

impl std::fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Budget").field(&self.left).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, MemoryPool};
    use fhir::failure::Failure;

    struct Full;

    impl MemoryPool for Full {
        fn take(&self, bytes: usize) -> bool {
            bytes == 0
        }
    }

    #[test]
    fn what_is_not_there_cannot_be_taken() {
        let budget = Budget::of(10);
        for (bytes, taken) in [(6, true), (5, false), (4, true), (1, false), (0, true)] {
            assert_eq!(budget.take(bytes).is_ok(), taken, "{bytes}");
        }
        let shared = Budget::of(10).within(&Full);
        assert_eq!((shared.take(11), shared.take(6)), (Err(Failure::TooLarge), Err(Failure::NoRoom)));
        assert_eq!(shared.take(10), Err(Failure::NoRoom), "what could not be had is still in the budget");
    }
}
