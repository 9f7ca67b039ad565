//! What each command of the program does, and what they share.

/// The library and the policy that a command line names.
pub mod knowledge;
/// Commands that only print or write.
pub mod print;
/// `probe`.
pub mod probe;
/// `replay`.
pub mod replay;
/// `serve`.
pub mod serve;

use std::path::Path;
use std::process::ExitCode;

use tocilizumab_cds::config::{self, Settings};

/// The settings of a file and of the environment, with a warning for each variable that was probably meant to be one.
fn settings(file: Option<&Path>) -> Result<Settings, String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    config::misspelt(names).iter().for_each(|warning| eprintln!("warning: {warning}"));
    let told = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let text = file.map(|path| std::fs::read_to_string(path).map_err(|e| told(path, e))).transpose()?;
    let variable = |name: &str| std::env::var(name).ok();
    config::read(file.zip(text.as_deref()), variable)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// The exit status after printing.
fn ended(status: std::io::Result<u8>) -> Result<ExitCode, String> {
    match status {
        Ok(status) => Ok(ExitCode::from(status)),
        // The reader of our output went away; nobody is left to tell.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(format!("standard output: {error}")),
    }
}

/// The columns of the terminal; a hundred where there is none.
fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
}
