//! Shapes next to words: good, bad and unknown differ in their form, so that nobody has to tell colours apart.

use domain::rule::Indicator;
use maud::{Markup, html};

/// An icon and its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Icon {
    /// Something forbids the order: an octagon.
    Stop,
    /// Something is to be checked: a triangle.
    Check,
    /// Nothing is known: a question mark in a diamond.
    Unknown,
    /// Something to know: the letter i in a circle.
    Note,
    /// All is well: a tick in a circle.
    Good,
    /// It does not concern the order: a dash.
    Apart,
}

impl Icon {
    /// The icon of an indicator.
    pub fn of(indicator: Indicator) -> Icon {
        match indicator {
            Indicator::Critical => Icon::Stop,
            Indicator::Warning => Icon::Check,
            Indicator::Info => Icon::Note,
        }
    }

    /// The class of the stylesheet that colours it.
    pub fn class(self) -> &'static str {
        match self {
            Icon::Stop => "critical",
            Icon::Check => "warning",
            Icon::Unknown => "unknown",
            Icon::Note => "info",
            Icon::Good => "good",
            Icon::Apart => "apart",
        }
    }

    const ALL: [Icon; 6] = [Icon::Stop, Icon::Check, Icon::Unknown, Icon::Note, Icon::Good, Icon::Apart];

    /// Its outline, and the mark inside it.
    fn drawing(self) -> (&'static str, &'static str) {
        match self {
            Icon::Stop => ("M6 1h8l5 5v8l-5 5H6l-5-5V6z", "M7 7l6 6M13 7l-6 6"),
            Icon::Check => ("M10 2l9 16H1z", "M10 8v4.5M10 14.8v.9"),
            Icon::Unknown => ("M10 1l9 9-9 9-9-9z", "M8 8.2a2 2 0 1 1 2.9 1.8q-.9.5-.9 1.6M10 13.6v.8"),
            Icon::Note => ("M10 1a9 9 0 1 1 0 18a9 9 0 1 1 0-18z", "M10 9v5.5M10 5.6v.8"),
            Icon::Good => ("M10 1a9 9 0 1 1 0 18a9 9 0 1 1 0-18z", "M5.8 10.4l2.9 2.9 5.5-6.2"),
            Icon::Apart => ("", "M5 10h10"),
        }
    }

    /// The shape. It is hidden from screen readers, because the words next to it say the same.
    pub fn shape(self) -> Markup {
        html! { svg.sign.(self.class()) aria-hidden="true" { use href=(format!("#sign-{}", self.class())) {} } }
    }
}

/// The definitions of all shapes, once on every page. Each use only refers to one, since a page may use hundreds.
pub fn shapes() -> Markup {
    html! {
        svg.unseen aria-hidden="true" {
            @for sign in Icon::ALL {
                @let (outline, mark) = sign.drawing();
                symbol id=(format!("sign-{}", sign.class())) viewBox="0 0 20 20" {
                    path.outline d=(outline) {}
                    path.mark d=(mark) {}
                }
            }
        }
    }
}

/// An icon with its word.
pub fn signed(sign: Icon, word: &str) -> Markup {
    html! { span.signed.(sign.class()) { (sign.shape()) " " (word) } }
}
