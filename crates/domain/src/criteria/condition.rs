//! Conditions on record.
//!
//! A problem list is not a denial: a condition that is not recorded is unknown. Only a refuted entry denies it, or
//! another condition that rules it out.

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names};
use crate::assess::Subject;
use crate::fact::{ConceptId, Condition, Presence, Source};
use crate::time::Age;
use crate::truth::{Outcome, Reason};
use crate::words::days;

/// A condition on record.
#[derive(Debug)]
pub struct RecordedCondition {
    /// Which condition.
    pub concept: ConceptId,
    /// Whether only an active one counts.
    pub active: bool,
    /// A condition that rules this one out when it is on record.
    pub unless: Option<ConceptId>,
    /// The age in days after which an entry may just never have been closed. Where all entries are older, the criterion
    /// is unknown.
    pub within_days: Option<i64>,
}

impl CriterionKind for RecordedCondition {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let mut shown = with(&self.concept, Presence::Active, subject);
        if !self.active {
            shown.extend(with(&self.concept, Presence::Past, subject));
        }
        let old = |source: &Source| match (&source.effective, self.within_days) {
            (Some(when), Some(days)) => subject.clock.age(when, days) == Age::Older,
            _ => false,
        };
        shown.sort_by_key(old);
        if shown.first().is_some_and(old) {
            let mut finding = Finding::of(Outcome::Unknown(Reason::Stale), shown, subject);
            finding.words.window_days = self.within_days;
            return finding;
        }
        let mut denied = with(&self.concept, Presence::Denied, subject);
        denied.extend(self.unless.iter().flat_map(|other| with(other, Presence::Active, subject)));
        by_presence(subject.facts.gaps.get(&self.concept).copied(), shown, denied, subject)
    }

    fn concepts(&self) -> Vec<&ConceptId> {
        [&self.concept].into_iter().chain(&self.unless).collect()
    }

    fn window(&self) -> Option<i64> {
        self.within_days
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        self.within_days.as_mut()
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let name = names.concept(&self.concept);
        let mut explanation = Explanation::new(
            match self.active {
                true => format!("an active entry for {name}; one without a status counts as active"),
                false => format!("an entry for {name}, active or past"),
            },
            "an entry that refutes it",
            "none recorded: a problem list is no denial",
        );
        if let Some(within) = self.within_days {
            explanation.met.push(format!("not older than {}", days(within)));
            let old = format!("only entries older than {}, which were perhaps never closed", days(within));
            explanation.unknown.push(old);
        }
        if let Some(other) = &self.unless {
            explanation.not_met.push(format!("or an active entry for {}", names.concept(other)));
        }
        explanation
    }

    fn must_show(&self) -> &'static [&'static str] {
        EVERY_OUTCOME
    }

    fn is_of_order(&self) -> bool {
        false
    }
}

fn with(concept: &str, presence: Presence, subject: &Subject<'_>) -> Vec<Source> {
    let of = |c: &&Condition| &*c.concept == concept && c.presence == presence;
    subject.facts.conditions.iter().filter(of).map(|c| c.source.clone()).collect()
}

/// The entries for a condition that are not denials, for kinds that take a recorded condition instead of their own data.
pub(super) fn ever_recorded(concept: &ConceptId, subject: &Subject<'_>) -> Vec<Source> {
    let of = |c: &&Condition| c.concept == *concept && c.presence != Presence::Denied;
    subject.facts.conditions.iter().filter(of).map(|c| c.source.clone()).collect()
}

/// The outcome of entries that show something and entries that deny it. `gap` says why the record is incomplete: then a
/// denial does not count, because an entry that shows it may be missing.
pub(super) fn by_presence(
    gap: Option<Reason>,
    shown: Vec<Source>,
    denied: Vec<Source>,
    subject: &Subject<'_>,
) -> Finding {
    match (shown.is_empty(), denied.is_empty(), gap) {
        (false, _, _) => Finding::of(Outcome::Met, shown, subject),
        (true, false, None) => Finding::of(Outcome::NotMet, denied, subject),
        _ => Finding::bare(Outcome::Unknown(gap.unwrap_or(Reason::Absent))),
    }
}
