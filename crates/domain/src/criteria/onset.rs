//! How long ago a condition began. The earliest onset counts. The day of recording proves only that it began before.

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::{ConceptId, Condition, Presence, Source};
use crate::time::{When, years_between};
use crate::truth::{Outcome, Reason};

/// A condition that began less than so many years ago.
#[derive(Debug)]
pub struct OnsetWithin {
    /// Which condition.
    pub concept: ConceptId,
    /// The years. Exactly so many years are unknown, because sources differ on whether they count.
    pub years: i16,
}

impl CriterionKind for OnsetWithin {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let years = self.years;
        let of = |c: &&Condition| c.concept == self.concept && c.presence != Presence::Denied;
        let conditions: Vec<&Condition> = subject.facts.conditions.iter().filter(of).collect();
        let today = subject.clock.today();
        let age = |when: &When| years_between(when, today);
        let dated = |when: fn(&Condition) -> Option<&When>| {
            let found = conditions.iter().filter_map(|c| Some((*c, when(c)?)));
            found.min_by_key(|(_, when)| when.first())
        };
        let gap = subject.facts.gaps.get(&self.concept).copied();
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
            // A record that could not be retrieved may hold an earlier onset.
            (_, most) if most < years => gap.map_or(Outcome::Met, Outcome::Unknown),
            _ => Outcome::Unknown(Reason::Boundary),
        };
        with(outcome, condition, when, subject)
    }

    fn properties(&self) -> Properties<'_> {
        Properties { concepts: vec![&self.concept], window_days: None, must_show: EVERY_OUTCOME, is_of_order: false }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let years = self.years;
        Explanation::new(
            format!("the earliest onset of {} is less than {years} years ago", names.concept(&self.concept)),
            format!("onset or first recording at least {years} years ago; the day of recording never counts as onset"),
            format!("no onset date; exactly {years} years, or a partial date that leaves it open"),
        )
    }
}

fn with(outcome: Outcome, condition: &Condition, when: &When, subject: &Subject<'_>) -> Finding {
    let cited = &condition.source;
    let source = Source::new(cited.reference.clone(), cited.received.clone(), Some(when.clone()));
    Finding::of(outcome, vec![source], subject)
}

#[cfg(test)]
mod tests {
    use super::OnsetWithin;
    use crate::fact::Presence;
    use crate::testing::{Fact, began, cited, condition, described, find, truth_table};
    use crate::truth::Reason;

    fn kind() -> OnsetWithin {
        OnsetWithin { concept: "disease".into(), years: 7 }
    }

    #[test]
    fn truth() {
        let gap = Fact::Gap("disease", Reason::NotRetrieved);
        truth_table(
            &kind(),
            &[
                ("two years ago", &[began("2024-05-05", "")], "met"),
                ("twenty years ago", &[began("2006-05-05", "")], "not-met"),
                ("seven years ago tomorrow", &[began("2019-11-23", "")], "met"),
                ("seven years ago today", &[began("2019-11-22", "")], "unknown: boundary"),
                ("seven years ago yesterday", &[began("2019-11-21", "")], "not-met"),
                ("the month of seven years ago", &[began("2019-11", "")], "unknown: boundary"),
                ("the year of seven years ago", &[began("2019", "")], "unknown: boundary"),
                ("the year after", &[began("2020", "")], "met"),
                ("the year before", &[began("2018", "")], "not-met"),
                ("the earliest onset counts", &[began("2024", ""), began("2010", "")], "not-met"),
                ("recorded long ago, onset said to be later", &[began("2024", "2010-01-01")], "not-met"),
                ("recorded exactly seven years ago", &[began("", "2019-11-22")], "not-met"),
                ("recorded lately, without onset", &[began("", "2024-01-01")], "unknown: absent"),
                ("nothing", &[], "unknown: absent"),
                ("refuted", &[condition("disease", Presence::Denied, "2024-01-01")], "unknown: absent"),
                ("lately, and part is missing", &[began("2024", ""), gap.clone()], "unknown: not-retrieved"),
                ("long ago, and part is missing", &[began("2006", ""), gap.clone()], "not-met"),
                ("nothing, and part is missing", std::slice::from_ref(&gap), "unknown: not-retrieved"),
            ],
        );
    }

    #[test]
    fn a_refuted_or_another_condition_has_no_onset() {
        let Fact::Condition(mut refuted) = began("2024", "") else { panic!("a condition") };
        refuted.presence = Presence::Denied;
        let Fact::Condition(mut other) = began("2024", "") else { panic!("a condition") };
        other.concept = "other".into();
        for condition in [refuted, other] {
            assert_eq!(find(&kind(), &[Fact::Condition(condition)]).outcome.to_string(), "unknown: absent");
        }
    }

    #[test]
    fn the_onset_is_shown() {
        let found = find(&kind(), &[began("2024-05-05", "2025-01-01")]);
        assert_eq!((cited(&found), found.words.date.as_deref()), (vec!["Condition/disease"], Some("5 May 2024")));
    }

    #[test]
    fn description() {
        assert_eq!(
            described(&mut kind()),
            [
                "reads: disease",
                "window: None",
                "shows: met, not-met, unknown",
                "of the order: false",
                "met: the earliest onset of the disease is less than 7 years ago",
                "not met: onset or first recording at least 7 years ago; the day of recording never counts as onset",
                "unknown: no onset date; exactly 7 years, or a partial date that leaves it open",
            ]
        );
    }
}
