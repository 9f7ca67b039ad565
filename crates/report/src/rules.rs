//! How often each rule spoke, and what a policy silenced.

use std::collections::BTreeMap;

use charts::{Bar, Bars, Tone, Undrawn, Words};
use maud::{Markup, html};
use replay::statistics::{Counts, Statistics, per_thousand};

use crate::names::Names;
use crate::numbers::{INDICATORS, count, numbers, of, share};
use crate::{figure, section as part};

/// What the colours of indicators say.
const LEGEND: [(Tone, &str, &str); 3] =
    [(Tone::Critical, "■", "critical"), (Tone::Warning, "■", "warning"), (Tone::Info, "■", "info")];

/// How often each rule spoke.
///
/// # Errors
///
/// A chart cannot be drawn.
pub fn section(statistics: &Statistics, names: &Names<'_>) -> Result<Markup, Undrawn> {
    let orders: BTreeMap<&str, &Counts> =
        statistics.rules.iter().map(|(rule, cards)| (rule.as_str(), &cards.orders)).collect();
    if orders.is_empty() {
        return Ok(html! {});
    }
    let words = Words {
        id: "chart-rules",
        title: "Orders with which each rule spoke, of 1,000",
        description: "One bar for each rule, the most frequent first, in parts by the most urgent indicator. The thin line is \
                      the 95 % interval. The numbers are in the table below the chart.",
    };
    let content = html! {
        p {
            "Of 1,000 orders, with how many each rule spoke, by the most urgent indicator of its card. A rule that spoke of none "
            "is not listed."
        }
        (rule_chart(statistics, &orders, names, &words)?)
    };
    Ok(part("rules", "What each rule said", &content))
}

/// What the policy silenced.
///
/// # Errors
///
/// A chart cannot be drawn.
pub fn silenced(statistics: &Statistics, names: &Names<'_>) -> Result<Markup, Undrawn> {
    if statistics.silenced.is_empty() {
        return Ok(html! {});
    }
    let orders: BTreeMap<&str, &Counts> =
        statistics.silenced.iter().map(|(rule, orders)| (rule.as_str(), orders)).collect();
    let words = Words {
        id: "chart-silenced",
        title: "Orders of which silenced rules would have spoken, of 1,000",
        description: "One bar for each rule that the policy silenced, in parts by the most urgent indicator of what it would \
                      have said. The numbers are in the table below the chart.",
    };
    let content = html! {
        p {
            "Rules that the policy of the site silenced, and with how many orders they would have said something that was not "
            "shown. Critical cards are never silenced; they stand among what was said."
        }
        (rule_chart(statistics, &orders, names, &words)?)
    };
    Ok(part("silenced", "What the policy silenced", &content))
}

/// The chart and the table of orders by rule and indicator.
fn rule_chart(
    statistics: &Statistics,
    rules: &BTreeMap<&str, &Counts>,
    names: &Names<'_>,
    words: &Words<'_>,
) -> Result<Markup, Undrawn> {
    let mut rules: Vec<(&str, &Counts, u64)> =
        rules.iter().map(|(rule, orders)| (*rule, *orders, orders.values().sum())).collect();
    rules.sort_by_key(|(_, _, all)| std::cmp::Reverse(*all));
    let bar = |(rule, orders, all): &(&str, &Counts, u64)| {
        let rate = per_thousand(*all, statistics.orders);
        let parts = LEGEND.iter().map(|(tone, _, name)| {
            (per_thousand(of(orders, name), statistics.orders).map_or(0.0, |rate| rate.value), *tone)
        });
        Bar {
            label: names.rule(rule).to_owned(),
            parts: parts.collect(),
            interval: rate.map(|rate| (rate.low, rate.high)),
            said: rate.map_or_else(String::new, |rate| format!("{:.1}", rate.value)),
        }
    };
    let bars = Bars { words: *words, axis: "orders of 1,000", bars: rules.iter().map(bar).collect() };
    let rows: Vec<(Markup, Vec<String>)> = rules
        .iter()
        .map(|(rule, orders, all)| {
            let name = html! { (names.rule(rule)) " " small { code { (rule) } } };
            let mut cells: Vec<String> = INDICATORS.iter().map(|indicator| count(of(orders, indicator))).collect();
            cells.push(share(*all, statistics.orders));
            (name, cells)
        })
        .collect();
    let head = ["Rule", "Critical", "Warning", "Info", "Of 1,000 orders (95 % interval)"];
    Ok(html! {
        (figure(words.title, &LEGEND, &bars.figure()?))
        (numbers(words.title, &head, &rows))
    })
}
