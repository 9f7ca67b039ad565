//! What a rule says of its findings: at most one card, the most urgent advice first, words filled in from the
//! very values that decided.

use super::assess::{Assessment, RuleFindings};
use super::criteria::Finding;
use super::fact::{Facts, Source};
use super::hook::Hook;
use super::phase::Phase;
use super::rule::{Advice, Criterion, Drug, Indicator, Rule, Suggestion};
use super::truth::{Outcome, Reason};

/// What one rule says of one order.
#[derive(Debug)]
pub struct Advised<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// How urgent the card is.
    pub indicator: Indicator,
    /// The one-line summary.
    pub summary: String,
    /// Each thing said, the most urgent first.
    pub points: Vec<Point<'a>>,
    /// What is offered, in the order of the rule.
    pub suggestions: Vec<&'a Suggestion>,
    /// What would be offered, but stands already among the orders.
    pub pending: Vec<(&'a Suggestion, Source)>,
    /// Whether a new start was only assumed.
    pub start_assumed: bool,
}

/// One thing said.
#[derive(Debug)]
pub struct Point<'a> {
    /// How urgent it is.
    pub indicator: Indicator,
    /// Its summary; the first one is also the card's.
    pub summary: String,
    /// A sentence or two.
    pub text: Option<String>,
    /// The criteria that made it speak, with what was found.
    pub because: Vec<(&'a Criterion, &'a Finding)>,
}

/// Longest words that a token may become; `check` counts with them, and longer ones are cut.
pub const LONGEST: [(&str, usize); 6] =
    [("value", 16), ("date", 11), ("limit", 17), ("what", 40), ("ratio", 20), ("reason", 40)];

/// What the rule says, or `None` when it is silent.
pub fn advise<'a>(
    drug: &'a Drug,
    rule: &'a Rule,
    found: &'a RuleFindings,
    assessment: &Assessment,
    facts: &Facts,
    hook: &Hook,
) -> Option<Advised<'a>> {
    if !found.applies || rule.overview {
        return None;
    }
    let conditional = assessment.indication.conditional && rule.applies.family.is_some();
    let mut speaking: Vec<(&Advice, Vec<(&Criterion, &Finding)>)> = rule
        .advice
        .iter()
        .filter_map(|advice| Some((advice, speaks(advice, rule, found, assessment.phase, hook)?)))
        .collect();
    speaking.sort_by_key(|(advice, _)| advice.indicator);
    let points: Vec<Point<'_>> = speaking
        .iter()
        .map(|(advice, because)| point(drug, rule, advice, because.clone(), found, conditional))
        .collect();
    let (suggestions, pending) = offered(rule, &speaking, facts);
    Some(Advised {
        rule,
        indicator: points.first()?.indicator,
        summary: points.first()?.summary.clone(),
        points,
        suggestions,
        pending,
        start_assumed: assessment.phase == Phase::Undetermined && !rule.applies.phases.is_empty(),
    })
}

/// The criteria that make the advice speak, or `None` when it does not.
fn speaks<'a>(
    advice: &Advice,
    rule: &'a Rule,
    found: &'a RuleFindings,
    phase: Phase,
    hook: &Hook,
) -> Option<Vec<(&'a Criterion, &'a Finding)>> {
    let outcome = |id: &String| found.get(rule, id).map(|finding| finding.outcome);
    let audible = !rule.silent || advice.indicator == Indicator::Critical;
    let here = audible
        && (advice.phases.is_empty() || advice.phases.contains(&phase))
        && (advice.hooks.is_empty() || advice.hooks.contains(hook))
        && advice.met.iter().all(|id| outcome(id) == Some(Outcome::Met))
        && !advice.unless_met.iter().any(|id| outcome(id) == Some(Outcome::Met))
        && advice.not_met.iter().all(|id| outcome(id) == Some(Outcome::NotMet));
    let counts = |reason: &Reason| advice.reasons.is_empty() || advice.reasons.contains(reason);
    let unknown: Vec<&String> = advice
        .unknown
        .iter()
        .filter(|id| matches!(outcome(id), Some(Outcome::Unknown(reason)) if counts(&reason)))
        .collect();
    if !here || (unknown.is_empty() && !advice.unknown.is_empty()) {
        return None;
    }
    let because = advice.met.iter().chain(&advice.not_met).chain(unknown);
    Some(
        because
            .filter_map(|id| {
                let criterion = rule.criteria.iter().find(|criterion| criterion.id == *id)?;
                Some((criterion, found.get(rule, id)?))
            })
            .collect(),
    )
}

fn point<'a>(
    drug: &Drug,
    rule: &Rule,
    advice: &Advice,
    because: Vec<(&'a Criterion, &'a Finding)>,
    found: &RuleFindings,
    conditional: bool,
) -> Point<'a> {
    let summary = fill(&advice.summary, rule, found, &because, str::to_owned);
    let text = advice.text.as_deref().map(|text| fill(text, rule, found, &because, markdown));
    let family = rule.applies.family.as_deref().unwrap_or_default();
    let (indicator, summary) = if conditional {
        // The purpose is not proven, so nothing that rests on it can be.
        (advice.indicator.max(Indicator::Warning), format!("{}{summary}", conditional_prefix(drug, family)))
    } else {
        (advice.indicator, summary)
    };
    Point { indicator, summary, text, because }
}

/// What stands before a summary when the order's purpose is only a possibility.
pub fn conditional_prefix(drug: &Drug, family: &str) -> String {
    let name = drug.indications.iter().find(|i| i.id == family).map_or(family, |i| i.name.as_str());
    format!("If for {name}: ")
}

/// What is offered, and what stands already among the orders.
fn offered<'a>(
    rule: &'a Rule,
    speaking: &[(&Advice, Vec<(&'a Criterion, &'a Finding)>)],
    facts: &Facts,
) -> (Vec<&'a Suggestion>, Vec<(&'a Suggestion, Source)>) {
    let wanted = rule.suggestions.iter().filter(|suggestion| {
        speaking.iter().any(|(advice, because)| {
            advice.suggest.contains(&suggestion.id)
                && (suggestion.criteria.is_empty() || because.iter().any(|(c, _)| suggestion.criteria.contains(&c.id)))
        })
    });
    let mut suggestions = Vec::new();
    let mut pending = Vec::new();
    for suggestion in wanted {
        let ordered =
            suggestion.unless_ordered.as_ref().and_then(|concept| facts.ordered.iter().find(|o| o.concept == *concept));
        match ordered {
            Some(ordered) => pending.push((suggestion, ordered.source.clone())),
            None => suggestions.push(suggestion),
        }
    }
    (suggestions, pending)
}

/// Fills the tokens of a template: `{criterion.value}` and the like, and `{unknown}` for the names of those not known.
fn fill(
    template: &str,
    rule: &Rule,
    found: &RuleFindings,
    because: &[(&Criterion, &Finding)],
    escape: fn(&str) -> String,
) -> String {
    let mut filled = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Token("unknown") => filled.push_str(&unknown_names(because)),
            Piece::Token(token) => {
                let word = token.rsplit_once('.').and_then(|(id, word)| {
                    let finding = found.get(rule, id)?;
                    Some(escape(&cut(&word_of(finding, word)?, longest(word)?)))
                });
                filled.push_str(word.as_deref().unwrap_or("not stated"));
            }
        }
    }
    filled
}

fn unknown_names(because: &[(&Criterion, &Finding)]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (criterion, finding) in because {
        if matches!(finding.outcome, Outcome::Unknown(_)) && !names.contains(&criterion.name.as_str()) {
            names.push(&criterion.name);
        }
    }
    names.join(", ")
}

fn word_of(finding: &Finding, word: &str) -> Option<String> {
    match (word, finding.outcome) {
        ("value", _) => finding.words.value.clone(),
        ("date", _) => finding.words.date.clone().or_else(|| Some("undated".to_owned())),
        ("limit", _) => finding.words.limit.clone(),
        ("ratio", _) => finding.words.ratio.clone().or_else(|| finding.words.value.clone()),
        ("what", _) => finding.words.what.clone(),
        ("reason", Outcome::Unknown(reason)) => Some(reason.words().to_owned()),
        _ => None,
    }
}

/// The longest words that a token may become.
pub fn longest(word: &str) -> Option<usize> {
    LONGEST.iter().find(|(name, _)| *name == word).map(|(_, length)| *length)
}

/// Text on one line, cut to so many characters as clients count them (UTF-16 units).
pub fn cut(text: &str, length: usize) -> String {
    let one_line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned();
    if one_line.encode_utf16().count() <= length {
        return one_line;
    }
    let mut room = length.saturating_sub(1);
    let kept: String = one_line
        .chars()
        .take_while(|c| {
            let fits = c.len_utf16() <= room;
            room = room.saturating_sub(c.len_utf16());
            fits
        })
        .collect();
    format!("{}…", kept.trim_end())
}

/// Words of the record as Markdown that shows them and nothing more.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '`' | '!') {
            escaped.push('\\');
        }
        escaped.push(if c.is_control() { ' ' } else { c });
    }
    // Addresses would turn into links by themselves.
    escaped.replace("://", "\\://").replace("www.", "www\\.").replace('@', "\\@")
}

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words that stay.
    Text(&'a str),
    /// What stands between braces.
    Token(&'a str),
}

/// The pieces of a template; a brace without its partner stays as it is.
pub fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut rest = template;
    let mut pieces = Vec::new();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((token, after)) = after.split_once('}') else { break };
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Token(token));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{Piece, cut, pieces};

    #[test]
    fn templates_fall_into_pieces() {
        assert_eq!(pieces("a {b.c} d{e"), [Piece::Text("a "), Piece::Token("b.c"), Piece::Text(" d{e")]);
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(cut("Infected\nulcer of skin", 10), "Infected…");
        assert_eq!(cut("short", 10), "short");
    }
}
