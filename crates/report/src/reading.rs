//! What was not understood or could not be read: the list for those who connect the hospital's data.

use maud::{Markup, html};
use replay::statistics::{Counts, Statistics, most_frequent};

use crate::numbers::{count, numbers};
use crate::section as part;

/// How many rows a table has.
const SHOWN: usize = 25;

/// The lists.
pub fn section(statistics: &Statistics) -> Markup {
    let Statistics { codes, units, unreadable, .. } = statistics;
    let content = html! {
        @if codes.is_empty() && units.is_empty() && unreadable.is_empty() {
            p { "Every code and every unit that a rule looked at was understood, and every line could be read." }
        }
        (list("Codes that mean nothing to the library", "Type and code", codes))
        (list("Units that were not understood", "Unit", units))
        (list("Lines and documents that could not be read", "Reason", unreadable))
    };
    part("reading", "For the integrator", &content)
}

fn list(title: &str, what: &str, counts: &Counts) -> Markup {
    if counts.is_empty() {
        return html! {};
    }
    let most = most_frequent(counts);
    let rows: Vec<(Markup, Vec<String>)> =
        most.iter().take(SHOWN).map(|(name, times)| (html! { code { (name) } }, vec![count(*times)])).collect();
    html! {
        h3 { (title) }
        (numbers(title, &[what, "Times"], &rows))
        @if counts.len() > SHOWN {
            p.note { "The " (SHOWN) " most frequent of " (counts.len()) "; the file with the statistics holds all of them." }
        }
    }
}
