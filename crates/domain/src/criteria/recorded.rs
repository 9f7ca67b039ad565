//! Whether a result, a study or a vaccine is on record within a window, whatever it says.

use super::newest::{Candidate, choose};
use super::{CriterionKind, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::{ConceptId, ResultStatus, Source};
use crate::time::Age;
use crate::truth::{Outcome, Reason};
use crate::words::days;

/// A result, study or vaccine within a window.
#[derive(Debug)]
pub struct RecordedWithin {
    /// The concepts, any of which will do.
    pub concepts: Vec<ConceptId>,
    /// The window in days.
    pub within_days: i64,
}

impl CriterionKind for RecordedWithin {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let facts = subject.facts;
        let measurements = facts.measurements.iter().map(|m| (&m.concept, m.status, &m.source, m.amount.err()));
        let tests = facts.tests.iter().map(|t| (&t.concept, t.status, &t.source, t.verdict.err()));
        let done = facts.events.iter().filter(|e| !e.planned);
        let events = done.map(|e| (&e.concept, ResultStatus::Final, &e.source, e.unusable));
        let candidates: Vec<Candidate<'_>> = measurements
            .chain(tests)
            .chain(events)
            .filter(|(concept, ..)| self.concepts.contains(concept))
            .map(|(_, status, source, wrong)| Candidate { status, source, outcome: self.alone(source, wrong, subject) })
            .collect();
        let gap = self.concepts.iter().filter_map(|concept| facts.gaps.get(concept).copied()).min();
        let (outcome, deciding) = choose(&candidates, gap);
        let mut finding = Finding::of(outcome, deciding.iter().map(|c| c.source.clone()).collect(), subject);
        finding.words.window_days = Some(self.within_days);
        finding
    }

    fn properties(&self) -> Properties<'_> {
        // What is not on record may have been done elsewhere, so it is never shown to be absent.
        Properties {
            concepts: self.concepts.iter().collect(),
            window_days: Some(self.within_days),
            must_show: &["met", "unknown"],
            is_of_order: false,
        }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        Some(&mut self.within_days)
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let window = days(self.within_days);
        Explanation::new(
            format!("{} on record, not older than {window}", names.any_of(&self.concepts)),
            "never: it may have been done elsewhere",
            format!("none within {window}, or only results that are not final"),
        )
    }
}

impl RecordedWithin {
    /// What one record says when taken alone.
    fn alone(&self, source: &Source, wrong: Option<Reason>, subject: &Subject<'_>) -> Outcome {
        let is_old = |when| subject.clock.age(when, self.within_days) == Age::Older;
        match (wrong, &source.effective) {
            // Whatever an old record says, it is too old.
            (Some(Reason::Unreadable), Some(when)) if is_old(when) => Outcome::Unknown(Reason::Stale),
            (Some(reason), _) => Outcome::Unknown(reason),
            (None, None) => Outcome::Unknown(Reason::Unreadable),
            (None, Some(when)) if subject.clock.is_future(when) => Outcome::Unknown(Reason::Implausible),
            (None, Some(when)) => match subject.clock.age(when, self.within_days) {
                Age::Within => Outcome::Met,
                Age::Straddles => Outcome::Unknown(Reason::Boundary),
                Age::Older => Outcome::Unknown(Reason::Stale),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RecordedWithin;
    use crate::fact::Event;
    use crate::fact::ResultStatus::Unusable;
    use crate::testing::{
        Fact, cited, described, event, find, measured, measured_as, preliminary, tested, truth_table, with_status,
    };
    use crate::truth::Reason;

    fn kind() -> RecordedWithin {
        RecordedWithin { concepts: vec!["measure".into(), "test".into(), "study".into()], within_days: 30 }
    }

    #[test]
    fn truth() {
        let gap = Fact::Gap("study", Reason::NotRetrieved);
        let odd = |date: &str| {
            let Fact::Event(event) = event("study", date, false) else { panic!("a study") };
            Fact::Event(Event { unusable: Some(Reason::Unreadable), ..event })
        };
        truth_table(
            &kind(),
            &[
                ("a measurement", &[measured("2026-11-01", "5")], "met"),
                ("a test, whatever it says", &[tested("2026-11-01", "negative")], "met"),
                ("a study", &[event("study", "2026-11-01", false)], "met"),
                ("a study that is planned only", &[event("study", "2026-11-01", true)], "unknown: absent"),
                ("another measurement", &[measured_as("other", "2026-11-01", "5")], "unknown: absent"),
                ("the last day of the window", &[event("study", "2026-10-23", false)], "met"),
                ("a day before the window", &[event("study", "2026-10-22", false)], "unknown: stale"),
                ("a month that begins before the window", &[event("study", "2026-10", false)], "unknown: boundary"),
                ("tomorrow", &[event("study", "2026-11-23", false)], "unknown: implausible"),
                ("no date", &[event("study", "", false)], "unknown: unreadable"),
                ("a study of unreadable status", &[odd("2026-11-01")], "unknown: unreadable"),
                ("an old study of unreadable status", &[odd("2026-10-22")], "unknown: stale"),
                ("a measurement without a usable unit", &[measured("2026-11-01", "unit")], "unknown: unit"),
                ("a test without a verdict", &[tested("2026-11-01", "indeterminate")], "unknown: indeterminate"),
                ("preliminary", &[preliminary(measured("2026-11-01", "5"))], "unknown: status"),
                ("cancelled", &[with_status(Unusable, tested("2026-11-01", "negative"))], "unknown: status"),
                ("nothing", &[], "unknown: absent"),
                ("nothing, and part is missing", std::slice::from_ref(&gap), "unknown: not-retrieved"),
                (
                    "an old one, and part is missing",
                    &[event("study", "2020", false), gap.clone()],
                    "unknown: not-retrieved",
                ),
                ("a new one, and part is missing", &[event("study", "2026-11-01", false), gap.clone()], "met"),
            ],
        );
    }

    #[test]
    fn description() {
        let found = find(&kind(), &[event("study", "2026-11-01", false)]);
        assert_eq!((cited(&found), found.words.window_days), (vec!["Procedure/study"], Some(30)));
        assert_eq!(
            described(&mut kind()),
            [
                "reads: measure, test, study",
                "window: Some(30)",
                "shows: met, unknown",
                "of the order: false",
                "met: the measure, the test or the study on record, not older than 30 days",
                "not met: never: it may have been done elsewhere",
                "unknown: none within 30 days, or only results that are not final",
            ]
        );
    }
}
