//! What the changes change: cards, orders and findings before and after, side by side.

use domain::rule::Indicator;
use domain::truth::Outcome;
use explain::difference::{CardChange, CardStatus, ChangedFinding, Difference, Found};
use maud::{Markup, html};
use pages::shell::PageLocation;

use super::WhatIf;
use super::copied::copy;
use crate::card::{Answered, degree};
use crate::icon::{Icon, signed};
use crate::page_head::{PageHead, View};
use crate::why;

pub fn outcome(of: PageHead<'_>, what_if: &WhatIf<'_>) -> Markup {
    match &what_if.outcome {
        Err(why) => html! { p.fault role="alert" { (Icon::Check.shape()) " " (why) } },
        Ok((before, ..)) if what_if.edits.is_empty() => html! {
            section aria-labelledby="effect" {
                h2 #effect { "As it is" }
                ul.plain {
                    @for card in &before.decision.cards { li { @let sign = Icon::of(card.indicator); (signed(sign, degree(sign))) " " (card.summary) } }
                    @if before.decision.cards.is_empty() { li { (signed(Icon::Good, "No card")) } }
                }
            }
        },
        Ok((before, after, difference)) => html! {
            section aria-labelledby="effect" {
                h2 #effect { "What that changes" }
                p role="status" { (summed(difference)) }
                (cards(before, after, difference))
                (orders(difference))
                (findings(before, after, difference))
                @if !of.own { (share(of)) }
                (copy(of, what_if, before, after, difference))
            }
        },
    }
}

fn summed(difference: &Difference) -> String {
    if difference.is_empty() {
        return "Nothing: the same findings and the same cards.".to_owned();
    }
    let of = |status| difference.cards.iter().filter(|card| card.status == status).count();
    let flipped = difference.flipped().count();
    let said: Vec<String> = [
        (of(CardStatus::Appeared), "new card", "new cards"),
        (of(CardStatus::Vanished), "card gone", "cards gone"),
        (of(CardStatus::Changed), "card changed", "cards changed"),
        (flipped, "finding flipped", "findings flipped"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, more)| pages::words::count(count, one, more))
    .collect();
    match said.is_empty() {
        true => "Values only: no outcome and no card is another one.".to_owned(),
        false => format!("{}.", said.join(", ")),
    }
}

/// The cards before and after, side by side.
fn cards(before: &Answered<'_>, after: &Answered<'_>, difference: &Difference) -> Markup {
    let summary = |answered: &Answered<'_>, place: Option<(usize, Indicator)>| {
        let card = place.and_then(|(at, _)| answered.decision.cards.get(at));
        card.map(|card| card.summary.clone()).unwrap_or_default()
    };
    html! {
        h3 { "Cards" }
        @if difference.cards.is_empty() { p { "None, before and after." } } @else {
            div.scroll tabindex="0" role="region" aria-label="Cards before and after" {
                table.stack.sides {
                    thead { tr {
                        @for name in ["What became of it", "Before", "After"] { th scope="col" { (name) } }
                    } }
                    tbody {
                        @for change in &difference.cards {
                            tr.(mark(change.status)) {
                                th scope="row" { (status(change)) }
                                td data-name="Before" { (side(change.before, &summary(before, change.before))) }
                                td data-name="After" { (side(change.after, &summary(after, change.after))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn mark(status: CardStatus) -> &'static str {
    match status {
        CardStatus::Appeared => "appeared",
        CardStatus::Vanished => "vanished",
        CardStatus::Changed => "moved",
        CardStatus::Same => "same",
    }
}

fn status(change: &CardChange) -> Markup {
    let word = match change.status {
        CardStatus::Appeared => "+ New",
        CardStatus::Vanished => "− Gone",
        CardStatus::Changed => "≠ Changed",
        CardStatus::Same => "= Same",
    };
    html! { (word) small { (change.rule) @if !change.what.is_empty() { ": another " (change.what.join(", ")) } } }
}

fn side(place: Option<(usize, Indicator)>, summary: &str) -> Markup {
    html! {
        @match place {
            Some((_, indicator)) => { @let sign = Icon::of(indicator); (signed(sign, degree(sign))) " " (summary) },
            None => span.none { "no card" },
        }
    }
}

fn orders(difference: &Difference) -> Markup {
    html! {
        @if !difference.orders.is_empty() {
            h3 { "The order" }
            ul { @for change in &difference.orders { li { (change.what) ": " del { (change.before) } " → " ins { (change.after) } } } }
        }
    }
}

fn findings(before: &Answered<'_>, after: &Answered<'_>, difference: &Difference) -> Markup {
    html! {
        @if !difference.findings.is_empty() {
            h3 { "Findings" }
            div.scroll tabindex="0" role="region" aria-label="Findings before and after" {
                table.stack.sides {
                    thead { tr {
                        @for name in ["Finding", "Before", "After"] { th scope="col" { (name) } }
                    } }
                    tbody {
                        @for changed in &difference.findings {
                            tr.(if changed.before.outcome == changed.after.outcome { "same" } else { "flipped" }) {
                                th scope="row" { (changed.finding) small { (changed.rule) } }
                                td data-name="Before" { (found(before, changed, &changed.before)) }
                                td data-name="After" { (found(after, changed, &changed.after)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What was found of a criterion on one side.
fn found(side: &Answered<'_>, changed: &ChangedFinding, found: &Found) -> Markup {
    let read = side.decision.assessments.iter().find(|one| one.assessment.order == changed.order).and_then(|one| {
        let (rule, findings) =
            one.drug.rules.iter().zip(&one.assessment.rules).find(|(rule, _)| rule.id == changed.rule)?;
        let criterion = rule.criteria.iter().find(|criterion| criterion.id == changed.criterion)?;
        Some(why::reading(one.drug, rule, &findings.findings, criterion, found.outcome))
    });
    html! {
        @if let Some(read) = read { (signed(read.sign, read.word)) }
        small {
            @match found.outcome { Outcome::Unknown(reason) => (reason.words()), other => (other.code().replace('-', " ")) }
            @if let Some(value) = &found.value { ": " (value) }
        }
    }
}

fn share(of: PageHead<'_>) -> Markup {
    html! {
        p { a href=(PageLocation::Below.to(&of.way(View::WhatIf))) { "Link to this page" } " with its changes and nothing else, to be shared." }
    }
}
