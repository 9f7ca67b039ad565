//! The words of the library in one automaton: what they name, and whether they are whole words of a text.

use std::borrow::Cow;
use std::cmp::Reverse;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use hashbrown::HashMap;

use super::{Classified, ConceptIndex};
use crate::codes::fold;
use crate::mention::{Mention, mention};

/// What a word names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// A concept of medicines, allergies or vaccines, by a whole word.
    Concept(ConceptIndex),
    /// A concept of conditions, by a whole word that is not part of a longer name.
    Condition(ConceptIndex),
    /// No condition, though a shorter name of one is part of it.
    NoCondition,
    /// A concept of measurements that no code system has, by words within the text.
    Measured(ConceptIndex),
    /// A concept of results that have codes, by whole words.
    Result(ConceptIndex),
    /// Whole words beside which the words of that concept of results mean something else.
    NotResult(ConceptIndex),
    /// A drug, by a whole word.
    Drug(usize),
    /// A brand of a drug, by a whole word.
    Brand(usize, usize),
}

/// All words of a library.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// `None` for a library without words.
    automaton: Option<AhoCorasick>,
    /// By pattern: whom it names.
    named: Vec<Vec<Named>>,
}

impl Words {
    pub(super) fn of(patterns: HashMap<&str, Vec<Named>>) -> Words {
        let mut patterns: Vec<(&str, Vec<Named>)> = patterns.into_iter().collect();
        patterns.sort();
        // Of its forms the one in the middle: the fastest takes a third of the start and ten megabytes for a thousand
        // names.
        let mut builder = AhoCorasick::builder();
        builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::ContiguousNFA));
        let built = builder.build(patterns.iter().map(|(word, _)| word));
        // Building fails beyond two thousand million states only.
        Words { automaton: built.ok(), named: patterns.into_iter().map(|(_, named)| named).collect() }
    }

    pub(super) fn classify(&self, text: &str, classified: &mut Classified) {
        if is_plain(text) {
            self.find(text, classified, |_| true);
        } else {
            // Names of drugs are looked for in the text as it is, other words where its blanks are single ones.
            let by_folded =
                |named: &Named| matches!(named, Named::Measured(_) | Named::Condition(_) | Named::NoCondition);
            self.find(&text.to_lowercase(), classified, |named| !by_folded(named));
            self.find(&fold(text), classified, by_folded);
        }
    }

    fn find(&self, text: &str, classified: &mut Classified, wanted: impl Fn(&Named) -> bool) {
        let Some(automaton) = &self.automaton else { return };
        let mut conditions = Vec::new();
        for found in automaton.find_overlapping_iter(text) {
            let all = self.named.get(found.pattern().as_usize()).into_iter().flatten().filter(|named| wanted(named));
            for named in all {
                let counts = matches!(named, Named::Measured(_)) || is_whole(text, found.start(), found.end());
                match named {
                    Named::Condition(_) | Named::NoCondition if counts => {
                        conditions.push((found.start(), Reverse(found.end()), *named));
                    }
                    named if counts => classified.name(*named),
                    _ => {}
                }
            }
        }
        if !conditions.is_empty() {
            classified.mention(said(text, conditions));
        }
    }
}

/// What a text says of the conditions that it names at these places. A name within a longer one does not count: latent
/// tuberculosis is no tuberculosis. Of several mentions the strongest counts.
fn said(text: &str, mut conditions: Vec<(usize, Reverse<usize>, Named)>) -> Vec<(ConceptIndex, Mention)> {
    conditions.sort_unstable();
    let lower = text.to_ascii_lowercase();
    let mut longest = 0..0;
    let mut said = Vec::with_capacity(conditions.len());
    for (start, Reverse(end), named) in conditions {
        if end <= longest.end && (start, end) != (longest.start, longest.end) {
            continue;
        }
        longest = start..end;
        if let Named::Condition(concept) = named {
            said.push((concept, mention(&lower, start, end)));
        }
    }
    said.sort_unstable_by_key(|(concept, mention)| (*concept, Reverse(*mention)));
    said.dedup_by_key(|(concept, _)| *concept);
    said
}

/// Whether case is all that folding would change in a text.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control()) && !text.contains("  ")
}

/// A text as answers are compared.
pub(super) fn folded(text: &str) -> Cow<'_, str> {
    let is_folded = is_plain(text)
        && !text.bytes().any(|byte| byte.is_ascii_uppercase())
        && !text.starts_with(' ')
        && !text.ends_with([' ', '.', '!']);
    if is_folded { Cow::Borrowed(text) } else { Cow::Owned(fold(text)) }
}

/// Whether no letter or digit comes directly before or after this part of a text. Scripts that write no blanks between
/// words have no such edges.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let part = text.get(start..end).unwrap_or_default();
    part.chars().next().is_some_and(is_unspaced) || (edge(before.chars().next_back()) && edge(after.chars().next()))
}

/// Whether a letter is of a script that writes no blanks between words: kana, Han and Hangul.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}
