//! What a rule says: when each of its advices speaks, its words, and the pinned card that shows it.

use super::cases::badge;
use super::html::{Html, el, link, list, with};
use super::markdown::{plain, render};
use super::words::{phases, reasons};
use super::{Site, section};
use domain::advise::{Piece, conditional_prefix, pieces};
use domain::hook::Hook;
use domain::rule::{Advice, Drug, Rule};
use knowledge::cases::{CardWords, Case, ExpectedCard};

/// Everything that a rule may say.
pub fn said(site: &Site<'_>, drug: &Drug, rule: &Rule) -> Html {
    let cases = site.cases_of(drug, rule);
    let mut shown: Vec<&str> = Vec::new();
    let mut parts = vec![el("p", intro(rule))];
    for (position, advice) in rule.advice.iter().enumerate() {
        let title = format!("{}. {}", position + 1, tokens(&advice.summary, rule));
        let mut body = vec![
            el("h3", badge(advice.indicator.code()).and(" ").and(title)),
            el("h4", "Speaks when"),
            when(advice, rule),
        ];
        if let Some(text) = &advice.text {
            body.push(el("h4", "Adds"));
            body.push(render(&tokens(text, rule)));
        }
        let offers: Vec<Html> =
            rule.suggestions.iter().filter(|s| advice.suggest.contains(&s.id)).map(|s| Html::from(&s.label)).collect();
        if !offers.is_empty() {
            body.push(el("h4", "Offers"));
            body.push(list(offers));
        }
        body.push(example(advice, rule, drug, &cases, &mut shown));
        parts.push(with("article", &[("id", &format!("advice-{}", position + 1))], body));
    }
    section("says", "What it says", parts)
}

fn intro(rule: &Rule) -> &'static str {
    match (rule.overview, rule.advice.len()) {
        (true, _) => "One card for every order that the rule concerns, with the whole assessment as a table.",
        (false, 1) => "One card at most for an order. Words between ‹ and › are filled from the values that decided.",
        (false, _) => {
            "One card at most for an order. The most urgent advice gives its headline, the earlier one where two are \
             alike; the others follow inside it. Words between ‹ and › are filled from the values that decided."
        }
    }
}

/// The conditions of an advice, all of which must hold.
fn when(advice: &Advice, rule: &Rule) -> Html {
    let findings = |ids: &[String], word: &str| {
        let findings = ids.iter().map(|id| {
            let finding = rule.criteria.iter().find(|c| c.id == *id).map_or(id, |c| &c.finding);
            link(&format!("#{id}"), finding)
        });
        Html::joined(findings, word)
    };
    let mut all = Vec::new();
    if !advice.met.is_empty() {
        all.push(Html::from("met: ").and(findings(&advice.met, " – and – ")));
    }
    if !advice.not_met.is_empty() {
        all.push(Html::from("shown not to be met: ").and(findings(&advice.not_met, " – and – ")));
    }
    if !advice.unknown.is_empty() {
        let word = if advice.unknown.len() > 1 { "unknown, at least one of: " } else { "unknown: " };
        let why = format!(" ({})", reasons(&advice.reasons));
        all.push(Html::from(word).and(findings(&advice.unknown, " – or – ")).and(why));
    }
    if !advice.unless_met.is_empty() {
        all.push(Html::from("but not where this is met: ").and(findings(&advice.unless_met, " – or – ")));
    }
    if !advice.phases.is_empty() {
        all.push(Html::from(phases(&advice.phases)));
    }
    if !advice.hooks.is_empty() {
        let hooks: Vec<&str> = advice.hooks.iter().map(Hook::name).collect();
        all.push(Html::from(format!("at {} only", hooks.join(" and "))));
    }
    if all.is_empty() { el("p", "always") } else { list(all) }
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
) -> Html {
    let heads = |card: &CardWords| card.indicator == advice.indicator.code() && says(advice, rule, drug, &card.summary);
    let inside = |card: &CardWords| {
        card.detail
            .iter()
            .flat_map(|d| d.lines())
            .any(|line| line.starts_with("**") && says(advice, rule, drug, &plain(line)))
    };
    let with_card = |test: &dyn Fn(&CardWords) -> bool| {
        cases.iter().find_map(|(anchor, case)| match &case.card {
            Some(ExpectedCard::Card(words)) if words.detail.is_some() && test(words) => Some((anchor, *case, words)),
            _ => None,
        })
    };
    let Some((anchor, case, words)) = with_card(&heads).or_else(|| with_card(&inside)) else {
        return with("p", &[("class", "unverified")], "No case shows a card with this advice.");
    };
    let of_case = Html::from("Card of the case ").and(link(&format!("#{anchor}"), format!("“{}”", case.name)));
    if shown.contains(&case.name.as_str()) {
        return el("p", of_case.and(", shown above."));
    }
    shown.push(&case.name);
    with("figure", &[], el("figcaption", of_case).and(card(words)))
}

/// Whether a summary is this advice's, with its tokens filled in.
fn says(advice: &Advice, rule: &Rule, drug: &Drug, summary: &str) -> bool {
    let prefix = rule.applies.family.as_deref().map(|family| conditional_prefix(drug, family));
    let bare = prefix.and_then(|prefix| summary.strip_prefix(&prefix)).unwrap_or(summary);
    fills(&advice.summary, bare)
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
fn card(words: &CardWords) -> Html {
    let mut parts = vec![with("p", &[("class", "summary")], badge(&words.indicator).and(" ").and(&words.summary))];
    let detail = words.detail.as_deref().unwrap_or_default();
    match detail.strip_suffix('…') {
        None => parts.push(render(detail)),
        Some(beginning) => {
            // A table that breaks off shows nothing.
            let whole = beginning.rfind("\n\n|").and_then(|at| beginning.get(..at)).unwrap_or(beginning);
            parts.push(render(whole));
            parts.push(with(
                "p",
                &[("class", "note")],
                "The card goes on with what was found; the case pins it up to here.",
            ));
        }
    }
    if !words.suggestions.is_empty() {
        let labels = words.suggestions.iter().map(|label| with("li", &[("class", "button")], label));
        parts.push(with("ul", &[("class", "buttons"), ("aria-label", "Suggestions")], labels.collect::<Vec<_>>()));
    }
    with("div", &[("class", &format!("card {}", words.indicator))], parts)
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
