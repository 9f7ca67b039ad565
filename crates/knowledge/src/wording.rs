//! The words of advice: every token is known, and no summary can reach 140 characters.

use super::mistake::{Place, Reader};
use domain::advise::conditional_prefix;
use domain::phase::Phase;
use domain::rule::{Advice, Drug, Rule};
use domain::template::{Piece, longest, pieces};

/// The limit of CDS Hooks: a summary has fewer characters.
const SUMMARY_LIMIT: usize = 140;

/// Notes what is wrong with the words of a rule's advice.
pub(super) fn check(rule: &Rule, places: &[Place], reader: &mut Reader<'_>, drug: &Drug) {
    for (advice, place) in rule.advice.iter().zip(places) {
        let texts = advice.texts.iter().map(|text| &text.text);
        for text in [&advice.summary].into_iter().chain(&advice.text).chain(texts) {
            for piece in pieces(text) {
                if let Piece::Token(token) = piece
                    && length(token, advice, rule, drug).is_none()
                {
                    reader.note_word(place, &format!("{{{token}}}"), &format!("unknown token `{{{token}}}`"));
                }
            }
        }
        let longest = worst_case(&advice.summary, advice, rule, drug);
        if longest >= SUMMARY_LIMIT {
            let message = format!("summary can reach {longest} characters; the limit is {} ", SUMMARY_LIMIT - 1);
            reader.note_word(place, "summary", message.trim_end());
        }
        if advice.summary.trim().is_empty() {
            reader.note_word(place, "summary", "the summary is empty");
        }
    }
}

/// The most characters that a summary can have when its tokens are filled in.
fn worst_case(summary: &str, advice: &Advice, rule: &Rule, drug: &Drug) -> usize {
    let words: usize = pieces(summary)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.chars().count(),
            Piece::Token(token) => length(token, advice, rule, drug).unwrap_or(0),
        })
        .sum();
    let prefix = rule.family_of(advice).map_or(0, |f| conditional_prefix(drug, f).chars().count());
    words + prefix
}

/// The most characters that a token can become; `None` for an unknown token.
fn length(token: &str, advice: &Advice, rule: &Rule, drug: &Drug) -> Option<usize> {
    if rule.overview && !advice.in_summary {
        return match token {
            "drug" => Some(drug.name.chars().count()),
            "indication" => drug.indications.iter().map(|i| i.name.chars().count()).max(),
            "phase" => Phase::ALL.iter().map(|phase| phase.in_headline().chars().count()).max(),
            _ => None,
        };
    }
    if token == "unknown" {
        let names = advice.unknown.iter().filter_map(|id| rule.criteria.iter().find(|c| c.id == *id));
        return Some(names.map(|c| c.name.chars().count() + 2).sum::<usize>().saturating_sub(2));
    }
    let (id, word) = token.rsplit_once('.')?;
    rule.criteria.iter().any(|criterion| criterion.id == id).then(|| longest(word))?
}
