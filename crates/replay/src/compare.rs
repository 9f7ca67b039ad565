//! What changes between two judgements of the same orders: cards that appeared, vanished, became more or less urgent, or
//! say it in other words. The earlier judgement is read from result lines, whether they were stored or are made on the
//! spot with another library.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::Format;

/// The earlier judgement, and what has changed since.
#[derive(Debug, Default)]
pub struct Comparison {
    /// By source: the earlier results that were not met again yet.
    before: HashMap<String, Vec<Judged>>,
    /// How many earlier results there are.
    results: u64,
    same: u64,
    changed: u64,
    changes: BTreeMap<Kind, u64>,
    /// The beginning of a line whose end was not written yet.
    rest: Vec<u8>,
    number: u64,
}

/// One result, as far as it is compared.
#[derive(Debug)]
struct Judged {
    as_of: String,
    patient: Option<String>,
    cards: Vec<Said>,
}

/// One card, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Said {
    #[serde(skip)]
    rule: String,
    indicator: String,
    summary: String,
    /// A hash of all other words.
    #[serde(skip)]
    words: u64,
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
    before: Option<&'c Said>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'c Said>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    source: String,
    #[serde(default)]
    as_of: String,
    patient: Option<String>,
    #[serde(default)]
    cards: Vec<Card>,
}

#[derive(Deserialize)]
struct Card {
    summary: String,
    indicator: String,
    #[serde(default)]
    detail: String,
    source: Source,
    #[serde(default)]
    suggestions: Vec<Suggestion>,
}

#[derive(Deserialize)]
struct Source {
    topic: Topic,
}

#[derive(Deserialize)]
struct Topic {
    code: String,
}

#[derive(Deserialize)]
struct Suggestion {
    label: String,
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
            let message = format!("line {} is no result of replay: {error}", self.number);
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
        let mut left: Vec<(String, Judged)> = std::mem::take(&mut self.before)
            .into_iter()
            .flat_map(|(source, all)| all.into_iter().map(move |result| (source.clone(), result)))
            .collect();
        left.sort_by(|(a, x), (b, y)| (a, &x.as_of).cmp(&(b, &y.as_of)));
        for (source, before) in left {
            let after = Judged { as_of: before.as_of.clone(), patient: before.patient.clone(), cards: Vec::new() };
            self.compare(&source, Some(&before), &after, format, out)?;
        }
        Ok(())
    }

    /// The earlier result for the same question. A request is judged now, whenever that is.
    fn earlier(&mut self, source: &str, as_of: &str) -> Option<Judged> {
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
        before: Option<&Judged>,
        after: &Judged,
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
    let shown = |said: &Said| format!("{}: {}", said.indicator, said.summary);
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

fn judged(line: Line) -> (String, Judged) {
    let mut cards: Vec<Said> = line.cards.into_iter().map(said).collect();
    cards.sort();
    (line.source, Judged { as_of: line.as_of, patient: line.patient, cards })
}

fn said(card: Card) -> Said {
    let mut words = DefaultHasher::new();
    card.detail.hash(&mut words);
    card.suggestions.iter().for_each(|suggestion| suggestion.label.hash(&mut words));
    Said { rule: card.source.topic.code, indicator: card.indicator, summary: card.summary, words: words.finish() }
}

/// The changes from some cards to others, rule by rule.
fn changes<'s>(before: &'s [Said], after: &'s [Said]) -> Vec<(Kind, Option<&'s Said>, Option<&'s Said>)> {
    let mut rules: BTreeMap<&str, (Vec<&Said>, Vec<&Said>)> = BTreeMap::new();
    before.iter().for_each(|said| rules.entry(&said.rule).or_default().0.push(said));
    after.iter().for_each(|said| rules.entry(&said.rule).or_default().1.push(said));
    let mut changes = Vec::new();
    for (mut before, mut after) in rules.into_values() {
        // What is said as before is no change, whatever else the rule says beside it.
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
mod tests {
    use std::io::Write;

    use serde_json::{Value, json};

    use super::Comparison;
    use crate::Format;

    fn line(source: &str, as_of: &str, cards: &[(&str, &str, &str)]) -> String {
        let card = |(rule, indicator, summary): &(&str, &str, &str)| json!({"summary": summary, "indicator": indicator, "detail": "d", "source": {"topic": {"code": rule}}});
        let cards: Vec<Value> = cards.iter().map(card).collect();
        format!("{}\n", json!({"source": source, "asOf": as_of, "patient": "1", "cards": cards}))
    }

    fn changes(before: &[String], after: &[String]) -> (Vec<(String, String, String)>, String) {
        let mut comparison = Comparison::default();
        comparison.write_all(before.concat().trim_end().as_bytes()).and_then(|()| comparison.flush()).expect("results");
        let mut out = Vec::new();
        comparison.take(after.concat().as_bytes(), Format::Ndjson, &mut out).expect("written");
        comparison.finish(Format::Ndjson, &mut out).expect("written");
        let text = String::from_utf8(out).expect("UTF-8");
        let of = |line: &str| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let [source, rule, change] =
                ["source", "rule", "change"].map(|name| line[name].as_str().unwrap_or_default().to_owned());
            (source, rule, change)
        };
        (text.lines().map(of).collect(), comparison.summary())
    }

    #[test]
    fn every_kind_of_change_is_told_order_by_order() {
        let before = [
            line("Patient/1", "t1", &[("a", "info", "x"), ("b", "warning", "y")]),
            line("Patient/1", "t2", &[("a", "info", "x")]),
            line("Patient/2", "t1", &[("a", "info", "x")]),
            line("x.json", "t1", &[("a", "info", "x")]),
        ];
        let after = [
            line("Patient/1", "t1", &[("b", "critical", "y"), ("c", "info", "z")]),
            line("Patient/1", "t2", &[("a", "info", "other")]),
            line("Patient/3", "t1", &[]),
            line("x.json", "t9", &[("a", "info", "x")]),
        ];
        let (found, summary) = changes(&before, &after);
        let expected = [
            ("Patient/1", "a", "vanished"),
            ("Patient/1", "b", "indicator"),
            ("Patient/1", "c", "appeared"),
            ("Patient/1", "a", "words"),
            ("Patient/2", "a", "vanished"),
        ];
        assert_eq!(found, expected.map(|(source, rule, change)| (source.into(), rule.into(), change.into())));
        assert_eq!(
            summary,
            "Compared: 2 results are the same, 3 have changed (cards: 1 appeared, 2 vanished, 1 have another indicator, 1 have other words).\n"
        );
        assert_eq!(changes(&before, &before).0, []);
    }

    #[test]
    fn what_is_no_result_is_refused_with_its_line() {
        let mut comparison = Comparison::default();
        let text = format!("{}\n{{}}\n", line("x", "t", &[]));
        let error = comparison.write_all(text.as_bytes()).expect_err("no result");
        assert!(error.to_string().contains("line 3 is no result"), "{error}");
    }
}
