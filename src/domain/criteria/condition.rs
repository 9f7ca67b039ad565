//! Conditions on record, and courses of treatment that were completed.
//!
//! A problem list is not a denial: none recorded is unknown. Only a refuted entry denies.

use super::Finding;
use crate::domain::assess::Subject;
use crate::domain::fact::{Condition, Medication, Presence, Source, Taking};
use crate::domain::truth::Outcome;

/// Decides whether the condition is on record; with `active`, only one that is not over counts.
pub fn decide(concept: &str, active: bool, subject: &Subject<'_>) -> Finding {
    let with = |presence: Presence| -> Vec<Source> {
        let of = |c: &&Condition| &*c.concept == concept && c.presence == presence;
        subject.facts.conditions.iter().filter(of).map(|c| c.source.clone()).collect()
    };
    let mut shown = with(Presence::Active);
    if !active {
        shown.extend(with(Presence::Past));
    }
    by_presence(concept, shown, with(Presence::Denied), subject)
}

/// Decides whether a whole course of the medicine was completed.
pub fn course_completed(concept: &str, subject: &Subject<'_>) -> Finding {
    let with = |taking: Taking| -> Vec<Source> {
        let of = |m: &&Medication| &*m.concept == concept && m.taking == taking;
        subject.facts.medications.iter().filter(of).map(|m| m.source.clone()).collect()
    };
    by_presence(concept, with(Taking::Completed), with(Taking::NotTaken), subject)
}

/// Shown: met. Denied, with nothing missing from the record: not met. Else unknown.
pub(super) fn by_presence(
    concept: &str,
    shown: Vec<Source>,
    denied: Vec<Source>,
    subject: &Subject<'_>,
) -> Finding {
    let gap = subject.facts.gaps.get(concept);
    match (shown.is_empty(), denied.is_empty(), gap) {
        (false, _, _) => Finding::of(Outcome::Met, shown, subject),
        (true, false, None) => Finding::of(Outcome::NotMet, denied, subject),
        _ => Finding::bare(Outcome::Unknown(subject.facts.why_none(concept))),
    }
}
