//! `replay`: recorded requests and Bundles, and recorded decisions.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use domain::hook::Hook;
use domain::time::Clock;
use jiff::tz::TimeZone;
use replay::Recorded;
use tocilizumab_cds::author::Sdk;

use super::knowledge::{Knowledge, tested_library, version};
use super::{ended, look, settings};
use crate::now;

/// How to print.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines, one object a line.
    Ndjson,
}

/// Judges the files that the paths name.
///
/// # Errors
///
/// An argument or the library is wrong, or the output cannot be written.
pub fn run(
    paths: &[String],
    as_of: Option<&str>,
    format: Format,
    hook: Hook,
    knowledge: &Knowledge,
) -> Result<ExitCode, String> {
    let (library, _) = tested_library(knowledge)?;
    let as_of = as_of
        .map(|text| {
            Clock::parse(text, &TimeZone::UTC)
                .ok_or_else(|| format!("--as-of: `{text}` is neither a date nor a date and time"))
        })
        .transpose()?;
    let options = replay::Options { as_of, hook, ..options(format) };
    let status = replay::replay(
        &library,
        paths,
        &options,
        &mut std::io::stdin().lock(),
        &mut std::io::BufWriter::new(std::io::stdout().lock()),
        &mut std::io::stderr().lock(),
    );
    ended(status)
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
    let settings = settings(config)?;
    let place = settings.place()?;
    let knowledge = knowledge.or(&settings);
    let (library, _) = tested_library(&knowledge)?;
    let request = match paths {
        [] => None,
        [path] => Some(std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?),
        _ => return Err("--record: one file with the request is enough".to_owned()),
    };
    let recorded = Recorded {
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
fn options(format: Format) -> replay::Options<'static> {
    replay::Options {
        as_of: None,
        format: match format {
            Format::Text => replay::Format::Text,
            Format::Ndjson => replay::Format::Ndjson,
        },
        hook: Hook::OrderSign,
        look: look(),
        now: Clock::at(now().with_time_zone(TimeZone::UTC)),
        author: &Sdk,
    }
}
