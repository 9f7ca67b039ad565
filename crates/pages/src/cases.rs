//! The cases of a rule: what each starts from, the outcomes it pins, and the card.

use super::html::{Html, code, el, link, list, table, with};
use super::words::outcome;
use super::{Site, section};
use domain::rule::{Drug, Rule};
use knowledge::cases::{Case, ExpectedCard};

/// The cases of a rule as a table.
pub fn table_of(site: &Site<'_>, drug: &Drug, rule: &Rule) -> Html {
    let cases = site.cases_of(drug, rule);
    let intro = el(
        "p",
        "Each case is a test patient with changes and a clock. The program must reproduce every outcome and every card \
         shown here, word for word, or its own check fails. The policy of a site, if there is one, is not in them.",
    );
    let rows = cases.iter().map(|(anchor, case)| (anchor.clone(), row(rule, case)));
    section("cases", "Cases", intro.and(table("Cases", &["Case", "Outcomes", "Card"], rows)))
}

fn row(rule: &Rule, case: &Case) -> Vec<Html> {
    let mut from = format!("{}, {}", case.fixture, case.hook);
    for (word, given) in [("for", &case.indication), ("phase", &case.phase)] {
        if let Some(given) = given {
            from.push_str(&format!(", {word} {given}"));
        }
    }
    let name = el("span", &case.name).and(with("small", &[], from));
    let outcomes = case.criteria.iter().map(|(id, written)| {
        let id = match rule.criteria.iter().any(|c| c.id == *id) {
            true => link(&format!("#{id}"), code(id)),
            false => code(id),
        };
        id.and(": ").and(outcome(written))
    });
    let card = match &case.card {
        None => "not looked at".into(),
        Some(ExpectedCard::None(_)) => "no card".into(),
        Some(ExpectedCard::Card(words)) => badge(&words.indicator).and(" ").and(&words.summary),
    };
    let outcomes: Vec<Html> = outcomes.collect();
    vec![name, if outcomes.is_empty() { "–".into() } else { list(outcomes) }, card]
}

/// How urgent a card is, as a word with a colour.
pub fn badge(indicator: &str) -> Html {
    let known = ["critical", "warning", "info"].into_iter().find(|word| *word == indicator);
    with("b", &[("class", &format!("badge {}", known.unwrap_or_default()))], indicator)
}
