//! What was said over many orders, as one value that merges: the same for one thread, many, or many machines. Only counts
//! are kept; rates and intervals are worked out when it is written.

use std::collections::{BTreeMap, BTreeSet};

use domain::rule::Indicator;
use domain::truth::{Outcome, Reason};
use domain::words::cut;
use engine::assessment::Assessed;
use engine::record::KnowledgeVersion;
use rate::Rate;
use serde::{Deserialize, Serialize};

use super::judge::Judged;

/// A number of things by their name.
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
    pub rules: BTreeMap<String, Spoken>,
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
pub struct Spoken {
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
    /// Those of no order, with what will decide.
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

    /// The counts, and what they come to, as JSON. Reading it back takes the counts only.
    ///
    /// # Errors
    ///
    /// None that a value of this type can have.
    pub fn json(&self) -> serde_json::Result<String> {
        let rates = Rates {
            cards_per_order: self.mean_cards(),
            rules: self.rules.iter().map(|(rule, spoken)| (rule.as_str(), self.rates(&spoken.orders))).collect(),
            silenced: self.silenced.iter().map(|(rule, orders)| (rule.as_str(), self.rates(orders))).collect(),
        };
        let most_frequent = MostFrequent { codes: most_frequent(&self.codes), units: most_frequent(&self.units) };
        serde_json::to_string_pretty(&Written { counts: self, rates, most_frequent }).map(|text| text + "\n")
    }

    /// Reads what [`Statistics::json`] wrote.
    ///
    /// # Errors
    ///
    /// The text holds no statistics; the message says what is wrong and where.
    pub fn read(text: &str) -> Result<Statistics, String> {
        let read: Read = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Ok(read.counts)
    }

    /// Cards that were shown with an order, on average; `None` without an order.
    pub fn mean_cards(&self) -> Option<f64> {
        let cards: u64 = self.cards_per_order.iter().map(|(cards, orders)| cards * orders).sum();
        (self.orders > 0).then(|| number(cards) / number(self.orders))
    }

    /// How often per 1,000 orders, by indicator and over all of them.
    fn rates<'s>(&self, spoken: &'s Counts) -> BTreeMap<&'s str, Rate> {
        let each = spoken.iter().map(|(indicator, count)| (indicator.as_str(), *count));
        let all = each.chain([("any", spoken.values().sum())]);
        all.filter_map(|(name, count)| Some((name, per_thousand(count, self.orders)?))).collect()
    }
}

/// How many of 1,000, with the interval; `None` when there are none at all.
pub fn per_thousand(count: u64, all: u64) -> Option<Rate> {
    let rate = Rate::of(i64::try_from(count).ok()?, i64::try_from(all).ok()?)?;
    let of = |share: f64| (share * 1_000_000.0).round() / 1000.0;
    Some(Rate { value: of(rate.value), low: of(rate.low), high: of(rate.high) })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'s> {
    counts: &'s Statistics,
    rates: Rates<'s>,
    most_frequent: MostFrequent<'s>,
}

/// What was not understood, the most frequent first: what is worth mapping.
#[derive(Serialize)]
struct MostFrequent<'s> {
    codes: Vec<(&'s str, u64)>,
    units: Vec<(&'s str, u64)>,
}

/// What the counts come to.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rates<'s> {
    /// Cards that were shown with an order, on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    cards_per_order: Option<f64>,
    /// By rule and indicator: orders with which it spoke, of 1,000, with 95 % intervals after Wilson.
    #[serde(rename = "perThousandOrders")]
    rules: BTreeMap<&'s str, BTreeMap<&'s str, Rate>>,
    /// The same of what the policy silenced.
    #[serde(rename = "silencedPerThousandOrders", skip_serializing_if = "BTreeMap::is_empty")]
    silenced: BTreeMap<&'s str, BTreeMap<&'s str, Rate>>,
}

#[derive(Deserialize)]
struct Read {
    counts: Statistics,
}

/// The most frequent, at most a hundred.
pub fn most_frequent(counts: &Counts) -> Vec<(&str, u64)> {
    let mut all: Vec<(&str, u64)> = counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    all.truncate(100);
    all
}

/// What stands behind the number of a result.
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
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::{Counts, Findings, Spoken, Statistics, most_frequent, unit};

    fn counts() -> impl Strategy<Value = Counts> {
        proptest::collection::btree_map("[abc]", 0..1000_u64, 0..3)
    }

    prop_compose! {
        fn statistics()(
            knowledge in proptest::collection::btree_set("[kl]", 0..2),
            decisions in 0..1000_u64,
            orders in 0..1000_u64,
            plain in proptest::array::uniform7(counts()),
            cards_per_order in proptest::collection::btree_map(0..5_u64, 0..100_u64, 0..3),
            rules in proptest::collection::btree_map("[rs]", (counts(), counts()), 0..3),
            nested in proptest::array::uniform2(proptest::collection::btree_map("[mn]", counts(), 0..3)),
            criteria in proptest::collection::btree_map("[rs]/[c]", ((0..9_u64, 0..9_u64, 0..9_u64), counts()), 0..3),
        ) -> Statistics {
            let [urgency, silenced] = nested;
            let [uses, phases, months, indicators, units, codes, unreadable] = plain;
            let spoken = |(cards, orders)| Spoken { cards, orders };
            let found = |((met, not_met, not_applicable), unknown)| Findings { met, not_met, not_applicable, unknown };
            Statistics {
                knowledge,
                decisions,
                orders,
                uses,
                phases,
                months,
                urgency,
                cards_per_order,
                indicators,
                rules: rules.into_iter().map(|(rule, of)| (rule, spoken(of))).collect(),
                silenced,
                criteria: criteria.into_iter().map(|(name, of)| (name, found(of))).collect(),
                units,
                codes,
                unreadable,
            }
        }
    }

    fn merged(one: &Statistics, other: &Statistics) -> Statistics {
        let mut merged = one.clone();
        merged.merge(other);
        merged
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn merging_does_not_depend_on_order_or_grouping(a in statistics(), b in statistics(), c in statistics()) {
            prop_assert_eq!(merged(&a, &b), merged(&b, &a));
            prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
            prop_assert_eq!(merged(&a, &Statistics::default()), a);
        }

        #[test]
        fn what_was_written_is_read_back(statistics in statistics()) {
            let text = statistics.json().expect("JSON");
            prop_assert_eq!(Statistics::read(&text), Ok(statistics));
        }
    }

    #[test]
    fn rates_are_per_thousand_orders_with_their_intervals() {
        let spoken = Spoken { cards: BTreeMap::new(), orders: Counts::from([("warning".to_owned(), 81)]) };
        let rules = BTreeMap::from([("rule".to_owned(), spoken)]);
        let statistics = Statistics { orders: 263, rules, ..Statistics::default() };
        let json: serde_json::Value = serde_json::from_str(&statistics.json().expect("JSON")).expect("JSON");
        let rate = &json["rates"]["perThousandOrders"]["rule"]["warning"];
        let near = |name: &str, expected: f64| rate[name].as_f64().is_some_and(|found| (found - expected).abs() < 0.06);
        // The interval of Newcombe, Statistics in Medicine 1998, table I, method 3.
        assert!(near("value", 307.98) && near("low", 255.3) && near("high", 366.2), "{rate}");
        let silenced = BTreeMap::from([("quiet".to_owned(), Counts::from([("info".to_owned(), 15)]))]);
        let statistics = Statistics { orders: 148, silenced, ..Statistics::default() };
        let json: serde_json::Value = serde_json::from_str(&statistics.json().expect("JSON")).expect("JSON");
        let rate = &json["rates"]["silencedPerThousandOrders"]["quiet"]["any"];
        assert!(rate["low"].as_f64().is_some_and(|low| (low - 62.4).abs() < 0.06), "{rate}");
        assert!(Statistics::default().json().expect("JSON").contains("\"perThousandOrders\": {}"));
    }

    #[test]
    fn the_unit_is_what_stands_behind_the_number() {
        for (received, expected) in [("<1.2 K/cmm", "K/cmm"), ("7", "(none)"), ("≥ 3,5 x", "x"), ("", "(none)")] {
            assert_eq!(unit(received), expected, "{received}");
        }
        let counts = |of: &[(&str, u64)]| of.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Counts>();
        let codes = counts(&[("a", 1), ("b", 3), ("c", 3)]);
        assert_eq!(most_frequent(&codes), [("b", 3), ("c", 3), ("a", 1)]);
    }

    #[test]
    fn what_is_no_statistics_is_refused_with_its_place() {
        for (text, said) in [("{}", "counts"), ("{\"counts\":{\"odd\":1}}", "odd"), ("{", "line 1")] {
            let error = Statistics::read(text).expect_err(text);
            assert!(error.contains(said), "{error}");
        }
        let known = Statistics::read("{\"counts\":{\"knowledge\":[\"k\"]}}").expect("statistics");
        assert_eq!(known.knowledge, BTreeSet::from(["k".to_owned()]));
    }
}
