//! `probe`: what a FHIR server gives for one patient.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::ValueEnum;
use domain::time::Clock;
use tocilizumab_cds::probe;

use super::knowledge::{Knowledge, library};
use super::{ended, look};
use crate::now;

/// How to print.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// Asks the server and tells what came.
pub fn run(
    server: String,
    patient: String,
    token_env: Option<&str>,
    timeout_ms: u64,
    format: Format,
    knowledge: &Knowledge,
) -> Result<ExitCode, String> {
    let (library, _) = library(knowledge)?;
    let token = |name: &str| match std::env::var(name) {
        Ok(token) if !token.trim().is_empty() => Ok(token.trim().to_owned()),
        _ => Err(format!("--token-env: the variable {name} is not set, or holds no text")),
    };
    let target = probe::Target { server, patient, token: token_env.map(token).transpose()? };
    let (wait, clock) = (Duration::from_millis(timeout_ms), Clock::at(now()));
    let report = actix_web::rt::System::new().block_on(probe::probe(&library, &target, wait, &clock))?;
    let page = match format {
        Format::Text => probe::page(&report, look()),
        Format::Json => probe::json(&report)?,
    };
    ended(std::io::stdout().lock().write_all(page.as_bytes()).map(|()| u8::from(!report.complete)))
}
