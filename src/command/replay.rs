//! `replay`: recorded requests, Bundles and exports, and recorded decisions.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ::knowledge::Library;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use document::Document;
use domain::hook::Hook;
use domain::time::Clock;
use jiff::tz::TimeZone;
use replay::statistics::Statistics;
use replay::{Checkpoint, Comparison, Extent, Progress, RecordedDecision, RunResult, Streams};
use tocilizumab_cds::author::Sdk;

use super::compare::earlier;
use super::knowledge::{Knowledge, tested_library, version};
use super::{ended, layout, merge, read, settings};
use crate::now;

/// How to print.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines, one object a line.
    Ndjson,
    /// What was said over all orders, as one page that loads nothing.
    Html,
}

/// What to replay, and where the results go.
#[derive(Debug, Args)]
pub struct Replayed {
    /// The moment to judge at: a date (its end) or a date and time. Without it an order of a Bundle or of an export is judged when it was written, a request now
    #[arg(long)]
    pub as_of: Option<String>,
    /// The hook that orders in Bundles and exports are judged at
    #[arg(long, default_value = "order-sign", value_parser = order_hooks())]
    pub hook: Hook,
    /// Print only results with a card, without what was found for each criterion
    #[arg(long)]
    pub cards_only: bool,
    /// Write the results to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write counts of what was said to this file (JSON); `replay merge` adds up several
    #[arg(long, value_name = "FILE")]
    pub statistics: Option<PathBuf>,
    /// Keep the lines of an export that cannot be read in this file, each with its place and the reason
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Keep in this file how far the run came; the same command goes on from there
    #[arg(long, value_name = "FILE", requires = "output")]
    pub checkpoint: Option<PathBuf>,
    /// Judge this one order (JSON) for every patient of an export, at --as-of or at the newest date of the record
    #[arg(long, value_name = "FILE")]
    pub assume_order: Option<PathBuf>,
    /// How much of an export's records is kept in memory at once, in MiB; more patients than fit take more passes
    #[arg(long, value_name = "MIB", default_value_t = 256)]
    pub memory: usize,
    /// How many threads read and judge an export [default: one for each core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Print only what has changed since an earlier judgement, order by order: stored lines (FILE.ndjson), or the same orders judged with another library (DIR) or another policy (FILE.toml)
    #[arg(long, value_name = "DIR|POLICY|LINES", conflicts_with = "checkpoint")]
    pub compare: Option<PathBuf>,
    /// With --compare: end with status 1 when anything has changed
    #[arg(long, requires = "compare")]
    pub expect: bool,
    /// Parse every line of an export, also those that cannot matter
    #[arg(long, hide = true)]
    pub no_shortcut: bool,
}

/// The names of the hooks whose calls hold orders.
fn order_hooks() -> impl TypedValueParser<Value = Hook> {
    PossibleValuesParser::new(["order-select", "order-sign"]).map(|name| Hook::from_name(&name))
}

/// Judges the files that the paths name.
///
/// # Errors
///
/// An argument or the library is wrong, or the output cannot be written.
pub fn run(paths: &[String], replayed: &Replayed, format: Format, knowledge: &Knowledge) -> Result<ExitCode, String> {
    if let (Format::Html, Some(other)) = (format, beside_a_page(replayed)) {
        return Err(format!("--format html writes one page at the end, which cannot be combined with {other}"));
    }
    let (library, _) = tested_library(knowledge)?;
    let mut options = options(format);
    options.hook = replayed.hook.clone();
    options.as_of = replayed.as_of.as_deref().map(moment).transpose()?;
    let assumed = replayed.assume_order.as_deref().map(read).transpose()?;
    let assumed = assumed.as_deref().map(|text| assumed_order(text, replayed, &library)).transpose()?;
    let version = version(knowledge)?;
    let order = assumed.as_ref().map(Document::text);
    let asked = format!("{paths:?} {format:?} {order:?} {version:?}");
    let mut checkpoint = checkpoint(replayed, &asked, &options.now)?;
    if let Some(now) = checkpoint.as_ref().and_then(|checkpoint| Clock::from_exact(checkpoint.now())) {
        options.now = now;
    }
    options.extent = Extent {
        cards_only: replayed.cards_only,
        assumed: assumed.as_ref(),
        threads: replayed.threads.unwrap_or(options.extent.threads),
        memory: replayed.memory.saturating_mul(1 << 20),
        thorough: replayed.no_shortcut,
        ..options.extent
    };
    let mut comparison = match &replayed.compare {
        Some(with) => Some(earlier(with, paths, &options, knowledge)?),
        None => None,
    };
    let mut out = output(replayed, checkpoint.as_ref())?;
    let mut rejects = replayed.rejects.as_deref().map(|path| created(path).map(BufWriter::new)).transpose()?;
    // A line that is overwritten all the time must not be mixed with the results.
    let is_free = replayed.output.is_some() || !std::io::stdout().is_terminal();
    let progress = (is_free && std::io::stderr().is_terminal()).then(Progress::default);
    let streams = Streams {
        stdin: &mut std::io::stdin().lock(),
        out: &mut *out,
        err: &mut std::io::stderr(),
        rejects: rejects.as_mut().map(|rejects| rejects as &mut dyn Write),
        checkpoint: checkpoint.as_mut(),
        progress: progress.as_ref(),
        comparison: comparison.as_mut(),
    };
    let done = replay::run(&library, paths, &options, Statistics::of(&version), streams);
    let done = match done.and_then(|done| rejects.iter_mut().try_for_each(Write::flush).map(|()| done)) {
        Ok(done) => done,
        // Messages about arguments are complete; all other errors concern the output.
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => return Err(error.to_string()),
        Err(error) => match &replayed.output {
            Some(path) => return Err(format!("{}: {error}", path.display())),
            None => return ended(Err(error)),
        },
    };
    if let Format::Html = format {
        let page = merge::page(&done.statistics, &library)?;
        let written = out.write_all(page.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| format!("the page cannot be written: {error}"))?;
    }
    report_ended(replayed, &done, comparison.as_ref())?;
    let changed = replayed.expect && comparison.is_some_and(|comparison| comparison.has_changes());
    ended(Ok(done.status.max(u8::from(changed))))
}

/// An argument that asks for results one by one.
fn beside_a_page(replayed: &Replayed) -> Option<&'static str> {
    let Replayed { checkpoint, compare, cards_only, .. } = replayed;
    let asked = [
        (checkpoint.is_some(), "--checkpoint; keep --statistics, and make the page with `replay report`"),
        (compare.is_some(), "--compare"),
        (*cards_only, "--cards-only"),
    ];
    asked.into_iter().find_map(|(asked, name)| asked.then_some(name))
}

/// Writes the statistics, and the last words for people.
fn report_ended(replayed: &Replayed, done: &RunResult, comparison: Option<&Comparison>) -> Result<(), String> {
    if let Some(path) = &replayed.statistics {
        let json = done.statistics.json().map_err(|error| error.to_string())?;
        std::fs::write(path, json).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if done.of_export || replayed.output.is_some() || replayed.statistics.is_some() {
        eprint!("{}", replay::summary(&done.statistics, layout()));
    }
    if let Some(comparison) = comparison {
        eprint!("{}", comparison.summary());
    }
    Ok(())
}

/// How far a run came that was asked the same. How it is read, and what is written besides the results, may differ.
fn checkpoint(replayed: &Replayed, asked: &str, now: &Clock) -> Result<Option<Checkpoint>, String> {
    let Replayed { as_of, hook, cards_only, output, checkpoint, .. } = replayed;
    let Some(path) = checkpoint else { return Ok(None) };
    let asked = format!("{asked} {as_of:?} {hook:?} {cards_only} {output:?}");
    Checkpoint::open(path, &fingerprint::hash([asked.as_bytes()]), &now.exact()).map(Some)
}

fn moment(text: &str) -> Result<Clock, String> {
    Clock::parse(text, &TimeZone::UTC).ok_or_else(|| format!("--as-of: `{text}` is neither a date nor a date and time"))
}

fn created(path: &Path) -> Result<File, String> {
    File::create(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The order that is judged for every patient.
fn assumed_order<'t>(text: &'t str, replayed: &Replayed, library: &Library) -> Result<Document<'t>, String> {
    let file = replayed.assume_order.as_deref().unwrap_or(Path::new("-")).display();
    let document = Document::parse(text).map_err(|error| format!("{file}: is not JSON: {error}"))?;
    replay::assumable(library, &document, &TimeZone::UTC).map_err(|what| format!("{file}: {what}"))?;
    Ok(document)
}

/// The output for the results; they are appended to those that a checkpoint covers.
fn output(replayed: &Replayed, checkpoint: Option<&Checkpoint>) -> Result<Box<dyn Write>, String> {
    let Some(path) = &replayed.output else { return Ok(Box::new(BufWriter::new(std::io::stdout().lock()))) };
    let Some(kept) = checkpoint.map(Checkpoint::output).filter(|kept| *kept > 0) else {
        return Ok(Box::new(BufWriter::new(created(path)?)));
    };
    let name = path.display();
    let opened = File::options().append(true).open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (length, file) = opened.map_err(|error| format!("{name}: {error}"))?;
    if length < kept {
        return Err(format!(
            "{name}: holds {length} bytes, but the checkpoint knows of {kept}; remove both to start again from the beginning"
        ));
    }
    file.set_len(kept).map_err(|error| format!("{name}: {error}"))?;
    Ok(Box::new(BufWriter::new(file)))
}

/// Makes a recorded decision again and prints whether the cards are the same. The exit code is 1 when they are not,
/// or when inputs are missing.
///
/// # Errors
///
/// The settings, the library, the store or the file with the request cannot be read.
pub fn record(
    id: &str,
    paths: &[String],
    config: Option<&Path>,
    format: Format,
    knowledge: Knowledge,
) -> Result<ExitCode, String> {
    if let Format::Html = format {
        return Err("--record: one decision has no statistics for a page; use text or ndjson".to_owned());
    }
    let settings = settings(config)?;
    let place = settings.place()?;
    let knowledge = knowledge.or(&settings);
    let (library, _) = tested_library(&knowledge)?;
    let request = match paths {
        [] => None,
        [path] => Some(std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?),
        _ => return Err("--record: at most one file with the request may be given".to_owned()),
    };
    let recorded = RecordedDecision {
        record: &store::record(&place, id)?,
        request: request.as_deref(),
        library: &library,
        version: &version(&knowledge)?,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let status = replay::recorded(&recorded, &options(format), &mut out, &mut std::io::stderr().lock());
    ended(status.and_then(|status| out.flush().map(|()| status)))
}

/// How replay prints here.
fn options<'a>(format: Format) -> replay::Options<'a> {
    replay::Options {
        as_of: None,
        format: match format {
            Format::Text => replay::Format::Text,
            Format::Ndjson => replay::Format::Ndjson,
            Format::Html => replay::Format::Nothing,
        },
        hook: Hook::OrderSign,
        layout: layout(),
        now: Clock::at(now().with_time_zone(TimeZone::UTC)),
        author: &Sdk,
        extent: Extent::default(),
    }
}
