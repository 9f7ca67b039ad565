//! How the words of an advice are filled in, from the very values that decided. What comes from the record is kept apart
//! from what the library wrote, so that a writer of Markdown or HTML knows what to escape.

use std::borrow::Cow;

use crate::assess::RuleFindings;
use crate::criteria::Finding;
use crate::rule::{Criterion, Rule};
use crate::template::{Piece, longest, pieces};
use crate::truth::Outcome;
use crate::words::cut;

/// A piece of a template that is filled in.
#[derive(Debug, PartialEq, Eq)]
pub enum Filled<'a> {
    /// Words of the template; in a text, Markdown.
    Written(&'a str),
    /// Words of a finding, as plain text: a writer of Markdown or HTML has to escape them.
    Found(String),
}

impl<'a> Filled<'a> {
    pub(super) fn into_words(self) -> Cow<'a, str> {
        match self {
            Filled::Written(words) => words.into(),
            Filled::Found(words) => words.into(),
        }
    }
}

/// Fills the tokens of a template: `{criterion.value}` and the like, and `{unknown}` for the names of what is unknown.
pub(super) fn fill<'t>(
    template: &'t str,
    rule: &Rule,
    found: &RuleFindings,
    because: &[(&Criterion, &Finding)],
) -> Vec<Filled<'t>> {
    let word = |token: &str| {
        let (id, word) = token.rsplit_once('.')?;
        Some(cut(&word_of(found.get(rule, id)?, word)?, longest(word)?))
    };
    let filled = pieces(template).into_iter().map(|piece| match piece {
        Piece::Text(text) => Filled::Written(text),
        Piece::Token("unknown") => Filled::Found(unknown_names(because)),
        Piece::Token(token) => word(token).map_or(Filled::Written("not stated"), Filled::Found),
    });
    filled.collect()
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
        ("next", _) => finding.words.next.clone().or_else(|| Some("not known".to_owned())),
        ("limit", _) => finding.words.limit.clone(),
        ("ratio", _) => finding.words.ratio.clone().or_else(|| finding.words.value.clone()),
        ("what", _) => finding.words.what.clone(),
        ("status", _) => finding.words.status.map(str::to_owned),
        ("earlier", _) => finding.words.earlier.clone().or_else(|| Some("no earlier result".to_owned())),
        ("reason", Outcome::Unknown(reason)) => Some(finding.words.why.unwrap_or(reason.words()).to_owned()),
        _ => None,
    }
}
