//! Building blocks that several pages share. What maud writes is always closed and escaped; what is decided here is
//! where a link may lead and what is left out when there is nothing to show.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, Render, html};

/// Pieces with words between them.
pub fn joined(parts: impl IntoIterator<Item = Markup>, between: &str) -> Markup {
    html! {
        @for (position, part) in parts.into_iter().enumerate() {
            @if position > 0 { (between) }
            (part)
        }
    }
}

/// A link. Only pages of our own and addresses of the web are followed; other addresses stay as text.
pub fn link(href: &str, content: impl Render) -> Markup {
    match href.split_once(':').map(|(scheme, _)| scheme) {
        None | Some("https" | "http") => html! { a href=(href) { (content) } },
        Some(_) => content.render(),
    }
}

/// Words of a machine: a code, an id.
pub fn code(text: &str) -> Markup {
    html! { code { (text) } }
}

/// A list; a single item is written without one.
pub fn list(items: &[Markup]) -> Markup {
    match items {
        [only] => html! { p { (only) } },
        items => html! { ul { @for item in items { li { (item) } } } },
    }
}

/// A table in a box of its own, which scrolls on a narrow screen.
pub fn table(label: &str, head: &[impl Render], rows: impl Render) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// Terms with their meanings; those without a meaning are left out.
pub fn terms<'t>(pairs: impl IntoIterator<Item = (&'t str, Markup)>) -> Markup {
    html! {
        dl {
            @for (term, meaning) in pairs {
                @if !meaning.0.is_empty() { div { dt { (term) } dd { (meaning) } } }
            }
        }
    }
}

/// The content of the head of a page.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The title of the window.
    pub title: &'a str,
    /// The way to the stylesheet.
    pub stylesheet: &'a str,
    /// The way to another one, of what only some pages show.
    pub more_styles: Option<&'a str>,
    /// The way to a script that makes the page quicker to use; no page needs one to be read.
    pub script: Option<&'a str>,
}

/// A whole page.
pub fn page(head: Head<'_>, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (head.title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href=(head.stylesheet);
                @if let Some(more) = head.more_styles { link rel="stylesheet" href=(more); }
                @if let Some(script) = head.script { script src=(script) defer {} }
            }
            body { (body) }
        }
    };
    page.into_string()
}

/// Anchors from words, each of them once.
#[derive(Debug, Default)]
pub struct Anchors(BTreeMap<String, usize>);

impl Anchors {
    /// An anchor for these words: letters and digits with hyphens between them.
    pub fn of(&mut self, words: &str) -> String {
        let plain: String =
            words.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
        let slug = plain.split_whitespace().collect::<Vec<_>>().join("-");
        let seen = self.0.entry(slug.clone()).or_default();
        *seen += 1;
        if *seen == 1 { slug } else { format!("{slug}-{seen}") }
    }
}

#[cfg(test)]
mod tests {
    use maud::{Render, html};

    use super::{Anchors, joined, link, list, terms};

    #[test]
    fn only_pages_and_the_web_are_linked() {
        for (href, expected) in [
            ("a.html#b", "<a href=\"a.html#b\">&lt;x&gt;</a>"),
            ("https://a/?b&\"c\"", "<a href=\"https://a/?b&amp;&quot;c&quot;\">&lt;x&gt;</a>"),
            ("javascript:x", "&lt;x&gt;"),
        ] {
            assert_eq!(link(href, "<x>").into_string(), expected);
        }
    }

    #[test]
    fn nothing_is_shown_of_what_is_empty() {
        assert_eq!(list(&["a".render()]).into_string(), "<p>a</p>");
        assert_eq!(list(&["a".render(), "b".render()]).into_string(), "<ul><li>a</li><li>b</li></ul>");
        assert_eq!(joined([html! { b { "1" } }, "2".render()], " < ").into_string(), "<b>1</b> &lt; 2");
        let pairs = terms([("a", html! {}), ("b", "c".render())]);
        assert_eq!(pairs.into_string(), "<dl><div><dt>b</dt><dd>c</dd></div></dl>");
    }

    #[test]
    fn anchors_stand_once() {
        let mut anchors = Anchors::default();
        assert_eq!(anchors.of("ALT 1.2 µkat/L: 72 U/L"), "alt-1-2-kat-l-72-u-l");
        assert_eq!(anchors.of("alt 1.2, kat/L 72 u/l"), "alt-1-2-kat-l-72-u-l-2");
    }
}
