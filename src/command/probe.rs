//! `probe`: asks a FHIR server for the data of one patient.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use domain::time::Clock;
use tocilizumab_cds::probe;

use super::knowledge::{Knowledge, library};
use super::{Format, ended, layout};
use crate::now;

/// Asks the server and prints the report. The exit code is 0 when every query was answered in full, otherwise 1.
///
/// # Errors
///
/// No query could be sent; the message names the argument that is wrong.
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
        _ => Err(format!("--token-env: the environment variable {name} is not set, or is not valid text")),
    };
    let target = probe::Target { server, patient, token: token_env.map(token).transpose()? };
    let (wait, clock) = (Duration::from_millis(timeout_ms), Clock::at(now()));
    let report = actix_web::rt::System::new().block_on(probe::probe(&library, &target, wait, &clock))?;
    let page = match format {
        Format::Text => probe::page(&report, layout()),
        Format::Json => probe::json(&report)?,
    };
    ended(std::io::stdout().lock().write_all(page.as_bytes()).map(|()| u8::from(!report.complete)))
}
