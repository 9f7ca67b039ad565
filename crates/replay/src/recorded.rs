//! A recorded decision made again: whether this program, with its present library, still gives the same cards.

use std::io::{self, Write};

use cds_hooks::error::CallError;
use engine::answer::answer;
use engine::record::{DecisionRecord, KnowledgeVersion, of_answer};
use fhir::fetched::Fetched;
use fingerprint::hash;
use knowledge::Library;

use super::judge::Judged;
use super::{Format, Options, line, text};

/// A record and what to judge it with.
#[derive(Debug)]
pub struct RecordedDecision<'r> {
    /// The record, as it was kept.
    pub record: &'r str,
    /// The body of the request, for a record that kept only its hash.
    pub request: Option<&'r str>,
    /// The knowledge.
    pub library: &'r Library,
    /// What decides today.
    pub version: &'r KnowledgeVersion,
}

/// Decides again, prints the cards, and says whether they are those of then. The exit status: 0 when they are to the
/// letter, 1 when something differs or the inputs are not those of then.
pub fn recorded(
    recorded: &RecordedDecision<'_>,
    options: &Options<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let verdict = match decided(recorded, options) {
        Ok(verdict) => verdict,
        Err(message) => {
            writeln!(err, "{message}")?;
            return Ok(1);
        }
    };
    let source = format!("record {}", verdict.id);
    match (&verdict.judged, options.format) {
        (Some(judged), Format::Text) => {
            writeln!(out, "{}", text::report(&source, judged, options))?;
        }
        (Some(judged), Format::Ndjson) => {
            let mut line = Vec::new();
            line::line(&mut line, &source, judged, false)?;
            out.write_all(&line)?;
        }
        (Some(_), Format::Nothing) | (None, _) => {}
    }
    for said in verdict.said {
        writeln!(err, "{source}: {said}")?;
    }
    Ok(u8::from(!verdict.same))
}

struct Verdict<'r> {
    id: String,
    judged: Option<Judged<'r>>,
    said: Vec<String>,
    same: bool,
}

fn decided<'r>(recorded: &RecordedDecision<'r>, options: &Options<'_>) -> Result<Verdict<'r>, String> {
    let record: DecisionRecord = serde_json::from_str(recorded.record)
        .map_err(|error| format!("the record was written by another version of this program: {error}"))?;
    let nothing = Fetched::default();
    let (request, fetched) = match (&record.content, recorded.request) {
        (_, Some(request)) if hash([request.as_bytes()]) != record.request_hash => {
            return Err(format!(
                "record {}: the file is not the request that was recorded (its hash differs)",
                record.id
            ));
        }
        (Some(content), _) => (content.request.as_str(), &content.fetched),
        (None, Some(_)) if record.asked => {
            return Err(format!(
                "record {}: the file is the request that was recorded, but the decision rests also on what the FHIR server answered, of which only a hash was kept (setting record.content)",
                record.id
            ));
        }
        (None, Some(request)) => (request, &nothing),
        (None, None) => {
            return Err(format!(
                "record {}: only hashes of its inputs were kept (setting record.content); give the file with the request",
                record.id
            ));
        }
    };
    let answered = record.again(request, options.author, |call, clock, recipient| {
        let (decision, problems) = answer(recorded.library, call, fetched, clock, recipient)?;
        let (hook, patient, clock) = (call.hook.clone(), Some(call.patient_id.clone()), clock.clone());
        Ok(Judged { hook, patient, clock, decision, facts: None, problems })
    });
    let answered: Result<Judged<'_>, CallError> = answered.map_err(|why| format!("record {}: {why}", record.id))?;
    let now = of_answer(answered.as_ref().map(|judged| &judged.decision));
    let same = now == record.cards_hash;
    let mut said = recorded.version.differences(&record.version);
    said.push(match (same, record.cards) {
        (true, Some(cards)) => format!("the same {cards} cards as then"),
        (true, None) => "refused as then".to_owned(),
        (false, _) => "the answer differs from that of then".to_owned(),
    });
    let judged = match answered {
        Ok(judged) => Some(judged),
        Err(error) => {
            said.push(format!("refused: {}", error.message));
            None
        }
    };
    Ok(Verdict { id: record.id, judged, said, same })
}
