//! What was looked at for a criterion and did not decide it, each with its reason, so that whoever misses a value in a
//! card can see what became of it. Nothing here decides: it is told after the decision, and only when asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::assess::{Assessment, FirstDose, Subject};
use super::criteria::Finding;
use super::fact::{
    Allergy, Certainty, ConceptId, Condition, Event, Facts, Medication, Presence, ResultStatus, Shown, Source,
};
use super::order::DrugOrder;
use super::rule::{Criterion, Drug};
use super::time::{Age, Clock, When};
use super::truth::{Outcome, Reason};

/// A record that was looked at and not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// The concept for which it was looked at.
    pub concept: ConceptId,
    /// The record, with its value as received and its clinical date.
    pub source: Source,
    /// Why it was not used.
    pub why: Why,
    /// The record that was used instead.
    pub by: Option<Source>,
    /// The criteria that did not use it, each with the rule it stands in.
    pub criteria: Vec<AskedBy>,
}

/// A criterion that asked for a concept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AskedBy {
    /// The id of the rule.
    pub rule: String,
    /// The id of the criterion.
    pub criterion: String,
}

/// Why a record was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It belongs to another patient.
    OtherPatient,
    /// It is dated after the moment of the decision.
    AfterMoment,
    /// Its value cannot be used, or together with the others it decides nothing, for this reason.
    Unusable(Reason),
    /// Cancelled, not done or entered in error.
    Void,
    /// Registered, without a value yet.
    Awaited,
    /// Its code is that of something else, although its words sound like this.
    AnotherMeasure,
    /// Its words sound like this, and it has no code that the library knows.
    UnknownCode,
    /// Not final, calculated, or known by its name only: it may warn, and never clears.
    NotFinal,
    /// A newer record counts.
    Superseded,
    /// A newer record that is not final, is still to come or cannot be read leaves open whether it still holds.
    LeftOpen,
    /// Older than the window.
    TooOld,
    /// From after the first dose of the drug, which itself changes the value.
    AfterFirstDose,
    /// A condition or an allergy that is over.
    Over,
    /// An entry that denies it.
    Denied,
    /// In words alone, or still to be confirmed.
    Unconfirmed,
    /// The record says that it was not taken.
    NotTaken,
    /// It was asked for, and no record shows that it was taken or done.
    OnlyOrdered,
    /// It is the order itself.
    ThisOrder,
    /// Its supply or its course had ended by then.
    Ended,
    /// It was read, and other records decide.
    OthersDecide,
}

impl Why {
    /// The stable code, as it appears in answers.
    pub fn code(self) -> &'static str {
        match self {
            Why::OtherPatient => "other-patient",
            Why::AfterMoment => "after-moment",
            Why::Unusable(reason) => reason.code(),
            Why::Void => "void",
            Why::Awaited => "awaited",
            Why::AnotherMeasure => "another-measure",
            Why::UnknownCode => "unknown-code",
            Why::NotFinal => "not-final",
            Why::Superseded => "superseded",
            Why::LeftOpen => "left-open",
            Why::TooOld => "too-old",
            Why::AfterFirstDose => "after-first-dose",
            Why::Over => "over",
            Why::Denied => "denied",
            Why::Unconfirmed => "unconfirmed",
            Why::NotTaken => "not-taken",
            Why::OnlyOrdered => "only-ordered",
            Why::ThisOrder => "this-order",
            Why::Ended => "ended",
            Why::OthersDecide => "others-decide",
        }
    }

    /// The reason in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Why::OtherPatient => "belongs to another patient",
            Why::AfterMoment => "dated after the moment of the decision",
            Why::Unusable(reason) => reason.words(),
            Why::Void => "cancelled, not done or entered in error",
            Why::Awaited => "has no value yet",
            Why::AnotherMeasure => "its code says that it is something else",
            Why::UnknownCode => "sounds like it, and has no code that is known",
            Why::NotFinal => "not a final, coded result: it may warn, and never clears",
            Why::Superseded => "a newer record counts",
            Why::LeftOpen => "a newer result that is not final, awaited or unreadable leaves it open",
            Why::TooOld => "older than the window",
            Why::AfterFirstDose => "from after the first dose, which itself changes the value",
            Why::Over => "no longer active",
            Why::Denied => "the entry denies it",
            Why::Unconfirmed => "in words alone, or still to be confirmed",
            Why::NotTaken => "the record says that it was not taken",
            Why::OnlyOrdered => "asked for, not shown to be taken or done",
            Why::ThisOrder => "the order itself",
            Why::Ended => "its supply or course had ended",
            Why::OthersDecide => "read; other records decide",
        }
    }
}

/// The most records that are told of for one order: an answer must not grow with what a sender repeats.
pub const MOST: usize = 300;

/// What was looked at for the criteria of an order and not used, by concept, the newest first. A record that one
/// criterion uses and that is merely not the one which decides another is not told of.
pub fn unused(drug: &Drug, facts: &Facts, order: &DrugOrder, assessment: &Assessment, clock: &Clock) -> Vec<Unused> {
    let first_dose = FirstDose::of(drug, facts, order);
    let subject = Subject { drug, facts, order, indication: &assessment.indication, first_dose, clock };
    let records = by_concept(facts);
    let (mut used, mut found) = (BTreeSet::new(), Vec::new());
    for (rule, findings) in drug.rules.iter().zip(&assessment.rules).filter(|(_, findings)| findings.applies) {
        for (criterion, finding) in rule.criteria.iter().zip(&findings.findings) {
            if finding.outcome == Outcome::NotApplicable {
                continue;
            }
            let asked = Asked { criterion, finding, subject: &subject };
            let by = || AskedBy { rule: rule.id.clone(), criterion: criterion.id.clone() };
            for concept in criterion.kind.properties().concepts {
                for record in records.get(concept).into_iter().flatten() {
                    match asked.why(record) {
                        None => drop(used.insert((concept.clone(), record.source().reference.clone()))),
                        Some((why, instead)) => add(&mut found, concept, record.source(), why, instead, by()),
                    }
                }
            }
        }
    }
    let is_used = |one: &Unused| used.contains(&(one.concept.clone(), one.source.reference.clone()));
    let mut all: Vec<Unused> = found.into_iter().filter(|one| one.why != Why::OthersDecide || !is_used(one)).collect();
    all.sort_by(|a, b| (&a.concept, a.source.rank(), a.why).cmp(&(&b.concept, b.source.rank(), b.why)));
    merged(all)
}

/// The same with what is like in one, as many as are told of.
fn merged(all: Vec<Unused>) -> Vec<Unused> {
    let mut merged: Vec<Unused> = Vec::with_capacity(all.len().min(MOST));
    for one in all {
        if let Some(last) = merged.last_mut().filter(|last| last.is_like(&one)) {
            last.criteria.extend(one.criteria);
        } else if merged.len() < MOST {
            merged.push(one);
        }
    }
    merged
}

fn add(
    found: &mut Vec<Unused>,
    concept: &ConceptId,
    source: &Source,
    why: Why,
    by: Option<&Source>,
    criterion: AskedBy,
) {
    let (concept, source, by) = (concept.clone(), source.clone(), by.cloned());
    found.push(Unused { concept, source, why, by, criteria: vec![criterion] });
}

impl Unused {
    /// Whether the same record was not used for the same reason.
    fn is_like(&self, other: &Unused) -> bool {
        let same = |a: &Unused, b: &Unused| (&a.concept, &a.source, a.why) == (&b.concept, &b.source, b.why);
        same(self, other) && self.by == other.by
    }
}

/// A fact of any kind that has a record.
#[derive(Clone, Copy)]
enum Record<'f> {
    Result(&'f Source, Option<Reason>, ResultStatus),
    Condition(&'f Condition),
    Medication(&'f Medication),
    Allergy(&'f Allergy),
    Event(&'f Event),
}

impl<'f> Record<'f> {
    fn source(self) -> &'f Source {
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
fn by_concept(facts: &Facts) -> BTreeMap<&ConceptId, Vec<Record<'_>>> {
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

/// One criterion with what was found of it.
struct Asked<'a, 's> {
    criterion: &'a Criterion,
    finding: &'a Finding,
    subject: &'a Subject<'s>,
}

impl<'a> Asked<'a, '_> {
    /// Why it did not use the record, and which one it used instead; `None` where it used it.
    fn why(&self, record: &Record<'_>) -> Option<(Why, Option<&'a Source>)> {
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
            let why = if is_cited { Why::LeftOpen } else { Why::Superseded };
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

/// Why a record of its kind shows nothing.
fn by_its_kind(record: &Record<'_>, clock: &Clock) -> Option<Why> {
    let presence = |presence| match presence {
        Presence::Active => None,
        Presence::Past => Some(Why::Over),
        Presence::Denied => Some(Why::Denied),
    };
    match record {
        Record::Result(..) => None,
        Record::Condition(c) => presence(c.presence).or((c.certainty > Certainty::Sure).then_some(Why::Unconfirmed)),
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
