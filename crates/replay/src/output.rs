//! Where results go: as lines or as pages, to a stream that is counted, or through a comparison.

use std::io::{self, Write};

use cds_hooks::error::CallError;

use super::checkpoint::Checkpoint;
use super::compare::Comparison;
use super::judge::Judged;
use super::statistics::Statistics;
use super::{Format, Options, line, text};

/// What is written, and how much of it.
pub struct Output<'r> {
    /// Where the results go.
    pub out: &'r mut dyn Write,
    /// Where problems go.
    pub err: &'r mut dyn Write,
    /// How many bytes of results were written, those of an earlier run included.
    pub written: u64,
    /// What was said.
    pub statistics: Statistics,
    /// Where the progress of the run is kept.
    pub checkpoint: Option<&'r mut Checkpoint>,
    /// What the results are compared with.
    pub comparison: Option<&'r mut Comparison>,
    /// How results are printed.
    pub format: Format,
}

impl Output<'_> {
    /// An empty batch of results.
    pub fn printed(&self) -> PendingResults {
        PendingResults::new(self.comparison.is_some())
    }

    /// Writes results, or what has changed in them, and counts them.
    pub fn write(&mut self, printed: &PendingResults) -> io::Result<()> {
        match &mut self.comparison {
            Some(comparison) => comparison.take(&printed.out, self.format, self.out)?,
            None => self.out.write_all(&printed.out)?,
        }
        self.written += printed.out.len() as u64;
        self.err.write_all(&printed.err)?;
        self.statistics.merge(&printed.statistics);
        Ok(())
    }

    /// Saves the progress of the run if that is wanted and due; with `now`, in any case.
    pub fn keep(&mut self, now: bool) -> io::Result<()> {
        match &mut self.checkpoint {
            Some(checkpoint) if now || checkpoint.is_due() => {
                self.out.flush()?;
                checkpoint.save(self.written, &self.statistics)
            }
            None if now => self.out.flush(),
            _ => Ok(()),
        }
    }
}

/// Results that wait to be written.
#[derive(Default)]
pub struct PendingResults {
    out: Vec<u8>,
    err: Vec<u8>,
    /// What they say, counted.
    pub statistics: Statistics,
    /// Whether they are to be compared, and are lines for that whatever the format.
    compared: bool,
}

impl PendingResults {
    /// Nothing yet.
    pub fn new(compared: bool) -> PendingResults {
        PendingResults { compared, ..PendingResults::default() }
    }

    /// Adds a result.
    pub fn add_result(&mut self, source: &str, judged: &Judged<'_>, options: &Options<'_>) -> io::Result<()> {
        self.statistics.count(judged);
        if self.compared {
            return Ok(line::line(&mut self.out, source, judged, true)?);
        }
        if options.extent.cards_only && judged.decision.cards.is_empty() {
            return Ok(());
        }
        match options.format {
            Format::Nothing => Ok(()),
            Format::Text => writeln!(self.out, "{}", text::report(source, judged, options)),
            Format::Ndjson => {
                line::line(&mut self.out, source, judged, options.extent.cards_only)?;
                // Standard output is for machines here, so problems go to standard error.
                judged.problems.iter().try_for_each(|problem| writeln!(self.err, "{source}: {problem}"))
            }
        }
    }

    /// Adds what could not be read, and why.
    pub fn refuse(&mut self, source: &str, error: &CallError, options: &Options<'_>) -> io::Result<()> {
        self.statistics.unreadable(error.code);
        match options.format {
            _ if self.compared => writeln!(self.err, "{source}: {}", error.message),
            Format::Nothing => writeln!(self.err, "{source}: {}", error.message),
            Format::Text => writeln!(self.out, "{}", text::unreadable(source, error, options)),
            Format::Ndjson => Ok(line::error(&mut self.out, source, error, options.author)?),
        }
    }
}
