//! A decision that was recorded, made again: its cards, why they were shown, and what the record held over time.

use domain::fact::Facts;
use domain::time::Clock;
use knowledge::Library;
use maud::{Markup, html};
use pages::blocks::blocks;
use pages::html::code;
use pages::shell::Area;

use super::card::{Answered, degree, moment, odd};
use super::icon::{Icon, signed};
use super::page_head::page as whole;
use super::{time, why};

/// What the page shows.
#[derive(Debug, Clone, Copy)]
pub struct RepeatedDecision<'a> {
    /// The id of the record.
    pub id: &'a str,
    /// The library that decided again.
    pub library: &'a Library,
    /// The decision.
    pub answered: &'a Answered<'a>,
    /// What is known of the patient.
    pub facts: &'a Facts,
    /// The moment.
    pub clock: &'a Clock,
    /// Whether the cards are those of then, to the letter.
    pub is_same: bool,
    /// What of the program, the library and the policy differs from then.
    pub changed: &'a [String],
    /// Whether results and doses over time are looked at, rather than cards and reasons.
    pub over_time: bool,
}

/// What the query of the page is that shows results and doses over time.
pub const OVER_TIME: &str = "view=time";

/// The page.
pub fn page(again: &RepeatedDecision<'_>) -> String {
    let RepeatedDecision { id, library, answered, facts, clock, over_time, .. } = *again;
    let views =
        [("Cards and reasons", id.to_owned(), !over_time), ("Over time", format!("{id}?{OVER_TIME}"), over_time)];
    let content = html! {
        p.id { "Decision " (id) }
        h1 { "Why these cards" }
        (moment(answered))
        (then(again))
        nav.views aria-label="Of this decision" {
            @for (name, way, is_here) in views { a href=(way) aria-current=[is_here.then_some("page")] { (name) } }
        }
        @if over_time { (time::over_time(library, &answered.decision, facts, clock, 0)) } @else { (reasons(answered)) }
    };
    whole(Area::Elsewhere, "Why these cards", content)
}

/// The cards, and below them what each order was found to be.
fn reasons(answered: &Answered<'_>) -> Markup {
    html! {
        @for card in &answered.decision.cards {
            @let sign = Icon::of(card.indicator);
            article.card.(card.indicator.code()) {
                p.degree { (signed(sign, degree(sign))) }
                h2 { (card.summary) }
                div.detail { (blocks(&card.detail)) }
                p.ways { a href=(format!("#{}", card.rule)) { "Its findings" } }
            }
        }
        (why::legend())
        @for assessed in &answered.decision.assessments { (why::order(assessed, answered)) }
        (odd(&answered.problems))
    }
}

/// Whether what is shown is what was shown then.
fn then(again: &RepeatedDecision<'_>) -> Markup {
    html! {
        @if again.is_same {
            p.note { "Made again from what was kept of it: the cards are the same as then, to the letter." }
        } @else {
            p.fault role="alert" {
                (Icon::Check.shape()) " The cards below are not those of then. "
                @for change in again.changed { (domain::words::upper_first(change)) ". " }
                "What was answered then can be made again with the program, the library and the policy of then: "
                (code(&format!("tocilizumab-cds replay --record {}", again.id))) "."
            }
        }
    }
}
