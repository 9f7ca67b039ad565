//! What was decided on many orders, as one value that merges: the same for one thread, many, or many machines. Only
//! counts are kept; rates and intervals are worked out when it is written.

/// Statistics as a file.
mod written;

use std::collections::{BTreeMap, BTreeSet};

use domain::rule::Indicator;
use domain::truth::{Outcome, Reason};
use domain::words::cut;
use engine::assessment::Assessed;
use engine::record::KnowledgeVersion;
use serde::{Deserialize, Serialize};

pub use self::written::{most_frequent, per_thousand};
use super::judge::Judged;

/// Counts by name.
pub type Counts = BTreeMap<String, u64>;

/// The counts of one or several runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Statistics {
    /// What decided: program, library and policy. More than one when runs with different knowledge were merged.
    pub knowledge: BTreeSet<String>,
    /// Decisions: what the service is asked once, the orders that one patient was given at one moment.
    pub decisions: u64,
    /// Orders for drugs of the library.
    pub orders: u64,
    /// Orders by use: the code of the indication, or `undetermined`.
    pub uses: Counts,
    /// Orders by phase.
    pub phases: Counts,
    /// Orders by the month at which they were judged, such as `2026-03`.
    pub months: Counts,
    /// Orders by the most urgent indicator of their cards, or `none`, by month.
    pub urgency: BTreeMap<String, Counts>,
    /// Orders by the number of cards that were shown with them.
    pub cards_per_order: BTreeMap<u64, u64>,
    /// Cards by indicator.
    pub indicators: Counts,
    /// By rule: how often it spoke.
    pub rules: BTreeMap<String, RuleCards>,
    /// By rule that the site's policy silenced: orders of which it would have said something, by the most urgent
    /// indicator of that. A rule that is silent and had nothing to say has an empty entry.
    pub silenced: BTreeMap<String, Counts>,
    /// By `rule/criterion`: what was found.
    pub criteria: BTreeMap<String, Findings>,
    /// Units of results that were not understood, each result once for a decision.
    pub units: Counts,
    /// Codes of an export's records that mean nothing to the library, as `Type system|code`.
    pub codes: Counts,
    /// Lines and documents that could not be read, by reason.
    pub unreadable: Counts,
}

/// How often one rule spoke.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RuleCards {
    /// Its cards, by indicator.
    pub cards: Counts,
    /// Orders with which it spoke, by the most urgent indicator of its cards. Orders of one decision share its cards.
    pub orders: Counts,
}

/// What was found of one criterion, over all orders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Findings {
    /// How often it was met.
    pub met: u64,
    /// How often it was not met.
    pub not_met: u64,
    /// How often it did not concern the order.
    pub not_applicable: u64,
    /// How often it was unknown, by reason.
    pub unknown: Counts,
}

impl Statistics {
    /// Empty statistics, with the versions that will decide.
    pub fn of(version: &KnowledgeVersion) -> Statistics {
        let policy = version.policy.as_ref().map(|hash| format!(", policy {hash}")).unwrap_or_default();
        let named = format!("program {}, library {}{policy}", version.program, version.library);
        Statistics { knowledge: BTreeSet::from([named]), ..Statistics::default() }
    }

    /// Counts what was decided. Nothing is counted without an order.
    pub fn count(&mut self, judged: &Judged<'_>) {
        let decision = &judged.decision;
        if decision.assessments.is_empty() {
            return;
        }
        self.decisions += 1;
        let month: String = judged.clock.text().chars().take(7).collect();
        for assessed in &decision.assessments {
            self.orders += 1;
            add(&mut self.months, &month, 1);
            self.assessed(assessed);
        }
        self.units(&decision.assessments);
        let orders = decision.assessments.len() as u64;
        *self.cards_per_order.entry(decision.cards.len() as u64).or_default() += orders;
        let most = decision.cards.iter().map(|card| card.indicator).min();
        let urgency = self.urgency.entry(month).or_default();
        add(urgency, most.map_or("none", Indicator::code), orders);
        for (rule, indicator) in &decision.silenced {
            add(self.silenced.entry(rule.clone()).or_default(), indicator.code(), 1);
        }
        let mut spoken: BTreeMap<&str, Indicator> = BTreeMap::new();
        for card in &decision.cards {
            add(&mut self.indicators, card.indicator.code(), 1);
            add(&mut self.rules.entry(card.rule.clone()).or_default().cards, card.indicator.code(), 1);
            let most = spoken.entry(&card.rule).or_insert(card.indicator);
            *most = (*most).min(card.indicator);
        }
        for (rule, indicator) in spoken {
            add(&mut self.rules.entry(rule.to_owned()).or_default().orders, indicator.code(), orders);
        }
    }

    fn assessed(&mut self, assessed: &Assessed<'_>) {
        let Assessed { drug, assessment, .. } = assessed;
        let (code, id) = (assessment.indication.code(), assessment.indication.id.as_deref());
        add(&mut self.uses, if code == "other" { id.unwrap_or(code) } else { code }, 1);
        add(&mut self.phases, assessment.phase.code(), 1);
        let mut name = String::new();
        for (rule, found) in drug.rules.iter().zip(&assessment.rules) {
            if rule.silent && !self.silenced.contains_key(&rule.id) {
                self.silenced.insert(rule.id.clone(), Counts::new());
            }
            for (criterion, finding) in rule.criteria.iter().zip(&found.findings) {
                name.clear();
                name.extend([&rule.id, "/", &criterion.id]);
                let findings = match self.criteria.get_mut(&name) {
                    Some(known) => known,
                    None => self.criteria.entry(name.clone()).or_default(),
                };
                match finding.outcome {
                    Outcome::Met => findings.met += 1,
                    Outcome::NotMet => findings.not_met += 1,
                    Outcome::NotApplicable => findings.not_applicable += 1,
                    Outcome::Unknown(reason) => add(&mut findings.unknown, reason.code(), 1),
                }
            }
        }
    }

    fn units(&mut self, assessments: &[Assessed<'_>]) {
        let rules = assessments.iter().flat_map(|of| &of.assessment.rules);
        let odd = rules.flat_map(|rule| &rule.findings).filter(|of| of.outcome == Outcome::Unknown(Reason::Unit));
        let mut seen = BTreeSet::new();
        for source in odd.filter_map(|finding| finding.evidence.first()) {
            if seen.insert(&source.reference) {
                add(&mut self.units, &unit(&source.received), 1);
            }
        }
    }

    /// Adds codes that mean nothing to the library.
    pub fn not_understood(&mut self, codes: &Counts) {
        add_all(&mut self.codes, codes);
    }

    /// Counts a line or a document that could not be read.
    pub fn unreadable(&mut self, reason: &str) {
        add(&mut self.unreadable, reason, 1);
    }

    /// How many lines and documents could not be read.
    pub fn all_unreadable(&self) -> u64 {
        self.unreadable.values().sum()
    }

    /// Adds those of another run. The order in which runs are added makes no difference.
    pub fn merge(&mut self, other: &Statistics) {
        self.knowledge.extend(other.knowledge.iter().cloned());
        self.decisions += other.decisions;
        self.orders += other.orders;
        for (of, with) in [
            (&mut self.uses, &other.uses),
            (&mut self.phases, &other.phases),
            (&mut self.months, &other.months),
            (&mut self.indicators, &other.indicators),
            (&mut self.units, &other.units),
            (&mut self.codes, &other.codes),
            (&mut self.unreadable, &other.unreadable),
        ] {
            add_all(of, with);
        }
        for (cards, orders) in &other.cards_per_order {
            *self.cards_per_order.entry(*cards).or_default() += orders;
        }
        for (of, with) in [(&mut self.urgency, &other.urgency), (&mut self.silenced, &other.silenced)] {
            with.iter().for_each(|(name, counts)| add_all(of.entry(name.clone()).or_default(), counts));
        }
        for (rule, spoken) in &other.rules {
            let of = self.rules.entry(rule.clone()).or_default();
            add_all(&mut of.cards, &spoken.cards);
            add_all(&mut of.orders, &spoken.orders);
        }
        for (criterion, findings) in &other.criteria {
            let of = self.criteria.entry(criterion.clone()).or_default();
            of.met += findings.met;
            of.not_met += findings.not_met;
            of.not_applicable += findings.not_applicable;
            add_all(&mut of.unknown, &findings.unknown);
        }
    }

    /// Cards that were shown with an order, on average; `None` without an order.
    pub fn mean_cards(&self) -> Option<f64> {
        let cards: u64 = self.cards_per_order.iter().map(|(cards, orders)| cards * orders).sum();
        (self.orders > 0).then(|| number(cards) / number(self.orders))
    }
}

/// The unit that follows the number of a result.
fn unit(received: &str) -> String {
    let unit = received.trim_start_matches(|c: char| c.is_ascii_digit() || "<>=≤≥+-., ".contains(c)).trim();
    if unit.is_empty() { "(none)".to_owned() } else { cut(unit, 60) }
}

fn add(counts: &mut Counts, name: &str, by: u64) {
    match counts.get_mut(name) {
        Some(count) => *count += by,
        None => {
            counts.insert(name.to_owned(), by);
        }
    }
}

fn add_all(counts: &mut Counts, with: &Counts) {
    with.iter().for_each(|(name, by)| add(counts, name, *by));
}

/// A count as a floating point number; counts of orders are far below the limit of what a double holds exactly.
fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests;
