//! What a result line says, as far as it is compared.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

/// One result, as far as it is compared.
#[derive(Debug)]
pub(super) struct ComparedResult {
    pub(super) as_of: String,
    pub(super) patient: Option<String>,
    pub(super) cards: Vec<ComparedCard>,
}

/// One card, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct ComparedCard {
    #[serde(skip)]
    pub(super) rule: String,
    pub(super) indicator: String,
    pub(super) summary: String,
    /// A hash of all other words.
    #[serde(skip)]
    pub(super) words: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
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

pub(super) fn judged(line: Line) -> (String, ComparedResult) {
    let mut cards: Vec<ComparedCard> = line.cards.into_iter().map(compared_card).collect();
    cards.sort();
    (line.source, ComparedResult { as_of: line.as_of, patient: line.patient, cards })
}

fn compared_card(card: Card) -> ComparedCard {
    let mut words = DefaultHasher::new();
    card.detail.hash(&mut words);
    card.suggestions.iter().for_each(|suggestion| suggestion.label.hash(&mut words));
    ComparedCard {
        rule: card.source.topic.code,
        indicator: card.indicator,
        summary: card.summary,
        words: words.finish(),
    }
}
