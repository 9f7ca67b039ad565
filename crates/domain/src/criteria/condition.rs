//! Conditions on record.
//!
//! A problem list is not a denial: a condition that is not recorded is unknown. Only a refuted entry denies it, or
//! another condition that rules it out.

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::{ConceptId, Condition, Presence, Source};
use crate::time::Age;
use crate::truth::{Outcome, Reason};
use crate::words::days;

/// A condition on record.
#[derive(Debug)]
pub struct RecordedCondition {
    /// Which condition.
    pub concept: ConceptId,
    /// Whether only an active one counts.
    pub active: bool,
    /// A condition that rules this one out when it is on record.
    pub unless: Option<ConceptId>,
    /// A condition whose entries do not count, because they are part of what the order is for.
    pub apart_from: Option<ConceptId>,
    /// The age in days after which an entry may just never have been closed. Where all entries are older, the criterion
    /// is unknown.
    pub within_days: Option<i64>,
}

impl CriterionKind for RecordedCondition {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let mut shown = with(&self.concept, Presence::Active, subject);
        if !self.active {
            shown.extend(with(&self.concept, Presence::Past, subject));
        }
        if let Some(other) = &self.apart_from {
            let part = |c: &&Condition| c.concept == *other && c.presence != Presence::Denied;
            let apart: Vec<&Source> = subject.facts.conditions.iter().filter(part).map(|c| &c.source).collect();
            shown.retain(|source| !apart.iter().any(|other| other.reference == source.reference));
        }
        let old = |source: &Source| match (&source.effective, self.within_days) {
            (Some(when), Some(days)) => subject.clock.age(when, days) == Age::Older,
            _ => false,
        };
        shown.sort_by_key(old);
        if shown.first().is_some_and(old) {
            let mut finding = Finding::of(Outcome::Unknown(Reason::Stale), shown, subject);
            finding.words.window_days = self.within_days;
            return finding;
        }
        let mut denied = with(&self.concept, Presence::Denied, subject);
        denied.extend(self.unless.iter().flat_map(|other| with(other, Presence::Active, subject)));
        by_presence(subject.facts.gaps.get(&self.concept).copied(), shown, denied, subject)
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            concepts: [&self.concept].into_iter().chain(&self.unless).chain(&self.apart_from).collect(),
            window_days: self.within_days,
            must_show: EVERY_OUTCOME,
            is_of_order: false,
        }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        self.within_days.as_mut()
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let name = names.concept(&self.concept);
        let mut explanation = Explanation::new(
            match self.active {
                true => format!("an active entry for {name}; one without a status counts as active"),
                false => format!("an entry for {name}, active or past"),
            },
            "an entry that refutes it",
            "none recorded: a problem list is no denial",
        );
        if let Some(within) = self.within_days {
            explanation.met.push(format!("not older than {}", days(within)));
            let old = format!("only entries older than {}, which were perhaps never closed", days(within));
            explanation.unknown.push(old);
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

fn with(concept: &str, presence: Presence, subject: &Subject<'_>) -> Vec<Source> {
    let of = |c: &&Condition| &*c.concept == concept && c.presence == presence;
    subject.facts.conditions.iter().filter(of).map(|c| c.source.clone()).collect()
}

/// The entries for a condition that are not denials, for kinds that take a recorded condition instead of their own
/// data.
pub(super) fn ever_recorded(concept: &ConceptId, subject: &Subject<'_>) -> Vec<Source> {
    let of = |c: &&Condition| c.concept == *concept && c.presence != Presence::Denied;
    subject.facts.conditions.iter().filter(of).map(|c| c.source.clone()).collect()
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
mod tests {
    use super::RecordedCondition;
    use crate::fact::Presence::{Active, Denied, Past};
    use crate::testing::{Fact, cited, condition, described, find, truth_table};
    use crate::truth::Reason;

    fn kind(active: bool, within_days: Option<i64>) -> RecordedCondition {
        RecordedCondition {
            concept: "disease".into(),
            active,
            unless: Some("other".into()),
            apart_from: None,
            within_days,
        }
    }

    #[test]
    fn truth_of_an_active_one() {
        let gap = Fact::Gap("disease", Reason::NotRetrieved);
        truth_table(
            &kind(true, None),
            &[
                ("active", &[condition("disease", Active, "2001-01-01")], "met"),
                ("past", &[condition("disease", Past, "2026-11-01")], "unknown: absent"),
                ("refuted", &[condition("disease", Denied, "2026-11-01")], "not-met"),
                ("active and refuted", &[condition("disease", Denied, ""), condition("disease", Active, "")], "met"),
                ("another that rules it out", &[condition("other", Active, "")], "not-met"),
                ("another that is over", &[condition("other", Past, "")], "unknown: absent"),
                ("one of no interest", &[condition("third", Active, "")], "unknown: absent"),
                ("nothing", &[], "unknown: absent"),
                ("nothing, and part is missing", std::slice::from_ref(&gap), "unknown: not-retrieved"),
                (
                    "refuted, and part is missing",
                    &[condition("disease", Denied, ""), gap.clone()],
                    "unknown: not-retrieved",
                ),
                ("active, and part is missing", &[condition("disease", Active, ""), gap.clone()], "met"),
            ],
        );
    }

    #[test]
    fn truth_of_one_in_a_window() {
        let active = |date: &str| condition("disease", Active, date);
        truth_table(
            &kind(true, Some(30)),
            &[
                ("the last day of the window", &[active("2026-10-23")], "met"),
                ("a day before the window", &[active("2026-10-22")], "unknown: stale"),
                ("a month that begins before the window", &[active("2026-10")], "met"),
                ("a month before the window", &[active("2026-09")], "unknown: stale"),
                ("no date", &[active("")], "met"),
                ("an old one and a new one", &[active("2020"), active("2026-11-01")], "met"),
                ("an old one and a denial", &[active("2020"), condition("disease", Denied, "")], "unknown: stale"),
            ],
        );
        let found = find(&kind(true, Some(30)), &[active("2020"), condition("disease", Active, "2026-11-01")]);
        assert_eq!(found.words.date.as_deref(), Some("1 Nov 2026"), "what is within the window is cited first");
        let stale = find(&kind(true, Some(30)), &[active("2020")]);
        assert_eq!((cited(&stale), stale.words.window_days), (vec!["Condition/disease"], Some(30)));
    }

    #[test]
    fn an_entry_that_is_part_of_the_reason_does_not_count() {
        let apart = RecordedCondition { apart_from: Some("part".into()), ..kind(true, None) };
        // Both facts of one record carry its reference.
        let both = |presence| {
            let Fact::Condition(disease) = condition("disease", Active, "") else { panic!("a condition") };
            let part = crate::fact::Condition { concept: "part".into(), presence, ..disease.clone() };
            [Fact::Condition(disease), Fact::Condition(part)]
        };
        truth_table(
            &apart,
            &[
                ("part of it", &both(Active), "unknown: absent"),
                ("part of what is refuted", &both(Denied), "met"),
                (
                    "another record of the other",
                    &[condition("disease", Active, ""), condition("part", Active, "")],
                    "met",
                ),
            ],
        );
        assert_eq!(described(&mut { apart })[0], "reads: disease, other, part");
    }

    #[test]
    fn truth_of_one_at_any_time() {
        truth_table(
            &kind(false, None),
            &[
                ("active", &[condition("disease", Active, "")], "met"),
                ("past", &[condition("disease", Past, "")], "met"),
                ("refuted", &[condition("disease", Denied, "")], "not-met"),
                ("nothing", &[], "unknown: absent"),
            ],
        );
    }

    #[test]
    fn description() {
        assert_eq!(
            described(&mut kind(true, Some(30))),
            [
                "reads: disease, other",
                "window: Some(30)",
                "shows: met, not-met, unknown",
                "of the order: false",
                "met: an active entry for the disease; one without a status counts as active",
                "met: not older than 30 days",
                "not met: an entry that refutes it",
                "not met: or an active entry for the other",
                "unknown: none recorded: a problem list is no denial",
                "unknown: only entries older than 30 days, which were perhaps never closed",
            ]
        );
        let any_time = described(&mut kind(false, None));
        assert_eq!(
            (any_time[1].as_str(), any_time[4].as_str()),
            ("window: None", "met: an entry for the disease, active or past")
        );
    }
}
