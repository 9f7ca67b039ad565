//! Conditions on record.
//!
//! A problem list is not a denial: none recorded is unknown. Only a refuted entry denies, or another condition that
//! rules this one out.

use super::Finding;
use crate::assess::Subject;
use crate::fact::{Condition, Presence, Source};
use crate::time::Age;
use crate::truth::{Outcome, Reason};

/// Decides whether the condition is on record; with `active`, only one that is not over counts. A recorded `unless`
/// denies it. Where all entries are older than the window, an entry was perhaps just never closed: that is unknown.
pub fn decide(
    concept: &str,
    active: bool,
    unless: Option<&str>,
    within_days: Option<i64>,
    subject: &Subject<'_>,
) -> Finding {
    let mut shown = with(concept, Presence::Active, subject);
    if !active {
        shown.extend(with(concept, Presence::Past, subject));
    }
    let old = |source: &Source| match (&source.effective, within_days) {
        (Some(when), Some(days)) => subject.clock.age(when, days) == Age::Older,
        _ => false,
    };
    shown.sort_by_key(old);
    if shown.first().is_some_and(old) {
        let mut finding = Finding::of(Outcome::Unknown(Reason::Stale), shown, subject);
        finding.words.window_days = within_days;
        return finding;
    }
    let mut denied = with(concept, Presence::Denied, subject);
    denied.extend(unless.map(|other| with(other, Presence::Active, subject)).unwrap_or_default());
    by_presence(&[concept], shown, denied, subject)
}

fn with(concept: &str, presence: Presence, subject: &Subject<'_>) -> Vec<Source> {
    let of = |c: &&Condition| &*c.concept == concept && c.presence == presence;
    subject.facts.conditions.iter().filter(of).map(|c| c.source.clone()).collect()
}

/// Shown: met. Denied, with nothing missing from the record: not met. Else unknown.
pub(super) fn by_presence(
    concepts: &[&str],
    shown: Vec<Source>,
    denied: Vec<Source>,
    subject: &Subject<'_>,
) -> Finding {
    let gap = concepts.iter().filter_map(|concept| subject.facts.gaps.get(*concept)).min();
    match (shown.is_empty(), denied.is_empty(), gap) {
        (false, _, _) => Finding::of(Outcome::Met, shown, subject),
        (true, false, None) => Finding::of(Outcome::NotMet, denied, subject),
        _ => Finding::bare(Outcome::Unknown(gap.copied().unwrap_or(Reason::Absent))),
    }
}
