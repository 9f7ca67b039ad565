//! The commands of the program, and what they share.

/// Whether the clock of the machine can be right.
mod clock;
/// `replay --compare`.
mod compare;
/// The rows of `feedback export`.
mod exported;
/// `health`.
pub mod health;
/// The library and the policy that the arguments name.
pub mod knowledge;
/// `feedback` and `store`.
pub mod ledger;
/// The log.
mod log;
/// `man` and `completions`.
pub mod manual;
/// `replay merge` and `replay report`.
pub mod merge;
/// Commands that only print or write.
pub mod print;
/// `probe`.
pub mod probe;
/// `replay`.
pub mod replay;
/// `serve`.
pub mod serve;
/// The numbers of `stats` as a person reads them.
mod statistics;
/// `synth`.
pub mod synth;
/// `check-token`.
pub mod token;

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use terminal::TextLayout;
use tocilizumab_cds::config::{self, Settings};

/// How a report is printed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

/// The settings of a file and of the environment. It prints a warning for each variable whose name looks misspelt.
fn settings(file: Option<&Path>) -> Result<Settings, String> {
    print_misspelt();
    read_settings(file)
}

/// Prints a warning for each environment variable whose name looks like a misspelt setting.
fn print_misspelt() {
    misspelt_variables().iter().for_each(|warning| eprintln!("warning: {warning}"));
}

/// A warning for each environment variable whose name looks like a misspelt setting.
fn misspelt_variables() -> Vec<String> {
    config::misspelt(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))
}

/// The settings of a file and of the environment.
fn read_settings(file: Option<&Path>) -> Result<Settings, String> {
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()));
    let text = file.map(read).transpose()?;
    let variable = |name: &str| std::env::var(name).ok();
    config::read(file.zip(text.as_deref()), variable)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// The text of a file.
fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The exit code of a command, given the result of printing.
fn ended(status: std::io::Result<u8>) -> Result<ExitCode, String> {
    match status {
        Ok(status) => Ok(ExitCode::from(status)),
        // The program that reads the output has ended, which is no error.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(format!("standard output: {error}")),
    }
}

/// How pages look here: as wide as the terminal, or a hundred columns where there is none; in colour on a terminal only.
fn layout() -> TextLayout {
    TextLayout {
        width: terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0)),
        colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    }
}
