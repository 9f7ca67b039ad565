//! What belongs to every form that changes something: the token that shows that the form was ours.

use maud::{Markup, html};

/// The name of the field that holds the token.
pub const TOKEN: &str = "token";

/// The hidden field with the token of this browser.
pub fn token(token: &str) -> Markup {
    html! { input type="hidden" name=(TOKEN) value=(token); }
}

/// A hidden field.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}
