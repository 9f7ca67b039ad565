//! Replay: recorded hook requests, Bundles and whole Bulk Data exports go through the same path as live calls, and the
//! answers are printed for people or for machines.

/// The entries of a Bundle of any type.
mod bundle;
/// How far a run came, so that another can go on from there.
mod checkpoint;
/// The codes of a record that mean nothing to the library.
mod codes;
/// What changes between two judgements.
mod compare;
/// What an export lists as deleted.
mod deleted;
/// A Bulk Data export: its orders, each judged when it was written.
mod export;
/// Lines of resources that come sorted by patient.
mod grouped;
/// The documents to read: files, folders, standard input.
mod input;
/// From one document to what was decided on it.
mod judge;
/// One result as a line of NDJSON.
mod line;
/// The moments at which orders are judged.
mod moment;
/// Where results go.
mod output;
/// How far the reading is, for a person who waits.
mod progress;
/// A recorded decision made again.
mod recorded;
/// Lines of an export that could not be read.
mod rejects;
/// One run under way.
mod run;
/// What was decided on many orders.
pub mod statistics;
/// The summary at the end of a run.
mod summary;
/// One result as a person reads it.
mod text;

use std::io::{self, Read, Write};

use cds_hooks::author::Author;
use document::Document;
use domain::hook::Hook;
use domain::time::Clock;
use knowledge::Library;
use terminal::TextLayout;

pub use self::checkpoint::Checkpoint;
pub use self::compare::Comparison;
pub use self::judge::{Judged, assumable, judge};
pub use self::progress::Progress;
pub use self::recorded::{RecordedDecision, recorded};
pub use self::summary::summary;

use self::output::Output;
use self::rejects::Rejects;
use self::run::{ASSUMED_FOR, Run};
use self::statistics::Statistics;

/// How to replay.
pub struct Options<'a> {
    /// The moment to judge at; without it a Bundle is judged when its order was written, a request at `now`, and an
    /// order of an export when it was written.
    pub as_of: Option<Clock>,
    /// How to print.
    pub format: Format,
    /// The hook that orders in Bundles are judged at.
    pub hook: Hook,
    /// How the text looks.
    pub layout: TextLayout,
    /// The present moment.
    pub now: Clock,
    /// Who writes the resources of suggestions and errors.
    pub author: &'a dyn Author,
    /// How much is printed, and how an export is read.
    pub extent: Extent<'a>,
}

/// How much is printed, and how an export is read.
#[derive(Debug, Clone, Copy)]
pub struct Extent<'a> {
    /// Whether only results with a card are printed, without what was found for each criterion.
    pub cards_only: bool,
    /// An order that every patient of an export is judged with, instead of those on record.
    pub assumed: Option<&'a Document<'a>>,
    /// How many threads work on an export.
    pub threads: usize,
    /// How many bytes of an export's records are kept at once.
    pub memory: usize,
    /// How many bytes of an export's file are one piece of work.
    pub piece: u64,
    /// Whether every line of an export is parsed, also those that cannot matter.
    pub thorough: bool,
    /// Whether each judgement also holds the facts about the patient, and what was read and not used. The record is
    /// then read a second time, for a reader who wants to see why.
    pub explained: bool,
}

impl Default for Extent<'_> {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Extent {
            cards_only: false,
            assumed: None,
            threads,
            memory: 256 << 20,
            piece: 4 << 20,
            thorough: false,
            explained: false,
        }
    }
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Ndjson,
    /// Nothing: the results are only counted, and what cannot be read is reported.
    Nothing,
}

/// Where a run reads from and writes to.
pub struct Streams<'s> {
    /// Standard input.
    pub stdin: &'s mut dyn Read,
    /// Where the results go.
    pub out: &'s mut dyn Write,
    /// Where problems go.
    pub err: &'s mut dyn Write,
    /// Where the lines of an export go that cannot be read.
    pub rejects: Option<&'s mut dyn Write>,
    /// How far the run came before, and where that is kept.
    pub checkpoint: Option<&'s mut Checkpoint>,
    /// Called with how far the reading is.
    pub progress: Option<&'s Progress>,
    /// An earlier judgement: then only what has changed since is written.
    pub comparison: Option<&'s mut Comparison>,
}

/// The result of a run.
#[derive(Debug)]
pub struct RunResult {
    /// The exit status: 0 when all was read, 1 when something was not.
    pub status: u8,
    /// What was said.
    pub statistics: Statistics,
    /// Whether an export was among what was read.
    pub of_export: bool,
}

/// Judges every document and prints what was found. The exit status: 0 when all were read, 1 when some were not.
pub fn replay(
    library: &Library,
    paths: &[String],
    options: &Options<'_>,
    stdin: &mut dyn Read,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let streams = Streams { stdin, out, err, rejects: None, checkpoint: None, progress: None, comparison: None };
    run(library, paths, options, Statistics::default(), streams).map(|ended| ended.status)
}

/// Judges all that the paths name, and counts it on top of `statistics`.
pub fn run<'s>(
    library: &'s Library,
    paths: &[String],
    options: &'s Options<'s>,
    statistics: Statistics,
    streams: Streams<'s>,
) -> io::Result<RunResult> {
    let Streams { stdin, out, err, rejects, checkpoint, progress, comparison } = streams;
    let (statistics, written) = match &checkpoint {
        Some(checkpoint) => (checkpoint.statistics().unwrap_or(statistics), checkpoint.output()),
        None => (statistics, 0),
    };
    let output = Output { out, err, written, statistics, checkpoint, comparison, format: options.format };
    let mut run = Run::new(library, options, output, Rejects::new(rejects));
    for path in paths {
        input::read(path, stdin, &mut run)?;
        run.close()?;
    }
    let of_export = !run.files.is_empty();
    let of_patients = of_export || run.grouped.is_used();
    let Run { mut output, mut rejects, documents, unreadable, files, manifests, deleted, .. } = run;
    if options.extent.assumed.is_some() && !of_patients {
        let what = format!("the order of --assume-order cannot be used, because no export was read: {ASSUMED_FOR}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    if of_export {
        let export = export::Export { library, options, files, manifests, deleted: &deleted, progress };
        export.replay(&mut output, &mut rejects)?;
    } else if deleted.count() > 0 {
        // On standard input a record is judged when its last line came, so that a later list is too late for it.
        let what = match of_patients {
            true => "They are left out of the records that came after their list.",
            false => "There is no export that they could be left out of.",
        };
        writeln!(output.err, "Resources that are listed as deleted: {}. {what}", deleted.count())?;
    }
    if let Some(comparison) = &mut output.comparison {
        comparison.finish(options.format, output.out)?;
    }
    output.keep(true)?;
    if unreadable > 0 {
        writeln!(output.err, "{unreadable} of {documents} inputs could not be read")?;
    }
    let mut statistics = output.statistics;
    statistics.merge(&rejects.counted());
    let status = u8::from(unreadable > 0 || statistics.all_unreadable() > 0);
    Ok(RunResult { status, statistics, of_export })
}
