//! `check-token`: what is wrong with a client's token and its keys.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use tocilizumab_cds::http::auth::{Authenticator, TokenFinding};
use tracing_subscriber::prelude::*;

use super::knowledge::{Knowledge, library};
use super::{ended, read, settings};
use crate::now;

/// Looks at the token in a file, or on standard input for `-`. The exit code is 0 when a call with it would be let in,
/// 1 when it would not.
///
/// # Errors
///
/// The settings or the file cannot be read.
pub fn check(file: &str, config: Option<&Path>, service: Option<&str>) -> Result<ExitCode, String> {
    let settings = settings(config)?;
    let text = match file {
        "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|error| format!("standard input: {error}"))?;
            text
        }
        file => read(Path::new(file))?,
    };
    if settings.clients.is_empty() {
        return Err("the settings name no client ([clients.NAME]), so that every token would be refused".to_owned());
    }
    // Lines of the log say why keys cannot be read.
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false).without_time();
    let ours = tracing_subscriber::filter::Targets::new().with_target("tocilizumab_cds", tracing::Level::WARN);
    tracing_subscriber::registry().with(lines.with_filter(ours)).init();
    let paths = paths(service, Knowledge::default().or(&settings))?;
    let findings = actix_web::rt::System::new().block_on(async {
        let authenticator = Authenticator::new(&settings, None, None)?;
        authenticator.start();
        Ok::<Vec<TokenFinding>, String>(authenticator.explain(token_in(&text), &paths, &now()).await)
    })?;
    ended(print(&findings))
}

/// The token in a text, which may be a whole header.
fn token_in(text: &str) -> &str {
    let value = text.trim();
    let value = value.split_once(':').map_or(value, |(_, value)| value.trim());
    value.split_once(' ').map_or(value, |(_, token)| token.trim())
}

/// The paths that a token may be meant for: those of one service, or all.
fn paths(service: Option<&str>, knowledge: Knowledge) -> Result<Vec<String>, String> {
    let (library, _) = library(&knowledge)?;
    let ids: Vec<&str> = library.services.services.iter().map(|service| service.id.as_str()).collect();
    let of = |id: &str| [format!("/cds-services/{id}"), format!("/cds-services/{id}/feedback")];
    match service {
        Some(id) if ids.contains(&id) => Ok(of(id).to_vec()),
        Some(id) => Err(format!("there is no service `{id}`; known are {}", ids.join(", "))),
        None => {
            let others = ["/cds-services".to_owned(), "/stats".to_owned()];
            Ok(ids.iter().flat_map(|id| of(id)).chain(others).collect())
        }
    }
}

fn print(findings: &[TokenFinding]) -> std::io::Result<u8> {
    let mut out = std::io::stdout().lock();
    for TokenFinding { is_right, what, detail } in findings {
        let mark = match is_right {
            Some(true) => "ok",
            Some(false) => "WRONG",
            None => "",
        };
        writeln!(out, "{mark:<6}{what:<11}{detail}")?;
    }
    let wrong = findings.iter().filter(|finding| finding.is_right == Some(false)).count();
    match wrong {
        0 => writeln!(out, "A call with this token is let in, once.")?,
        _ => writeln!(out, "A call with this token is refused with 401.")?,
    }
    Ok(u8::from(wrong > 0))
}

#[cfg(test)]
mod tests {
    use super::token_in;

    #[test]
    fn a_token_may_be_pasted_with_its_header() {
        for text in
            ["a.b.c", " a.b.c\n", "Bearer a.b.c", "Authorization: Bearer  a.b.c\r\n", "authorization:bearer a.b.c"]
        {
            assert_eq!(token_in(text), "a.b.c", "{text}");
        }
    }
}
