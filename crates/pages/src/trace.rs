//! Traceability: each statement of the source document, the criteria it became, the card they lead to and the cases
//! that show it; and the rules that the source does not ask for.

use super::cases::badge;
use maud::{Markup, html};

use super::html::{code, link, list, table};
use super::words::outcome;
use super::{Site, advice, rule_page, section};
use domain::rule::{Advice, Criterion, Drug, Rule};
use domain::truth::Outcome;
use knowledge::trace::{Statement, Trace};

/// The page on all source documents.
pub fn page(site: &Site<'_>) -> String {
    let content = html! {
        @for drug in &site.library.drugs {
            @if let Some(trace) = site.library.traces.iter().find(|trace| trace.drug == drug.id) {
                (section(&drug.id, &trace.source, traced(site, drug, trace)))
            } @else {
                (section(&drug.id, &drug.name, html! { p { "No source document is traced." } }))
            }
        }
    };
    site.page("trace.html", "From the source to the rules", content)
}

fn traced(site: &Site<'_>, drug: &Drug, trace: &Trace) -> Markup {
    let rows = html! { @for statement in &trace.statements { (row(site, drug, statement)) } };
    let covered: Vec<&str> = trace.statements.iter().flat_map(|statement| statement.rules_in(drug)).collect();
    let more = drug.rules.iter().filter(|rule| !covered.contains(&rule.id.as_str()));
    let more: Vec<Markup> =
        more.map(|rule| link(&format!("{}#evidence", rule_page(&drug.id, &rule.id)), &rule.title)).collect();
    html! {
        p { (trace.about) }
        (table("Statements", &["", "The source states", "Criterion", "Card", "Cases"], rows))
        @if !more.is_empty() {
            h3 { "Rules that the source does not ask for" }
            p { "They rest on evidence of their own, which their pages name." }
            (list(&more))
        }
    }
}

fn row(site: &Site<'_>, drug: &Drug, statement: &Statement) -> Markup {
    let rules = statement.rules_in(drug).into_iter().filter_map(|id| drug.rules.iter().find(|r| r.id == id));
    let (mut criteria, mut cards, mut cases) = (Vec::new(), Vec::new(), Vec::new());
    for rule in rules {
        let page = rule_page(&drug.id, &rule.id);
        let own: Vec<&Criterion> = rule.criteria.iter().filter(|c| statement.criteria.contains(&c.id)).collect();
        criteria.push(html! { strong { (link(&page, &rule.title)) } });
        criteria.extend(own.iter().map(|c| link(&format!("{page}#{}", c.id), &c.finding)));
        cards.extend(said(rule, &page, &own));
        cases.extend(shown(site, drug, rule, &own));
    }
    html! {
        tr id={ "row-" (statement.number()) } {
            td { b { (statement.number()) } }
            td {
                p { (statement.says) }
                @if !statement.note.is_empty() { p.note { (statement.note) } }
            }
            @for items in [criteria, cards, cases] {
                td { @if items.is_empty() { "–" } @else { (list(&items)) } }
            }
        }
    }
}

/// The advice that the criteria lead to; where none is named, only the first of the rule.
fn said(rule: &Rule, page: &str, criteria: &[&Criterion]) -> Vec<Markup> {
    let all = rule.advice.iter().enumerate().filter(|(_, advice)| rests_on(advice, criteria));
    let most = if criteria.is_empty() { 1 } else { usize::MAX };
    all.take(most)
        .map(|(position, advice)| {
            let words = link(&format!("{page}#advice-{}", position + 1), advice::tokens(&advice.summary, rule));
            html! { (badge(advice.indicator.code())) " " (words) }
        })
        .collect()
}

/// Whether an advice speaks because of any of the criteria, if any is named.
fn rests_on(advice: &Advice, criteria: &[&Criterion]) -> bool {
    let mut because = advice.met.iter().chain(&advice.not_met).chain(&advice.unknown);
    criteria.is_empty() || because.any(|id| criteria.iter().any(|c| c.id == *id))
}

/// For each criterion the first case of each outcome that decides or leaves open; without criteria the first case of the rule.
fn shown(site: &Site<'_>, drug: &Drug, rule: &Rule, criteria: &[&Criterion]) -> Vec<Markup> {
    let page = rule_page(&drug.id, &rule.id);
    let cases = site.cases_of(drug, rule);
    let to = |anchor: &str, name: &str| link(&format!("{page}#{anchor}"), name);
    if criteria.is_empty() {
        return cases.first().map(|(anchor, case)| to(anchor, &case.name)).into_iter().collect();
    }
    let mut found: Vec<Markup> = Vec::new();
    for criterion in criteria {
        let mut seen: Vec<&str> = Vec::new();
        for (anchor, case) in &cases {
            let Some(written) = case.criteria.get(&criterion.id) else { continue };
            let kind = written.split(':').next().unwrap_or_default();
            if kind != Outcome::NotApplicable.code() && !seen.contains(&kind) {
                seen.push(kind);
                found.push(html! {
                    @if criteria.len() > 1 { (code(&criterion.id)) " " }
                    (outcome(written)) ": " (to(anchor, &case.name))
                });
            }
        }
    }
    found
}
