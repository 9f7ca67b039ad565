//! The first page: how to read the handbook, the rules with a line each, and the services with their queries.

use maud::{Markup, Render, html};

use super::cases::badge;
use super::html::{code, joined, link, table, terms};
use super::rule::{evidence_counts, reviewed};
use super::words::{count, indicator};
use super::{INDEX, Site, advice, drug_page, rule_page, section, unverified};
use domain::rule::{Drug, Indicator, Rule};
use domain::words::upper_first;
use knowledge::policy;

/// The first page.
pub fn page(site: &Site<'_>) -> String {
    let content = html! {
        (opening(site))
        (counts(site))
        @for drug in &site.library.drugs {
            (section(&drug.id, &format!("Rules on {}", drug.name), rules(site, drug)))
        }
        (section("reading", "How to read the pages", reading()))
        (section("services", "Services", services(site)))
    };
    site.page(INDEX, "Handbook of the rules", content)
}

fn opening(site: &Site<'_>) -> Markup {
    let names = site.library.drugs.iter().map(|drug| link(&drug_page(&drug.id), &drug.name));
    html! {
        p {
            "What the service checks when a clinician orders " (joined(names, ", ")) ", on which data, what it then "
            "says, and what that rests on. Every page is made from the very files that the service decides with."
        }
    }
}

fn counts(site: &Site<'_>) -> Markup {
    let library = site.library;
    let rules = || library.drugs.iter().flat_map(|drug| &drug.rules);
    let criteria = count(rules().map(|rule| rule.criteria.len()).sum(), "criterion", "criteria");
    let cases = site.cases.iter().map(|file| file.cases.len()).sum();
    let cases = count(cases, "test patient with its pinned outcome", "test patients with their pinned outcomes");
    let (sets, codes) = library.codes.count();
    let sets = count(sets, "value set", "value sets");
    let products: usize = library.drugs.iter().map(|drug| drug.products.len()).sum();
    let statements = library.traces.iter().map(|trace| trace.statements.len()).sum();
    let statements = count(statements, "statement", "statements");
    let silenced = policy::silenced(library);
    let all = rules().count();
    let reviewed = rules().filter(|rule| !rule.reviews.is_empty()).count();
    let open = count(unverified::total(site), "entry, code or product", "entries, codes and products");
    terms([
        ("Rules", html! { (all) " with " (criteria) }),
        ("Cases", cases.render()),
        ("Codes", link("codes.html", html! { (codes) " in " (sets) ", and " (products) " products" })),
        ("Source document", link("trace.html", html! { (statements) " traced" })),
        ("Silenced", html! { @if !silenced.is_empty() { "by the policy of this site: " (silenced.join(", ")) } }),
        ("Not verified", link("unverified.html", open)),
        ("Reviewed", link("unverified.html#reviews", html! { (reviewed) " of " (all) " rules by a clinician" })),
    ])
}

fn rules(site: &Site<'_>, drug: &Drug) -> Markup {
    let rows = html! {
        @for rule in &drug.rules {
            tr {
                td { (link(&rule_page(&drug.id, &rule.id), &rule.title)) }
                td { (line(rule)) }
                td {
                    @if let Some(most) = rule.advice.iter().map(|advice| advice.indicator).min() {
                        (badge(most.code()))
                    }
                }
                td.phrase { (evidence_counts(rule)) }
                td { (site.cases_of(drug, rule).len()) }
                td { (reviewed(rule)) }
            }
        }
    };
    table("Rules", &["Rule", "Looks for", "Up to", "Evidence", "Cases", "Review"], rows)
}

/// What a rule looks for, on one line.
fn line(rule: &Rule) -> String {
    let mut names: Vec<&str> = Vec::new();
    for criterion in &rule.criteria {
        if !names.contains(&criterion.finding.as_str()) {
            names.push(&criterion.finding);
        }
    }
    match (names.is_empty(), rule.advice.first()) {
        (true, Some(first)) => advice::tokens(&first.summary, rule),
        _ => names.join("; "),
    }
}

fn reading() -> Markup {
    let outcomes = terms([
        ("Met", "usable data show the finding".render()),
        ("Not met", "usable data show that the finding is absent".render()),
        ("Unknown", "no usable data decide it, with the reason why; it is never taken for yes or no".render()),
        ("Not applicable", "the rule does not concern the order".render()),
    ]);
    html! {
        p { "Each criterion of a rule has one of four outcomes:" }
        (outcomes)
        p { "A rule gives one card for an order at most. Cards come in three degrees:" }
        ul {
            @for degree in [Indicator::Critical, Indicator::Warning, Indicator::Info] {
                li { (badge(degree.code())) " " (upper_first(indicator(degree))) }
            }
        }
    }
}

fn services(site: &Site<'_>) -> Markup {
    let queries = html! {
        @for query in &site.library.services.queries {
            tr { td { (code(&query.key)) } td { (query.resource) } td { (code(&query.template)) } }
        }
    };
    html! {
        @for service in &site.library.services.services {
            h3 { (service.title) }
            (terms([
                ("Hook", code(service.hook.name())),
                ("Id", code(&service.id)),
                ("Does", service.description.render()),
                ("Needs", service.usage_requirements.as_deref().unwrap_or_default().render()),
            ]))
        }
        h3 { "Data asked for beforehand (prefetch)" }
        p { "Every service asks for the same." }
        (table("Prefetch", &["Key", "Resource", "Query"], queries))
    }
}
