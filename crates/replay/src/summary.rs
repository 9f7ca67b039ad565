//! The summary at the end of a run for people: how many orders, how many cards, and what could not be read.

use terminal::{PLAIN, Page, TextLayout};

use super::statistics::{Counts, Statistics};

/// The statistics in a few lines.
pub fn summary(statistics: &Statistics, layout: TextLayout) -> String {
    let mut page = Page::new(layout);
    let cards: u64 = statistics.indicators.values().sum();
    let urgent = ["critical", "warning", "info"].into_iter().filter_map(|indicator| {
        let count = statistics.indicators.get(indicator)?;
        Some(format!("{count} {indicator}"))
    });
    let orders = counted(statistics.orders, "order");
    let by_indicator = listed(urgent.collect());
    page.hang("", &format!("{orders}, {}{by_indicator}.", counted(cards, "card")), PLAIN);
    let mut rules: Vec<(u64, &str)> =
        statistics.rules.iter().map(|(rule, spoken)| (spoken.cards.values().sum(), rule.as_str())).collect();
    rules.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    if !rules.is_empty() {
        let rules: Vec<String> = rules.into_iter().map(|(count, rule)| format!("{rule} {count}")).collect();
        page.hang("", &format!("By rule: {}.", rules.join(", ")), PLAIN);
    }
    if !statistics.unreadable.is_empty() {
        let reasons = listed(reasons(&statistics.unreadable));
        let all = statistics.all_unreadable();
        page.hang("", &format!("Could not be read: {}{reasons}.", counted(all, "line or document")), PLAIN);
    }
    page.into_text()
}

fn reasons(counts: &Counts) -> Vec<String> {
    counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect()
}

fn listed(parts: Vec<String>) -> String {
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

fn counted(count: u64, what: &str) -> String {
    match (count, what.split_once(' ')) {
        (1, _) => format!("1 {what}"),
        (_, Some((first, rest))) => format!("{count} {first}s {rest}s"),
        (_, None) => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use terminal::TextLayout;

    use super::summary;
    use crate::statistics::{Counts, RuleCards, Statistics};

    #[test]
    fn what_was_said_most_stands_first() {
        let counts = |of: &[(&str, u64)]| of.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Counts>();
        let spoken = |of: &[(&str, u64)]| RuleCards { cards: counts(of), ..RuleCards::default() };
        let statistics = Statistics {
            orders: 2,
            indicators: counts(&[("info", 3), ("critical", 1)]),
            rules: BTreeMap::from([
                ("few".to_owned(), spoken(&[("critical", 1)])),
                ("many".to_owned(), spoken(&[("info", 3)])),
            ]),
            unreadable: counts(&[("not-json", 2), ("no-type", 1)]),
            ..Statistics::default()
        };
        let layout = TextLayout { width: 80, colour: false };
        assert_eq!(
            summary(&statistics, layout),
            "2 orders, 4 cards (1 critical, 3 info).\nBy rule: many 3, few 1.\nCould not be read: 3 lines or documents (no-type 1, not-json 2).\n"
        );
        assert_eq!(summary(&Statistics::default(), layout), "0 orders, 0 cards.\n");
    }
}
