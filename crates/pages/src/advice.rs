//! What a rule says: when each of its advice applies, its words, and the pinned card that shows it.

use maud::{Markup, Render, html};

use super::blocks::blocks;
use super::cases::badge;
use super::html::{joined, link, list};
use super::words::{self, indication, phases, reasons};
use super::{Site, section};
use domain::advise::conditional_prefix;
use domain::hook::Hook;
use domain::rule::{Advice, Drug, Rule, TextFor};
use domain::template::{Piece, pieces};
use knowledge::cases::{CardWords, Case, ExpectedCard};
use text::{Block, Inline, plain, read};

/// Everything that a rule may say.
pub fn said(site: &Site<'_>, drug: &Drug, rule: &Rule) -> Markup {
    let cases = site.cases_of(drug, rule);
    let mut shown: Vec<&str> = Vec::new();
    let said = html! {
        p { (intro(rule)) }
        @for (position, advice) in rule.advice.iter().enumerate() {
            article id={ "advice-" (position + 1) } {
                h3 { (badge(advice.indicator.code())) " " (position + 1) ". " (tokens(&advice.summary, rule)) }
                h4 { "Speaks when" }
                (when(advice, rule, drug))
                @for text in &advice.texts {
                    h4 { "Adds " (uses(text, drug)) }
                    (blocks(&read(&tokens(&text.text, rule))))
                }
                @if let Some(words) = &advice.text {
                    h4 { @if advice.texts.is_empty() { "Adds" } @else { "Adds otherwise" } }
                    (blocks(&read(&tokens(words, rule))))
                }
                (offers(advice, rule))
                (example(advice, rule, drug, &cases, &mut shown))
            }
        }
    };
    section("says", "What it says", said)
}

fn offers(advice: &Advice, rule: &Rule) -> Markup {
    let offers = rule.suggestions.iter().filter(|suggestion| advice.suggest.contains(&suggestion.id));
    let offers: Vec<Markup> = offers.map(|suggestion| suggestion.label.render()).collect();
    html! { @if !offers.is_empty() { h4 { "Offers" } (list(&offers)) } }
}

fn intro(rule: &Rule) -> &'static str {
    match (rule.overview, rule.advice.len()) {
        (true, _) => {
            "One card for every order that the rule concerns: what was decided, what speaks, what is not known and why, in \
             at most 900 characters. Of several advices the first that concerns the use speaks."
        }
        (false, 1) => "One card at most for an order. Words between ‹ and › are filled from the values that decided.",
        (false, _) => {
            "One card at most for an order. The most urgent advice gives its headline, the earlier one where two are \
             alike; the others follow inside it. Words between ‹ and › are filled from the values that decided."
        }
    }
}

/// The orders for which a text is meant.
fn uses(text: &TextFor, drug: &Drug) -> String {
    let route = |id: &String| drug.routes.iter().find(|route| route.id == *id).map_or(id, |route| &route.shown).clone();
    let routes: Vec<String> = text.routes.iter().map(route).collect();
    let names: Vec<String> = text.indications.iter().map(|id| indication(drug, id)).collect();
    let words = [words::joined(&routes, "or"), words::joined(&names, "or")];
    let words: Vec<String> = words.into_iter().filter(|words| !words.is_empty()).collect();
    format!("for orders: {}", words.join(", "))
}

/// The conditions of an advice, all of which must hold.
fn when(advice: &Advice, rule: &Rule, drug: &Drug) -> Markup {
    let findings = |ids: &[String], word: &str| {
        let findings = ids.iter().map(|id| {
            let finding = rule.criteria.iter().find(|c| c.id == *id).map_or(id, |c| &c.finding);
            link(&format!("#{id}"), finding)
        });
        joined(findings, word)
    };
    let mut all = Vec::new();
    if !advice.met.is_empty() {
        all.push(html! { "met: " (findings(&advice.met, " – and – ")) });
    }
    if !advice.not_met.is_empty() {
        all.push(html! { "shown not to be met: " (findings(&advice.not_met, " – and – ")) });
    }
    if !advice.unknown.is_empty() {
        all.push(html! {
            @if advice.unknown.len() > 1 { "unknown, at least one of: " } @else { "unknown: " }
            (findings(&advice.unknown, " – or – ")) " (" (reasons(&advice.reasons)) (cited(advice.cited)) ")"
        });
    }
    if !advice.unless_met.is_empty() {
        all.push(html! { "but not where this is met: " (findings(&advice.unless_met, " – or – ")) });
    }
    if !advice.phases.is_empty() {
        all.push(phases(&advice.phases).render());
    }
    if !advice.indications.is_empty() {
        let uses: Vec<String> = advice.indications.iter().map(|id| drug.indication_name(id).to_owned()).collect();
        all.push(html! { "for " (words::joined(&uses, "or")) " only" });
    }
    if advice.in_summary {
        all.push(html! { "as a line of the card of the whole assessment, without a card of its own" });
    }
    if !advice.hooks.is_empty() {
        let hooks: Vec<&str> = advice.hooks.iter().map(Hook::name).collect();
        all.push(html! { "at " (hooks.join(" and ")) " only" });
    }
    let named = |ids: &[String]| words::joined(&ids.iter().map(|id| indication(drug, id)).collect::<Vec<_>>(), "or");
    if !advice.indications.is_empty() {
        all.push(html! { "for " (named(&advice.indications)) " only" });
    }
    if !advice.except.is_empty() {
        all.push(html! { "not for " (named(&advice.except)) });
    }
    if all.is_empty() {
        html! { p { "always" } }
    } else {
        list(&all)
    }
}

/// A template with its tokens as words for a reader: "neutrophils ‹value› are below ‹limit›".
pub fn tokens(template: &str, rule: &Rule) -> String {
    let mut text = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(words) => text.push_str(words),
            Piece::Token("unknown") => text.push_str("‹what is not known›"),
            Piece::Token(token) if rule.overview => text.push_str(&format!("‹{token}›")),
            Piece::Token(token) => {
                let word = token.rsplit_once('.').map_or(token, |(_, word)| word);
                let word = match word {
                    "what" => "record",
                    "reason" => "why it is not known",
                    "ratio" => "multiple of the limit",
                    other => other,
                };
                text.push_str(&format!("‹{word}›"));
            }
        }
    }
    text
}

/// The first pinned card that this advice heads, or else stands inside; a card that is shown already is linked to.
fn example<'a>(
    advice: &Advice,
    rule: &Rule,
    drug: &Drug,
    cases: &[(String, &'a Case)],
    shown: &mut Vec<&'a str>,
) -> Markup {
    let heads = |card: &CardWords| card.indicator == advice.indicator.code() && says(advice, rule, drug, &card.summary);
    let inside = |card: &CardWords| {
        let detail = card.detail.as_deref().map(read).unwrap_or_default();
        detail.iter().any(|block| match block {
            Block::Paragraph(words) if matches!(words.first(), Some(Inline::Strong(_))) => {
                says(advice, rule, drug, &plain(words))
            }
            _ => false,
        })
    };
    let with_card = |test: &dyn Fn(&CardWords) -> bool| {
        cases.iter().find_map(|(anchor, case)| match &case.card {
            Some(ExpectedCard::Card(words)) if words.detail.is_some() && test(words) => Some((anchor, *case, words)),
            _ => None,
        })
    };
    let Some((anchor, case, words)) = with_card(&heads).or_else(|| with_card(&inside)) else {
        return html! { p.unverified { "No case shows a card with this advice." } };
    };
    let of_case = html! { "Card of the case " (link(&format!("#{anchor}"), format_args!("“{}”", case.name))) };
    if shown.contains(&case.name.as_str()) {
        return html! { p { (of_case) ", shown above." } };
    }
    shown.push(&case.name);
    html! { figure { figcaption { (of_case) } (card(words)) } }
}

/// Whether a summary is this advice's, with its tokens filled in.
fn says(advice: &Advice, rule: &Rule, drug: &Drug, summary: &str) -> bool {
    let prefix = rule.family_of(advice).map(|family| conditional_prefix(drug, family));
    let bare = prefix.and_then(|prefix| summary.strip_prefix(&prefix)).unwrap_or(summary);
    fills(&advice.summary, bare)
}

/// Whether a record must be cited for what is unknown, or must not.
fn cited(cited: Option<bool>) -> &'static str {
    match cited {
        None => "",
        Some(true) => "; where a record is cited for it",
        Some(false) => "; where no record is cited for it",
    }
}

/// Whether a text is this template with its tokens filled in.
fn fills(template: &str, text: &str) -> bool {
    let mut rest = text;
    let mut open = false;
    for piece in pieces(template) {
        match piece {
            Piece::Token(_) => open = true,
            Piece::Text(words) => {
                let at = if open { rest.find(words) } else { rest.starts_with(words).then_some(0) };
                let Some(at) = at else { return false };
                rest = &rest[at + words.len()..];
                open = false;
            }
        }
    }
    open || rest.is_empty()
}

/// A card as a clinician sees it.
fn card(words: &CardWords) -> Markup {
    let detail = words.detail.as_deref().unwrap_or_default();
    let pinned = detail.strip_suffix('…');
    // A table that breaks off shows nothing.
    let whole =
        pinned.map(|beginning| beginning.rfind("\n\n|").and_then(|at| beginning.get(..at)).unwrap_or(beginning));
    html! {
        div class={ "card " (words.indicator) } {
            p.summary { (badge(&words.indicator)) " " (words.summary) }
            (blocks(&read(whole.unwrap_or(detail))))
            @if pinned.is_some() {
                p.note { "The card goes on with what was found; the case pins it up to here." }
            }
            @if !words.suggestions.is_empty() {
                ul.buttons aria-label="Suggestions" {
                    @for label in &words.suggestions { li.button { (label) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fills;

    #[test]
    fn a_summary_is_known_by_its_template() {
        for (template, text, same) in [
            ("Stop: {a.value} is below {a.limit}", "Stop: 400/µL is below 500/µL", true),
            ("Stop: {a.value} is below {a.limit}", "Hold: 400/µL is below 500/µL", false),
            ("{a.value}: no indication", "Tyenne: no indication", true),
            ("{a.value}: no indication", "Tyenne: no indication seen", false),
            ("Order ({unknown}): enter it", "Order (dose, route): enter it", true),
            ("plain", "plain", true),
        ] {
            assert_eq!(fills(template, text), same, "{template} / {text}");
        }
    }
}
