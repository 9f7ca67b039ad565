//! All the ways in which a rule file can be changed in one place: what cases must notice. They are changes of its text,
//! so that a new kind of criterion or a new key is among them without a word here.

use std::ops::Range;

use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One change of a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The line that it concerns, from 1.
    pub line: usize,
    /// What it changes, in words that name it within the file wherever it is in it.
    pub what: String,
    /// The bytes that it takes away.
    taken: Range<usize>,
    /// What it puts there.
    put: String,
}

impl Change {
    /// The text with this change.
    pub fn of(&self, text: &str) -> String {
        let before = text.get(..self.taken.start).unwrap_or_default();
        let after = text.get(self.taken.end..).unwrap_or_default();
        format!("{before}{}{after}", self.put)
    }
}

/// All changes of a rule file. Some of them make a file that does not validate.
pub fn changes(text: &str) -> Vec<Change> {
    let mut changes = Changes { text, found: Vec::new() };
    let (table, _) = DeTable::parse_recoverable(text);
    for (key, value) in table.into_inner() {
        match (key.get_ref().as_ref(), value.into_inner()) {
            ("advice", DeValue::Array(all)) => all.into_iter().for_each(|advice| changes.advice(advice)),
            (part @ ("applies" | "criteria" | "suggestions"), DeValue::Table(table)) => changes.table(part, table),
            _ => {}
        }
    }
    changes.sections();
    changes.found.sort_by_key(|change| (change.line, change.taken.start));
    changes.found
}

/// Words for people, codes that other rules check, the bounds of a site's windows, and what only the card of the
/// summary shows: no case beside the rule can show them.
const KEPT: [&str; 14] = [
    "finding",
    "name",
    "summary",
    "text",
    "label",
    "display",
    "system",
    "code",
    "dose",
    "create",
    "replace-with",
    "within-at-least",
    "within-at-most",
    "unlisted",
];

/// Keys that mean something near each other: an end of a band within and without its value, and its two sides.
const NEAR_KEYS: [(&str, &[&str]); 6] = [
    ("below", &["to", "above"]),
    ("to", &["below"]),
    ("above", &["from", "below"]),
    ("from", &["above"]),
    ("all", &["any"]),
    ("any", &["all"]),
];

/// Words that mean something near each other.
const NEAR_WORDS: [(&str, &[&str]); 11] = [
    ("critical", &["warning"]),
    ("warning", &["critical", "info"]),
    ("info", &["warning"]),
    ("active", &["recorded"]),
    ("recorded", &["active"]),
    ("taken", &["ended", "course-completed"]),
    ("ended", &["taken"]),
    ("course-completed", &["taken"]),
    ("positive", &["negative"]),
    ("negative", &["positive"]),
    ("start", &["new-start"]),
];

struct Changes<'t> {
    text: &'t str,
    found: Vec<Change>,
}

impl Changes<'_> {
    fn add(&mut self, what: String, taken: Range<usize>, put: String) {
        let before = self.text.as_bytes().iter().take(taken.start);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        self.found.push(Change { line, what, taken, put });
    }

    fn advice(&mut self, advice: Spanned<DeValue<'_>>) {
        let DeValue::Table(table) = advice.into_inner() else { return };
        let summary = table.iter().find(|(key, _)| key.get_ref() == "summary").map(|(_, value)| value.get_ref());
        let Some(DeValue::String(summary)) = summary else { return };
        let path = format!("advice \"{summary}\"");
        self.table(&path, table);
    }

    fn table(&mut self, path: &str, table: DeTable<'_>) {
        for (key, value) in table {
            let (name, key_at, value_at) = (key.get_ref().to_string(), key.span(), value.span());
            if KEPT.contains(&name.as_str()) {
                continue;
            }
            for near in near(&NEAR_KEYS, &name) {
                self.add(format!("{path}: `{name}` becomes `{near}`"), key_at.clone(), (*near).to_owned());
            }
            match value.into_inner() {
                DeValue::Table(table) => self.table(&format!("{path}.{name}"), table),
                DeValue::Array(items) => self.list(path, &name, value_at, &items),
                single => {
                    for put in self.instead(&single, &value_at) {
                        self.add(format!("{path}: `{name}` becomes {put}"), value_at.clone(), put);
                    }
                    self.add(format!("{path}: `{name}` is dropped"), key_at.start..value_at.end, String::new());
                }
            }
        }
    }

    /// A list without each of its items, or with a word that means something near.
    fn list(&mut self, path: &str, name: &str, at: Range<usize>, items: &[Spanned<DeValue<'_>>]) {
        let items: Vec<&str> = items.iter().filter_map(|item| item.get_ref().as_str()).collect();
        for (place, item) in items.iter().enumerate() {
            let put = |instead: Option<&str>| {
                let others = items.iter().enumerate();
                let others = others.filter_map(|(at, item)| if at == place { instead } else { Some(*item) });
                format!("[{}]", others.map(|item| format!("{item:?}")).collect::<Vec<_>>().join(", "))
            };
            self.add(format!("{path}: `{name}` without `{item}`"), at.clone(), put(None));
            for near in near(&NEAR_WORDS, item) {
                self.add(format!("{path}: `{item}` in `{name}` becomes `{near}`"), at.clone(), put(Some(near)));
            }
        }
    }

    /// What can replace a value: a number a tenth larger and smaller, or a word with a similar meaning.
    fn instead(&self, value: &DeValue<'_>, at: &Range<usize>) -> Vec<String> {
        match value {
            DeValue::String(word) => {
                let (before, number, after) = parts(word);
                let numbers = number.map(tenths).unwrap_or_default();
                let numbers = numbers.into_iter().map(|number| format!("\"{before}{number}{after}\""));
                numbers.chain(near(&NEAR_WORDS, word).iter().map(|word| format!("{word:?}"))).collect()
            }
            DeValue::Integer(_) => {
                let number = self.text.get(at.clone()).and_then(|number| number.parse().ok());
                number.map(tenths).unwrap_or_default().iter().map(Decimal::to_string).collect()
            }
            DeValue::Boolean(is) => vec![(!is).to_string()],
            _ => Vec::new(),
        }
    }

    /// Whole sections: each advice, each part of a criterion that has a heading of its own, and what the rule applies
    /// to.
    fn sections(&mut self) {
        let mut starts: Vec<usize> = self.text.match_indices("\n[").map(|(at, _)| at + 1).collect();
        starts.extend(self.text.starts_with('[').then_some(0));
        starts.sort_unstable();
        for (place, start) in starts.iter().enumerate() {
            let end = starts.get(place + 1).copied().unwrap_or(self.text.len());
            let section = self.text.get(*start..end).unwrap_or_default();
            let heading = section.lines().next().unwrap_or_default().trim();
            let is_part = heading.starts_with("[criteria.") && heading.matches('.').count() > 2;
            if heading == "[applies]" || is_part {
                self.add(format!("{heading} is dropped"), *start..end, String::new());
            } else if heading == "[[advice]]" {
                let summary = section.lines().find_map(|line| line.strip_prefix("summary = ")).unwrap_or_default();
                self.add(format!("advice {summary} is dropped"), *start..end, String::new());
            }
        }
    }
}

fn near(table: &'static [(&str, &[&str])], word: &str) -> &'static [&'static str] {
    table.iter().find(|(known, _)| *known == word).map(|(_, near)| *near).unwrap_or_default()
}

/// The only number in a word such as `2000`, `P30D` or `162 mg`, with the text before and after it.
fn parts(word: &str) -> (&str, Option<Decimal>, &str) {
    let is_digit = |c: char| c.is_ascii_digit() || c == '.';
    let Some(start) = word.find(|c: char| c.is_ascii_digit()) else { return (word, None, "") };
    let (before, rest) = word.split_at(start);
    let (number, after) = rest.split_at(rest.find(|c| !is_digit(c)).unwrap_or(rest.len()));
    // Anything else, such as `covid-19`, is a name.
    let is_amount = matches!(before, "" | "P" | "PT") && !after.contains(|c: char| c.is_ascii_digit());
    (before, number.parse().ok().filter(|_| is_amount), after)
}

/// A number a tenth down and up; a whole number stays whole, and moves by one at least.
fn tenths(number: Decimal) -> Vec<Decimal> {
    let tenth = number / Decimal::TEN;
    let step = if number.is_integer() { tenth.round().max(Decimal::ONE) } else { tenth };
    [number - step, number + step]
        .into_iter()
        .filter(|moved| !moved.is_sign_negative())
        .map(|n| n.normalize())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::changes;

    const RULE: &str = r#"title = "A rule"
[applies]
phase = ["start"]
[criteria.low]
finding = "Low"
[criteria.low.quantity]
concept = "platelet-count"
below = "2000"
within = "P30D"
[criteria.low.quantity.indication.covid-19]
below = "1.5"
[[advice]]
met = ["low", "other"]
indicator = "critical"
summary = "Low"
"#;

    #[test]
    fn every_place_is_changed() {
        let all = changes(RULE);
        let told: Vec<String> = all.iter().map(|change| format!("{}: {}", change.line, change.what)).collect();
        assert_eq!(
            told,
            [
                "2: [applies] is dropped",
                "3: applies: `phase` without `start`",
                "3: applies: `start` in `phase` becomes `new-start`",
                "7: criteria.low.quantity: `concept` is dropped",
                "8: criteria.low.quantity: `below` becomes `to`",
                "8: criteria.low.quantity: `below` becomes `above`",
                "8: criteria.low.quantity: `below` is dropped",
                "8: criteria.low.quantity: `below` becomes \"1800\"",
                "8: criteria.low.quantity: `below` becomes \"2200\"",
                "9: criteria.low.quantity: `within` is dropped",
                "9: criteria.low.quantity: `within` becomes \"P27D\"",
                "9: criteria.low.quantity: `within` becomes \"P33D\"",
                "10: [criteria.low.quantity.indication.covid-19] is dropped",
                "11: criteria.low.quantity.indication.covid-19: `below` becomes `to`",
                "11: criteria.low.quantity.indication.covid-19: `below` becomes `above`",
                "11: criteria.low.quantity.indication.covid-19: `below` is dropped",
                "11: criteria.low.quantity.indication.covid-19: `below` becomes \"1.35\"",
                "11: criteria.low.quantity.indication.covid-19: `below` becomes \"1.65\"",
                "12: advice \"Low\" is dropped",
                "13: advice \"Low\": `met` without `low`",
                "13: advice \"Low\": `met` without `other`",
                "14: advice \"Low\": `indicator` is dropped",
                "14: advice \"Low\": `indicator` becomes \"warning\"",
            ]
        );
        for change in &all {
            assert!(change.of(RULE) != RULE, "{change:?}");
        }
    }
}
