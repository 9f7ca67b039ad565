//! The form with all that can be changed: the order, results, everything else on record, and what is around it.

use domain::rule::Drug;
use explain::edit::{Edit, Edits};
use explain::editable::Editable;
use maud::{Markup, html};
use pages::shell::PageLocation;

use super::WhatIf;
use crate::form;
use crate::page_head::{PageHead, View};

/// The form with all that can be changed.
pub fn changes(of: PageHead<'_>, what_if: &WhatIf<'_>) -> Markup {
    let method = if of.own { "post" } else { "get" };
    let open = |kinds: &[&str]| {
        what_if.editable.iter().filter(|one| kinds.contains(&one.kind.as_str())).collect::<Vec<&Editable>>()
    };
    let orders: Vec<&Editable> = what_if.editable.iter().filter(|one| one.is_order).collect();
    let results = open(&["Observation"]);
    let rest: Vec<&Editable> =
        what_if.editable.iter().filter(|one| !one.is_order && one.kind != "Observation").collect();
    html! {
        form.changes method=(method) action=(PageLocation::Below.to(View::WhatIf.path())) data-live="outcome" {
            h2 { "What can be changed" }
            @if of.own { (form::token(what_if.token)) }
            (form::hidden("of", of.key))
            @if of.profile != cds_hooks::profile::Profile::Standard { (form::hidden("profile", of.profile.code())) }
            (group("The order", orders.iter().map(|one| order(one, what_if)).collect(), true))
            (group("Results", results.iter().map(|one| result(one, what_if)).collect(), true))
            (group("Everything else on record", rest.iter().map(|one| other(one, what_if)).collect(), false))
            fieldset {
                legend { "Around it" }
                (field("now", "", "Moment of the decision", what_if.edits.moment().unwrap_or_default()))
                p.note { "Without one, " (what_if.moment) "." }
                (field("weight", "", "Body weight in kilograms", kept(what_if.edits, "weight", "").unwrap_or_default()))
                @if what_if.policies.len() > 1 { (policy(what_if)) }
            }
            p.send { button { "See what changes" } }
        }
    }
}

fn group(name: &str, rows: Vec<Markup>, open: bool) -> Markup {
    html! {
        @if !rows.is_empty() {
            details.group open[open] {
                summary { (name) " (" (rows.len()) ")" }
                @for row in rows { (row) }
            }
        }
    }
}

/// The value that an edit of this kind gives, if there is one.
fn kept<'e>(edits: &'e Edits, kind: &str, at: &str) -> Option<&'e str> {
    edits.0.iter().find_map(|edit| match edit {
        Edit::Value { at: place, value } if kind == "value" && place == at => Some(value.as_str()),
        Edit::Date { at: place, date } if kind == "date" && place == at => Some(date),
        Edit::Dose { at: place, dose } if kind == "dose" && place == at => Some(dose),
        Edit::Interval { at: place, every } if kind == "every" && place == at => Some(every),
        Edit::Route { at: place, route } if kind == "route" && place == at => Some(route),
        Edit::Use { at: place, reason } if kind == "use" && place == at => Some(reason),
        Edit::Weight { kilograms } if kind == "weight" => Some(kilograms),
        _ => None,
    })
}

fn is_removed(edits: &Edits, at: &str) -> bool {
    edits.0.iter().any(|edit| matches!(edit, Edit::Remove { at: place } if place == at))
}

fn name_of(kind: &str, at: &str) -> String {
    if at.is_empty() { kind.to_owned() } else { format!("{kind}.{at}") }
}

fn field(kind: &str, at: &str, label: &str, value: &str) -> Markup {
    let name = name_of(kind, at);
    html! { span.field { label for=(name) { (label) } input id=(name) name=(name) value=(value) maxlength="200" autocomplete="off"; } }
}

fn removal(one: &Editable, what_if: &WhatIf<'_>) -> Markup {
    let name = name_of("remove", &one.at);
    html! {
        span.field.tick {
            input type="checkbox" id=(name) name=(name) value="" checked[is_removed(what_if.edits, &one.at)];
            label for=(name) { "Removed" }
        }
    }
}

fn row(one: &Editable, fields: Markup) -> Markup {
    html! {
        fieldset.edit {
            legend { (one.words) " " span.id { (one.at) } }
            (fields)
        }
    }
}

fn result(one: &Editable, what_if: &WhatIf<'_>) -> Markup {
    let edits = what_if.edits;
    let named = one.unit.as_ref().map_or_else(|| "Value".to_owned(), |unit| format!("Value in {unit}"));
    let fields = html! {
        @if let Some(value) = &one.value { (field("value", &one.at, &named, kept(edits, "value", &one.at).unwrap_or(value))) }
        @if let Some(date) = &one.date { (field("date", &one.at, "Date", kept(edits, "date", &one.at).unwrap_or(date))) }
        (removal(one, what_if))
    };
    row(one, fields)
}

fn other(one: &Editable, what_if: &WhatIf<'_>) -> Markup {
    let fields = html! {
        @if let Some(date) = &one.date { (field("date", &one.at, "Date", kept(what_if.edits, "date", &one.at).unwrap_or(date))) }
        (removal(one, what_if))
    };
    row(one, fields)
}

fn order(one: &Editable, what_if: &WhatIf<'_>) -> Markup {
    let edits = what_if.edits;
    let dose = one.dose.as_deref().unwrap_or_default();
    let fields = html! {
        (field("dose", &one.at, "Dose", kept(edits, "dose", &one.at).unwrap_or(dose)))
        (field("every", &one.at, "Every (such as 1 wk)", kept(edits, "every", &one.at).unwrap_or_default()))
        (choice("route", &one.at, "Route", kept(edits, "route", &one.at), routes(what_if.drugs)))
        (choice("use", &one.at, "Use", kept(edits, "use", &one.at), uses(what_if.drugs)))
    };
    row(one, fields)
}

fn routes(drugs: &[Drug]) -> Vec<(&str, &str)> {
    drugs.iter().flat_map(|drug| &drug.routes).map(|route| (route.id.as_str(), route.id.as_str())).collect()
}

fn uses(drugs: &[Drug]) -> Vec<(&str, &str)> {
    drugs.iter().flat_map(|drug| &drug.indications).map(|use_of| (use_of.id.as_str(), use_of.name.as_str())).collect()
}

fn choice(kind: &str, at: &str, label: &str, chosen: Option<&str>, options: Vec<(&str, &str)>) -> Markup {
    let name = name_of(kind, at);
    html! {
        span.field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                option value="" { "as on the order" }
                @for (id, words) in options { option value=(id) selected[chosen == Some(id)] { (words) } }
            }
        }
    }
}

/// The choice of policies: the first option leaves things as they are.
fn policy(what_if: &WhatIf<'_>) -> Markup {
    let chosen = what_if.edits.policy();
    html! {
        span.field {
            label for="policy" { "Policy" }
            select #policy name="policy" {
                option value="as-served" selected[chosen.is_none()] { "as the service has it" }
                @for (id, words) in what_if.policies {
                    option value=(if id.is_empty() { "none" } else { *id }) selected[chosen == Some(id)] { (words) }
                }
            }
        }
    }
}
