//! What happened over time: the course of the drug as bars, and each result with its limits and window, both also as
//! tables.

use charts::Tone;
use domain::fact::Facts;
use domain::time::Clock;
use domain::words::upper_first;
use engine::assessment::Assessed;
use engine::decide::Decision;
use explain::chart;
use explain::course::course;
use explain::series::{Series, series};
use explain::table::Table;
use knowledge::Library;
use maud::{Markup, PreEscaped, html};

use super::page_head::{PageHead, View};

/// The page of what happened over time, made of the parts of each answer.
pub fn page(of: PageHead<'_>, parts: &[Markup]) -> String {
    let content = html! {
        @if parts.iter().all(|part| part.0.is_empty()) {
            p.empty { "There is nothing to draw: no order is judged here, or nothing on record has a date and a value." }
        }
        @for part in parts { (part) }
    };
    of.page(View::Time, content)
}

/// What happened over time in one answer: the course of the drug and the results. `at` tells the answers of one page
/// apart.
pub fn over_time(library: &Library, decision: &Decision<'_>, facts: &Facts, clock: &Clock, at: usize) -> Markup {
    html! {
        @for (place, assessed) in decision.assessments.iter().enumerate() {
            (courses(assessed, facts, clock, &format!("course-{at}-{place}")))
            (lines(&series(library, assessed, facts, clock), &format!("series-{at}-{place}")))
        }
    }
}

/// The course of the drug as bars, with the same as a table.
fn courses(assessed: &Assessed<'_>, facts: &Facts, clock: &Clock, id: &str) -> Markup {
    let bars = course(assessed, facts, clock);
    html! {
        @if !bars.is_empty() {
            h2 { "Course of " (assessed.drug.name) }
            @if let Ok(Some(figure)) = chart::course(&assessed.drug.name, &bars, clock.today(), id) { (PreEscaped(figure)) }
            (beside(&explain::course::table(&assessed.drug.name, &bars)))
        }
    }
}

/// What the forms of the points and the upright lines say.
fn legend() -> Markup {
    let (exact, other) = (Tone::Info, Tone::Warning);
    html! {
        ul.legend {
            li.(exact.name()) { (exact.symbol()) " final, with an exact value" }
            li.(other.name()) { (other.symbol()) " not final, or only above or below a value" }
            li.quiet { "Results count from “window begins” to “decision”." }
        }
    }
}

/// Each measure over time, with the same as a table.
fn lines(all: &[Series], id: &str) -> Markup {
    html! {
        @if !all.is_empty() {
            h2 { "Results over time" }
            (legend())
            @for (place, series) in all.iter().enumerate() {
                section.series {
                    h3 { (upper_first(&series.name)) }
                    @if let Ok(figure) = chart::timeline(series, &format!("{id}-{place}")) { (PreEscaped(figure)) }
                    (beside(&series.table()))
                }
            }
        }
    }
}

/// A table next to a picture, for readers who do not see it or want the numbers.
fn beside(table: &Table) -> Markup {
    html! {
        details {
            summary { "As a table" }
            div.scroll tabindex="0" role="region" aria-label=(table.caption) {
                table {
                    caption.unseen { (table.caption) }
                    thead { tr { @for name in &table.head { th scope="col" { (name) } } } }
                    tbody { @for row in &table.rows { tr { @for cell in row { td { (cell) } } } } }
                }
            }
        }
    }
}
