//! `feedback export`, and `store prune`, `store backup` and `store migrate`: what is kept, written out and looked after.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use store::keep::{self, Deleted};
use store::stats::beginning;

use super::exported::{RowWriter, StoreNames, Titles};
use super::knowledge::{Knowledge, library};
use super::settings;
use crate::now;

/// How rows are written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Rows {
    /// For a spreadsheet
    Csv,
    /// A JSON object a line
    Ndjson,
}

/// What is done to the store.
#[derive(Debug, Subcommand)]
pub enum Store {
    /// Delete what is older than the setting store.keep-days says, or than a day.
    Prune {
        /// Delete what is older than this day, such as 2026-11-01, instead
        #[arg(long, value_name = "DATE")]
        before: Option<String>,
        /// Settings file (TOML) that names the store
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
    },
    /// Copy a SQLite store into a new file, while the service may be writing it.
    Backup {
        /// The file, which must not be there yet
        to: PathBuf,
        /// Settings file (TOML) that names the store
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
    },
    /// Bring the tables of the store up to date, or back to what an older version of the program made.
    Migrate {
        /// The version of the tables to go to; the newest when left out
        #[arg(long, value_name = "N")]
        to: Option<i64>,
        /// Settings file (TOML) that names the store
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
    },
}

/// Runs `feedback export`.
///
/// # Errors
///
/// The settings or `--since` are wrong, the store cannot be read, or the output cannot be written.
pub fn export(
    config: Option<&Path>,
    rows: Rows,
    since: Option<&str>,
    output: Option<&Path>,
) -> Result<ExitCode, String> {
    let settings = settings(config)?;
    let zone = settings.zone();
    let since_ms = since.map_or(Ok(i64::MIN), |day| beginning(day, &zone));
    let since_ms = since_ms.map_err(|message| format!("--since: {message}"))?;
    let titles = Titles::of(&library(&Knowledge::default().or(&settings))?.0);
    let named = settings.clients.iter().filter_map(|(name, client)| Some((name.as_str(), client.location.as_deref()?)));
    let names = StoreNames { titles: &titles, places: named.collect(), zone: &zone };
    let place = settings.place()?;
    let out: Box<dyn Write> = match output {
        None => Box::new(BufWriter::new(std::io::stdout().lock())),
        Some(path) => Box::new(BufWriter::new(private(path).map_err(|e| format!("{}: {e}", path.display()))?)),
    };
    let name = output.map_or("standard output".to_owned(), |path| path.display().to_string());
    let mut reader_is_gone = false;
    let mut failed = |error: std::io::Error| {
        reader_is_gone = output.is_none() && error.kind() == ErrorKind::BrokenPipe;
        format!("{name}: {error}")
    };
    let written = || {
        let mut exporting = RowWriter::new(rows, out, names).map_err(&mut failed)?;
        store::export::export(&place, since_ms, &mut |row| exporting.row(&row).map_err(&mut failed))?;
        exporting.end().map_err(&mut failed)
    };
    match (written(), output) {
        (Ok(rows), Some(path)) => println!("{rows} rows in {}", path.display()),
        (Err(error), _) if !reader_is_gone => return Err(error),
        _ => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// A file that only its owner can read: rows may name users and hold their comments.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Runs `store …`.
///
/// # Errors
///
/// The settings or an argument are wrong, or the store cannot be read or written.
pub fn run(what: Store) -> Result<ExitCode, String> {
    match what {
        Store::Prune { before, config } => {
            let settings = settings(config.as_deref())?;
            let before = match (&before, settings.store.keep_days) {
                (Some(day), _) => beginning(day, &settings.zone()).map_err(|message| format!("--before: {message}"))?,
                (None, Some(days)) => keep::ago(&now(), u64::try_from(days.get()).unwrap_or(u64::MAX)),
                (None, None) => {
                    return Err("name a day with --before (such as 2026-11-01), or set store.keep-days".to_owned());
                }
            };
            let Deleted { cards, feedback, records } = keep::prune(&settings.place()?, before)?;
            println!("deleted: {cards} cards, {feedback} items of feedback, {records} decision records");
        }
        Store::Backup { to, config } => {
            keep::back_up(&settings(config.as_deref())?.place()?, &to)?;
            println!("the store is copied to {}", to.display());
        }
        Store::Migrate { to, config } => {
            let version = keep::migrate(&settings(config.as_deref())?.place()?, to)?;
            println!("the tables of the store are those of version {version}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
