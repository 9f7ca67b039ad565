//! The answers on the orders of a made-up hospital, compared with the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, BufRead};

use serde::Deserialize;

use crate::truth::{Truth, urgency, worst};

/// What was found.
#[derive(Debug, Default)]
pub struct Checked {
    /// How many orders were compared.
    pub orders: u64,
    /// How many outcomes of criteria.
    pub criteria: u64,
    /// How many cards of rules that had to come, and came.
    pub cards: u64,
    /// What differs, in the order of the lines.
    pub wrong: Vec<Wrong>,
}

/// One answer that differs from the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The order.
    pub order: String,
    /// Whose it is.
    pub patient: String,
    /// What was looked at: a criterion, the card of a rule, the phase.
    pub what: String,
    /// What the story has.
    pub expected: String,
    /// What was answered.
    pub answered: String,
    /// The story.
    pub story: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Wrong { order, patient, what, expected, answered, story } = self;
        write!(f, "{order} of Patient/{patient}: {what} is {answered}, expected {expected} (story: {story})")
    }
}

/// A line of `replay --format ndjson`, as far as it is compared.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    assessment: Option<Vec<Assessed>>,
    #[serde(default)]
    cards: Vec<Card>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    error: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Assessed {
    order: String,
    indication: String,
    phase: String,
    criteria: Vec<Criterion>,
}

#[derive(Deserialize)]
struct Criterion {
    id: String,
    outcome: String,
}

#[derive(Deserialize)]
struct Card {
    indicator: String,
    source: Source,
}

#[derive(Deserialize)]
struct Source {
    topic: Topic,
}

#[derive(Deserialize)]
struct Topic {
    code: String,
}

/// Reads the truth, one order a line.
///
/// # Errors
///
/// A line cannot be read or is no truth; the message has its number.
pub fn read(truth: impl BufRead) -> Result<BTreeMap<String, Truth>, String> {
    let mut known = BTreeMap::new();
    for (number, line) in (1..).zip(truth.lines()) {
        let line = line.map_err(|error| format!("line {number}: {error}"))?;
        let truth: Truth = serde_json::from_str(&line).map_err(|error| format!("line {number}: {error}"))?;
        known.insert(truth.order.clone(), truth);
    }
    Ok(known)
}

/// Compares the lines of a replay with the truth.
///
/// # Errors
///
/// A line cannot be read, or is no result of a replay with what was found for each criterion; the message has its number.
pub fn check(truths: &BTreeMap<String, Truth>, lines: impl BufRead) -> Result<Checked, String> {
    let mut checked = Checked::default();
    let mut seen = BTreeSet::new();
    for (number, line) in (1..).zip(lines.lines()) {
        let line = line.map_err(|error: io::Error| format!("line {number}: {error}"))?;
        let line: Line = serde_json::from_str(&line).map_err(|error| format!("line {number}: {error}"))?;
        if line.error.is_some() {
            checked.wrong(None, &line.source, "the answer", "an answer", "an error");
            continue;
        }
        let assessment = line.assessment.as_ref().ok_or_else(|| {
            format!("line {number} has cards only: replay without --cards-only, so that the criteria stand there")
        })?;
        for assessed in assessment {
            match truths.get(&assessed.order) {
                None => checked.wrong(None, &assessed.order, "the order", "none", "one"),
                Some(truth) if !seen.insert(truth.order.as_str()) => {
                    checked.wrong(Some(truth), &truth.order, "the order", "one line", "several lines");
                }
                Some(truth) => checked.compare(truth, assessed, &line.cards),
            }
        }
    }
    for truth in truths.values().filter(|truth| !seen.contains(truth.order.as_str())) {
        checked.wrong(Some(truth), &truth.order, "the order", "one line", "missing");
    }
    Ok(checked)
}

impl Checked {
    fn wrong(&mut self, truth: Option<&Truth>, order: &str, what: &str, expected: &str, answered: &str) {
        self.wrong.push(Wrong {
            order: order.to_owned(),
            patient: truth.map(|truth| truth.patient.clone()).unwrap_or_default(),
            what: what.to_owned(),
            expected: expected.to_owned(),
            answered: answered.to_owned(),
            story: truth.map(|truth| truth.story.join(", ")).unwrap_or_default(),
        });
    }

    fn compare(&mut self, truth: &Truth, assessed: &Assessed, cards: &[Card]) {
        self.orders += 1;
        let mut differ = |what: &str, expected: &str, answered: &str| {
            if expected != answered {
                self.wrong(Some(truth), &truth.order, what, expected, answered);
            }
        };
        differ("the indication", &truth.indication, &assessed.indication);
        differ("the phase", &truth.phase, &assessed.phase);
        let found: BTreeMap<&str, &str> =
            assessed.criteria.iter().map(|criterion| (criterion.id.as_str(), criterion.outcome.as_str())).collect();
        for (id, expected) in &truth.criteria {
            differ(&format!("criterion {id}"), expected, found.get(id.as_str()).copied().unwrap_or("not listed"));
        }
        let mut spoken: BTreeMap<&str, &str> = BTreeMap::new();
        for card in cards {
            let known = spoken.entry(card.source.topic.code.as_str()).or_insert("none");
            if urgency(known) < urgency(&card.indicator) {
                *known = &card.indicator;
            }
        }
        let expected = truth.cards.iter().map(|(rule, indicator)| (rule.as_str(), indicator.as_str()));
        let rules: BTreeSet<&str> = expected.map(|(rule, _)| rule).chain(spoken.keys().copied()).collect();
        for rule in rules.into_iter().filter(|rule| !truth.open.contains(*rule)) {
            let expected = truth.cards.get(rule).map_or("none", String::as_str);
            differ(&format!("the card of {rule}"), expected, spoken.get(rule).copied().unwrap_or("none"));
        }
        if truth.open.is_empty() {
            differ("the most urgent card", &truth.worst, worst(spoken.values().copied()));
        }
        self.criteria += truth.criteria.len() as u64;
        self.cards += truth.cards.len() as u64;
    }
}
