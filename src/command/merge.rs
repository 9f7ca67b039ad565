//! `replay merge` and `replay report`: the statistics of several runs as one, and statistics as a page.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ::knowledge::Library;
use clap::ValueEnum;
use replay::statistics::Statistics;

use super::knowledge::{Knowledge, tested_library};
use super::{ended, read};

/// How statistics are written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Form {
    /// For machines, and to be merged again
    Json,
    /// One page for people, which loads nothing
    Html,
}

/// Adds up the statistics of several runs and writes the sum.
///
/// # Errors
///
/// A file cannot be read or holds no statistics, or the output cannot be written.
pub fn merge(paths: &[PathBuf], output: Option<&Path>, form: Form, knowledge: &Knowledge) -> Result<ExitCode, String> {
    let mut merged = Statistics::default();
    for path in paths {
        let one = Statistics::read(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))?;
        merged.merge(&one);
    }
    if merged.knowledge.len() > 1 {
        eprintln!(
            "note: these runs were decided by {} different versions of program, library and policy",
            merged.knowledge.len()
        );
    }
    let text = match form {
        Form::Json => merged.json().map_err(|error| error.to_string())?,
        Form::Html => page(&merged, &tested_library(knowledge)?.0)?,
    };
    match output {
        Some(path) => std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?,
        None => return ended(std::io::stdout().write_all(text.as_bytes()).map(|()| 0)),
    }
    Ok(ExitCode::SUCCESS)
}

/// Statistics as a page.
///
/// # Errors
///
/// A chart cannot be drawn.
pub fn page(statistics: &Statistics, library: &Library) -> Result<String, String> {
    report::page(statistics, Some(library)).map_err(|error| error.to_string())
}
