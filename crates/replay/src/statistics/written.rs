//! Statistics as a file: the counts, and the rates that follow from them, for a reader of the file itself.

use std::collections::BTreeMap;

use rate::Rate;
use serde::{Deserialize, Serialize};

use super::{Counts, Statistics};

impl Statistics {
    /// The counts with the rates that follow from them, as JSON. Only the counts are read back.
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

/// The most frequent, at most a hundred.
pub fn most_frequent(counts: &Counts) -> Vec<(&str, u64)> {
    let mut all: Vec<(&str, u64)> = counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    all.truncate(100);
    all
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'s> {
    counts: &'s Statistics,
    rates: Rates<'s>,
    most_frequent: MostFrequent<'s>,
}

/// What was not understood, the most frequent first: mapping these helps most.
#[derive(Serialize)]
struct MostFrequent<'s> {
    codes: Vec<(&'s str, u64)>,
    units: Vec<(&'s str, u64)>,
}

/// The rates that follow from the counts.
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
