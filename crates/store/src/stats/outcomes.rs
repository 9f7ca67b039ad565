//! What became of a group of cards: of those of a rule, an indicator, a week or a reason.

use std::collections::BTreeMap;

use cds_hooks::feedback::Outcome;
use rate::Rate;
use serde::Serialize;

use super::CardCount;

/// The outcomes of a group of cards.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fate {
    /// Cards that were issued.
    pub issued: i64,
    /// Of these, cards with an accepted suggestion.
    pub accepted: i64,
    /// Of these, cards that the user overrode.
    pub overridden: i64,
    /// Of these, cards without feedback so far.
    pub ignored: i64,
    /// Share of `accepted` in `issued`.
    pub acceptance: Option<Rate>,
    /// Share of `overridden` in `issued`.
    #[serde(rename = "override")]
    pub override_rate: Option<Rate>,
    /// Share of `overridden` in the cards with feedback.
    pub override_of_answered: Option<Rate>,
}

/// The outcomes of a rule's cards.
#[derive(Debug, Clone, Serialize)]
pub struct RuleOutcomes {
    /// Id of the rule.
    pub rule: String,
    /// The outcomes of its cards.
    #[serde(flatten)]
    pub fate: Fate,
    /// How often each suggestion was accepted, by its id in the rule.
    pub suggestions: BTreeMap<String, i64>,
}

/// The outcomes of the cards of one indicator or of one week.
#[derive(Debug, Clone, Serialize)]
pub struct CardOutcomes {
    /// The indicator, or the ISO week such as `2026-W47`.
    pub name: String,
    /// The outcomes of the cards.
    #[serde(flatten)]
    pub fate: Fate,
}

/// How often a rule's cards were overridden for a reason.
#[derive(Debug, Clone, Serialize)]
pub struct OverrideReason {
    /// Id of the rule.
    pub rule: String,
    /// Code of the reason; `None` for overrides without one.
    pub reason: Option<String>,
    /// The display text that came with the code.
    pub display: Option<String>,
    /// Cards that were overridden for this reason.
    pub overridden: i64,
    /// Share of these in the rule's overridden cards.
    pub share: Option<Rate>,
}

/// How many cards of a rule and an indicator no user saw, for one of the reasons for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// Id of the rule.
    pub rule: String,
    /// `critical`, `warning` or `info`.
    pub indicator: String,
    /// How many cards.
    pub cards: i64,
}

impl OverrideReason {
    /// The reason for which these cards were overridden, before any is counted.
    pub(super) fn of(sent: &CardCount) -> OverrideReason {
        let (rule, reason, display) = (sent.rule.clone(), sent.reason.clone(), sent.display.clone());
        OverrideReason { rule, reason, display, overridden: 0, share: None }
    }
}

impl Fate {
    /// Counts these cards as well.
    pub(super) fn add(&mut self, sent: &CardCount) {
        self.issued += sent.cards;
        match sent.outcome {
            Some(Outcome::Accepted) => self.accepted += sent.cards,
            Some(Outcome::Overridden) => self.overridden += sent.cards,
            None => self.ignored += sent.cards,
        }
    }

    /// With the shares of its numbers.
    pub(super) fn rated(mut self) -> Fate {
        self.acceptance = Rate::of(self.accepted, self.issued);
        self.override_rate = Rate::of(self.overridden, self.issued);
        self.override_of_answered = Rate::of(self.overridden, self.accepted + self.overridden);
        self
    }
}
