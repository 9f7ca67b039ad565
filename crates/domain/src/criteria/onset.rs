//! How long ago a condition began. The earliest onset counts; when it was recorded proves only that it began before.

use super::Finding;
use crate::assess::Subject;
use crate::fact::{Condition, Presence, Source};
use crate::time::{When, years_between};
use crate::truth::{Outcome, Reason};

/// Decides whether the condition began less than so many years ago; exactly so many is a matter of the source.
pub fn decide(concept: &str, years: i16, subject: &Subject<'_>) -> Finding {
    let of = |c: &&Condition| &*c.concept == concept && c.presence != Presence::Denied;
    let conditions: Vec<&Condition> = subject.facts.conditions.iter().filter(of).collect();
    let today = subject.clock.today();
    let age = |when: &When| years_between(when, today);
    let dated = |when: fn(&Condition) -> Option<&When>| {
        let found = conditions.iter().filter_map(|c| Some((*c, when(c)?)));
        found.min_by_key(|(_, when)| when.first())
    };
    let gap = subject.facts.gaps.get(concept).copied();
    if let Some((condition, when)) = dated(|c| c.recorded.as_ref())
        && age(when).0 >= years
    {
        return with(Outcome::NotMet, condition, when, subject);
    }
    let Some((condition, when)) = dated(|c| c.onset.as_ref()) else {
        return Finding::bare(Outcome::Unknown(gap.unwrap_or(Reason::Absent)));
    };
    let exactly = years_between(when, today.yesterday().unwrap_or(today)).1 < years && age(when).0 >= years;
    let outcome = match age(when) {
        _ if exactly => Outcome::Unknown(Reason::Boundary),
        (fewest, _) if fewest >= years => Outcome::NotMet,
        // A record that was not to be had may hold an earlier onset.
        (_, most) if most < years => gap.map_or(Outcome::Met, Outcome::Unknown),
        _ => Outcome::Unknown(Reason::Boundary),
    };
    with(outcome, condition, when, subject)
}

fn with(outcome: Outcome, condition: &Condition, when: &When, subject: &Subject<'_>) -> Finding {
    let cited = &condition.source;
    let source = Source::new(cited.reference.clone(), cited.received.clone(), Some(when.clone()));
    Finding::of(outcome, vec![source], subject)
}
