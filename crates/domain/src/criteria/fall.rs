//! A measurement that fell: the newest value against earlier ones of the very same measure, never mixing measures.

use rust_decimal::Decimal;

use super::Finding;
use crate::assess::Subject;
use crate::fact::{ConceptId, Condition, Measurement, Presence, Source, Standing};
use crate::rule::Fall;
use crate::time::{Age, When};
use crate::truth::{Outcome, Reason};
use crate::words::number;

/// Decides whether any of the measures fell by so much, or a condition that means the same is on record.
pub fn decide(fall: &Fall, subject: &Subject<'_>) -> Finding {
    let mut best: Option<(Outcome, Option<Decimal>, Vec<Source>)> = None;
    for concept in &fall.concepts {
        let found = one(concept, fall, subject);
        let better = best.as_ref().is_none_or(|(outcome, ..)| rank(found.0) < rank(*outcome));
        if better {
            best = Some(found);
        }
    }
    let (by_measure, percent, mut evidence) = best.unwrap_or((Outcome::Unknown(Reason::Absent), None, Vec::new()));
    let recorded: Vec<Source> = fall.or_condition.as_deref().map(|c| on_record(c, subject)).unwrap_or_default();
    let gap = fall.or_condition.as_deref().and_then(|c| subject.facts.gaps.get(c).copied());
    let outcome = match (recorded.is_empty(), by_measure, gap) {
        (false, ..) => Outcome::Met,
        // The problem list that was not to be had may say that it progressed.
        (true, Outcome::NotMet, Some(gap)) => Outcome::Unknown(gap),
        (true, by_measure, _) => by_measure,
    };
    if by_measure == Outcome::Met {
        evidence.extend(recorded);
    } else {
        evidence.splice(0..0, recorded);
    }
    let mut finding = Finding::of(outcome, evidence, subject);
    finding.words.value = percent.map(|p| format!("{} %", number(p.round_dp(1))));
    finding
}

/// Met before not met before unknown: one measure that fell is enough.
fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Met => 0,
        Outcome::NotMet => 1,
        _ => 2,
    }
}

fn on_record(concept: &str, subject: &Subject<'_>) -> Vec<Source> {
    let of = |c: &&Condition| &*c.concept == concept && c.presence != Presence::Denied;
    subject.facts.conditions.iter().filter(of).map(|c| c.source.clone()).collect()
}

/// The largest relative fall, in percent, from an earlier value within the window to the newest one.
fn one(concept: &ConceptId, fall: &Fall, subject: &Subject<'_>) -> (Outcome, Option<Decimal>, Vec<Source>) {
    let usable = |m: &&Measurement| m.concept == *concept && m.standing == Standing::Final && m.amount.is_ok();
    let mut values: Vec<(&When, Decimal, &Source)> = subject
        .facts
        .measurements
        .iter()
        .filter(usable)
        .filter_map(|m| Some((m.source.effective.as_ref()?, m.amount.ok()?.exact()?, &m.source)))
        .collect();
    values.sort_by_key(|(when, ..)| when.last());
    let of_concept = |m: &&Measurement| m.concept == *concept && m.standing == Standing::Final;
    let unusable = subject.facts.measurements.iter().filter(of_concept).find_map(|m| {
        let newer =
            values.last().is_none_or(|(newest, ..)| m.source.effective.as_ref().is_none_or(|w| w.is_after(newest)));
        m.amount.err().filter(|_| newer).map(|reason| (reason, &m.source))
    });
    if let Some((reason, source)) = unusable {
        return (Outcome::Unknown(reason), None, vec![source.clone()]);
    }
    let unknown = Outcome::Unknown(subject.facts.gaps.get(concept).copied().unwrap_or(Reason::Absent));
    let Some((newest_when, newest, newest_source)) = values.last().copied() else { return (unknown, None, Vec::new()) };
    if subject.clock.age(newest_when, fall.within_days) == Age::Older {
        return (Outcome::Unknown(Reason::Stale), None, vec![newest_source.clone()]);
    }
    let falls = values.iter().filter_map(|(when, value, source)| {
        let apart = when.last().until(newest_when.last()).ok()?.get_days();
        let comparable = newest_when.is_after(when) && i64::from(apart) <= fall.within_days;
        let percent = value.checked_sub(newest)?.checked_mul(Decimal::from(100))?.checked_div(*value)?;
        comparable.then_some((percent, *source))
    });
    match falls.max_by_key(|(percent, _)| *percent) {
        None => (unknown, None, vec![newest_source.clone()]),
        Some((percent, earlier)) => {
            let outcome = if percent >= fall.percent { Outcome::Met } else { Outcome::NotMet };
            let outcome = subject.facts.if_newest(concept, outcome);
            (outcome, Some(percent), vec![newest_source.clone(), earlier.clone()])
        }
    }
}
