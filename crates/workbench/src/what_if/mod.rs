//! What if: what of a patient can be changed, what is changed, and what that changes, before and after side by side.

/// A case of what is on screen.
mod copied;
/// The form with all that can be changed.
mod fields;
/// What the changes change.
mod outcome;

use domain::rule::Drug;
use explain::difference::Difference;
use explain::edit::{Edit, Edits};
use explain::editable::Editable;
use maud::{Markup, html};
use pages::shell::PageLocation;

pub use self::copied::case;
use self::fields::changes;
use self::outcome::outcome;
use super::card::Answered;
use super::form;
use super::page_head::{PageHead, View};

/// What the page shows.
#[derive(Debug)]
pub struct WhatIf<'a> {
    /// What can be changed.
    pub editable: &'a [Editable],
    /// What is changed.
    pub edits: &'a Edits,
    /// The moment of the decision.
    pub moment: &'a str,
    /// The policies to choose from, by name; with a single one no choice is shown.
    pub policies: &'a [(&'static str, &'static str)],
    /// The drugs of the library, for their routes and uses.
    pub drugs: &'a [Drug],
    /// The decision without and with the changes, or why the changes cannot be made or judged.
    pub outcome: Result<(&'a Answered<'a>, &'a Answered<'a>, &'a Difference), String>,
    /// The token of this browser.
    pub token: &'a str,
}

/// The page.
pub fn page(of: PageHead<'_>, what_if: &WhatIf<'_>) -> String {
    let content = html! {
        p.note {
            "Change something and see what it changes. Nothing is kept of it but in the address of this page"
            @if of.own { ", and for something pasted not even there: its changes stay in the memory of this service" }
            "."
        }
        div.workspace {
            div.seen {
                (changed(of, what_if))
                div #outcome { (outcome(of, what_if)) }
            }
            (changes(of, what_if))
        }
    };
    of.page(View::WhatIf, content)
}

/// What is changed, with a way to undo each.
fn changed(of: PageHead<'_>, what_if: &WhatIf<'_>) -> Markup {
    if what_if.edits.is_empty() {
        return Markup::default();
    }
    html! {
        section.edits aria-labelledby="changed" {
            h2 #changed { "What is changed" }
            ul {
                @for (at, edit) in what_if.edits.0.iter().enumerate() {
                    li { (said(edit, what_if.editable)) " " (undo(of, what_if, Some(at))) }
                }
            }
            p { (undo(of, what_if, None)) }
        }
    }
}

/// A change in words that name the resource as the record does.
fn said(edit: &Edit, editable: &[Editable]) -> String {
    let words = edit.words();
    let named = edit.at().and_then(|at| {
        let one = editable.iter().find(|one| one.at == at)?;
        Some(format!("{}{}", one.words, words.strip_prefix(at)?))
    });
    named.unwrap_or(words)
}

/// A way back: without one change, or without all of them.
fn undo(of: PageHead<'_>, what_if: &WhatIf<'_>, without: Option<usize>) -> Markup {
    let rest = match without {
        None => Edits::default(),
        Some(at) => {
            Edits(what_if.edits.0.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, e)| e.clone()).collect())
        }
    };
    let word = if without.is_some() { "Undo" } else { "Undo all" };
    let rest = rest.to_query();
    if of.own {
        return html! {
            form.inline method="post" action=(PageLocation::Below.to(View::WhatIf.path())) {
                (form::token(what_if.token)) (form::hidden("of", of.key)) (form::hidden("edits", &rest))
                button { (word) }
            }
        };
    }
    let way = PageHead { changes: &rest, ..of }.way(View::WhatIf);
    html! { a href=(PageLocation::Below.to(&way)) { (word) } }
}
