//! Everything that was not seen in a primary source, and every rule that no clinician has reviewed.

use super::drug::product_anchor;
use super::html::{Html, code, el, link, list, table, with};
use super::words::count;
use super::{Site, drug_page, rule_page, section};
use domain::order::Product;
use domain::rule::{Action, Coding, Drug, Evidence, Rule};
use knowledge::codes::Code;

/// How many entries, codes and products were not verified.
pub fn total(site: &Site<'_>) -> usize {
    evidence(site).len() + codes(site).len() + products(site).len() + written(site).len()
}

/// The page.
pub fn page(site: &Site<'_>) -> String {
    let (evidence, codes, products, written) = (evidence(site), codes(site), products(site), written(site));
    let intro =
        "What was not seen in a primary source is listed here, so that a reviewer finds it. It is used all the same.";
    let evidence_rows = evidence.iter().map(|(drug, rule, e)| {
        let rule = link(&format!("{}#evidence", rule_page(&drug.id, &rule.id)), &rule.title);
        (String::new(), vec![rule, Html::from(&e.kind), Html::from(&e.cite), Html::from(&e.says)])
    });
    let code_rows = codes.iter().map(|(id, c)| {
        let set = link(&format!("codes.html#codes-{id}"), *id);
        (String::new(), vec![set, Html::from(&c.system), code(&c.code), Html::from(&c.display), Html::from(&c.source)])
    });
    let product_rows = products.iter().map(|(drug, p)| {
        let name = link(&format!("{}#{}", drug_page(&drug.id), product_anchor(p)), &p.display);
        (String::new(), vec![Html::from(&p.system), code(&p.listed.code), name, Html::from(&p.listed.source)])
    });
    let written_rows = written.iter().map(|(place, coding)| {
        (
            String::new(),
            vec![place.clone(), Html::from(site.system(coding)), code(&coding.code), Html::from(&coding.display)],
        )
    });
    let part = |id, title: &str, many: usize, body: Html| {
        section(id, &format!("{title} ({many})"), if many == 0 { el("p", "None.") } else { body })
    };
    let body = vec![
        el("p", intro),
        part(
            "evidence",
            "Evidence",
            evidence.len(),
            table("Evidence", &["Rule", "Kind", "Where", "What it says"], evidence_rows),
        ),
        part(
            "codes",
            "Codes",
            codes.len(),
            table("Codes", &["Value set", "System", "Code", "Display", "Seen in"], code_rows),
        ),
        part(
            "products",
            "Products",
            products.len(),
            table("Products", &["System", "Code", "Display", "Seen in"], product_rows),
        ),
        part(
            "written",
            "Codes that the service writes",
            written.len(),
            el("p", "They stand in orders that cards offer, and in no value set or product list with a source.")
                .and(table("Codes written", &["Where", "System", "Code", "Display"], written_rows)),
        ),
        reviews(site),
    ];
    site.page("unverified.html", "Everything unverified", body.into())
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

/// Codes of suggestions, routes and the labelled dose that no verified list holds.
fn written<'a>(site: &Site<'a>) -> Vec<(Html, &'a Coding)> {
    let mut all: Vec<(Html, &Coding)> = Vec::new();
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

fn reviews(site: &Site<'_>) -> Html {
    let open: Vec<(&Drug, &Rule)> = rules(site).filter(|(_, rule)| rule.reviews.is_empty()).collect();
    let said = match open.len() {
        0 => el("p", "Every rule has a recorded review."),
        many => {
            let none = with(
                "strong",
                &[("class", "unverified")],
                format!("{} without a recorded review by a clinician:", count(many, "rule", "rules")),
            );
            let links =
                open.iter().map(|(drug, rule)| link(&format!("{}#review", rule_page(&drug.id, &rule.id)), &rule.title));
            el("p", none).and(list(links.collect()))
        }
    };
    section("reviews", "Reviews", said)
}
