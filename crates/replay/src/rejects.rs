//! Lines of an export that could not be read: counted by reason, the first of them reported, and all kept where that is
//! wanted.

use std::io::{self, Write};

use bulk::reject::Reject;
use serde::Serialize;

use super::statistics::Statistics;

/// How many are listed one by one.
const TOLD: u64 = 20;

/// The lines that could not be read so far.
pub struct Rejects<'r> {
    keep: Option<&'r mut dyn Write>,
    counted: Statistics,
}

#[derive(Serialize)]
struct Line<'a> {
    /// `file:line`.
    source: &'a str,
    reason: &'a str,
    message: String,
    /// The line, as far as it is text.
    line: &'a str,
}

impl<'r> Rejects<'r> {
    /// None so far.
    pub fn new(keep: Option<&'r mut dyn Write>) -> Rejects<'r> {
        Rejects { keep, counted: Statistics::default() }
    }

    /// Whether they are kept.
    pub fn keeps(&self) -> bool {
        self.keep.is_some()
    }

    /// Takes one.
    pub fn take(&mut self, reject: &Reject, err: &mut dyn Write) -> io::Result<()> {
        let Reject { source, flaw, line } = reject;
        self.counted.unreadable(flaw.code());
        match self.counted.all_unreadable() {
            count if count <= TOLD => writeln!(err, "{source}: {flaw}")?,
            count if count == TOLD + 1 => writeln!(err, "More lines cannot be read; --rejects FILE keeps them all.")?,
            _ => {}
        }
        if let Some(keep) = &mut self.keep {
            let kept = Line { source, reason: flaw.code(), message: format!("{source}: {flaw}"), line };
            writeln!(keep, "{}", serde_json::to_string(&kept)?)?;
        }
        Ok(())
    }

    /// The numbers, and nothing else in them.
    pub fn counted(&mut self) -> Statistics {
        std::mem::take(&mut self.counted)
    }
}
