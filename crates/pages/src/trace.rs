//! Traceability: each statement of the source document with its criteria, their card and the cases that show it; and
//! the rules that the source does not ask for.

use super::cases::badge;
use maud::{Markup, html};

use super::html::{link, list, table};
use super::{Site, advice, rule_page, section};
use domain::rule::{Advice, Criterion, Drug, Rule};
use knowledge::trace::{Statement, Trace, rule_and_name};

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
    let (mut criteria, mut cards) = (Vec::new(), Vec::new());
    for rule in rules {
        let page = rule_page(&drug.id, &rule.id);
        let own: Vec<&Criterion> = rule.criteria.iter().filter(|c| statement.criteria.contains(&c.id)).collect();
        criteria.push(html! { strong { (link(&page, &rule.title)) } });
        criteria.extend(own.iter().map(|c| link(&format!("{page}#{}", c.id), &c.finding)));
        cards.extend(said(rule, &page, &own));
    }
    let cases: Vec<Markup> = statement.cases.iter().map(|case| shown(site, drug, case.get_ref())).collect();
    html! {
        tr id={ "row-" (statement.row) } {
            td { b { (statement.row) } }
            td {
                p { (statement.says) }
                @for (what, words) in [
                    ("", &statement.note),
                    ("Not realised: ", &statement.not_realised),
                    ("Realised in part: ", &statement.lacks),
                ] {
                    @if !words.is_empty() { p.note { (what) (words) } }
                }
            }
            @for items in [criteria, cards, cases] {
                td { @if items.is_empty() { "–" } @else { (list(&items)) } }
            }
        }
    }
}

/// The advice that depends on the criteria; where none is given, only the first advice of the rule.
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

/// Whether an advice depends on one of the criteria; also true when no criterion is given.
fn rests_on(advice: &Advice, criteria: &[&Criterion]) -> bool {
    let mut because = advice.met.iter().chain(&advice.not_met).chain(&advice.unknown);
    criteria.is_empty() || because.any(|id| criteria.iter().any(|c| c.id == *id))
}

/// A case that shows a statement.
fn shown(site: &Site<'_>, drug: &Drug, case: &str) -> Markup {
    let (rule, name) = rule_and_name(case);
    let found = drug.rules.iter().find(|known| known.id == rule).and_then(|rule| {
        let cases = site.cases_of(drug, rule);
        let (anchor, _) = cases.into_iter().find(|(_, case)| case.name == name)?;
        Some(link(&format!("{}#{anchor}", rule_page(&drug.id, &rule.id)), name))
    });
    found.unwrap_or_else(|| html! { (name) })
}
