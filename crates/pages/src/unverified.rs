//! Everything that was not seen in a primary source, and every rule that no clinician has reviewed.

use super::drug::product_anchor;
use maud::{Markup, html};

use super::html::{code, link, list, table};
use super::words::count;
use super::{Site, drug_page, rule_page, section};
use domain::dose_table::DoseRow;
use domain::order::Product;
use domain::rule::{Action, Coding, Drug, Evidence, Rule};
use knowledge::codes::Code;

/// How many entries, codes and products were not verified.
pub fn total(site: &Site<'_>) -> usize {
    evidence(site).len() + codes(site).len() + products(site).len() + doses(site).len() + written(site).len()
}

/// The page.
pub fn page(site: &Site<'_>) -> String {
    let content = html! {
        p {
            "What was not seen in a primary source is listed here, so that a reviewer finds it. It is used all the same."
        }
        (evidence_part(site))
        (codes_part(site))
        (products_part(site))
        (doses_part(site))
        (written_part(site))
        (reviews(site))
    };
    site.page("unverified.html", "Everything unverified", content)
}

fn evidence_part(site: &Site<'_>) -> Markup {
    let evidence = evidence(site);
    let rows = html! {
        @for (drug, rule, e) in &evidence {
            tr {
                td { (link(&format!("{}#evidence", rule_page(&drug.id, &rule.id)), &rule.title)) }
                td { (e.kind) }
                td { (e.cite) }
                td { (e.says) }
            }
        }
    };
    part("evidence", "Evidence", evidence.len(), table("Evidence", &["Rule", "Kind", "Where", "What it says"], rows))
}

fn codes_part(site: &Site<'_>) -> Markup {
    let codes = codes(site);
    let rows = html! {
        @for (id, c) in &codes {
            tr {
                td { (link(&format!("codes.html#codes-{id}"), id)) }
                td { (c.system) }
                td.code { (code(&c.code)) }
                td { (c.display) }
                td { (c.source) }
            }
        }
    };
    part("codes", "Codes", codes.len(), table("Codes", &["Value set", "System", "Code", "Display", "Seen in"], rows))
}

fn products_part(site: &Site<'_>) -> Markup {
    let products = products(site);
    let rows = html! {
        @for (drug, p) in &products {
            tr {
                td { (p.system) }
                td.code { (code(&p.listed.code)) }
                td { (link(&format!("{}#{}", drug_page(&drug.id), product_anchor(p)), &p.display)) }
                td { (p.listed.source) }
            }
        }
    };
    part("products", "Products", products.len(), table("Products", &["System", "Code", "Display", "Seen in"], rows))
}

fn doses_part(site: &Site<'_>) -> Markup {
    let doses = doses(site);
    let rows = html! {
        @for (drug, row) in &doses {
            tr {
                td {
                    (link(&format!("{}#doses", drug_page(&drug.id)), row.indications.join(", ")))
                }
                td { (row.route) }
                td { (row.source) }
            }
        }
    };
    part("doses", "Doses", doses.len(), table("Doses", &["Dose", "Route", "Seen in"], rows))
}

fn written_part(site: &Site<'_>) -> Markup {
    let written = written(site);
    let rows = html! {
        @for (place, coding) in &written {
            tr { td { (place) } td { (site.system(coding)) } td.code { (code(&coding.code)) } td { (coding.display) } }
        }
    };
    let content = html! {
        p { "They stand in orders that cards offer, and in no value set or product list with a source." }
        (table("Codes written", &["Where", "System", "Code", "Display"], rows))
    };
    part("written", "Codes that the service writes", written.len(), content)
}

fn part(id: &str, title: &str, many: usize, entries: Markup) -> Markup {
    section(
        id,
        &format!("{title} ({many})"),
        if many == 0 {
            html! { p { "None." } }
        } else {
            entries
        },
    )
}

fn rules<'a>(site: &Site<'a>) -> impl Iterator<Item = (&'a Drug, &'a Rule)> {
    site.library.drugs.iter().flat_map(|drug| drug.rules.iter().map(move |rule| (drug, rule)))
}

fn evidence<'a>(site: &Site<'a>) -> Vec<(&'a Drug, &'a Rule, &'a Evidence)> {
    let all = rules(site).flat_map(|(drug, rule)| rule.evidence.iter().map(move |e| (drug, rule, e)));
    all.filter(|(.., e)| !e.verified).collect()
}

fn codes<'a>(site: &Site<'a>) -> Vec<(&'a str, &'a Code)> {
    let all = site.library.codes.sets().flat_map(|(id, set)| set.codes.iter().map(move |c| (id, c)));
    all.filter(|(_, c)| !c.verified).collect()
}

fn products<'a>(site: &Site<'a>) -> Vec<(&'a Drug, &'a Product)> {
    let all = site.library.drugs.iter().flat_map(|drug| drug.products.iter().map(move |p| (drug, p)));
    all.filter(|(_, p)| !p.listed.verified).collect()
}

fn doses<'a>(site: &Site<'a>) -> Vec<(&'a Drug, &'a DoseRow)> {
    let all = site.library.drugs.iter().flat_map(|drug| drug.doses.iter().map(move |row| (drug, row)));
    all.filter(|(_, row)| !row.verified).collect()
}

/// Codes of suggestions, routes and the labelled dose that no verified list holds.
fn written<'a>(site: &Site<'a>) -> Vec<(Markup, &'a Coding)> {
    let mut all: Vec<(Markup, &Coding)> = Vec::new();
    for drug in &site.library.drugs {
        let page = drug_page(&drug.id);
        all.extend(drug.routes.iter().map(|route| (link(&format!("{page}#routes"), &route.shown), &route.code)));
        all.extend(drug.labelled_dose.iter().map(|dose| (link(&page, &dose.text), &dose.product)));
    }
    for (drug, rule) in rules(site) {
        for suggestion in &rule.suggestions {
            if let Action::Create(coding) | Action::Replace(coding, _) = &suggestion.action {
                all.push((link(&format!("{}#suggestions", rule_page(&drug.id, &rule.id)), &rule.title), coding));
            }
        }
    }
    all.into_iter().filter(|(_, coding)| !is_listed(site, coding)).collect()
}

/// Whether a value set or the product list holds the code as verified.
fn is_listed(site: &Site<'_>, coding: &Coding) -> bool {
    let Some((system, key)) = site.library.codes.key(&coding.system, &coding.code) else { return false };
    let in_sets = site.library.codes.sets().flat_map(|(_, set)| &set.codes);
    in_sets.into_iter().any(|c| c.verified && c.system == system && c.code == coding.code)
        || site
            .library
            .drugs
            .iter()
            .flat_map(|d| &d.products)
            .any(|p| p.listed.verified && p.system == system && p.code == key)
}

fn reviews(site: &Site<'_>) -> Markup {
    let open: Vec<(&Drug, &Rule)> = rules(site).filter(|(_, rule)| rule.reviews.is_empty()).collect();
    let links = open.iter().map(|(drug, rule)| link(&format!("{}#review", rule_page(&drug.id, &rule.id)), &rule.title));
    let content = html! {
        @if open.is_empty() {
            p { "Every rule has a recorded review." }
        } @else {
            p {
                strong.unverified { (count(open.len(), "rule", "rules")) " without a recorded review by a clinician:" }
            }
            (list(&links.collect::<Vec<_>>()))
        }
    };
    section("reviews", "Reviews", content)
}
