//! Errors as pages: what is wrong, where, and the way back.

use maud::html;
use pages::shell::Area;

use super::icon::Icon;
use super::page_head::page;

/// A page that says what is wrong.
pub fn fault(title: &str, message: &str) -> String {
    let content = html! {
        h1 { (title) }
        p.fault role="alert" { (Icon::Check.shape()) " " (message) }
        p { a href="../" { "To the patients" } }
    };
    page(Area::Elsewhere, title, content)
}

/// What is wrong, in place of what a page would show.
pub fn message(message: &str) -> maud::Markup {
    html! { p.fault role="alert" { (Icon::Check.shape()) " " (message) } }
}
