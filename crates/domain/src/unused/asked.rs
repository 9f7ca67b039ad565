//! What one criterion made of each record that it looked at.

use std::collections::BTreeMap;

use super::Why;
use crate::assess::Subject;
use crate::criteria::Finding;
use crate::fact::{
    Allergy, Certainty, ConceptId, Condition, Event, Facts, Medication, Presence, ResultStatus, Shown, Source,
};
use crate::rule::Criterion;
use crate::time::{Age, Clock, When};
use crate::truth::{Outcome, Reason};

/// One criterion with what was found of it.
pub(super) struct Asked<'a, 's> {
    pub criterion: &'a Criterion,
    pub finding: &'a Finding,
    pub subject: &'a Subject<'s>,
}

impl<'a> Asked<'a, '_> {
    /// Why it did not use the record, and which one it used instead; `None` where it used it.
    pub(super) fn why(&self, record: &Record<'_>) -> Option<(Why, Option<&'a Source>)> {
        let source = record.source();
        if let Some(why) = self.own_fault(record) {
            return Some((why, None));
        }
        let is_cited = is_cited(&self.finding.evidence, source);
        let decided = matches!(self.finding.outcome, Outcome::Met | Outcome::NotMet);
        if is_cited && decided {
            return None;
        }
        if !self.criterion.kind.counts(source, self.subject) {
            return Some((Why::AfterFirstDose, None));
        }
        let is_dated = matches!(record, Record::Result(..) | Record::Event(_));
        let newer = self.finding.evidence.iter().find(|cited| is_dated && is_after(cited, source));
        if let Some(newer) = newer {
            let is_open = matches!(self.finding.outcome, Outcome::Unknown(reason) if reason != Reason::Stale);
            let why = if is_cited || is_open { Why::LeftOpen } else { Why::Superseded };
            return Some((why, Some(newer)));
        }
        if self.is_too_old(source) {
            return Some((Why::TooOld, None));
        }
        let why = match self.finding.outcome {
            Outcome::Unknown(reason) if is_cited => Why::Unusable(reason),
            _ => Why::OthersDecide,
        };
        Some((by_its_kind(record, self.subject.clock).unwrap_or(why), None))
    }

    /// What is wrong with the record itself, whatever the criterion.
    fn own_fault(&self, record: &Record<'_>) -> Option<Why> {
        let is_ahead = |when: &Option<When>| when.as_ref().is_some_and(|when| self.subject.clock.is_future(when));
        match record {
            Record::Result(source, ..) if is_ahead(&source.effective) => Some(Why::AfterMoment),
            // What was called off, or has no value yet, lacks one for that reason.
            Record::Result(_, _, ResultStatus::Void) => Some(Why::Void),
            Record::Result(_, _, ResultStatus::Pending) => Some(Why::Awaited),
            Record::Result(_, Some(reason), _) => Some(Why::Unusable(*reason)),
            Record::Result(_, None, ResultStatus::Final) => None,
            Record::Result(source, None, _) => {
                let evidence = &self.finding.evidence;
                let is_passed = evidence.iter().any(|cited| is_after(cited, source));
                let shows = self.finding.outcome == Outcome::Met && is_cited(evidence, source);
                (!shows && !is_passed).then_some(Why::NotFinal)
            }
            Record::Medication(m) if m.source.reference == self.subject.order.reference => Some(Why::ThisOrder),
            Record::Medication(m) if m.shown == Shown::Perhaps => Some(Why::Unusable(Reason::Unreadable)),
            Record::Allergy(allergy) if allergy.unreadable => Some(Why::Unusable(Reason::Unreadable)),
            Record::Event(event) => event.unusable.map(Why::Unusable),
            Record::Condition(_) | Record::Medication(_) | Record::Allergy(_) => None,
        }
    }

    fn is_too_old(&self, source: &Source) -> bool {
        let window = self.criterion.kind.properties().window_days;
        match (window, &source.effective) {
            (Some(days), Some(when)) => self.subject.clock.age(when, days) == Age::Older,
            _ => false,
        }
    }
}

/// A fact of any kind that has a record.
#[derive(Clone, Copy)]
pub(super) enum Record<'f> {
    Result(&'f Source, Option<Reason>, ResultStatus),
    Condition(&'f Condition),
    Medication(&'f Medication),
    Allergy(&'f Allergy),
    Event(&'f Event),
}

impl<'f> Record<'f> {
    pub(super) fn source(self) -> &'f Source {
        match self {
            Record::Result(source, ..) => source,
            Record::Condition(fact) => &fact.source,
            Record::Medication(fact) => &fact.source,
            Record::Allergy(fact) => &fact.source,
            Record::Event(fact) => &fact.source,
        }
    }
}

/// The records of the facts by what they are about.
pub(super) fn by_concept(facts: &Facts) -> BTreeMap<&ConceptId, Vec<Record<'_>>> {
    let mut records: BTreeMap<&ConceptId, Vec<Record<'_>>> = BTreeMap::new();
    let mut add = |concept, record| records.entry(concept).or_default().push(record);
    let results = facts.measurements.iter().map(|m| (&m.concept, Record::Result(&m.source, m.amount.err(), m.status)));
    results.for_each(|(concept, record)| add(concept, record));
    let tests = facts.tests.iter().map(|t| (&t.concept, Record::Result(&t.source, t.verdict.err(), t.status)));
    tests.for_each(|(concept, record)| add(concept, record));
    facts.conditions.iter().for_each(|fact| add(&fact.concept, Record::Condition(fact)));
    facts.medications.iter().for_each(|fact| add(&fact.concept, Record::Medication(fact)));
    facts.allergies.iter().for_each(|fact| add(&fact.concept, Record::Allergy(fact)));
    facts.events.iter().for_each(|fact| add(&fact.concept, Record::Event(fact)));
    records
}

/// Why a record of its kind shows nothing.
fn by_its_kind(record: &Record<'_>, clock: &Clock) -> Option<Why> {
    let presence = |presence| match presence {
        Presence::Active => None,
        Presence::Past => Some(Why::Over),
        Presence::Denied => Some(Why::Denied),
    };
    match record {
        Record::Result(..) => None,
        Record::Condition(c) => presence(c.presence).or(match c.certainty {
            Certainty::Sure => None,
            Certainty::Provisional | Certainty::Words => Some(Why::Unconfirmed),
            Certainty::Unreadable => Some(Why::Unusable(Reason::Unreadable)),
        }),
        Record::Allergy(allergy) => presence(allergy.presence),
        Record::Event(event) => event.planned.then_some(Why::OnlyOrdered),
        Record::Medication(m) => match m.shown {
            Shown::NotTaken => Some(Why::NotTaken),
            Shown::Prescribed | Shown::Planned => Some(Why::OnlyOrdered),
            Shown::Dispensed | Shown::Administered | Shown::Stated | Shown::Perhaps => {
                let has_ended = m.until.as_ref().is_some_and(|until| until.last() < clock.today());
                has_ended.then_some(Why::Ended)
            }
        },
    }
}

fn is_cited(evidence: &[Source], source: &Source) -> bool {
    evidence.iter().any(|cited| cited.reference == source.reference)
}

/// Whether a record is certainly newer than another.
fn is_after(one: &Source, other: &Source) -> bool {
    matches!((&one.effective, &other.effective), (Some(one), Some(other)) if one.is_after(other))
}
