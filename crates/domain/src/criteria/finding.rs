//! What was found of a criterion: its outcome, the records it rests on, and the words that a card may take from them.

use crate::assess::Subject;
use crate::fact::Source;
use crate::rule::Rule;
use crate::truth::Outcome;

/// What was found of one criterion.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The outcome.
    pub outcome: Outcome,
    /// The records it rests on, the decisive ones first.
    pub evidence: Vec<Source>,
    /// Words for the card, from the very values that decided.
    pub words: Words,
}

/// Words for a card, from the values that decided.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The value in the canonical unit: "1,900/µL".
    pub value: Option<String>,
    /// The date: "10 Nov 2026".
    pub date: Option<String>,
    /// The limit: "2,000/µL".
    pub limit: Option<String>,
    /// The limit or the two ends of the band, as a phrase: "limit 2,000/µL".
    pub range: Option<String>,
    /// The value as a multiple of its upper limit.
    pub ratio: Option<String>,
    /// The status of the deciding result: "preliminary".
    pub status: Option<&'static str>,
    /// The last final result before it, where it is not final or cannot be read: "4,200/µL on 10 Nov 2026".
    pub earlier: Option<String>,
    /// The date on which the next dose is due by the deciding record.
    pub next: Option<String>,
    /// The name of the deciding record.
    pub what: Option<String>,
    /// The age of the deciding record in days.
    pub age_days: Option<i64>,
    /// The window in days that the record was compared with.
    pub window_days: Option<i64>,
    /// In a few words, why it is not known, where the words of the reason do not fit.
    pub why: Option<&'static str>,
    /// In a few words, why the part of the record it rests on could not be retrieved.
    pub cause: Option<&'static str>,
}

/// The most records that one finding cites. No reader needs more, and an answer must not grow with what a sender
/// repeats.
const MOST_CITED: usize = 100;

impl Finding {
    /// An outcome that rests on no record.
    pub fn bare(outcome: Outcome) -> Finding {
        Finding { outcome, evidence: Vec::new(), words: Words::default() }
    }

    /// An outcome with its records, each cited once; the first gives date and name.
    pub fn of(outcome: Outcome, evidence: Vec<Source>, subject: &Subject<'_>) -> Finding {
        let evidence = each_once(evidence);
        let first = evidence.first();
        let words = Words {
            what: first.map(|source| source.received.clone()),
            date: first.and_then(|s| s.effective.as_ref()).map(|when| when.shown()),
            age_days: first.and_then(|s| s.effective.as_ref()).map(|when| subject.clock.days_since(when).0),
            ..Words::default()
        };
        Finding { outcome, evidence, words }
    }
}

/// The first records of a list, each once: one record can show a finding in several ways.
fn each_once(all: Vec<Source>) -> Vec<Source> {
    let mut cited: Vec<Source> = Vec::with_capacity(all.len().min(MOST_CITED));
    for source in all {
        if cited.len() == MOST_CITED {
            break;
        }
        if !cited.contains(&source) {
            cited.push(source);
        }
    }
    cited
}

/// The findings of the criteria that come before one in its rule.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// The findings so far, in the order of its criteria.
    pub findings: &'a [Finding],
}

impl<'a> Earlier<'a> {
    /// The finding of the criterion with this id, if it comes before.
    pub(super) fn get(self, id: &str) -> Option<&'a Finding> {
        self.findings.get(self.rule.criteria.iter().position(|criterion| criterion.id == id)?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, MOST_CITED};
    use crate::testing::{order, source, with_subject};
    use crate::truth::Outcome;

    #[test]
    fn the_first_record_gives_the_words_and_no_finding_cites_too_many() {
        let many: Vec<_> = (0..=MOST_CITED).map(|at| source("Observation", &at.to_string(), "2026-11-10")).collect();
        let found = with_subject(&[], &order(), None, |subject| Finding::of(Outcome::Met, many, subject));
        assert_eq!(found.evidence.len(), MOST_CITED);
        let words = found.words;
        assert_eq!((words.what.as_deref(), words.date.as_deref()), (Some("0"), Some("10 Nov 2026")));
        assert_eq!((words.age_days, words.value), (Some(12), None));
        let twice = vec![source("Observation", "5", "2026-11-10"), source("Observation", "5", "2026-11-10")];
        let found = with_subject(&[], &order(), None, |subject| Finding::of(Outcome::Met, twice, subject));
        assert_eq!(found.evidence.len(), 1, "a record is cited once");
        let partial = vec![source("Observation", "5", "2026-10")];
        let found = with_subject(&[], &order(), None, |subject| Finding::of(Outcome::Met, partial, subject));
        assert_eq!((found.words.age_days, found.words.date.as_deref()), (Some(22), Some("Oct 2026")));
    }
}
