//! The cases of a rule: what each starts from, the outcomes it pins, and the card.

use maud::{Markup, Render, html};

use super::html::{code, link, list, table};
use super::words::outcome;
use super::{Site, section};
use domain::rule::{Drug, Rule};
use knowledge::cases::{Case, ExpectedCard};

/// The cases of a rule as a table.
pub fn table_of(site: &Site<'_>, drug: &Drug, rule: &Rule) -> Markup {
    let cases = site.cases_of(drug, rule);
    let rows = html! { @for (anchor, case) in &cases { (row(rule, anchor, case)) } };
    let content = html! {
        p {
            "Each case is a test patient with changes and a clock. The program must reproduce every outcome and every "
            "card shown here, word for word, or its own check fails. The policy of a site, if there is one, is not in "
            "them."
        }
        (table("Cases", &["Case", "Outcomes", "Card"], rows))
    };
    section("cases", "Cases", content)
}

fn row(rule: &Rule, anchor: &str, case: &Case) -> Markup {
    html! {
        tr id=(anchor) {
            td { span { (case.name) } small { (start(case)) } }
            td { (outcomes(rule, case)) }
            td {
                @match &case.card {
                    None => "not looked at",
                    Some(ExpectedCard::None(_)) => "no card",
                    Some(ExpectedCard::Card(words)) => { (badge(&words.indicator)) " " (words.summary) },
                }
            }
        }
    }
}

/// What a case starts from.
fn start(case: &Case) -> String {
    let mut from = format!("{}, {}", case.fixture, case.hook);
    for (word, given) in [("for", &case.indication), ("phase", &case.phase)] {
        if let Some(given) = given {
            from.push_str(&format!(", {word} {given}"));
        }
    }
    from
}

fn outcomes(rule: &Rule, case: &Case) -> Markup {
    let outcomes = case.criteria.iter().map(|(id, written)| {
        html! {
            @if rule.criteria.iter().any(|c| c.id == *id) { (link(&format!("#{id}"), code(id))) } @else { (code(id)) }
            ": " (outcome(written))
        }
    });
    let outcomes: Vec<Markup> = outcomes.collect();
    if outcomes.is_empty() { "–".render() } else { list(&outcomes) }
}

/// How urgent a card is, as a word with a colour.
pub fn badge(indicator: &str) -> Markup {
    let known = ["critical", "warning", "info"].into_iter().find(|word| *word == indicator).unwrap_or_default();
    html! { b class={ "badge " (known) } { (indicator) } }
}
