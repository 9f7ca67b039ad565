//! What was said over many orders, as one page: a summary that a committee reads in two minutes, charts with their
//! numbers as tables, then methods and limits. The page is made from the statistics alone and loads nothing.

/// Criteria: how often each was met, and what is not known.
mod criteria;
/// How far the page holds, and what decided.
mod methods;
/// Names of rules, criteria and uses in words.
mod names;
/// Numbers in words, and tables of them.
mod numbers;
/// Orders by use, phase, month and number of cards.
mod orders;
/// What was not understood or could not be read.
mod reading;
/// How often each rule spoke, and what was silenced.
mod rules;
/// The first part, for those who read no further.
mod summary;

use charts::Undrawn;
use knowledge::Library;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use replay::statistics::Statistics;

use self::names::Names;

/// The title of the page.
pub const TITLE: &str = "What the service would have said";

/// The styles of the report, besides those of the handbook and of charts.
pub const STYLES: &str = include_str!("report.css");

/// The styles that the page needs.
pub fn stylesheet() -> String {
    [pages::STYLES, charts::STYLESHEET, STYLES].concat()
}

/// The whole page as one file. The library gives rules and criteria their names; what it does not know keeps its id.
///
/// # Errors
///
/// A chart cannot be drawn, which does not happen with valid statistics.
pub fn page(statistics: &Statistics, library: Option<&Library>) -> Result<String, Undrawn> {
    let body = body(statistics, library)?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (TITLE) }
                link rel="icon" href="data:,";
                style { (PreEscaped(stylesheet())) }
            }
            body { (body) }
        }
    };
    Ok(page.into_string())
}

/// The parts of the page, for a page of another kind around them.
///
/// # Errors
///
/// A chart cannot be drawn, which does not happen with valid statistics.
pub fn sections(statistics: &Statistics, library: Option<&Library>) -> Result<Markup, Undrawn> {
    let names = Names { library };
    let parts = [
        summary::section(statistics, &names),
        rules::section(statistics, &names)?,
        rules::silenced(statistics, &names)?,
        orders::months(statistics)?,
        orders::kinds(statistics, &names)?,
        criteria::unknown(statistics, &names)?,
        reading::section(statistics),
        methods::section(statistics),
        criteria::all(statistics, &names),
    ];
    Ok(html! { @for part in &parts { (part) } })
}

fn body(statistics: &Statistics, library: Option<&Library>) -> Result<Markup, Undrawn> {
    let sections = sections(statistics, library)?;
    Ok(html! {
        main {
            h1 { (TITLE) }
            (sections)
        }
        footer {
            p {
                "Made by tocilizumab-cds " (env!("CARGO_PKG_VERSION")) " from the statistics of a replay. They hold counts "
                "and no patient. A decision aid for clinicians; it does not replace their judgement and is not cleared as "
                "a medical device."
            }
        }
    })
}

/// A part of the page with its heading; nothing where there is nothing to say.
fn section(id: &str, title: &str, content: &Markup) -> Markup {
    html! { section id=(id) { h2 { (title) } (content) } }
}

/// A chart with its caption, which may be empty where the heading says the same, and its legend: tone, sign, words.
fn figure(caption: &str, legend: &[(charts::Tone, &str, &str)], chart: &str) -> Markup {
    html! {
        figure {
            @if !caption.is_empty() { figcaption { (caption) } }
            @if !legend.is_empty() {
                ul.legend {
                    @for (tone, sign, words) in legend {
                        li { span class=(tone.name()) aria-hidden="true" { (sign) } " " (words) }
                    }
                }
            }
            (PreEscaped(chart))
        }
    }
}
