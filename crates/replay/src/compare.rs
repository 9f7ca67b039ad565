//! What changes between two judgements of the same orders: cards that appeared, vanished, became more or less urgent,
//! or say it in other words. The earlier judgement is read from result lines, whether they were stored or are made on
//! the spot with another library.

/// What a result line says.
mod line;

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use serde::Serialize;

use self::line::{ComparedCard, ComparedResult, Line, judged};
use super::Format;

/// The earlier judgement, and what has changed since.
#[derive(Debug, Default)]
pub struct Comparison {
    /// By source: the earlier results that were not met again yet.
    before: HashMap<String, Vec<ComparedResult>>,
    /// How many earlier results there are.
    results: u64,
    same: u64,
    changed: u64,
    changes: BTreeMap<Kind, u64>,
    /// The beginning of a line whose end was not written yet.
    rest: Vec<u8>,
    number: u64,
}

/// How a card changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Appeared,
    Vanished,
    Indicator,
    Words,
}

/// One change, as a line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'c> {
    source: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<&'c str>,
    as_of: &'c str,
    change: Kind,
    rule: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'c ComparedCard>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'c ComparedCard>,
}

/// The lines of the earlier judgement are written into it.
impl Write for Comparison {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        let Some(end) = memchr::memrchr(b'\n', &self.rest) else { return Ok(bytes.len()) };
        let behind = self.rest.split_off(end + 1);
        let lines = std::mem::replace(&mut self.rest, behind);
        let lines = lines.strip_suffix(b"\n").unwrap_or(&lines);
        lines.split(|byte| *byte == b'\n').try_for_each(|line| self.note(line))?;
        Ok(bytes.len())
    }

    /// Takes the last line, too, if it has no end of its own.
    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.rest);
        self.note(&rest)
    }
}

impl Comparison {
    fn note(&mut self, line: &[u8]) -> io::Result<()> {
        self.number += 1;
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let line: Line = serde_json::from_slice(line).map_err(|error| {
            let message = format!("line {} is not a result of replay: {error}", self.number);
            io::Error::new(io::ErrorKind::InvalidData, message)
        })?;
        self.results += 1;
        let (source, result) = judged(line);
        self.before.entry(source).or_default().push(result);
        Ok(())
    }

    /// Whether anything has changed.
    pub fn has_changes(&self) -> bool {
        self.changed > 0
    }

    /// The counts in a sentence.
    pub fn summary(&self) -> String {
        let words = |kind: &Kind| match kind {
            Kind::Appeared => "appeared",
            Kind::Vanished => "vanished",
            Kind::Indicator => "have another indicator",
            Kind::Words => "have other words",
        };
        let changes: Vec<String> =
            self.changes.iter().map(|(kind, count)| format!("{count} {}", words(kind))).collect();
        let changes = if changes.is_empty() { String::new() } else { format!(" (cards: {})", changes.join(", ")) };
        format!("Compared: {} results are the same, {} have changed{changes}.\n", self.same, self.changed)
    }

    /// Compares the lines of the later judgement and writes what has changed.
    pub(crate) fn take(&mut self, lines: &[u8], format: Format, out: &mut dyn Write) -> io::Result<()> {
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let (source, after) = judged(serde_json::from_slice(line)?);
            let before = self.earlier(&source, &after.as_of);
            self.compare(&source, before.as_ref(), &after, format, out)?;
        }
        Ok(())
    }

    /// Writes what is no longer judged at all.
    pub(crate) fn finish(&mut self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        let mut left: Vec<(String, ComparedResult)> = std::mem::take(&mut self.before)
            .into_iter()
            .flat_map(|(source, all)| all.into_iter().map(move |result| (source.clone(), result)))
            .collect();
        left.sort_by(|(a, x), (b, y)| (a, &x.as_of).cmp(&(b, &y.as_of)));
        for (source, before) in left {
            let after =
                ComparedResult { as_of: before.as_of.clone(), patient: before.patient.clone(), cards: Vec::new() };
            self.compare(&source, Some(&before), &after, format, out)?;
        }
        Ok(())
    }

    /// The earlier result for the same question. A request is judged now, whenever that is.
    fn earlier(&mut self, source: &str, as_of: &str) -> Option<ComparedResult> {
        let all = self.before.get_mut(source)?;
        let same = all.iter().position(|result| result.as_of == as_of);
        let only = || (all.len() == 1 && !source.starts_with("Patient/")).then_some(0);
        let found = same.or_else(only).map(|at| all.remove(at));
        if all.is_empty() {
            self.before.remove(source);
        }
        found
    }

    fn compare(
        &mut self,
        source: &str,
        before: Option<&ComparedResult>,
        after: &ComparedResult,
        format: Format,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let earlier = before.map(|before| before.cards.as_slice()).unwrap_or_default();
        let changes = changes(earlier, &after.cards);
        *(if changes.is_empty() { &mut self.same } else { &mut self.changed }) += 1;
        for (change, before, said) in changes {
            *self.changes.entry(change).or_default() += 1;
            let (patient, as_of) = (after.patient.as_deref(), after.as_of.as_str());
            let rule = said.or(before).map_or("", |said| said.rule.as_str());
            let change = Change { source, patient, as_of, change, rule, before, after: said };
            match format {
                Format::Ndjson => writeln!(out, "{}", serde_json::to_string(&change)?)?,
                Format::Text => writeln!(out, "{}", in_words(&change))?,
                Format::Nothing => {}
            }
        }
        Ok(())
    }
}

fn in_words(change: &Change<'_>) -> String {
    let shown = |said: &ComparedCard| format!("{}: {}", said.indicator, said.summary);
    let said = match (change.before, change.after) {
        (Some(before), Some(after)) => format!("{} -> {}", shown(before), shown(after)),
        (before, after) => after.or(before).map(shown).unwrap_or_default(),
    };
    let kind = match change.change {
        Kind::Appeared => "appeared",
        Kind::Vanished => "vanished",
        Kind::Indicator => "other indicator",
        Kind::Words => "other words",
    };
    format!("{} · {} · {} {kind}: {said}", change.source, change.as_of.replace('T', " "), change.rule)
}

/// The changes from some cards to others, rule by rule.
fn changes<'s>(
    before: &'s [ComparedCard],
    after: &'s [ComparedCard],
) -> Vec<(Kind, Option<&'s ComparedCard>, Option<&'s ComparedCard>)> {
    let mut rules: BTreeMap<&str, (Vec<&ComparedCard>, Vec<&ComparedCard>)> = BTreeMap::new();
    before.iter().for_each(|said| rules.entry(&said.rule).or_default().0.push(said));
    after.iter().for_each(|said| rules.entry(&said.rule).or_default().1.push(said));
    let mut changes = Vec::new();
    for (mut before, mut after) in rules.into_values() {
        // A card that says the same as before is not a change, whatever other cards the rule has.
        before.retain(|one| match after.iter().position(|other| other == one) {
            Some(at) => {
                after.remove(at);
                false
            }
            None => true,
        });
        let (mut before, mut after) = (before.into_iter(), after.into_iter());
        loop {
            changes.push(match (before.next(), after.next()) {
                (None, None) => break,
                (None, said) => (Kind::Appeared, None, said),
                (said, None) => (Kind::Vanished, said, None),
                (Some(one), Some(other)) if one.indicator != other.indicator => {
                    (Kind::Indicator, Some(one), Some(other))
                }
                (one, other) => (Kind::Words, one, other),
            });
        }
    }
    changes
}

#[cfg(test)]
mod tests;
