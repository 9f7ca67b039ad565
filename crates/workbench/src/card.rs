//! Cards as an EHR shows them: how urgent, the summary, the detail, the source, what a click would do, and the reasons to
//! override them.

use cds_hooks::card::{Card, SuggestionJson};
use cds_hooks::profile::Profile;
use engine::decide::Decision;
use knowledge::Library;
use knowledge::link::rule_page;
use maud::{Markup, html};
use pages::blocks::blocks;
use pages::html::{code, link};
use pages::shell::PageLocation;

use super::change::{self, Originals};
use super::form;
use super::icon::{Icon, signed};
use super::page_head::{PageHead, View};

/// The decision on the orders of one moment.
#[derive(Debug)]
pub struct Answered<'l> {
    /// The hook.
    pub hook: String,
    /// The moment at which it was decided, in words.
    pub moment: String,
    /// Assessments and cards.
    pub decision: Decision<'l>,
    /// What was odd about the input.
    pub problems: Vec<String>,
}

/// What the page of cards needs besides the cards.
#[derive(Debug, Clone, Copy)]
pub struct Buttons<'a> {
    /// The token of this browser; without it nothing can be sent, and cards have no buttons.
    pub token: Option<&'a str>,
    /// Whether feedback is kept anywhere.
    pub store: bool,
    /// What was just kept: the id of the card, and its outcome.
    pub told: Option<(&'a str, &'a str)>,
}

/// The page of cards.
pub fn page(
    of: PageHead<'_>,
    library: &Library,
    answered: &[Answered<'_>],
    originals: &Originals,
    buttons: Buttons<'_>,
) -> String {
    let content = html! {
        nav.profiles aria-label="As an EHR shows it" {
            span { "As shown by" }
            @for profile in Profile::ALL {
                a href=(PageLocation::Below.to(&of.way_as(View::Cards, profile)))
                    aria-current=[(profile == of.profile).then_some("true")] { (profile.name()) }
            }
        }
        @for one in answered {
            section.answer {
                (moment(one))
                (list(of, library, &one.decision.cards, originals, buttons))
                (odd(&one.problems))
            }
        }
    };
    of.page(View::Cards, content)
}

/// When and for which hook something was decided.
pub fn moment(answered: &Answered<'_>) -> Markup {
    let orders = answered.decision.assessments.len();
    html! {
        p.moment {
            "Judged at " (code(&answered.hook)) " as of " (answered.moment) ": "
            @match orders { 0 => "no order for a drug of the library", 1 => "one order", n => { (n) " orders" } }
            @if orders > 0 {
                ", "
                @match answered.decision.cards.len() { 0 => "no card", 1 => "one card", n => { (n) " cards" } }
            }
            "."
        }
    }
}

/// The cards, the most urgent first.
pub fn list(
    of: PageHead<'_>,
    library: &Library,
    cards: &[Card],
    originals: &Originals,
    buttons: Buttons<'_>,
) -> Markup {
    html! {
        @if cards.is_empty() {
            p.empty { (signed(Icon::Good, "No card")) " The service answers, and has nothing to say." }
        }
        @for card in cards { (one(of, library, card, originals, buttons)) }
    }
}

/// One card.
fn one(of: PageHead<'_>, library: &Library, card: &Card, originals: &Originals, buttons: Buttons<'_>) -> Markup {
    let id = format!("card-{}", card.uuid);
    let heading = format!("{id}-summary");
    let sign = Icon::of(card.indicator);
    let told = buttons.told.filter(|(uuid, _)| *uuid == card.uuid.to_string());
    html! {
        article.card.(card.indicator.code()) id=(id) aria-labelledby=(heading) {
            p.degree { (signed(sign, degree(sign))) }
            h2 id=(heading) { (card.summary) }
            @if let Some((_, outcome)) = told {
                p.told role="status" { (sign_of(outcome)) " " (kept(outcome)) }
            }
            div.detail { (blocks(&card.detail)) }
            p.source {
                "Source: "
                @match &card.source.url { Some(url) => (link(url, &card.source.label)), None => (card.source.label) }
            }
            @if !card.suggestions.is_empty() {
                h3 { "Suggestions" }
                @for suggestion in &card.suggestions { (suggested(of, card, suggestion, originals, buttons)) }
            }
            (overridden(of, card, buttons))
            p.ways {
                @if let Some(page) = page_of(library, &card.rule) {
                    a href=(PageLocation::Below.handbook(&page)) { "The rule in the handbook" }
                }
                a href=(format!("{}#{}", PageLocation::Below.to(&of.way(View::Why)), card.rule)) { "Why this card" }
            }
        }
    }
}

/// The words of a degree of urgency.
pub fn degree(sign: Icon) -> &'static str {
    match sign {
        Icon::Stop => "Critical",
        Icon::Check => "Warning",
        _ => "Information",
    }
}

/// The page of a rule in the handbook.
pub fn page_of(library: &Library, rule: &str) -> Option<String> {
    let drug = library.drugs.iter().find(|drug| drug.rules.iter().any(|one| one.id == rule))?;
    Some(rule_page(&drug.id, rule))
}

fn suggested(
    of: PageHead<'_>,
    card: &Card,
    suggestion: &SuggestionJson,
    originals: &Originals,
    buttons: Buttons<'_>,
) -> Markup {
    html! {
        div.suggestion {
            @if let Some(token) = buttons.token {
                form method="post" action=(PageLocation::Below.to("workbench/feedback")) {
                    (form::token(token)) (of.fields())
                    (form::hidden("card", &card.uuid.to_string()))
                    (form::hidden("suggestion", &suggestion.uuid.to_string()))
                    button.accept disabled[!buttons.store] { (suggestion.label) }
                }
            } @else {
                p.button { (suggestion.label) }
            }
            details {
                summary { "What it would change" }
                @for action in &suggestion.actions { (change::action(action, originals)) }
            }
        }
    }
}

fn overridden(of: PageHead<'_>, card: &Card, buttons: Buttons<'_>) -> Markup {
    let field = format!("reason-{}", card.uuid);
    html! {
        @if let Some(token) = buttons.token {
            form.override method="post" action=(PageLocation::Below.to("workbench/feedback")) {
                (form::token(token)) (of.fields())
                (form::hidden("card", &card.uuid.to_string()))
                label for=(field) { "Go on all the same, because" }
                select id=(field) name="reason" {
                    option value="" { "no reason given" }
                    @for reason in &card.override_reasons { option value=(reason.code) { (reason.display) } }
                }
                button disabled[!buttons.store] { "Override" }
                @if !buttons.store { p.note { "Nothing can be sent: this service keeps no feedback (setting store.url)." } }
            }
        } @else if !card.override_reasons.is_empty() {
            p.reasons {
                "Reasons to go on: "
                @for (at, reason) in card.override_reasons.iter().enumerate() { @if at > 0 { "; " } (reason.display) }
            }
        }
    }
}

fn sign_of(outcome: &str) -> Markup {
    match outcome {
        "accepted" | "overridden" => Icon::Good.shape(),
        _ => Icon::Check.shape(),
    }
}

fn kept(outcome: &str) -> &'static str {
    match outcome {
        "accepted" => "Accepted. The feedback is in the store of this service, under the client `workbench`.",
        "overridden" => "Overridden. The feedback is in the store of this service, under the client `workbench`.",
        _ => "The feedback could not be kept; the log of the service says why.",
    }
}

/// What was odd about the input, for an integrator.
pub fn odd(problems: &[String]) -> Markup {
    html! {
        @if !problems.is_empty() {
            details.odd {
                summary { "What was odd about the input (" (problems.len()) ")" }
                ul { @for problem in problems { li { (problem) } } }
            }
        }
    }
}
