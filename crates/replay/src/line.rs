//! One result as a line of NDJSON: the contract with the programs that read it.

use serde::Serialize;
use serde_json::value::RawValue;

use cds_hooks::author::Author;
use cds_hooks::card::Card;
use cds_hooks::error::CallError;

use engine::assessment::Assessed;

use super::judge::Judged;

/// What was decided on one input; with `cards_only` without what was found for each criterion.
pub fn line(source: &str, judged: &Judged<'_>, cards_only: bool) -> serde_json::Result<String> {
    one_line(&Line {
        source,
        hook: judged.hook.name(),
        patient: judged.patient.as_deref(),
        as_of: judged.clock.text(),
        assessment: (!cards_only).then_some(&judged.decision.assessments),
        cards: &judged.decision.cards,
    })
}

/// Why an input could not be read.
pub fn error(source: &str, error: &CallError, author: &dyn Author) -> serde_json::Result<String> {
    one_line(&ErrorLine { source, error: RawValue::from_string(author.operation_outcome(error))? })
}

/// JSON without line breaks. A changed order keeps those that it was sent with; they stand between its members only,
/// as JSON allows none inside a string.
fn one_line(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    let bytes = json.as_bytes();
    Ok(if bytes.contains(&b'\n') || bytes.contains(&b'\r') { json.replace(['\n', '\r'], " ") } else { json })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    source: &'a str,
    hook: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<&'a str>,
    as_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    assessment: Option<&'a Vec<Assessed<'a>>>,
    cards: &'a [Card],
}

#[derive(Serialize)]
struct ErrorLine<'a> {
    source: &'a str,
    error: Box<RawValue>,
}
