//! What a clinician reads in the card of the whole assessment: what was decided, what speaks, what is not known and
//! why, and the words of the rule. It is read together with the other cards and in a hurry, so it has a length that no
//! record exceeds; the assessment holds every finding with its value.

/// What the findings say, in lists of names.
mod found;
/// Lists of names in a sentence.
mod lists;

use std::borrow::Cow;
use std::fmt::{self, Write};

use domain::advise::Advised;
use domain::assess::{Assessment, NotUnderstood};
use domain::rule::{Advice, Drug, Rule};
use domain::template::{Piece, pieces};
use domain::words::cut;
use fhir::remarks::Remarks;
use knowledge::Library;
use text::markdown::Markdown;
use text::{Block, strong, text};

use self::found::Found;
use self::lists::{labelled, listed};
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

#[cfg(test)]
mod tests;
