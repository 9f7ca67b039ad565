//! `replay merge`: the statistics of several runs as one.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use replay::statistics::Statistics;

use super::{ended, read};

/// Adds up the statistics of several runs and prints the sum.
///
/// # Errors
///
/// A file cannot be read or holds no statistics, or the output cannot be written.
pub fn merge(paths: &[PathBuf], output: Option<&Path>) -> Result<ExitCode, String> {
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
    let json = merged.json().map_err(|error| error.to_string())?;
    match output {
        Some(path) => std::fs::write(path, json).map_err(|error| format!("{}: {error}", path.display()))?,
        None => return ended(std::io::stdout().write_all(json.as_bytes()).map(|()| 0)),
    }
    Ok(ExitCode::SUCCESS)
}
