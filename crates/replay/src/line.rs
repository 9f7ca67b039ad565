//! One result as a line of NDJSON: the contract with the programs that read it.

use serde::Serialize;
use serde_json::value::RawValue;

use cds_hooks::author::Author;
use cds_hooks::error::CallError;

use engine::assessment::{quoted, write_all};

use super::judge::Judged;

/// Writes what was decided on one input as a line; with `cards_only` without what was found for each criterion.
pub fn line(out: &mut Vec<u8>, source: &str, judged: &Judged<'_>, cards_only: bool) -> serde_json::Result<()> {
    let mut member = |name: &[u8], text: &str| {
        out.extend_from_slice(name);
        quoted(out, text)
    };
    member(b"{\"source\":", source)?;
    member(b",\"hook\":", judged.hook.name())?;
    if let Some(patient) = &judged.patient {
        member(b",\"patient\":", patient)?;
    }
    member(b",\"asOf\":", &judged.clock.text())?;
    if !cards_only {
        out.extend_from_slice(b",\"assessment\":");
        write_all(&judged.decision.assessments, out)?;
    }
    out.extend_from_slice(b",\"cards\":");
    let from = out.len();
    serde_json::to_writer(&mut *out, &judged.decision.cards)?;
    on_one_line(out.get_mut(from..).unwrap_or_default());
    out.extend_from_slice(b"}\n");
    Ok(())
}

/// Writes why an input could not be read as a line.
pub fn error(out: &mut Vec<u8>, source: &str, error: &CallError, author: &dyn Author) -> serde_json::Result<()> {
    let from = out.len();
    let line = ErrorLine { source, error: RawValue::from_string(author.operation_outcome(error))? };
    serde_json::to_writer(&mut *out, &line)?;
    on_one_line(out.get_mut(from..).unwrap_or_default());
    out.push(b'\n');
    Ok(())
}

/// Takes line breaks out of JSON. A changed order keeps those that it was sent with; they are between its members only,
/// as JSON allows none inside a string.
fn on_one_line(json: &mut [u8]) {
    json.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
}

#[derive(Serialize)]
struct ErrorLine<'a> {
    source: &'a str,
    error: Box<RawValue>,
}
