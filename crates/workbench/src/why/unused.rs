//! What was on record and did not count: entries that nobody understood, and those that were looked at and not used,
//! each with its reason.

use domain::assess::Assessment;
use domain::unused::Unused;
use domain::words::upper_first;
use engine::assessment::Assessed;
use maud::{Markup, html};
use pages::html::code;

pub fn not_understood(assessment: &Assessment) -> Markup {
    let odd = &assessment.not_understood;
    html! {
        @if odd.count > 0 {
            h3 { "On record and not understood" }
            p {
                @match odd.count { 1 => "One entry has", n => { (n) " entries have" } }
                " no code that the library knows. " @if odd.count == 1 { "It was" } @else { "They were" }
                " not checked, and " @if odd.count == 1 { "is" } @else { "are" } " never taken for none."
            }
            ul { @for source in &odd.newest { li { (source.received) " " (code(&source.reference)) } } }
        }
    }
}

/// What was looked at and not used, each with its reason.
pub fn not_used(assessed: &Assessed<'_>) -> Markup {
    let Some(unused) = assessed.unused.as_deref() else { return Markup::default() };
    html! {
        details.further open[!unused.is_empty()] {
            summary { h2 { "Looked at and not used (" (unused.len()) ")" } }
            @if unused.is_empty() { p { "Nothing: every record that was looked at was used." } } @else {
                div.scroll tabindex="0" role="region" aria-label="Looked at and not used" {
                    table.stack {
                        thead { tr {
                            @for name in ["Record", "Value", "Date", "Why not", "Instead"] { th scope="col" { (name) } }
                        } }
                        tbody { @for one in unused { (not_used_row(one)) } }
                    }
                }
            }
        }
    }
}

fn not_used_row(one: &Unused) -> Markup {
    html! {
        tr {
            th scope="row" { (code(&one.source.reference)) small { (one.concept.to_string()) } }
            td data-name="Value" { (one.source.received) }
            td data-name="Date" { @match &one.source.effective { Some(when) => (when.shown()), None => "none" } }
            td data-name="Why not" { (upper_first(one.why.words())) small { (one.why.code()) } }
            td data-name="Instead" {
                @match &one.by { Some(by) => { (by.received) " " (code(&by.reference)) }, None => span.none { "–" } }
            }
        }
    }
}
