//! The pages of a search, and why reading ended.

use serde::{Deserialize, Serialize};

use document::Document;

use super::failure::Failure;

/// The pages of an answer.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Pages {
    /// The pages in order, each read when it arrived.
    pub bodies: Vec<Document<'static>>,
    /// Why no more pages were read although there were more; `None` when all were read.
    pub cut: Option<Cut>,
}

/// Why reading ended before the last page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cut {
    /// The most pages that are read of one search were reached.
    Limit,
    /// The next page had been read before.
    Loop,
    /// The link led out of the server's base URL.
    Outside,
    /// The page announced more but linked to none.
    NoLink,
    /// The next page failed.
    Failed(Failure),
    /// Prefetch brought only this page.
    Prefetched,
}

impl Cut {
    /// A few words for the log.
    pub fn code(self) -> String {
        match self {
            Cut::Limit => "more pages than limits.fhir-pages".to_owned(),
            Cut::Loop => "a next link in a circle".to_owned(),
            Cut::Outside => "a next link out of the server's base".to_owned(),
            Cut::NoLink => "more matches than entries, and no next link".to_owned(),
            Cut::Failed(failure) => format!("a next page failed: {}", failure.code()),
            Cut::Prefetched => "prefetch brought one page of more".to_owned(),
        }
    }
}
