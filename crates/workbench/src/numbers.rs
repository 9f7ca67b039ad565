//! What became of the cards: how many were issued, accepted, overridden and left without feedback, by rule and by week,
//! each share with the interval that says how much so few cards can show.

use charts::{Bar, Bars, Tone, Words};
use maud::{Markup, PreEscaped, html};
use pages::shell::{Area, PageLocation};
use store::stats::{Fate, Rate, Statistics};

use super::form;
use super::icon::Icon;
use super::page_head::whole;

/// The path of the stylesheet of an opened report, from the root of the service.
pub const REPORT_STYLES: &str = "workbench/report.css";

/// What the page shows.
#[derive(Debug)]
pub struct Numbers<'a> {
    /// What the store says; why it says nothing.
    pub statistics: Result<&'a Statistics, String>,
    /// What was opened: the report of a replay, or why it cannot be read.
    pub opened: Option<Result<Markup, String>>,
    /// The token of this browser.
    pub token: &'a str,
}

/// The page.
pub fn numbers(numbers: &Numbers<'_>) -> String {
    let content = html! {
        h1 { "Numbers" }
        @match &numbers.opened {
            Some(Ok(report)) => { p.lead { "What the service would have said in a replay:" } (report) },
            Some(Err(why)) => p.fault role="alert" { (Icon::Check.shape()) " " (why) },
            None => {},
        }
        (open(numbers.token))
        h2 { "What became of the cards of this service" }
        @match &numbers.statistics {
            Err(why) => p { (why) },
            Ok(statistics) => (of_store(statistics)),
        }
    };
    let styles = matches!(numbers.opened, Some(Ok(_))).then_some(REPORT_STYLES);
    whole(PageLocation::Below, Area::Numbers, "Numbers · Workbench", styles, content)
}

fn open(token: &str) -> Markup {
    html! {
        form.paste method="post" enctype="multipart/form-data" action=(PageLocation::Below.to("workbench/numbers")) {
            (form::token(token))
            label for="file" { "Open the statistics of a replay (the file that " code { "--statistics" } " wrote) " }
            input #file type="file" name="file" accept=".json,application/json" required;
            " " button { "Open" }
        }
    }
}

fn of_store(statistics: &Statistics) -> Markup {
    html! {
        @if statistics.total.issued == 0 { p { "No card was issued yet." } } @else {
            p {
                (statistics.total.issued) " cards: " (statistics.total.accepted) " accepted, "
                (statistics.total.overridden) " overridden, " (statistics.total.ignored) " without feedback so far. "
                "Feedback that was sent from this workbench counts too."
            }
            (chart("overrides", "Overridden, of all that were issued, by rule", &statistics.rules.iter().map(|rule| (rule.rule.as_str(), &rule.fate)).collect::<Vec<_>>()))
            (fates("Rule", &statistics.rules.iter().map(|rule| (rule.rule.as_str(), &rule.fate)).collect::<Vec<_>>()))
            (weeks(&statistics.weeks.iter().map(|week| (week.name.as_str(), &week.fate)).collect::<Vec<_>>()))
            (fates("Week", &statistics.weeks.iter().map(|week| (week.name.as_str(), &week.fate)).collect::<Vec<_>>()))
            (reasons(statistics))
        }
        @if !statistics.silenced.is_empty() {
            p { "Silenced by the policy of this site, so that no card of them is counted: " (statistics.silenced.join(", ")) "." }
        }
    }
}

/// Shares of overridden cards as bars with their intervals.
fn chart(id: &str, title: &str, fates: &[(&str, &Fate)]) -> Markup {
    let bar = |(name, fate): &(&str, &Fate)| {
        let rate = fate.override_rate?;
        Some(Bar {
            label: (*name).to_owned(),
            parts: vec![(rate.value * 100.0, Tone::Warning)],
            interval: Some((rate.low * 100.0, rate.high * 100.0)),
            said: format!("{} of {}", fate.overridden, fate.issued),
        })
    };
    let words = Words { id, title, description: "The same numbers stand in the table below." };
    drawn(&Bars { words, axis: "percent", bars: fates.iter().filter_map(bar).collect() })
}

/// What became of the cards of each week.
fn weeks(fates: &[(&str, &Fate)]) -> Markup {
    let number = |count: i64| i32::try_from(count).map_or(f64::from(i32::MAX), f64::from);
    let bar = |(name, fate): &(&str, &Fate)| Bar {
        label: (*name).to_owned(),
        parts: vec![
            (number(fate.accepted), Tone::Info),
            (number(fate.overridden), Tone::Warning),
            (number(fate.ignored), Tone::Quiet),
        ],
        interval: None,
        said: format!("{} accepted, {} overridden, {} without feedback", fate.accepted, fate.overridden, fate.ignored),
    };
    let words = Words {
        id: "weeks",
        title: "Cards by week: accepted, overridden, without feedback",
        description: "The same numbers stand in the table below.",
    };
    drawn(&Bars { words, axis: "cards", bars: fates.iter().map(bar).collect() })
}

fn drawn(bars: &Bars<'_>) -> Markup {
    html! {
        @if !bars.bars.is_empty() && let Ok(figure) = bars.figure() {
            h3 { (bars.words.title) }
            (PreEscaped(figure))
        }
    }
}

fn fates(name: &str, fates: &[(&str, &Fate)]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(format!("Cards by {}", name.to_lowercase())) {
            table {
                thead { tr { @for head in [name, "Issued", "Accepted", "Overridden", "Without feedback"] { th scope="col" { (head) } } } }
                tbody {
                    @for (name, fate) in fates {
                        tr {
                            th scope="row" { (name) }
                            td { (fate.issued) }
                            td { (fate.accepted) (interval(fate.acceptance)) }
                            td { (fate.overridden) (interval(fate.override_rate)) }
                            td { (fate.ignored) }
                        }
                    }
                }
            }
        }
    }
}

/// A share with its interval: "40 % (12 to 77)".
fn interval(rate: Option<Rate>) -> Markup {
    html! {
        @if let Some(Rate { value, low, high }) = rate {
            small { (format!("{:.0} % ({:.0} to {:.0})", value * 100.0, low * 100.0, high * 100.0)) }
        }
    }
}

fn reasons(statistics: &Statistics) -> Markup {
    html! {
        @if !statistics.override_reasons.is_empty() {
            h3 { "Reasons given" }
            ul {
                @for reason in &statistics.override_reasons {
                    li {
                        (reason.rule) ": " (reason.display.as_deref().or(reason.reason.as_deref()).unwrap_or("no reason given"))
                        ", " (reason.overridden)
                    }
                }
            }
        }
    }
}
