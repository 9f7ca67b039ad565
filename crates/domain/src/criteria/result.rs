//! The verdict of a test: the newest one decides; a negative one grows old, a positive one does not.

use super::Finding;
use super::newest::{Candidate, choose};
use crate::assess::Subject;
use crate::fact::{Presence, Source, Test, Verdict};
use crate::rule::TestResult;
use crate::time::Age;
use crate::truth::{Outcome, Reason};

/// Decides whether the test is positive, or a condition that means the same is on record.
pub fn decide(test: &TestResult, subject: &Subject<'_>) -> Finding {
    let candidates: Vec<Candidate<'_>> = subject
        .facts
        .tests
        .iter()
        .filter(|t| t.concept == test.concept)
        .map(|t| Candidate { standing: t.standing, source: &t.source, outcome: alone(t, test.within_days, subject) })
        .collect();
    let gap = subject.facts.gaps.get(&test.concept).copied();
    let (by_test, deciding) = choose(&candidates, gap);
    let by_test = subject.facts.if_newest(&test.concept, by_test);
    let by_test = match (test.is, by_test) {
        (Verdict::Negative, Outcome::Met) => Outcome::NotMet,
        (Verdict::Negative, Outcome::NotMet) => Outcome::Met,
        (_, outcome) => outcome,
    };
    let tests = deciding.iter().map(|c| c.source.clone());
    let (by_condition, recorded) = condition(test, subject);
    let evidence: Vec<Source> = if by_condition == Outcome::Met && by_test != Outcome::Met {
        recorded.into_iter().chain(tests).collect()
    } else {
        tests.chain(recorded).collect()
    };
    let mut finding = Finding::of(Outcome::any([by_test, by_condition]), evidence, subject);
    finding.words.window_days = Some(test.within_days);
    finding
}

/// What one test says when taken alone.
fn alone(test: &Test, within_days: i64, subject: &Subject<'_>) -> Outcome {
    match (test.verdict, &test.source.effective) {
        (Ok(Verdict::Positive), _) => Outcome::Met,
        (Ok(Verdict::Negative), None) => Outcome::Unknown(Reason::Unreadable),
        (Err(Reason::Absent), _) => Outcome::Unknown(Reason::Absent),
        (_, Some(when)) if subject.clock.age(when, within_days) == Age::Older => Outcome::Unknown(Reason::Stale),
        (Err(reason), _) => Outcome::Unknown(reason),
        (Ok(Verdict::Negative), Some(when)) => match subject.clock.age(when, within_days) {
            Age::Within => Outcome::NotMet,
            _ => Outcome::Unknown(Reason::Boundary),
        },
    }
}

/// The recorded condition; where none is on record it says nothing, and where the conditions are missing it is unknown.
fn condition(test: &TestResult, subject: &Subject<'_>) -> (Outcome, Vec<Source>) {
    let Some(concept) = &test.or_condition else {
        return (Outcome::NotApplicable, Vec::new());
    };
    let recorded: Vec<Source> = subject
        .facts
        .conditions
        .iter()
        .filter(|c| c.concept == *concept && c.presence != Presence::Denied)
        .map(|c| c.source.clone())
        .collect();
    let outcome = match (recorded.is_empty(), subject.facts.gaps.get(concept)) {
        (false, _) => Outcome::Met,
        (true, Some(gap)) => Outcome::Unknown(*gap),
        (true, None) => Outcome::NotApplicable,
    };
    (outcome, recorded)
}
