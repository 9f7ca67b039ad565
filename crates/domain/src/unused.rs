//! What was looked at for a criterion and did not decide it, each with its reason, so that a reader who misses a value in
//! a card can see what became of it. Nothing here decides: it is worked out after the decision, and only when asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::assess::{Assessment, Subject};
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
    /// A newer record that is not final, is still to come or cannot be used leaves open whether it still holds.
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
            Why::LeftOpen => "a newer record that cannot be relied on leaves it open",
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

/// The most records that are listed for one order: an answer must not grow with what a sender repeats.
pub const MOST: usize = 300;

/// What was looked at for the criteria of an order and not used, by concept, the newest first. A record that one
/// criterion uses and that is merely not the one which decides another is not told of.
pub fn unused(drug: &Drug, facts: &Facts, order: &DrugOrder, assessment: &Assessment, clock: &Clock) -> Vec<Unused> {
    let subject = Subject::new(drug, facts, order, &assessment.indication, clock);
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

/// The same with what is like in one, as many as are listed.
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

#[cfg(test)]
mod tests {
    use super::{MOST, Unused, Why, unused};
    use crate::assess::assess;
    use crate::criteria::{
        Aging, Kind, MedicationState, Quantity, RecordedAllergy, RecordedCondition, RecordedMedication, RecordedWithin,
        TestResult,
    };
    use crate::fact::{Certainty, Presence, ResultStatus, Shown, Verdict};
    use crate::quantity::Band;
    use crate::rule::{Criterion, Drug};
    use crate::testing::{
        Fact, allergy, clock, condition, drug, event, facts, measured, medicine, medicine_as, number, order,
        preliminary, rule, tested, unsure, with_status,
    };
    use crate::truth::Reason;

    fn criterion(id: &str, kind: Kind) -> Criterion {
        Criterion {
            id: id.to_owned(),
            finding: String::new(),
            name: String::new(),
            family: None,
            unlisted: false,
            kind,
        }
    }

    fn quantity(within_days: i64, before_first_dose: bool) -> Kind {
        Kind::Quantity(Quantity {
            concept: "measure".into(),
            unit: "/L".to_owned(),
            band: Band::new(None, Some((number("10"), false))),
            by_indication: std::collections::BTreeMap::new(),
            of_upper_limit: false,
            upper_limit_between: None,
            without_upper_limit: None,
            boundary: None,
            before_first_dose,
            lasting_days: None,
            within_days,
        })
    }

    fn all_kinds() -> Vec<Criterion> {
        let lately = MedicationState::Current(0);
        vec![
            criterion("number", quantity(30, false)),
            criterion(
                "test",
                Kind::Result(TestResult {
                    concept: "test".into(),
                    is: Verdict::Positive,
                    within_days: 365,
                    or_condition: None,
                    ever: false,
                    positive_from: None,
                }),
            ),
            criterion(
                "disease",
                Kind::Condition(RecordedCondition {
                    of: Aging { concept: "disease".into(), ..Aging::default() },
                    active: true,
                    ..RecordedCondition::default()
                }),
            ),
            criterion(
                "taken",
                Kind::Medication(RecordedMedication {
                    concepts: vec!["medicine".into()],
                    state: lately,
                    begun_within: None,
                }),
            ),
            criterion("allergy", Kind::Allergy(RecordedAllergy { concept: "substance".into() })),
            criterion(
                "study",
                Kind::Recorded(RecordedWithin { concepts: vec!["study".into()], within_days: 30, on_treatment: None }),
            ),
        ]
    }

    fn told(criteria: Vec<Criterion>, known: &[Fact]) -> Vec<Unused> {
        let drug = Drug { rules: vec![rule(criteria)], ..drug() };
        let facts = facts(known);
        let assessment = assess(&drug, &facts, &order(), &clock());
        unused(&drug, &facts, &order(), &assessment, &clock())
    }

    /// What is listed, as `record reason` or `record reason by record`.
    fn lines(criteria: Vec<Criterion>, known: &[Fact]) -> Vec<String> {
        let line = |one: &Unused| {
            let by = one.by.as_ref().map(|by| format!(" by {}", by.received)).unwrap_or_default();
            format!("{} {}{by}", one.source.received, one.why.code())
        };
        told(criteria, known).iter().map(line).collect()
    }

    #[test]
    fn each_record_has_its_reason() {
        let new = || measured("2026-11-10", "20");
        let dose = |shown| medicine(shown, "2026-11-01");
        for (name, known, expected) in [
            ("used", vec![new()], vec![]),
            ("an older one", vec![new(), measured("2026-11-01", "5")], vec!["5 superseded by 20"]),
            ("too old", vec![measured("2026-01-01", "5")], vec!["5 too-old"]),
            ("no unit", vec![measured("2026-11-10", "unit")], vec!["unit unit"]),
            (
                "tomorrow's",
                vec![new(), measured("2026-11-23", "implausible")],
                vec!["implausible after-moment", "20 left-open by implausible"],
            ),
            ("called off", vec![new(), with_status(ResultStatus::Void, measured("2026-11-12", "5"))], vec!["5 void"]),
            (
                "to come, after one that is fine",
                vec![new(), with_status(ResultStatus::Pending, measured("2026-11-12", "absent"))],
                vec!["absent awaited", "20 left-open by absent"],
            ),
            ("preliminary, and fine", vec![new(), preliminary(measured("2026-11-12", "30"))], vec!["30 not-final"]),
            (
                "preliminary, and low",
                vec![new(), preliminary(measured("2026-11-12", "5"))],
                vec!["5 not-final", "20 left-open by 5"],
            ),
            (
                "preliminary, and passed by a final one",
                vec![measured("2026-11-12", "20"), preliminary(measured("2026-11-10", "5"))],
                vec!["5 superseded by 20"],
            ),
            (
                "two of one day that disagree",
                vec![new(), measured("2026-11-10", "5")],
                vec!["20 conflicting", "5 conflicting"],
            ),
            ("an unclear test", vec![tested("2026-11-01", "indeterminate")], vec!["indeterminate indeterminate"]),
            (
                "a test that was repeated",
                vec![tested("2026-11-01", "negative"), tested("2026-10-01", "positive")],
                vec!["positive superseded by negative"],
            ),
            ("a past condition", vec![condition("disease", Presence::Past, "2020-01-01")], vec!["disease over"]),
            ("one that is denied", vec![condition("disease", Presence::Denied, "2020-01-01")], vec![]),
            (
                "one in words",
                vec![unsure(Certainty::Words, condition("disease", Presence::Active, "2026-01-01"))],
                vec!["disease unconfirmed"],
            ),
            ("asked for, not taken", vec![medicine(Shown::Prescribed, "2026-01-01")], vec!["medicine only-ordered"]),
            ("perhaps taken", vec![dose(Shown::Perhaps)], vec!["medicine unreadable"]),
            ("over for long", vec![dose(Shown::Stated)], vec!["medicine ended"]),
            ("a past allergy", vec![allergy("substance", Presence::Past)], vec!["substance over"]),
            ("a study of long ago", vec![event("study", "2020-01-01", false)], vec!["study too-old"]),
        ] {
            let found = lines(all_kinds(), &known);
            let missing: Vec<_> = expected.iter().filter(|line| !found.contains(&(**line).to_owned())).collect();
            assert!(missing.is_empty(), "{name}: {missing:?} not in {found:?}");
            assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
        }
    }

    #[test]
    fn a_drug_changes_its_own_values() {
        let known = [medicine_as("drug", Shown::Stated, "2026-10-01"), measured("2026-11-10", "5")];
        assert_eq!(lines(vec![criterion("before", quantity(90, true))], &known), ["5 after-first-dose"]);
        assert!(lines(vec![criterion("ever", quantity(90, false))], &known).is_empty());
    }

    /// A record is listed once for each reason, with every criterion that did not use it.
    #[test]
    fn criteria_with_one_reason_are_told_together() {
        let criteria = || vec![criterion("a", quantity(30, false)), criterion("b", quantity(20, false))];
        let known = [measured("2026-11-10", "5"), measured("2026-01-01", "6")];
        let both = told(criteria(), &known);
        let by: Vec<&str> = both[0].criteria.iter().map(|by| by.criterion.as_str()).collect();
        assert_eq!((both.len(), both[0].why, by), (1, Why::Superseded, vec!["a", "b"]));
        let many: Vec<Fact> =
            (0..=MOST).map(|n| measured("2026-01-01", &n.to_string())).chain([measured("2026-11-10", "5")]).collect();
        assert_eq!(told(criteria(), &many).len(), MOST);
    }

    #[test]
    fn reasons_have_codes_and_words_of_their_own() {
        let all = [
            Why::OtherPatient,
            Why::AfterMoment,
            Why::Unusable(Reason::Unit),
            Why::Void,
            Why::Awaited,
            Why::AnotherMeasure,
            Why::UnknownCode,
            Why::NotFinal,
            Why::Superseded,
            Why::LeftOpen,
            Why::TooOld,
            Why::AfterFirstDose,
            Why::Over,
            Why::Denied,
            Why::Unconfirmed,
            Why::NotTaken,
            Why::OnlyOrdered,
            Why::ThisOrder,
            Why::Ended,
            Why::OthersDecide,
        ];
        let codes: std::collections::BTreeSet<&str> = all.into_iter().map(Why::code).collect();
        let words: std::collections::BTreeSet<&str> = all.into_iter().map(Why::words).collect();
        assert_eq!((codes.len(), words.len()), (all.len(), all.len()));
    }
}
