//! What the targets share: the library, a clock that stands still, and an author who writes next to nothing.

use std::sync::OnceLock;

use cds_hooks::author::{Author, NewOrder};
use cds_hooks::error::CallError;
use domain::hook::Hook;
use domain::time::Clock;
use jiff::tz::TimeZone;
use knowledge::Library;
use replay::{Extent, Format, Options};
use terminal::TextLayout;

/// The built-in library.
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| Library::embedded().expect("the library of the program validates"))
}

/// The moment of the fixtures.
pub fn clock() -> Clock {
    Clock::parse("2026-11-22T09:00:00Z", &TimeZone::UTC).expect("a moment")
}

/// How the targets replay: as a program does that writes for machines.
pub fn options(extent: Extent<'_>) -> Options<'_> {
    Options {
        as_of: None,
        format: Format::Ndjson,
        hook: Hook::OrderSign,
        layout: TextLayout { width: 100, colour: false },
        now: clock(),
        author: &Nobody,
        extent,
    }
}

/// Writes the least that is JSON.
pub struct Nobody;

impl Author for Nobody {
    fn service_request(&self, _: &NewOrder<'_>) -> Option<String> {
        Some("{}".to_owned())
    }

    fn medication_request(&self, _: &NewOrder<'_>, _: &str) -> Option<String> {
        Some("{}".to_owned())
    }

    fn operation_outcome(&self, _: &CallError) -> String {
        "{}".to_owned()
    }
}
