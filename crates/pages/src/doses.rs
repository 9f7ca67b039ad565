//! The doses of the label on the page of a drug: use by route, what is checked, and with which card. All of it is
//! made from the rows that the checks read.

use maud::{Markup, html};
use rust_decimal::Decimal;

use super::html::{link, table};
use super::words::{amount, days, indication, number};
use super::{rule_page, verified};
use domain::criteria::Kind;
use domain::dose_table::{DoseBand, DoseRow, every};
use domain::rule::{Advice, Criterion, Drug, Route, Rule};

/// The section on doses.
pub fn doses(drug: &Drug) -> Markup {
    let head = [
        "Ordered for",
        "Route",
        "From age",
        "Weight",
        "Dose",
        "On treatment, reduced to",
        "At most in one dose",
        "Never closer than",
        "Doses",
        "Products",
        "Seen in",
        "State",
    ];
    let rows = html! {
        @for (name, route, row) in by_use(drug) {
            @match row {
                Some(row) => { @for (at, band) in row.bands.iter().enumerate() { (labelled(drug, &name, route, row, band, at)) } }
                None => tr {
                    td { (name) }
                    td { (route.shown) }
                    td colspan="10" { "The label does not give it by this route: a critical card." }
                }
            }
        }
    };
    html! {
        p {
            "What one dose, its interval, its route and the age of the patient are compared with. Where the use of an order "
            "is not known, what is right for any use by its route is not wrong."
        }
        (table("Doses", &head, rows))
        p {
            "What is checked against these rows, and the most urgent card that comes of it. A dose in milligrams may differ "
            "by " (percent(drug.tolerance.rounding)) " from a calculated one, so that whole vials can be given, and an interval by "
            (percent(drug.tolerance.interval)) ". More than " (number(drug.tolerance.far_above)) " times the dose for the weight is "
            "far above it. Doses of a short course belong together for " (days(drug.tolerance.episode_days)) ", where the use "
            "says nothing else."
        }
        (table("Checks of the dose", &["Finding", "Rule", "Comes of it"], checks(drug)))
        (weights(drug))
    }
}

fn percent(part: Decimal) -> String {
    format!("{} %", number(part.saturating_mul(Decimal::ONE_HUNDRED)))
}

/// Each use by each route, with its row if the label gives one. Uses of the same row are listed together.
fn by_use(drug: &Drug) -> Vec<(String, &Route, Option<&DoseRow>)> {
    let mut all: Vec<(String, &Route, Option<&DoseRow>)> = Vec::new();
    for use_of in &drug.indications {
        for route in &drug.routes {
            let row = drug.doses.iter().find(|row| row.route == route.id && row.is_for(&use_of.id));
            let same = row.and_then(|row| {
                all.iter_mut().find(|(_, _, known)| known.is_some_and(|known| std::ptr::eq(known, row)))
            });
            match same {
                Some((names, ..)) => names.push_str(&format!("; {}", use_of.name)),
                None => all.push((indication(drug, &use_of.id), route, row)),
            }
        }
    }
    all
}

fn labelled(drug: &Drug, name: &str, route: &Route, row: &DoseRow, band: &DoseBand, at: usize) -> Markup {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let reduced = band.reduced_dose.map(|dose| amount(dose, band.dose.unit()));
    let reduced = reduced.or(band.reduced_days.map(|days| format!("{} {}", band.dose.words(), every(days))));
    html! {
        tr {
            @if at == 0 {
                td { (name) }
                td { (route.shown) }
                td { (row.age_from) " years" }
            } @else {
                td {} td {} td {}
            }
            td { (band.weights().unwrap_or_else(|| "each".to_owned())) }
            td { (band.words()) }
            td { (or_dash(reduced)) }
            td { (amount(row.most, "mg")) }
            td { (every(row.closest_days).trim_start_matches("every ")) }
            td { (or_dash(row.doses.map(|doses| format!("at most {doses}")))) }
            td { (products(drug, &row.route)) }
            td.source { (row.source) }
            td { (verified(row.verified)) }
        }
    }
}

/// The sizes of the products that go by a route: "80, 200 and 400 mg".
fn products(drug: &Drug, route: &str) -> String {
    let of_route = drug.products.iter().filter(|product| product.route.as_deref() == Some(route));
    let mut sizes: Vec<_> = of_route.filter_map(|product| product.per_unit).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let sizes: Vec<String> = sizes.into_iter().map(domain::words::number).collect();
    if sizes.is_empty() { "–".to_owned() } else { format!("of {} mg", super::words::joined(&sizes, "and")) }
}

/// Every finding on the doses of the label, with the most urgent advice that rests on it.
fn checks(drug: &Drug) -> Markup {
    let of_rule = |rule: &'_ Rule, criterion: &Criterion| {
        let names = |advice: &&Advice| advice.met.contains(&criterion.id) || advice.unknown.contains(&criterion.id);
        rule.advice.iter().filter(names).map(|advice| advice.indicator).min()
    };
    html! {
        @for rule in &drug.rules {
            @for criterion in rule.criteria.iter().filter(|c| matches!(c.kind, Kind::LabelDose(_))) {
                tr {
                    td { (link(&format!("{}#{}", rule_page(&drug.id, &rule.id), criterion.id), &criterion.finding)) }
                    td { (rule.title) }
                    td { (of_rule(rule, criterion).map_or("part of another finding", |indicator| indicator.code())) }
                }
            }
        }
    }
}

fn weights(drug: &Drug) -> Markup {
    let Some(weight) = &drug.weight else { return html! {} };
    let rows = html! {
        @for age in &weight.ages {
            tr {
                td { (age.below_years.map_or("older".to_owned(), |years| format!("under {years} years"))) }
                td { (days(age.within_days)) }
                td { (amount(age.least, "kg")) " to " (amount(age.most, "kg")) }
            }
        }
    };
    html! {
        p {
            "The newest body weight that is believed counts. Without one a dose by weight is not calculated, and the card asks "
            "for a weight."
        }
        (table("Body weight", &["Age", "Counts for", "Believed"], rows))
    }
}
