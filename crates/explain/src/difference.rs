//! Where two decisions differ: findings that flipped or whose values moved, and cards that appeared, vanished or changed.

use std::collections::BTreeMap;

use cds_hooks::card::Card;
use domain::criteria::Finding;
use domain::rule::Indicator;
use domain::truth::Outcome;
use engine::assessment::Assessed;
use engine::decide::Decision;
use text::markdown::Markdown;

/// Where two decisions differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// The findings that are not the same, order by order and rule by rule.
    pub findings: Vec<ChangedFinding>,
    /// Every card of both, those of the later decision first.
    pub cards: Vec<CardChange>,
    /// What changed about the orders themselves.
    pub orders: Vec<OrderChange>,
}

/// A finding that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFinding {
    /// `Type/id` of the order.
    pub order: String,
    /// The id of the rule.
    pub rule: String,
    /// The id of the criterion.
    pub criterion: String,
    /// The finding in words.
    pub finding: String,
    /// What was found before.
    pub before: Found,
    /// What is found now.
    pub after: Found,
}

/// What was found of a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The outcome.
    pub outcome: Outcome,
    /// The value that decided, if any.
    pub value: Option<String>,
    /// The records it rests on, as `Type/id`.
    pub evidence: Vec<String>,
}

/// How a card of one decision compares with the other decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CardStatus {
    /// Only the later decision has it.
    Appeared,
    /// Only the earlier decision has it.
    Vanished,
    /// Both have it, and it says something else.
    Changed,
    /// Both have it, and it says the same.
    Same,
}

/// A card of one or both decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardChange {
    /// The id of the rule.
    pub rule: String,
    /// How it compares.
    pub status: CardStatus,
    /// Its place among the earlier cards, and its indicator.
    pub before: Option<(usize, Indicator)>,
    /// Its place among the later cards, and its indicator.
    pub after: Option<(usize, Indicator)>,
    /// What of it changed: `indicator`, `summary`, `detail`, `suggestions`.
    pub what: Vec<&'static str>,
}

/// Something that differs about an order: its phase or its indication, or the order itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderChange {
    /// `Type/id` of the order.
    pub order: String,
    /// What: `phase`, `indication` or `order`.
    pub what: &'static str,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

impl Difference {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
            && self.orders.is_empty()
            && self.cards.iter().all(|card| card.status == CardStatus::Same)
    }

    /// The findings whose outcome is another one.
    pub fn flipped(&self) -> impl Iterator<Item = &ChangedFinding> {
        self.findings.iter().filter(|finding| finding.before.outcome != finding.after.outcome)
    }
}

/// Where the later decision differs from the earlier one.
pub fn difference(before: &Decision<'_>, after: &Decision<'_>) -> Difference {
    let mut difference = Difference { cards: cards(&before.cards, &after.cards), ..Difference::default() };
    let earlier: BTreeMap<&str, &Assessed<'_>> =
        before.assessments.iter().map(|assessed| (assessed.assessment.order.as_str(), assessed)).collect();
    let is_later = |order: &str| after.assessments.iter().any(|assessed| assessed.assessment.order == order);
    for assessed in &after.assessments {
        match earlier.get(assessed.assessment.order.as_str()) {
            Some(known) => compare(known, assessed, &mut difference),
            None => difference.orders.push(order(assessed, "order", "not assessed", "assessed")),
        }
    }
    let lost = before.assessments.iter().filter(|assessed| !is_later(&assessed.assessment.order));
    difference.orders.extend(lost.map(|assessed| order(assessed, "order", "assessed", "not assessed")));
    difference
}

fn order(assessed: &Assessed<'_>, what: &'static str, before: &str, after: &str) -> OrderChange {
    OrderChange { order: assessed.assessment.order.clone(), what, before: before.to_owned(), after: after.to_owned() }
}

fn compare(before: &Assessed<'_>, after: &Assessed<'_>, difference: &mut Difference) {
    let (was, is) = (&before.assessment, &after.assessment);
    for (what, was, is) in [
        ("phase", was.phase.words().to_owned(), is.phase.words().to_owned()),
        ("indication", was.indication.name.clone(), is.indication.name.clone()),
    ] {
        if was != is {
            difference.orders.push(order(after, what, &was, &is));
        }
    }
    let known: BTreeMap<(&str, &str), &Finding> =
        findings(before).map(|(rule, criterion, _, finding)| ((rule, criterion), finding)).collect();
    for (rule, criterion, words, finding) in findings(after) {
        let Some(earlier) = known.get(&(rule, criterion)) else { continue };
        let (before, after) = (found(earlier), found(finding));
        if before != after {
            difference.findings.push(ChangedFinding {
                order: is.order.clone(),
                rule: rule.to_owned(),
                criterion: criterion.to_owned(),
                finding: words.to_owned(),
                before,
                after,
            });
        }
    }
}

fn findings<'a>(assessed: &'a Assessed<'_>) -> impl Iterator<Item = (&'a str, &'a str, &'a str, &'a Finding)> {
    assessed.drug.rules.iter().zip(&assessed.assessment.rules).flat_map(|(rule, found)| {
        let pairs = rule.criteria.iter().zip(&found.findings);
        pairs.map(|(criterion, finding)| (rule.id.as_str(), criterion.id.as_str(), criterion.finding.as_str(), finding))
    })
}

fn found(finding: &Finding) -> Found {
    Found {
        outcome: finding.outcome,
        value: finding.words.value.clone().or_else(|| finding.words.what.clone()),
        evidence: finding.evidence.iter().map(|source| source.reference.clone()).collect(),
    }
}

/// Cards of one rule belong together in their order, since a rule gives one card for each order.
fn cards(before: &[Card], after: &[Card]) -> Vec<CardChange> {
    let mut waiting: BTreeMap<&str, std::collections::VecDeque<(usize, &Card)>> = BTreeMap::new();
    for (place, card) in before.iter().enumerate() {
        waiting.entry(&card.rule).or_default().push_back((place, card));
    }
    let mut changes: Vec<CardChange> = Vec::with_capacity(before.len().max(after.len()));
    for (place, card) in after.iter().enumerate() {
        let known = waiting.get_mut(card.rule.as_str()).and_then(std::collections::VecDeque::pop_front);
        let what = known.map(|(_, known)| differs(known, card)).unwrap_or_default();
        let status = match (&known, what.is_empty()) {
            (None, _) => CardStatus::Appeared,
            (Some(_), true) => CardStatus::Same,
            (Some(_), false) => CardStatus::Changed,
        };
        changes.push(CardChange {
            rule: card.rule.clone(),
            status,
            before: known.map(|(place, known)| (place, known.indicator)),
            after: Some((place, card.indicator)),
            what,
        });
    }
    let vanished = waiting.into_values().flatten().map(|(place, card)| CardChange {
        rule: card.rule.clone(),
        status: CardStatus::Vanished,
        before: Some((place, card.indicator)),
        after: None,
        what: Vec::new(),
    });
    changes.extend(vanished);
    changes
}

fn differs(one: &Card, other: &Card) -> Vec<&'static str> {
    let labels = |card: &Card| card.suggestions.iter().map(|s| s.label.clone()).collect::<Vec<_>>();
    let detail = |card: &Card| Markdown(&card.detail).to_string();
    let parts = [
        ("indicator", one.indicator != other.indicator),
        ("summary", one.summary != other.summary),
        ("detail", detail(one) != detail(other)),
        ("suggestions", labels(one) != labels(other)),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| what).collect()
}
