//! Where a fact comes from, as a card cites it.

use std::cmp::Reverse;
use std::ops::Deref;
use std::sync::Arc;

use jiff::civil::Date;

use crate::time::When;

/// Where a fact comes from, as a card cites it. Findings hold many of them, so that a clone only counts a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source(Arc<Cited>);

/// What a card cites of a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Cited {
    /// `Type/id` of the resource.
    pub reference: String,
    /// The value or name as the record gives it.
    pub received: String,
    /// The clinical date as the record gives it.
    pub effective: Option<When>,
}

impl Deref for Source {
    type Target = Cited;

    fn deref(&self) -> &Cited {
        &self.0
    }
}

impl Source {
    /// Cites a record by its reference, `Type/id`, with its value or name and its clinical date as the record writes
    /// them.
    pub fn new(reference: String, received: String, effective: Option<When>) -> Source {
        Source(Arc::new(Cited { reference, received, effective }))
    }

    /// Cites the same record with other words for its value.
    pub fn with_value(&self, received: String) -> Source {
        Source::new(self.reference.clone(), received, self.effective.clone())
    }

    /// Whether both are clones of one citation. Two citations that only say the same are not.
    pub fn is(&self, other: &Source) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The order in which records are read and cited: the newest first, whatever order the sender chose.
    pub(crate) fn rank(&self) -> (Reverse<Option<Date>>, &str, &str) {
        (Reverse(self.effective.as_ref().map(When::last)), &self.reference, &self.received)
    }
}
