//! What is true of an order, as the hidden story of its patient has it, one line each. It is made before any record is
//! written, and by none of the rules that are tested with it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// How a criterion must come out, or how urgent the card of a rule must be: the words of the answer.
pub type Word = String;

/// What is true of one order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// Whose order it is.
    pub patient: String,
    /// `MedicationRequest/id`.
    pub order: String,
    /// The day on which it was written.
    pub day: String,
    /// The story in a few words, for a reader who looks for a difference.
    pub story: Vec<String>,
    /// What it is ordered for, as far as the story tells.
    pub indication: String,
    /// How far the course is.
    pub phase: String,
    /// By criterion: `met`, `not-met` or `unknown`. Criteria that do not stand here are not looked at.
    pub criteria: BTreeMap<String, Word>,
    /// By rule: how urgent its card must be. Other rules must be silent.
    pub cards: BTreeMap<String, Word>,
    /// The rules of which the story does not say whether they speak.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub open: BTreeSet<String>,
    /// How urgent the most urgent card must be; `none` when there must be none.
    pub worst: Word,
}

/// How urgent a card is, the least first.
const URGENCY: [&str; 4] = ["none", "info", "warning", "critical"];

/// The place of an indicator among them; an unknown one stands before all.
pub fn urgency(indicator: &str) -> usize {
    URGENCY.iter().position(|known| *known == indicator).unwrap_or_default()
}

/// The word of the most urgent of several.
pub fn worst<'a>(indicators: impl Iterator<Item = &'a str>) -> &'static str {
    URGENCY.get(indicators.map(urgency).max().unwrap_or_default()).copied().unwrap_or("none")
}

impl Truth {
    /// States how a criterion comes out.
    pub fn criterion(&mut self, id: &str, outcome: &str) {
        self.criteria.insert(id.to_owned(), outcome.to_owned());
    }

    /// States that a rule speaks at least this urgently.
    pub fn card(&mut self, rule: &str, indicator: &str) {
        let known = self.cards.entry(rule.to_owned()).or_default();
        if urgency(known) < urgency(indicator) {
            indicator.clone_into(known);
        }
    }

    /// Adds words to the story.
    pub fn tell(&mut self, words: &str) {
        self.story.push(words.to_owned());
    }

    /// Settles how urgent the most urgent card must be.
    pub fn settle(&mut self) {
        worst(self.cards.values().map(String::as_str)).clone_into(&mut self.worst);
    }
}
