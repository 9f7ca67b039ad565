//! Conditions on record.
//!
//! A problem list is not a denial: a condition that is not recorded is unknown. Only a refuted entry denies it, or
//! another condition that rules it out.

use std::collections::BTreeSet;

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::{Certainty, ConceptId, Condition, Presence, Source};
use crate::template::longest;
use crate::time::Age;
use crate::truth::{Outcome, Reason};
use crate::words::{cut, days};

/// A condition on record.
#[derive(Debug, Default)]
pub struct RecordedCondition {
    /// Which condition, and how its entries grow old.
    pub of: Aging,
    /// Others of its kind that count just as well.
    pub or: Vec<Aging>,
    /// Whether only an active one counts.
    pub active: bool,
    /// A condition that rules this one out when it is on record.
    pub unless: Option<ConceptId>,
    /// A condition whose entries do not count, because they are part of what the order is for.
    pub apart_from: Option<ConceptId>,
    /// Whether an entry counts that is not confirmed, is in words alone, or has a status that could not be read.
    pub possible: bool,
}

/// A condition, and how its entries grow old.
#[derive(Debug, Default)]
pub struct Aging {
    /// Which condition.
    pub concept: ConceptId,
    /// The age in days after which an entry may just never have been closed. Where all entries are older, the criterion
    /// is unknown.
    pub within_days: Option<i64>,
    /// The age in days after which an entry says nothing any more, because the condition is over by itself.
    pub until_days: Option<i64>,
    /// The window of a diagnosis of an encounter, which nobody closes: past `within_days` it says nothing any more.
    pub encounter_days: Option<i64>,
    /// Indications that it does not concern, because it is their own disease.
    pub except: Vec<String>,
}

/// What one entry weighs, the weightiest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// It shows the condition.
    Shows,
    /// Its status could not be read.
    Unreadable,
    /// It is in words alone, or to be confirmed.
    Unconfirmed,
    /// It is older than its window.
    Old,
}

impl CriterionKind for RecordedCondition {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let conditions: Vec<&Aging> = self.conditions().filter(|condition| condition.concerns(subject)).collect();
        if conditions.is_empty() {
            return Finding::bare(Outcome::NotApplicable);
        }
        let apart = self.apart(subject);
        let mut shown: Vec<(Weight, &Condition, Option<i64>)> = Vec::new();
        for entry in subject.facts.conditions.iter().filter(|entry| !apart.contains(&*entry.source.reference)) {
            let of = conditions.iter().find(|condition| condition.concept == entry.concept);
            if let Some(of) = of
                && let Some(weight) = self.weight(entry, of, subject)
            {
                shown.push((weight, entry, of.window(entry)));
            }
        }
        shown.sort_by_key(|(weight, entry, _)| (*weight, entry.presence == Presence::Past));
        let Some((weight, first, window)) = shown.first() else { return self.without_entry(&conditions, subject) };
        let outcome = match weight {
            Weight::Shows => Outcome::Met,
            Weight::Unreadable => Outcome::Unknown(Reason::Unreadable),
            Weight::Unconfirmed => Outcome::Unknown(Reason::Unconfirmed),
            Weight::Old => Outcome::Unknown(Reason::Stale),
        };
        let mut seen = BTreeSet::new();
        let once = shown.iter().filter(|(_, entry, _)| seen.insert(&entry.source.reference));
        let mut finding = Finding::of(outcome, once.map(|(_, entry, _)| cited(entry)).collect(), subject);
        finding.words.what = Some(named(first, longest("what")));
        finding.words.window_days = window.filter(|_| *weight == Weight::Old);
        finding
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            concepts: self
                .conditions()
                .map(|condition| &condition.concept)
                .chain(&self.unless)
                .chain(&self.apart_from)
                .collect(),
            window_days: self.of.within_days,
            must_show: EVERY_OUTCOME,
            is_of_order: false,
        }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        self.of.within_days.as_mut()
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let name = names.concept(&self.of.concept);
        let mut explanation = Explanation::new(
            match self.active {
                true => format!("an active entry for {name}; one without a status counts as active"),
                false => format!("an entry for {name}, active or past"),
            },
            "an entry that refutes it",
            "none recorded: a problem list is no denial",
        );
        if self.possible {
            let possible = "one in words, to be confirmed or with an unreadable status counts too";
            explanation.met.push(possible.to_owned());
        } else {
            let unsure = "only entries in words, to be confirmed, or with a status that could not be read";
            explanation.unknown.push(unsure.to_owned());
        }
        self.of.explain(&mut explanation, names);
        for other in &self.or {
            explanation.met.push(format!("or the same for {}", names.concept(&other.concept)));
            other.explain(&mut explanation, names);
        }
        if let Some(other) = &self.apart_from {
            explanation.met.push(format!("other than an entry for {}", names.concept(other)));
        }
        if let Some(other) = &self.unless {
            explanation.not_met.push(format!("or an active entry for {}", names.concept(other)));
        }
        explanation
    }
}

impl RecordedCondition {
    fn conditions(&self) -> impl Iterator<Item = &Aging> {
        std::iter::once(&self.of).chain(&self.or)
    }

    /// The references of the entries that do not count.
    fn apart<'s>(&self, subject: &Subject<'s>) -> BTreeSet<&'s str> {
        let Some(other) = &self.apart_from else { return BTreeSet::new() };
        let entries = subject.facts.conditions.iter().filter(|entry| is_recorded(entry, other));
        entries.map(|entry| entry.source.reference.as_str()).collect()
    }

    /// What an entry for this condition weighs; `None` for one that does not show it at all.
    fn weight(&self, entry: &Condition, of: &Aging, subject: &Subject<'_>) -> Option<Weight> {
        let counts = match entry.presence {
            Presence::Active => true,
            Presence::Past => !self.active,
            Presence::Denied => false,
        };
        let is_older = |than: Option<i64>| match (&entry.source.effective, than) {
            (Some(when), Some(days)) => subject.clock.age(when, days) == Age::Older,
            _ => false,
        };
        let is_unclosed = entry.of_encounter && of.encounter_days.is_some();
        if !counts || is_older(of.until_days) || (is_unclosed && is_older(of.within_days)) {
            return None;
        }
        Some(match entry.certainty {
            _ if is_older(of.window(entry)) => Weight::Old,
            _ if self.possible => Weight::Shows,
            Certainty::Sure => Weight::Shows,
            Certainty::Unreadable => Weight::Unreadable,
            Certainty::Provisional | Certainty::Words => Weight::Unconfirmed,
        })
    }

    /// What is known where no entry shows it.
    fn without_entry(&self, conditions: &[&Aging], subject: &Subject<'_>) -> Finding {
        let mut denied: Vec<Source> =
            conditions.iter().flat_map(|condition| with(&condition.concept, Presence::Denied, subject)).collect();
        denied.extend(self.unless.iter().flat_map(|other| with(other, Presence::Active, subject)));
        let gap = conditions.iter().filter_map(|condition| subject.facts.gaps.get(&condition.concept).copied()).min();
        by_presence(gap, Vec::new(), denied, subject)
    }
}

impl Aging {
    fn concerns(&self, subject: &Subject<'_>) -> bool {
        !subject.indication.id.as_ref().is_some_and(|id| self.except.contains(id))
    }

    /// The age in days from which on an entry is old.
    fn window(&self, entry: &Condition) -> Option<i64> {
        self.encounter_days.filter(|_| entry.of_encounter).or(self.within_days)
    }

    fn explain(&self, explanation: &mut Explanation, names: &Names<'_>) {
        if let Some(within) = self.within_days {
            explanation.met.push(format!("not older than {}", days(within)));
            let old = format!("only entries older than {}, which were perhaps never closed", days(within));
            explanation.unknown.push(old);
        }
        if let Some(window) = self.encounter_days {
            explanation.met.push(format!("a diagnosis of an encounter: not older than {}", days(window)));
        }
        if let Some(until) = self.until_days {
            explanation.unknown.push(format!("entries older than {} are taken for over", days(until)));
        }
        if !self.except.is_empty() {
            let names: Vec<&str> = self.except.iter().map(|id| names.drug.indication_name(id)).collect();
            explanation.not_met.push(format!("it does not concern orders for {}", names.join(" or ")));
        }
    }
}

fn with(concept: &str, presence: Presence, subject: &Subject<'_>) -> Vec<Source> {
    let of = |c: &&Condition| &*c.concept == concept && c.presence == presence;
    subject.facts.conditions.iter().filter(of).map(|c| c.source.clone()).collect()
}

/// The record of an entry, which says how sure it is.
fn cited(entry: &Condition) -> Source {
    match entry.certainty {
        Certainty::Sure => entry.source.clone(),
        _ => entry.source.with_value(named(entry, None)),
    }
}

/// The name of an entry with how sure it is, in at most so many characters.
fn named(entry: &Condition, most: Option<usize>) -> String {
    let (before, after) = match entry.certainty {
        Certainty::Sure => ("", ""),
        Certainty::Provisional => ("", ", not confirmed"),
        Certainty::Words => ("“", "”, not coded"),
        Certainty::Unreadable => ("", ", status unreadable"),
    };
    let room = most.map_or(usize::MAX, |most| most.saturating_sub(before.chars().count() + after.chars().count()));
    format!("{before}{}{after}", cut(&entry.source.received, room))
}

/// The sure entries for a condition that are not denials, for kinds that take a recorded condition instead of their own
/// data.
pub(super) fn ever_recorded(concept: &ConceptId, subject: &Subject<'_>) -> Vec<Source> {
    let of = |c: &&Condition| is_recorded(c, concept) && c.certainty == Certainty::Sure;
    subject.facts.conditions.iter().filter(of).map(|c| c.source.clone()).collect()
}

/// The entries for a condition that are in words alone, to be confirmed, or have a status that could not be read. The
/// reason of the weightiest comes with them.
pub(super) fn perhaps_recorded(concept: &ConceptId, subject: &Subject<'_>) -> Option<(Reason, Vec<Source>)> {
    let of = |c: &&Condition| is_recorded(c, concept) && c.certainty != Certainty::Sure;
    let entries: Vec<&Condition> = subject.facts.conditions.iter().filter(of).collect();
    let surest = entries.iter().map(|entry| entry.certainty).max()?;
    let reason = if surest == Certainty::Unreadable { Reason::Unreadable } else { Reason::Unconfirmed };
    Some((reason, entries.into_iter().map(cited).collect()))
}

fn is_recorded(condition: &Condition, concept: &ConceptId) -> bool {
    condition.concept == *concept && condition.presence != Presence::Denied
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

#[cfg(test)]
mod tests;
