//! What was asked and answered, unchanged, with the command that asks it again, how long each phase took, and which
//! queries prefetch answered.

use maud::{Markup, html};
use pages::html::code;
use pages::shell::PageLocation;

use super::page_head::{PageHead, View, in_query};

/// The most characters of a text that the page shows; the whole of it is a file.
const SHOWN: usize = 60_000;

/// What the page shows.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The body of the request.
    pub request: &'a str,
    /// The body of the answer.
    pub response: &'a str,
    /// The command that asks the service the same.
    pub command: &'a str,
    /// A remark on that command.
    pub remark: Option<&'a str>,
    /// Each phase, with its time in microseconds.
    pub phases: &'a [(&'static str, u128)],
    /// Each query of the service, with what answered it.
    pub queries: &'a [(String, &'static str)],
}

/// The page.
pub fn page(of: PageHead<'_>, exchange: &Exchange<'_>) -> String {
    let content = html! {
        section aria-labelledby="again" {
            h2 #again { "Ask the service the same" }
            @if let Some(remark) = exchange.remark { p.note { (remark) } }
            (text("command", "The command", exchange.command))
        }
        @if !exchange.phases.is_empty() { (phases(exchange.phases)) }
        @if !exchange.queries.is_empty() { (queries(exchange.queries)) }
        (body(of, "request", "Request", exchange.request))
        (body(of, "response", "Response", exchange.response))
    };
    of.page(View::Raw, content)
}

fn phases(phases: &[(&'static str, u128)]) -> Markup {
    html! {
        section aria-labelledby="phases" {
            h2 #phases { "Time of each phase" }
            p.note { "Of this one answer, on this machine, without the network." }
            dl { @for (name, micros) in phases { div { dt { (name) } dd { (milliseconds(*micros)) } } } }
        }
    }
}

/// A time for a reader.
fn milliseconds(micros: u128) -> String {
    format!("{}.{:02} ms", micros / 1000, micros % 1000 / 10)
}

fn queries(queries: &[(String, &'static str)]) -> Markup {
    html! {
        section aria-labelledby="queries" {
            h2 #queries { "Where the record came from" }
            p.note { "Here no FHIR server is asked. A live call asks the server of the EHR for what prefetch did not bring." }
            div.scroll tabindex="0" role="region" aria-label="Queries" {
                table.stack {
                    thead { tr { th scope="col" { "Query" } th scope="col" { "Answered by" } } }
                    tbody { @for (key, by) in queries { tr { th scope="row" { (code(key)) } td data-name="Answered by" { (by) } } } }
                }
            }
        }
    }
}

fn body(of: PageHead<'_>, id: &str, title: &str, body: &str) -> Markup {
    let file = format!("workbench/raw/{id}.json?{}", query(of));
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (title) }
            p { a href=(PageLocation::Below.to(&file)) download=(format!("{id}.json")) { "Keep as a file" } span.note { " " (body.len()) " bytes" } }
            (text(&format!("{id}-text"), &format!("{title} as text"), body))
        }
    }
}

fn query(of: PageHead<'_>) -> String {
    let way = of.way(View::Raw);
    way.split_once('?').map_or_else(|| format!("of={}", in_query(of.key)), |(_, query)| query.to_owned())
}

/// Text of a machine with a button that copies it, for browsers that run the script.
pub fn text(id: &str, label: &str, text: &str) -> Markup {
    let shown = match text.char_indices().nth(SHOWN) {
        Some((at, _)) => text.get(..at).unwrap_or(text),
        None => text,
    };
    html! {
        div.copied {
            button type="button" hidden data-copy=(id) { "Copy" }
            pre tabindex="0" role="region" aria-label=(label) id=(id) { (shown) }
            @if shown.len() < text.len() { p.note { "The rest is in the file." } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{milliseconds, text};

    #[test]
    fn times_and_texts_for_a_reader() {
        assert_eq!(milliseconds(1_234), "1.23 ms");
        assert_eq!(milliseconds(56), "0.05 ms");
        assert!(text("a", "b", "<script>").into_string().contains("&lt;script&gt;"));
        let long = "é".repeat(70_000);
        assert!(text("a", "b", &long).into_string().contains("The rest is in the file."));
    }
}
