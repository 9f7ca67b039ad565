//! The page of a drug: which orders are orders of it, what it is ordered for, and which course of treatment it is.

use super::html::{Html, code, el, link, list, table, terms};
use super::kinds::concept_name;
use super::words::{amount, days, indication, joined, upper_first};
use super::{Site, codes, drug_page, section, verified};
use domain::order::Product;
use domain::phase::Phase;
use domain::rule::{Drug, Indication};
use knowledge::Library;

/// The page of a drug.
pub fn page(site: &Site<'_>, drug: &Drug) -> String {
    let body = vec![
        el(
            "p",
            format!(
                "An order is an order of {} when a code of its product is listed here, or its text names it.",
                drug.name
            ),
        ),
        facts(drug),
        section("indications", "What it is ordered for", indications(site.library, drug)),
        section("course", "Course of treatment", course(drug)),
        section("brands", "Brands", brands(drug)),
        section("routes", "Routes", routes(site.library, drug)),
        section("products", "Products", products(drug)),
    ];
    site.page(&drug_page(&drug.id), &format!("Orders of {}", drug.name), body.into())
}

fn facts(drug: &Drug) -> Html {
    let dose = drug.labelled_dose.as_ref().map(|dose| {
        Html::from(format!("{}, as ", dose.text))
            .and(&dose.product.display)
            .and(" (")
            .and(code(&dose.product.code))
            .and(")")
    });
    terms(vec![
        ("Named in text as", Html::from(drug.names.join(", "))),
        ("Dose of a corrected order", dose.unwrap_or_default()),
    ])
}

fn indications(library: &Library, drug: &Drug) -> Html {
    let intro = el(
        "p",
        "The reason on the order decides; without one, the active conditions of the patient do. The first line that \
         fits counts. Where the conditions fit more than one, the purpose stays undetermined, and rules of a family \
         then speak as “if for …”.",
    );
    let rows = drug.indications.iter().map(|i| {
        let family = i.family.as_deref().map_or("–".into(), Html::from);
        (i.id.clone(), vec![Html::from(&i.name), family, Html::from(demands(library, i))])
    });
    intro.and(table("Indications", &["Ordered for", "Family", "When"], rows))
}

fn demands(library: &Library, indication: &Indication) -> String {
    let names: Vec<String> = indication.all.iter().map(|id| concept_name(library, id)).collect();
    let mut said = joined(&names, "and");
    let besides = [
        indication.reason.as_ref().map(|id| format!("{} as the reason on the order", concept_name(library, id))),
        indication.refuted.as_ref().map(|id| format!("{} refuted", concept_name(library, id))),
    ];
    let besides: Vec<String> = besides.into_iter().flatten().collect();
    if !besides.is_empty() {
        said.push_str(&format!("; besides, {}", joined(&besides, "or")));
    }
    said
}

fn course(drug: &Drug) -> Html {
    let window = days(drug.exposure_days);
    let meaning = |phase: Phase| match phase {
        Phase::NewStart => "the medication history was had, and holds no dose of it".to_owned(),
        Phase::Continuation => format!("going on, or last taken within {window}"),
        Phase::Restart => format!("taken before, but not within {window}"),
        Phase::Undetermined => {
            "the history was not fully to be had, or is undated; the limits for a start are used".to_owned()
        }
    };
    terms(Phase::ALL.into_iter().map(|phase| (phase.code(), Html::from(upper_first(&meaning(phase))))).collect())
}

fn brands(drug: &Drug) -> Html {
    let rows = drug.brands.iter().map(|brand| {
        let lacks: Vec<String> = brand.lacks.iter().map(|id| indication(drug, id)).collect();
        let lacks = if lacks.is_empty() { "–".to_owned() } else { joined(&lacks, "and") };
        (String::new(), vec![Html::from(&brand.name), Html::from(brand.words.join(", ")), Html::from(lacks)])
    });
    table("Brands", &["Brand", "Found in text by", "Its US label lacks"], rows)
}

fn routes(library: &Library, drug: &Drug) -> Html {
    let names = drug.routes.iter().map(|route| {
        let written = Html::from(format!("{}; a corrected order carries ", upper_first(&route.shown)));
        written.and(code(&route.code.code)).and(format!(" ({})", route.code.display))
    });
    let sets = drug
        .routes
        .iter()
        .filter_map(|route| Some(codes::value_set(&route.value_set, library.codes.set(&route.value_set)?)));
    list(names.collect()).and(sets.collect::<Vec<_>>())
}

fn products(drug: &Drug) -> Html {
    let rows = drug.products.iter().map(|product| (product_anchor(product), product_row(product, drug)));
    let head = ["System", "Code", "Display", "Brand", "Route", "In one unit", "Concentration", "Seen in", "State"];
    let open = drug.products.iter().filter(|p| !p.listed.verified).count();
    let intro = el(
        "p",
        Html::from(format!("{} products, {open} of them ", drug.products.len()))
            .and(link("unverified.html#products", "not verified"))
            .and("."),
    );
    intro.and(table("Products", &head, rows))
}

/// The anchor of a product on the page of its drug.
pub fn product_anchor(product: &Product) -> String {
    format!("product-{}-{}", product.system, product.code)
}

fn product_row(product: &Product, drug: &Drug) -> Vec<Html> {
    let dash = |text: Option<String>| text.map_or("–".into(), Html::from);
    let route =
        product.route.as_ref().map(|id| drug.routes.iter().find(|r| r.id == *id).map_or(id, |r| &r.shown).clone());
    vec![
        Html::from(&product.system),
        code(&product.listed.code),
        Html::from(&product.display),
        dash(product.brand.clone()),
        dash(route),
        dash(product.per_unit.map(|per_unit| amount(per_unit, "mg"))),
        dash(product.concentration.map(|concentration| amount(concentration, "mg/mL"))),
        Html::from(&product.listed.source),
        verified(product.listed.verified),
    ]
}
