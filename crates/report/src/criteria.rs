//! Criteria: which could not be decided and why, and how often each was met.

use charts::{Bar, Bars, Tone, Undrawn, Words};
use maud::{Markup, html};
use replay::statistics::{Counts, Findings, Statistics, most_frequent};

use crate::names::Names;
use crate::numbers::{count, length, numbers};
use crate::{figure, section as part};

/// How many bars the chart has.
const SHOWN: usize = 12;

/// The criteria that were unknown most often.
///
/// # Errors
///
/// A chart cannot be drawn.
pub fn unknown(statistics: &Statistics, names: &Names<'_>) -> Result<Markup, Undrawn> {
    let unknown: Counts = statistics.criteria.iter().map(|(key, found)| (key.clone(), all_unknown(found))).collect();
    let mut most = most_frequent(&unknown);
    most.retain(|(_, orders)| *orders > 0);
    most.truncate(SHOWN);
    if most.is_empty() {
        return Ok(html! {});
    }
    let words = Words {
        id: "chart-unknown",
        title: "Criteria that were unknown most often",
        description: "One bar for each of the criteria that could not be decided for most orders. The reasons are in the \
                      table below the chart.",
    };
    let bars = most.iter().map(|(key, orders)| Bar {
        label: names.criterion(key).to_owned(),
        parts: vec![(length(*orders), Tone::Info)],
        interval: None,
        said: count(*orders),
    });
    let bars = Bars { words, axis: "orders", bars: bars.collect() };
    let rows: Vec<(Markup, Vec<String>)> = most
        .iter()
        .map(|(key, orders)| {
            let reasons = statistics.criteria.get(*key).map(|found| reasons(&found.unknown)).unwrap_or_default();
            (html! { (names.criterion(key)) small { (reasons) } }, vec![count(*orders)])
        })
        .collect();
    let content = html! {
        p {
            "A criterion is unknown when the record does not say enough to decide it: nothing is on record, it is too old, its "
            "unit is not understood. Many of these point to data that is not exported or not mapped."
        }
        (figure(words.title, &[], &bars.figure()?))
        (numbers(words.title, &["Criterion, and why it was unknown", "Orders"], &rows))
    };
    Ok(part("unknown", "What was not known", &content))
}

/// Every criterion with what was found.
pub fn all(statistics: &Statistics, names: &Names<'_>) -> Markup {
    if statistics.criteria.is_empty() {
        return html! {};
    }
    let rows: Vec<(Markup, Vec<String>)> = statistics
        .criteria
        .iter()
        .map(|(key, found)| {
            let reasons = reasons(&found.unknown);
            let name = html! {
                (names.criterion(key)) small { code { (key) } }
                @if !reasons.is_empty() { small { "unknown: " (reasons) } }
            };
            let numbers = [found.met, found.not_met, all_unknown(found), found.not_applicable];
            (name, numbers.map(count).to_vec())
        })
        .collect();
    let head = ["Criterion", "Met", "Not met", "Unknown", "Not applicable"];
    part("criteria", "Every criterion", &numbers("Every criterion, in numbers of orders", &head, &rows))
}

fn all_unknown(found: &Findings) -> u64 {
    found.unknown.values().sum()
}

fn reasons(unknown: &Counts) -> String {
    let said = most_frequent(unknown)
        .into_iter()
        .map(|(reason, orders)| format!("{} {}", reason.replace('-', " "), count(orders)));
    said.collect::<Vec<_>>().join(", ")
}
