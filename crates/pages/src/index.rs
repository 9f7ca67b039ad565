//! The first page: how to read the handbook, the rules with a line each, and the services with their queries.

use super::cases::badge;
use super::html::{Html, code, el, link, table, terms};
use super::rule::{grounds, reviewed};
use super::words::{count, indicator, upper_first};
use super::{INDEX, Site, advice, drug_page, rule_page, section, unverified};
use domain::rule::{Drug, Indicator, Rule};

/// The first page.
pub fn page(site: &Site<'_>) -> String {
    let mut body = vec![opening(site), counts(site)];
    for drug in &site.library.drugs {
        body.push(section(&drug.id, &format!("Rules on {}", drug.name), rules(site, drug)));
    }
    body.push(section("reading", "How to read the pages", reading()));
    body.push(section("services", "Services", services(site)));
    site.page(INDEX, "Handbook of the rules", body.into())
}

fn opening(site: &Site<'_>) -> Html {
    let names: Vec<Html> = site.library.drugs.iter().map(|drug| link(&drug_page(&drug.id), &drug.name)).collect();
    let text = Html::from("What the service checks when a clinician orders ")
        .and(Html::joined(names, ", "))
        .and(", on which data, what it then says, and what that rests on. Every page is made from the very files that the service decides with.");
    el("p", text)
}

fn counts(site: &Site<'_>) -> Html {
    let library = site.library;
    let rules = || library.drugs.iter().flat_map(|drug| &drug.rules);
    let cases = site.cases.iter().map(|file| file.cases.len()).sum();
    let (sets, codes) = library.codes.count();
    let products: usize = library.drugs.iter().map(|drug| drug.products.len()).sum();
    let statements = library.traces.iter().map(|trace| trace.statements.len()).sum();
    let all = rules().count();
    let reviewed = rules().filter(|rule| !rule.reviews.is_empty()).count();
    let open = count(unverified::total(site), "entry, code or product", "entries, codes and products");
    terms(vec![
        (
            "Rules",
            Html::from(format!(
                "{all} with {}",
                count(rules().map(|r| r.criteria.len()).sum(), "criterion", "criteria")
            )),
        ),
        (
            "Cases",
            Html::from(count(
                cases,
                "test patient with its pinned outcome",
                "test patients with their pinned outcomes",
            )),
        ),
        (
            "Codes",
            link(
                "codes.html",
                format!("{codes} in {}, and {products} products", count(sets, "value set", "value sets")),
            ),
        ),
        ("Source document", link("trace.html", format!("{} traced", count(statements, "statement", "statements")))),
        ("Not verified", link("unverified.html", open)),
        ("Reviewed", link("unverified.html#reviews", format!("{reviewed} of {all} rules by a clinician"))),
    ])
}

fn rules(site: &Site<'_>, drug: &Drug) -> Html {
    let rows = drug.rules.iter().map(|rule| {
        let most = rule.advice.iter().map(|advice| advice.indicator).min();
        let name = link(&rule_page(&drug.id, &rule.id), &rule.title);
        let cells = vec![
            name,
            Html::from(line(rule)),
            most.map(|indicator| badge(indicator.code())).unwrap_or_default(),
            Html::from(grounds(rule)),
            Html::from(site.cases_of(drug, rule).len().to_string()),
            Html::from(reviewed(rule)),
        ];
        (String::new(), cells)
    });
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

fn reading() -> Html {
    let outcomes = terms(vec![
        ("Met", "usable data show the finding".into()),
        ("Not met", "usable data show that the finding is absent".into()),
        ("Unknown", "no usable data decide it, with the reason why; it is never taken for yes or no".into()),
        ("Not applicable", "the rule does not concern the order".into()),
    ]);
    let indicators = [Indicator::Critical, Indicator::Warning, Indicator::Info];
    let indicators = indicators.map(|i| el("li", badge(i.code()).and(" ").and(upper_first(indicator(i))))).to_vec();
    let cards = el("p", "A rule gives one card for an order at most. Cards come in three degrees:");
    el("p", "Each criterion of a rule has one of four outcomes:").and(outcomes).and(cards).and(el("ul", indicators))
}

fn services(site: &Site<'_>) -> Html {
    let services = site.library.services.services.iter().map(|service| {
        let facts = terms(vec![
            ("Hook", code(service.hook.name())),
            ("Id", code(&service.id)),
            ("Does", Html::from(&service.description)),
            ("Needs", Html::from(service.usage_requirements.as_deref().unwrap_or_default())),
        ]);
        el("h3", &service.title).and(facts)
    });
    let queries = site
        .library
        .services
        .queries
        .iter()
        .map(|query| (String::new(), vec![code(&query.key), Html::from(&query.resource), code(&query.template)]));
    let prefetch = table("Prefetch", &["Key", "Resource", "Query"], queries);
    let title = el("h3", "Data asked for beforehand (prefetch)").and(el("p", "Every service asks for the same."));
    Html::from(services.collect::<Vec<_>>()).and(title).and(prefetch)
}
