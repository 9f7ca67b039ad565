//! Numbers in words, and tables of them.

use maud::{Markup, html};
use pages::html::table;
use rate::Rate;
use replay::statistics::{Counts, per_thousand};

/// The indicators, the most urgent first.
pub const INDICATORS: [&str; 3] = ["critical", "warning", "info"];

/// A count with its thousands apart.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut said = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

/// A count of things, in the singular where it is one.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// How many of 1,000, with the interval.
pub fn rate(rate: &Rate) -> String {
    format!("{:.1} ({:.1} to {:.1})", rate.value, rate.low, rate.high)
}

/// How many of 1,000, with the interval, of counts.
pub fn share(some: u64, all: u64) -> String {
    per_thousand(some, all).map_or_else(|| "–".to_owned(), |found| rate(&found))
}

/// How many of 100.
pub fn percent(some: u64, all: u64) -> String {
    per_thousand(some, all).map_or_else(|| "–".to_owned(), |rate| format!("{:.1}\u{a0}%", rate.value / 10.0))
}

/// One of the counts.
pub fn of(counts: &Counts, name: &str) -> u64 {
    counts.get(name).copied().unwrap_or_default()
}

/// A count as a length; lengths of bars need no more than its first digits.
pub fn length(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

/// A table whose first column is words and whose others are numbers.
pub fn numbers(label: &str, head: &[&str], rows: &[(Markup, Vec<String>)]) -> Markup {
    let rows = html! {
        @for (name, cells) in rows {
            tr { td.key { (name) } @for cell in cells { td.number { (cell) } } }
        }
    };
    table(label, head, rows)
}

#[cfg(test)]
mod tests {
    use super::{count, counted, percent, share};

    #[test]
    fn counts_and_shares_are_easy_to_read() {
        for (number, said) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), said);
        }
        assert_eq!(
            (counted(1, "order", "orders"), counted(2, "order", "orders")),
            ("1 order".into(), "2 orders".into())
        );
        assert_eq!((share(81, 263).as_str(), share(0, 0).as_str()), ("308.0 (255.3 to 366.2)", "–"));
        assert_eq!(percent(81, 263), "30.8\u{a0}%");
    }
}
