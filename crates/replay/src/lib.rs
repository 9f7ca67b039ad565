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
/// A Bulk Data export: its orders, each judged when it was written.
mod deleted;

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
/// What was said over many orders.
pub mod statistics;
/// The last words of a run.
mod summary;
/// One result as a person reads it.
mod text;

use std::io::{self, Read, Write};
use std::path::Path;

use bulk::manifest::Manifest;
use bulk::{ExportFile, patient_id};
use cds_hooks::author::Author;
use cds_hooks::error::CallError;
use document::Document;
use domain::hook::Hook;
use domain::time::Clock;
use fhir::resource::Resource;
use knowledge::Library;
use terminal::Look;

pub use self::checkpoint::Checkpoint;
pub use self::compare::Comparison;
pub use self::judge::{Judged, assumable, judge};
pub use self::progress::Progress;
pub use self::recorded::{Recorded, recorded};
pub use self::summary::summary;

use self::deleted::Deleted;
use self::export::Gaps;
use self::grouped::{Grouped, Whole, is_kept};
use self::input::{Input, Sink};
use self::output::Output;
use self::rejects::Rejects;
use self::statistics::Statistics;

/// How to replay.
pub struct Options<'a> {
    /// The moment to judge at; without it a Bundle is judged when its order was written, a request at `now`, and an order
    /// of an export when it was written.
    pub as_of: Option<Clock>,
    /// How to print.
    pub format: Format,
    /// The hook that orders in Bundles are judged at.
    pub hook: Hook,
    /// How the text looks.
    pub look: Look,
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
    /// Whether each judgement brings what is known of the patient, and what was looked at and not used: a second look at
    /// the record, for whoever wants to see why.
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

/// What a run came to.
#[derive(Debug)]
pub struct Ended {
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
) -> io::Result<Ended> {
    let Streams { stdin, out, err, rejects, checkpoint, progress, comparison } = streams;
    let (statistics, written) = match &checkpoint {
        Some(checkpoint) => (checkpoint.statistics().unwrap_or(statistics), checkpoint.output()),
        None => (statistics, 0),
    };
    let rejects = Rejects::new(rejects);
    let output = Output { out, err, written, statistics, checkpoint, comparison, format: options.format };
    let mut run = Run {
        library,
        options,
        output,
        rejects,
        documents: 0,
        unreadable: 0,
        files: Vec::new(),
        manifests: Vec::new(),
        deleted: Deleted::default(),
        grouped: Grouped::default(),
    };
    for path in paths {
        input::read(path, stdin, &mut run)?;
        run.close()?;
    }
    let of_export = !run.files.is_empty();
    let of_patients = of_export || run.grouped.is_used();
    let Run { mut output, mut rejects, documents, unreadable, files, manifests, deleted, .. } = run;
    if options.extent.assumed.is_some() && !of_patients {
        let what = format!("an order is assumed, but there is no export; {ASSUMED_FOR}");
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
    Ok(Ended { status, statistics, of_export })
}

/// Of what an order can be assumed, and how a Bundle becomes that.
const ASSUMED_FOR: &str = "it is assumed for the patients of a Bulk Data export, or of resources that come through `-` one \
                           a line, sorted by patient; of a Bundle `jq -c '.entry[].resource'` writes such lines";

struct Run<'r> {
    library: &'r Library,
    options: &'r Options<'r>,
    output: Output<'r>,
    rejects: Rejects<'r>,
    documents: u64,
    unreadable: usize,
    files: Vec<ExportFile>,
    manifests: Vec<Manifest>,
    deleted: Deleted,
    grouped: Grouped,
}

impl Run<'_> {
    /// Takes a resource that stands alone on a line of standard input, and judges the record that was whole before it.
    fn resource(&mut self, resource: &Resource<'_>, document: &Document<'_>, source: &str) -> io::Result<()> {
        if self.grouped.begins(resource, source)? {
            self.close()?;
        }
        self.grouped.take(resource, document, self.documents, self.options.extent.memory);
        Ok(())
    }

    /// Judges the record of the patient whose lines came in.
    fn close(&mut self) -> io::Result<()> {
        let Run { grouped, library, options, output, manifests, deleted, .. } = self;
        let judged = grouped.close(|whole, batch| {
            let known = output.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.has_document(whole.last));
            if known {
                return Ok(());
            }
            let Whole { id, kept, left_out, last } = whole;
            if *left_out > 0 {
                let what = format!("Patient/{id}: {left_out} lines are beyond the bound of --memory");
                writeln!(output.err, "{what}; what they may have held counts as not retrieved")?;
            }
            let mut printed = output.printed();
            let not_asked = export::not_asked(library, manifests);
            let gaps = Gaps { lost: *left_out > 0, not_asked, deleted };
            export::patient(id, (kept, batch), &gaps, (library, options), &mut printed)?;
            output.write(&printed)?;
            if let Some(checkpoint) = &mut output.checkpoint {
                checkpoint.document(*last);
            }
            output.out.flush()?;
            output.keep(false)
        });
        judged.unwrap_or(Ok(()))
    }
}

impl Sink for Run<'_> {
    fn document(&mut self, input: Input<'_>) -> io::Result<()> {
        self.documents += 1;
        let Input { source, document, live } = input;
        if document.as_ref().is_ok_and(|document| self.deleted.take(document)) {
            return Ok(());
        }
        if let (Ok(document), true) = (&document, live) {
            let resource = Resource::alone(document.root()).filter(|resource| resource.kind != "Bundle");
            // An order of nobody, and a patient without a name, are refused below.
            if let Some(resource) =
                resource.filter(|resource| patient_id(resource).is_some() || !is_kept(&resource.kind))
            {
                return self.resource(&resource, document, &source);
            }
        }
        if live && document.is_err() {
            self.grouped.unreadable();
        } else {
            self.close()?;
        }
        let known = self.output.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.has_document(self.documents));
        if known {
            return Ok(());
        }
        let mut printed = self.output.printed();
        let judged = document.and_then(|document| match self.options.extent.assumed {
            None => judge::judge(self.library, &document, &source, self.options),
            // Its own orders would be judged, which is not what was asked.
            Some(_) => Err(CallError::plain(400, "invalid", format!("no order can be assumed here: {ASSUMED_FOR}"))),
        });
        match judged {
            Ok(all) => all.iter().try_for_each(|judged| printed.tell(&source, judged, self.options))?,
            Err(error) => {
                self.unreadable += 1;
                printed.refuse(&source, &error, self.options)?;
            }
        }
        self.output.write(&printed)?;
        if let Some(checkpoint) = &mut self.output.checkpoint {
            checkpoint.document(self.documents);
        }
        if live { self.output.out.flush() } else { self.output.keep(false) }
    }

    fn export(&mut self, file: ExportFile) {
        self.files.push(file);
    }

    fn manifest(&mut self, manifest: Manifest) {
        self.manifests.push(manifest);
    }

    fn passed_over(&mut self, path: &Path, why: &str) -> io::Result<()> {
        writeln!(self.output.err, "{}: passed over: {why}", path.display())
    }
}
