//! How long ago a condition began. The earliest onset counts. The day of recording proves only that it began before.

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names};
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

    fn concepts(&self) -> Vec<&ConceptId> {
        vec![&self.concept]
    }

    fn window(&self) -> Option<i64> {
        None
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

    fn must_show(&self) -> &'static [&'static str] {
        EVERY_OUTCOME
    }

    fn is_of_order(&self) -> bool {
        false
    }
}

fn with(outcome: Outcome, condition: &Condition, when: &When, subject: &Subject<'_>) -> Finding {
    let cited = &condition.source;
    let source = Source::new(cited.reference.clone(), cited.received.clone(), Some(when.clone()));
    Finding::of(outcome, vec![source], subject)
}
