//! HTML that cannot be written wrong: text is always escaped, and elements are always closed.

use std::collections::BTreeMap;

/// A piece of a page. Text turns into one by being escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Pieces with words between them.
    pub fn joined(parts: impl IntoIterator<Item = Html>, between: &str) -> Html {
        let parts: Vec<String> = parts.into_iter().map(|part| part.0).collect();
        Html(parts.join(&escape(between)))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text of the page.
    pub fn into_string(self) -> String {
        self.0
    }

    /// Puts a piece behind it.
    #[must_use]
    pub fn and(self, more: impl Into<Html>) -> Html {
        Html(self.0 + &more.into().0)
    }
}

impl From<&str> for Html {
    fn from(text: &str) -> Html {
        Html(escape(text))
    }
}

impl From<String> for Html {
    fn from(text: String) -> Html {
        Html::from(text.as_str())
    }
}

impl From<&String> for Html {
    fn from(text: &String) -> Html {
        Html::from(text.as_str())
    }
}

impl From<Vec<Html>> for Html {
    fn from(parts: Vec<Html>) -> Html {
        Html(parts.into_iter().map(|part| part.0).collect())
    }
}

/// Text without any character that HTML reads as its own, in elements and in attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// An element.
pub fn el(tag: &'static str, content: impl Into<Html>) -> Html {
    with(tag, &[], content)
}

/// An element with attributes; an attribute with an empty value is left out.
pub fn with(tag: &'static str, attributes: &[(&'static str, &str)], content: impl Into<Html>) -> Html {
    let mut text = format!("<{tag}");
    for (name, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!(" {name}=\"{}\"", escape(value)));
    }
    Html(format!("{text}>{}</{tag}>", content.into().0))
}

/// A link. Only pages of our own and addresses of the web are followed; other addresses stay as text.
pub fn link(href: &str, content: impl Into<Html>) -> Html {
    let content = content.into();
    let scheme = href.split_once(':').map(|(scheme, _)| scheme);
    match scheme {
        None | Some("https" | "http") => with("a", &[("href", href)], content),
        Some(_) => content,
    }
}

/// Words of a machine: a code, an id.
pub fn code(text: &str) -> Html {
    el("code", text)
}

/// A list; a single item is no list.
pub fn list(items: Vec<Html>) -> Html {
    match <[Html; 1]>::try_from(items) {
        Ok([only]) => el("p", only),
        Err(items) => el("ul", items.into_iter().map(|item| el("li", item)).collect::<Vec<_>>()),
    }
}

/// A table in a box of its own, which scrolls on a narrow screen. A row may have an anchor.
pub fn table(label: &str, head: &[&str], rows: impl IntoIterator<Item = (String, Vec<Html>)>) -> Html {
    let head: Vec<Html> = head.iter().map(|word| with("th", &[("scope", "col")], *word)).collect();
    let rows: Vec<Html> = rows.into_iter().map(|(id, cells)| with("tr", &[("id", &id)], row(cells))).collect();
    let table = el("table", vec![el("thead", el("tr", head)), el("tbody", rows)]);
    with("div", &[("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", label)], table)
}

fn row(cells: Vec<Html>) -> Html {
    cells.into_iter().map(|cell| el("td", cell)).collect::<Vec<_>>().into()
}

/// Terms with their meanings; those without a meaning are left out.
pub fn terms(pairs: Vec<(&str, Html)>) -> Html {
    let shown = pairs.into_iter().filter(|(_, meaning)| !meaning.is_empty());
    el("dl", shown.map(|(term, meaning)| el("div", el("dt", term).and(el("dd", meaning)))).collect::<Vec<_>>())
}

/// A whole page.
pub fn page(title: &str, stylesheet: &str, body: Html) -> String {
    let head = format!(
        "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"{}\">",
        escape(title),
        escape(stylesheet)
    );
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n{head}\n</head>\n{}\n</html>\n",
        el("body", body).into_string()
    )
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
    use super::{Anchors, Html, el, escape, link, list, with};

    #[test]
    fn nothing_of_the_text_is_read_as_html() {
        assert_eq!(escape("a<b & \"c\" 'd'>"), "a&lt;b &amp; &quot;c&quot; &#39;d&#39;&gt;");
        assert_eq!(el("p", "<script>").into_string(), "<p>&lt;script&gt;</p>");
        let attribute = with("p", &[("title", "\" onclick=\"x"), ("id", "")], "y");
        assert_eq!(attribute.into_string(), "<p title=\"&quot; onclick=&quot;x\">y</p>");
        assert_eq!(Html::joined(vec![el("b", "1"), el("b", "2")], " < ").into_string(), "<b>1</b> &lt; <b>2</b>");
    }

    #[test]
    fn only_pages_and_the_web_are_linked() {
        assert_eq!(link("a.html#b", "x").into_string(), "<a href=\"a.html#b\">x</a>");
        assert_eq!(link("https://a/?b&c", "x").into_string(), "<a href=\"https://a/?b&amp;c\">x</a>");
        assert_eq!(link("javascript:x", "x").into_string(), "x");
    }

    #[test]
    fn one_item_is_no_list() {
        assert_eq!(list(vec![Html::from("a")]).into_string(), "<p>a</p>");
        assert_eq!(list(vec![Html::from("a"), Html::from("b")]).into_string(), "<ul><li>a</li><li>b</li></ul>");
    }

    #[test]
    fn anchors_stand_once() {
        let mut anchors = Anchors::default();
        assert_eq!(anchors.of("ALT 1.2 µkat/L: 72 U/L"), "alt-1-2-kat-l-72-u-l");
        assert_eq!(anchors.of("alt 1.2, kat/L 72 u/l"), "alt-1-2-kat-l-72-u-l-2");
    }
}
