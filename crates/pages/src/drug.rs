//! The page of a drug: which orders are orders of it, what it is ordered for, and which course of treatment it is.

use maud::{Markup, Render, html};

use super::html::{code, link, list, table, terms};
use super::kinds::concept_name;
use super::words::{amount, days, indication, joined};
use super::{Site, codes, doses, drug_page, section, uses, verified};
use domain::order::Product;
use domain::phase::Phase;
use domain::rule::{Drug, Indication};
use domain::words::upper_first;
use knowledge::Library;

/// The page of a drug.
pub fn page(site: &Site<'_>, drug: &Drug) -> String {
    let content = html! {
        p { "An order is an order of " (drug.name) " when a code of its product is listed here, or its text names it." }
        (facts(drug))
        (section("indications", "What it is ordered for", indications(site.library, drug)))
        (section("uses", "Rules by use", uses::by_use(drug)))
        (section("monitoring", "Monitoring on treatment", uses::monitoring(drug)))
        (section("course", "Course of treatment", course(site.library, drug)))
        (section("brands", "Brands", brands(drug)))
        (section("routes", "Routes", routes(site.library, drug)))
        (section("doses", "Doses of the label", doses::doses(drug)))
        (section("products", "Products", products(drug)))
    };
    site.page(&drug_page(&drug.id), &format!("Orders of {}", drug.name), content)
}

fn facts(drug: &Drug) -> Markup {
    let dose = html! {
        @if let Some(dose) = &drug.labelled_dose {
            (dose.text) ", as " (dose.product.display) " (" (code(&dose.product.code)) ")"
        }
    };
    let payers = html! {
        @if let Some(asked) = &drug.prior_authorization {
            (asked.items.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "))
            ": at a start, answers carry each with the newest record that shows it, for machines"
        }
    };
    terms([
        ("Named in text as", drug.names.join(", ").render()),
        ("Asked about when named as", drug.sounds_like.join(", ").render()),
        ("To check by hand", drug.check_by_hand.as_deref().unwrap_or("–").render()),
        ("Dose of a corrected order", dose),
        ("Gathered for payers", payers),
    ])
}

fn indications(library: &Library, drug: &Drug) -> Markup {
    let rows = html! {
        @for i in &drug.indications {
            tr id=(i.id) {
                td { (i.name) }
                td { (i.family.as_deref().unwrap_or("–")) }
                td { (requirements(library, i)) }
            }
        }
    };
    html! {
        p {
            "The reason on the order decides, by its code or by its words; without one that names a disease, the active "
            "conditions of the patient do. Of a family the first line that fits counts. Where more than one fits, the "
            "purpose stays undetermined, and what holds for a family is then said as “if for …”."
        }
        (table("Indications", &["Ordered for", "Family", "When"], rows))
        (table("Words of a reason", &["Condition", "Named in a reason by"], words_of_reasons(library, drug)))
    }
}

fn requirements(library: &Library, indication: &Indication) -> String {
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
    if let Some(within) = indication.within_days {
        said.push_str(&format!("; recorded within {}", days(within)));
    }
    if indication.only_by_its_routes {
        said.push_str("; the conditions show it only for an order by a route of its label");
    }
    said
}

fn words_of_reasons(library: &Library, drug: &Drug) -> Markup {
    html! {
        @for (concept, words) in &drug.reason_words {
            tr { td { (concept_name(library, concept)) } td { (words.join(", ")) } }
        }
    }
}

fn course(library: &Library, drug: &Drug) -> Markup {
    let limits = &drug.course;
    let goes_on = days(limits.continuation_days);
    let resumed = days(limits.resumption_days);
    let intervals: Vec<String> = drug
        .routes
        .iter()
        .filter_map(|r| Some(format!("{} after a {} dose", days(r.interval_days?.saturating_mul(2)), r.shown)))
        .collect();
    let shorter = if intervals.is_empty() { String::new() } else { format!(", or {}", joined(&intervals, "and")) };
    let meaning = |phase: Phase| {
        match phase {
        Phase::NewStart => "the medication history was retrieved and holds nothing of it".to_owned(),
        Phase::Prescribed => {
            format!(
                "only prescribed, and nothing shows a dose; the prescription holds, or ran out within {goes_on}, or within {} where nobody closed it",
                days(limits.resumption_after_hold_days)
            )
        }
        Phase::Continuation => {
            format!("taken, and the supply covers the day or the last dose is at most {goes_on} old{shorter}")
        }
        Phase::Resumption => format!(
            "taken, and paused for longer, up to {resumed}, or up to {} on hold; or taken longer ago, and a prescription holds",
            days(limits.resumption_after_hold_days)
        ),
        Phase::Restart => "taken or prescribed before, but longer ago".to_owned(),
        Phase::Undetermined => {
            "the history could not be retrieved in full, or a record has no date or no status that can be read; the limits \
             for a start are used"
                .to_owned()
        }
    }
    };
    let reach = &library.courses;
    let interval = "unless the library knows the interval of the product";
    html! {
        p { "A prescription alone is no dose: what was dispensed, given or stated to be taken shows that it was taken." }
        p {
            "A record covers as many days as its supply says. One that does not say it covers " (days(reach.request_days))
            " from a prescription, " (days(reach.dispense_days)) " from a supply that was handed over, and "
            (days(reach.interval_days)) " from a dose, " (interval) "."
        }
        (terms(Phase::ALL.into_iter().map(|phase| (phase.code(), upper_first(&meaning(phase)).render()))))
    }
}

fn brands(drug: &Drug) -> Markup {
    let lacks = |ids: &[String]| {
        let names: Vec<String> = ids.iter().map(|id| indication(drug, id)).collect();
        if names.is_empty() { "–".to_owned() } else { joined(&names, "and") }
    };
    let rows = html! {
        @for brand in &drug.brands {
            tr { td { (brand.name) } td { (brand.words.join(", ")) } td { (lacks(&brand.lacks)) } }
        }
    };
    table("Brands", &["Brand", "Found in text by", "Its US label lacks"], rows)
}

fn routes(library: &Library, drug: &Drug) -> Markup {
    let names = drug.routes.iter().map(|route| {
        html! {
            (upper_first(&route.shown)) "; a corrected order carries "
            (code(&route.code.code)) " (" (route.code.display) ")"
        }
    });
    html! {
        (list(&names.collect::<Vec<_>>()))
        @if let Some(set) = drug.other_routes.as_ref().and_then(|id| library.codes.set(id).map(|set| (id, set))) {
            p { "By these routes the label never gives it:" }
            (codes::value_set(set.0, set.1))
        }
        @for route in &drug.routes {
            @if let Some(set) = library.codes.set(&route.value_set) { (codes::value_set(&route.value_set, set)) }
        }
    }
}

fn products(drug: &Drug) -> Markup {
    let head = ["System", "Code", "Display", "Brand", "Route", "In one unit", "Concentration", "Seen in", "State"];
    let open = drug.products.iter().filter(|p| !p.listed.verified).count();
    html! {
        p { (drug.products.len()) " products, " (open) " of them " (link("unverified.html#products", "not verified")) "." }
        (table("Products", &head, html! { @for product in &drug.products { (product_row(product, drug)) } }))
    }
}

/// The anchor of a product on the page of its drug.
pub fn product_anchor(product: &Product) -> String {
    format!("product-{}-{}", product.system, product.code)
}

fn product_row(product: &Product, drug: &Drug) -> Markup {
    let route =
        product.route.as_ref().map(|id| drug.routes.iter().find(|r| r.id == *id).map_or(id, |r| &r.shown).clone());
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    html! {
        tr id=(product_anchor(product)) {
            td { (product.system) }
            td.code { (code(&product.listed.code)) }
            td { (product.display) }
            td { (or_dash(product.brand.clone())) }
            td { (or_dash(route)) }
            td { (or_dash(product.per_unit.map(|per_unit| amount(per_unit, "mg")))) }
            td { (or_dash(product.concentration.map(|concentration| amount(concentration, "mg/mL")))) }
            td.source { (product.listed.source) }
            td { (verified(product.listed.verified)) }
        }
    }
}
