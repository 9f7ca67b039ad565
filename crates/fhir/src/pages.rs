//! What came of a search, page by page, and why reading ended.

use serde::{Deserialize, Serialize};

use document::Document;

use super::failure::Failure;

/// The pages of an answer.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Pages {
    /// The pages in order, each read when it arrived.
    pub bodies: Vec<Document<'static>>,
    /// Why no more were read although more was left.
    pub cut: Option<Cut>,
}

/// Why reading ended before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cut {
    /// At the most pages that are read of one search.
    Limit,
    /// At a page that was read before.
    Loop,
    /// At a link that leads out of the server's base.
    Outside,
    /// At a page that says of more and links to none.
    NoLink,
    /// At a page that failed.
    Failed(Failure),
    /// At the page that prefetch brought.
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
