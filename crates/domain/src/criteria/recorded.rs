//! Whether a result, a study or a vaccine is on record within a window, whatever it says; and what is planned.

use super::Finding;
use super::newest::{Candidate, choose};
use crate::assess::Subject;
use crate::fact::{ConceptId, Source, Standing, Taking};
use crate::time::Age;
use crate::truth::{Outcome, Reason};

/// Decides whether any of these is on record within the window. None is unknown: it may have been done elsewhere.
pub fn decide(concepts: &[ConceptId], within_days: i64, subject: &Subject<'_>) -> Finding {
    let facts = subject.facts;
    let measurements = facts.measurements.iter().map(|m| (&m.concept, m.standing, &m.source, m.amount.err()));
    let tests = facts.tests.iter().map(|t| (&t.concept, t.standing, &t.source, t.verdict.err()));
    let events = facts.events.iter().filter(|e| !e.planned).map(|e| (&e.concept, Standing::Final, &e.source, None));
    let candidates: Vec<Candidate<'_>> = measurements
        .chain(tests)
        .chain(events)
        .filter(|(concept, ..)| concepts.contains(concept))
        .map(|(_, standing, source, wrong)| Candidate {
            standing,
            source,
            outcome: alone(source, wrong, within_days, subject),
        })
        .collect();
    let gap = concepts.iter().filter_map(|concept| facts.gaps.get(concept).copied()).min();
    let (outcome, deciding) = choose(&candidates, gap);
    let mut finding = Finding::of(outcome, deciding.iter().map(|c| c.source.clone()).collect(), subject);
    finding.words.window_days = Some(within_days);
    finding
}

fn alone(source: &Source, wrong: Option<Reason>, within_days: i64, subject: &Subject<'_>) -> Outcome {
    match (wrong, &source.effective) {
        (Some(reason), _) => Outcome::Unknown(reason),
        (None, None) => Outcome::Unknown(Reason::Unreadable),
        (None, Some(when)) if subject.clock.is_future(when) => Outcome::Unknown(Reason::Implausible),
        (None, Some(when)) => match subject.clock.age(when, within_days) {
            Age::Within => Outcome::Met,
            Age::Straddles => Outcome::Unknown(Reason::Boundary),
            Age::Older => Outcome::Unknown(Reason::Stale),
        },
    }
}

/// Decides whether any of these stands among the draft orders. The drafts are all there, so none is an answer.
pub fn planned(concepts: &[ConceptId], subject: &Subject<'_>) -> Finding {
    let facts = subject.facts;
    let events = facts.events.iter().filter(|e| e.planned && concepts.contains(&e.concept)).map(|e| &e.source);
    let medications = facts.medications.iter().filter(|m| m.taking == Taking::Planned && concepts.contains(&m.concept));
    let found: Vec<Source> = events.chain(medications.map(|m| &m.source)).cloned().collect();
    match found.is_empty() {
        true => Finding::bare(Outcome::NotMet),
        false => Finding::of(Outcome::Met, found, subject),
    }
}
