//! `health`: asks the service that runs with these settings whether it is ready, so that a container or a supervisor can
//! check it with nothing but the program itself.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use fhir_client::guarded_client;
use serde::Deserialize;

use super::{ended, settings};

/// How long the service may take to answer; it answers from memory.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks and prints the state. The exit code is 0 when calls should be sent there, otherwise 1.
///
/// # Errors
///
/// The settings cannot be read, or the client cannot be set up.
pub fn run(config: Option<&Path>, url: Option<&str>) -> Result<ExitCode, String> {
    let base = match url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => {
            let settings = settings(config)?;
            let scheme = if settings.tls.certificate.is_some() { "https" } else { "http" };
            format!("{scheme}://{}", settings.listen.on_this_machine())
        }
    };
    let (text, ready) = match actix_web::rt::System::new().block_on(ask(&format!("{base}/health/ready")))? {
        Ok(state) => (state.to_string(), state.takes_calls()),
        Err(trouble) => (format!("not reachable: {trouble}\n"), false),
    };
    ended(std::io::stdout().lock().write_all(text.as_bytes()).map(|()| u8::from(!ready)))
}

/// The part of the answer of `/health/ready` that is printed.
#[derive(Deserialize)]
struct State {
    status: String,
    version: String,
    #[serde(default)]
    parts: BTreeMap<String, Part>,
}

#[derive(Deserialize)]
struct Part {
    trouble: Option<String>,
}

impl State {
    /// A service whose store fails still answers cards.
    fn takes_calls(&self) -> bool {
        matches!(self.status.as_str(), "ready" | "degraded")
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} (version {})", self.status, self.version)?;
        let failing = self.parts.iter().filter_map(|(name, part)| Some((name, part.trouble.as_ref()?)));
        failing.into_iter().try_for_each(|(name, trouble)| writeln!(f, "{name}: {trouble}"))
    }
}

/// The state; the inner error says why there is none.
async fn ask(url: &str) -> Result<Result<State, String>, String> {
    // The certificate names the host that clients use, and nothing secret is sent.
    let client = guarded_client(true)
        .timeout(PATIENCE)
        .tls_danger_accept_invalid_certs(true)
        .build()
        .map_err(|error| format!("the HTTP client could not be set up: {error}"))?;
    let answer = match client.get(url).send().await {
        Ok(answer) => answer,
        Err(error) => return Ok(Err(because(&error))),
    };
    let status = answer.status();
    let body = answer.bytes().await.unwrap_or_default();
    Ok(serde_json::from_slice(&body).map_err(|_| format!("{url} answered {status} without the state of this service")))
}

/// The error with all that caused it: reqwest's own words name the URL only.
fn because(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
