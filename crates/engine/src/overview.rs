//! What a clinician reads in the card of the whole assessment: what was decided, what speaks, what is not known and
//! why, and the words of the rule. It is read together with the other cards and in a hurry, so it has a length that no
//! record exceeds; the assessment holds every finding with its value.

use std::borrow::Cow;
use std::fmt::{self, Write};

use domain::advise::Advised;
use domain::assess::{Assessment, NotUnderstood};
use domain::rule::{Advice, Criterion, Drug, Indicator, Rule};
use domain::template::{Piece, pieces};
use domain::truth::{Outcome, Reason};
use domain::words::cut;
use fhir::remarks::Remarks;
use knowledge::Library;
use text::markdown::Markdown;
use text::{Block, strong, text};

use super::detail::{earlier, sentence};
use super::remarks::paragraphs;

/// The most characters of the card's Markdown.
pub const LONGEST: usize = 900;
/// The characters that are kept for the names of other orders of the call.
const OTHERS: usize = 70;
/// How many names of a list are written out, tried in this order until the card is short enough. With none, lists are
/// given by their number alone, and what the other cards say anyway is left out.
const NAMED: [usize; 8] = [8, 6, 5, 4, 3, 2, 1, 0];
/// The same for the whole card, with whether it has the notes of other rules. They name what is not on record,
/// which the card counts anyway; the names of what is missing or was not read come before them.
const STEPS: [(usize, bool); 10] =
    [(8, true), (6, true), (5, true), (4, true), (3, true), (2, true), (3, false), (2, false), (1, false), (0, false)];

/// The text before the names of what is not known, by reason: in its long form, and in its short form.
const UNKNOWN: [(&str, &str); 5] = [
    ("Could not be retrieved", "Could not be retrieved"),
    ("Could not be read", "Could not be read"),
    ("Not clear", "Not clear"),
    ("Too old", "Too old"),
    ("Not on record, which is not the same as none", "Not on record"),
];

/// What the card is written from.
pub struct Overview<'a> {
    /// The drug.
    pub drug: &'a Drug,
    /// The rule whose card it is.
    pub rule: &'a Rule,
    /// What was found.
    pub assessment: &'a Assessment,
    /// What the other rules say, the most urgent first.
    pub advised: &'a [&'a Advised<'a>],
    /// What there is to say of the record itself, and the library that names its parts.
    pub remarks: (&'a Remarks, &'a Library),
    /// The product, where the call holds several orders.
    pub product: Option<&'a str>,
    /// The lines that other rules add to it.
    pub notes: Vec<String>,
}

impl<'a> Overview<'a> {
    /// The advice of the rule that concerns the order, with summary and detail of the card; `None` when no advice does.
    pub fn write(&self) -> Option<(&'a Advice, String, Vec<Block>)> {
        let advice = self.plan()?;
        let found = Found::of(self);
        let mut detail = Vec::new();
        for (named, noted) in STEPS {
            detail = self.detail(advice, &found, named, noted);
            if is_short(&detail, if self.product.is_some() { OTHERS } else { 0 }) {
                break;
            }
        }
        Some((advice, self.filled(&advice.summary), detail))
    }

    /// The first advice that concerns the use, lines apart.
    fn plan(&self) -> Option<&'a Advice> {
        let indication = self.assessment.indication.id.as_deref();
        self.rule.advice.iter().find(|advice| !advice.in_summary && advice.concerns(indication))
    }

    fn detail(&self, advice: &Advice, found: &Found<'_>, named: usize, noted: bool) -> Vec<Block> {
        let (remarks, library) = self.remarks;
        let mut blocks = paragraphs(remarks, library.services.queries.len(), named);
        blocks.push(self.decided(named));
        if self.assessment.indication.unknown.is_some() && named > 0 {
            blocks.push(sentence("The conditions could not be read: checks that belong to one use were not made."));
        }
        if named > 0 {
            blocks.extend(found.scenario.clone());
            blocks.push(found.speaking(named));
        }
        blocks.extend(found.unknown(named));
        if noted {
            blocks.extend(self.notes.iter().map(|note| labelled("To know.", format!(" {note}"))));
        }
        blocks.extend(not_understood(&self.assessment.not_understood, named));
        blocks.extend(advice.text.as_deref().map(|words| Block::Markdown(self.filled(words))));
        blocks
    }

    /// What the order is for, and in which phase of the treatment.
    fn decided(&self, named: usize) -> Block {
        let Assessment { indication, phase, exposures, .. } = self.assessment;
        let purpose = match indication.conditional {
            true => format!("{} on the order", indication.name),
            false => indication.name.clone(),
        };
        let mut line = Vec::new();
        if let Some(product) = self.product.filter(|_| named > 0) {
            line.extend([strong(cut(product, 40)), text(". ")]);
        }
        line.push(text(format!("Order for: {purpose}. Course: {}", phase.words())));
        if let Some(source) = exposures.first().filter(|_| named > 0) {
            line.push(text(" (earlier "));
            earlier(&mut line, source);
            line.push(text(")"));
        }
        line.push(text("."));
        Block::Paragraph(line)
    }

    /// Which of the scenarios of the library shows why the drug is given now.
    fn scenario(&self, findings: &[(&'a Criterion, Outcome)]) -> Option<Block> {
        let findings = findings.iter().filter(|(criterion, _)| self.rule.scenarios.contains(&criterion.id));
        let known: Vec<_> = findings.filter(|(_, outcome)| *outcome != Outcome::NotApplicable).collect();
        let of = |wanted: fn(&Outcome) -> bool| -> Vec<&str> {
            known.iter().filter(|(_, outcome)| wanted(outcome)).map(|(criterion, _)| criterion.name.as_str()).collect()
        };
        let holds = of(|outcome| *outcome == Outcome::Met);
        if !holds.is_empty() {
            return Some(labelled("OK.", format!(" Reason for {} on record: {}.", self.drug.name, holds.join("; "))));
        }
        let (open, denied) =
            (of(|outcome| matches!(outcome, Outcome::Unknown(_))), of(|outcome| *outcome == Outcome::NotMet));
        let said = grouped([("Not known", &open), ("Does not hold", &denied)], |names| names.join("; "));
        (!said.is_empty()).then(|| labelled("? Reason not shown.", format!(" {said}")))
    }

    /// The other cards by their titles, the most urgent first.
    fn speaking(&self) -> [(&'static str, Vec<Cow<'a, str>>); 4] {
        let of = |indicator| -> Vec<Cow<'a, str>> {
            let speaking = self.advised.iter().filter(|advised| advised.indicator == indicator);
            speaking.map(|advised| Cow::Borrowed(advised.rule.title.as_str())).collect()
        };
        let silenced = self.drug.rules.iter().zip(&self.assessment.rules).filter(|(rule, found)| {
            rule.silent && found.applies && !self.advised.iter().any(|advised| advised.rule.id == rule.id)
        });
        [
            ("Stop", of(Indicator::Critical)),
            ("Check", of(Indicator::Warning)),
            ("To know", of(Indicator::Info)),
            ("Silenced by this site", silenced.map(|(rule, _)| Cow::Borrowed(rule.title.as_str())).collect()),
        ]
    }

    /// What is not known, by reason. A part of a larger finding has its own line only in the assessment.
    fn unknown(&self, findings: &[(&'a Criterion, Outcome)]) -> [Vec<Cow<'a, str>>; UNKNOWN.len()] {
        let mut groups: [Vec<Cow<'_, str>>; UNKNOWN.len()] = Default::default();
        let remarks = self.remarks.0;
        let is_told = !remarks.lost.is_empty() || !remarks.partly.is_empty();
        let mut seen: Vec<&str> = Vec::new();
        for (criterion, outcome) in findings {
            let Outcome::Unknown(reason) = outcome else { continue };
            let place = match reason {
                // The remarks name these parts with the cause.
                Reason::NotRetrieved if is_told => continue,
                Reason::NotRetrieved => 0,
                Reason::Unreadable | Reason::Unit => 1,
                Reason::Stale => 3,
                Reason::Absent => 4,
                _ => 2,
            };
            let is_silent = criterion.unlisted && matches!(reason, Reason::Absent | Reason::Stale);
            if is_silent || self.rule.scenarios.contains(&criterion.id) || seen.contains(&criterion.name.as_str()) {
                continue;
            }
            seen.push(&criterion.name);
            let name = match place {
                2 => format!("{} ({})", criterion.name, reason.words()).into(),
                _ => criterion.name.as_str().into(),
            };
            if let Some(names) = groups.get_mut(place) {
                names.push(name);
            }
        }
        groups
    }

    /// The findings that concern the order and are not part of a larger one.
    fn findings(&self) -> Vec<(&'a Criterion, Outcome)> {
        let mut all = Vec::with_capacity(self.assessment.rules.iter().map(|found| found.findings.len()).sum());
        for (rule, found) in self.drug.rules.iter().zip(&self.assessment.rules) {
            let parts: Vec<&String> = rule.criteria.iter().flat_map(|whole| whole.kind.parts()).collect();
            let findings = rule.criteria.iter().zip(&found.findings);
            let whole = findings.filter(|(criterion, _)| !parts.contains(&&criterion.id));
            all.extend(whole.map(|(criterion, finding)| (criterion, finding.outcome)));
        }
        all
    }

    /// A template of the rule with the words of this order.
    fn filled(&self, template: &str) -> String {
        let word = |token: &str| match token {
            "drug" => self.drug.name.clone(),
            "indication" => match self.assessment.indication.id {
                Some(_) => self.assessment.indication.name.clone(),
                None => "indication not stated".to_owned(),
            },
            "phase" => self.assessment.phase.in_headline().to_owned(),
            _ => String::new(),
        };
        let pieces = pieces(template).into_iter().map(|piece| match piece {
            Piece::Text(text) => Cow::Borrowed(text),
            Piece::Token(token) => Cow::Owned(word(token)),
        });
        pieces.collect()
    }
}

/// What the findings say, in lists of names. The card is written again with fewer names until it is short enough, and
/// none of that changes what was found.
struct Found<'a> {
    /// Which of the scenarios of the library shows why the drug is given now.
    scenario: Option<Block>,
    /// How urgent the most urgent of the other cards is.
    most: Option<Indicator>,
    /// The other cards by their titles, the most urgent first.
    speaking: [(&'static str, Vec<Cow<'a, str>>); 4],
    /// What is not known, by the groups of `UNKNOWN`.
    unknown: [Vec<Cow<'a, str>>; UNKNOWN.len()],
}

impl<'a> Found<'a> {
    fn of(overview: &Overview<'a>) -> Found<'a> {
        let findings = overview.findings();
        Found {
            scenario: overview.scenario(&findings),
            most: overview.advised.first().map(|advised| advised.indicator),
            speaking: overview.speaking(),
            unknown: overview.unknown(&findings),
        }
    }

    fn speaking(&self, named: usize) -> Block {
        let said =
            grouped(self.speaking.iter().map(|(label, titles)| (*label, titles)), |titles| listed(titles, named));
        match self.most {
            None | Some(Indicator::Info) => {
                labelled("OK.", format!(" No check found a problem in what is on record. {said}").trim_end().to_owned())
            }
            Some(_) => labelled("Problem.", format!(" {said}")),
        }
    }

    fn unknown(&self, named: usize) -> Option<Block> {
        let labels = UNKNOWN.map(|(label, in_short)| if named > 0 { label } else { in_short });
        let said = grouped(labels.into_iter().zip(&self.unknown), |names| listed(names, named));
        (!said.is_empty()).then(|| labelled("? Not known.", format!(" {said}")))
    }
}

/// What is on record and nobody could understand, so that nobody takes it for none.
fn not_understood(odd: &NotUnderstood, named: usize) -> Option<Block> {
    let entries = match odd.count {
        0 => return None,
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    };
    let names: Vec<Cow<'_, str>> = odd.newest.iter().map(|source| cut(&source.received, 40).into()).collect();
    let more = if odd.count > names.len() { "; …" } else { "" };
    let said = match named {
        0 => format!(" {entries}, not checked."),
        _ => format!(" {entries} without a known code, not checked: {}{more}.", names.join("; ")),
    };
    Some(labelled("? Not understood.", said))
}

/// Names the orders for which the same was found, or counts them where the names are too long.
pub fn also_checked(detail: &mut Vec<Block>, products: &[String]) {
    let names: Vec<Cow<'_, str>> = products.iter().map(|product| cut(product, 40).into()).collect();
    for named in NAMED {
        detail.push(labelled("Also checked:", format!(" {}.", listed(&names, named))));
        if is_short(detail, 0) || named == 0 {
            return;
        }
        detail.pop();
    }
}

/// Whether so much room is left.
fn is_short(detail: &[Block], room: usize) -> bool {
    write!(Room(LONGEST.saturating_sub(room)), "{}", Markdown(detail)).is_ok()
}

/// How many characters may still come. What is written is only counted, and no more of it than fits.
struct Room(usize);

impl Write for Room {
    fn write_str(&mut self, words: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(words.chars().count()).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// A paragraph that opens with a word to be found at a glance.
fn labelled(label: &'static str, words: String) -> Block {
    Block::Paragraph(vec![strong(label), text(words)])
}

/// The names, as many as are read. Some hold a comma themselves.
fn listed(names: &[Cow<'_, str>], named: usize) -> String {
    match names.split_at_checked(named) {
        _ if named == 0 => names.len().to_string(),
        Some((shown, more @ [_, _, ..])) => format!("{}; and {} more", shown.join("; "), more.len()),
        _ => names.join("; "),
    }
}

/// One sentence for each group that is not empty.
fn grouped<'g, T: 'g>(
    groups: impl IntoIterator<Item = (&'g str, &'g Vec<T>)>,
    list: impl Fn(&[T]) -> String,
) -> String {
    let said = groups.into_iter().filter(|(_, names)| !names.is_empty());
    let sentences: Vec<String> = said.map(|(word, names)| format!("{word}: {}.", list(names))).collect();
    sentences.join(" ")
}

#[cfg(test)]
mod tests;
