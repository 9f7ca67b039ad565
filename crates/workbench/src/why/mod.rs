//! Why each order was judged as it was.

/// One order with its rules.
mod order;
/// How a finding is to be taken.
mod reading;
/// The decision table of a rule.
mod table;
/// What was on record and did not count.
mod unused;

use maud::{Markup, html};

pub use self::order::order;
pub use self::reading::reading;
use super::card::{Answered, moment, odd};
use super::icon::{Icon, signed};
use super::page_head::{PageHead, View};

/// The page of reasons.
pub fn page(of: PageHead<'_>, answered: &[Answered<'_>]) -> String {
    let content = html! {
        (legend())
        @for one in answered {
            section.answer {
                (moment(one))
                @if one.decision.assessments.is_empty() { p.empty { "There is no order that the rules were asked about." } }
                @for assessed in &one.decision.assessments { (order(assessed, one)) }
                (odd(&one.problems))
            }
        }
    };
    of.page(View::Why, content)
}

/// What a line is, and what the signs next to it mean.
pub fn legend() -> Markup {
    let signs = [
        (Icon::Stop, "Stop"),
        (Icon::Check, "Check"),
        (Icon::Unknown, "Unknown"),
        (Icon::Good, "OK"),
        (Icon::Note, "To know"),
        (Icon::Apart, "Does not concern the order"),
    ];
    html! {
        p.note {
            "Each line is a finding that a rule looks for. "
            span.signs { @for (sign, word) in signs { (signed(sign, word)) " " } }
        }
    }
}
