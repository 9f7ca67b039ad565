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
    /// As monitoring of a treatment: what of the drug's plan it belongs to. The plan then gives the window, and from the
    /// day on which the first result is due only results from after the first dose count.
    pub on_treatment: Option<String>,
}

/// The window that holds for one patient.
struct Window {
    days: i64,
    /// Whether only results from after the first dose count.
    after_first_dose: bool,
}

impl CriterionKind for RecordedWithin {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let facts = subject.facts;
        let Some(window) = self.window(subject) else { return Finding::bare(Outcome::NotApplicable) };
        let measurements = facts.measurements.iter().map(|m| (&m.concept, m.status, &m.source, m.amount.err()));
        let tests = facts.tests.iter().map(|t| (&t.concept, t.status, &t.source, t.verdict.err()));
        let done = facts.events.iter().filter(|e| !e.planned);
        let events = done.map(|e| (&e.concept, ResultStatus::Final, &e.source, e.unusable));
        let candidates: Vec<Candidate<'_>> = measurements
            .chain(tests)
            .chain(events)
            .filter(|(concept, ..)| self.concepts.contains(concept))
            .map(|(_, status, source, wrong)| Candidate {
                status,
                source,
                outcome: alone(source, wrong, &window, subject),
            })
            .collect();
        let gap = self.concepts.iter().filter_map(|concept| facts.gaps.get(concept).copied()).min();
        let (outcome, deciding) = choose(&candidates, gap);
        let outcome = match outcome {
            // Here a result that is there is the good news, so that one which is not final shows nothing.
            Outcome::Unknown(Reason::NotFinal) if deciding.first().is_some_and(|c| c.status == ResultStatus::Named) => {
                Outcome::Unknown(Reason::Code)
            }
            Outcome::Unknown(Reason::NotFinal) => Outcome::Unknown(Reason::Status),
            outcome => outcome,
        };
        let mut finding = Finding::of(outcome, deciding.iter().map(|c| c.source.clone()).collect(), subject);
        finding.words.window_days = Some(window.days);
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
        let mut explanation = Explanation::new(
            format!("{} on record, not older than {window}", names.any_of(&self.concepts)),
            "never: it may have been done elsewhere",
            format!("none within {window}, or only results that are not final"),
        );
        if self.on_treatment.is_some() {
            explanation
                .met
                .push("once it is due on treatment, only results from after the first dose count".to_owned());
            explanation.met.push("the monitoring plan says by use and time how old they may be".to_owned());
        }
        explanation
    }
}

impl RecordedWithin {
    /// How old a result may be for this patient, and from when on results count; `None` where the plan asks for none.
    fn window(&self, subject: &Subject<'_>) -> Option<Window> {
        let before = Window { days: self.within_days, after_first_dose: false };
        let (Some(of), Some(days)) = (&self.on_treatment, subject.days_since_first_dose()) else { return Some(before) };
        let row = subject.drug.monitoring(of, subject.indication.id.as_deref(), days)?;
        if days <= row.to_days {
            return Some(before);
        }
        let window = if row.once { days } else { row.to_days.min(days) };
        Some(Window { days: window, after_first_dose: true })
    }
}

/// What one record says when taken alone.
fn alone(source: &Source, wrong: Option<Reason>, window: &Window, subject: &Subject<'_>) -> Outcome {
    let is_before_treatment = window.after_first_dose && subject.before_first_dose(source);
    let is_old = |when| is_before_treatment || subject.clock.age(when, window.days) == Age::Older;
    match (wrong, &source.effective) {
        // Whatever an old record says, and however it was sent, it is too old.
        (_, Some(when)) if is_old(when) => Outcome::Unknown(Reason::Stale),
        (Some(reason), _) => Outcome::Unknown(reason),
        (None, None) => Outcome::Unknown(Reason::Unreadable),
        (None, Some(when)) if subject.clock.is_future(when) => Outcome::Unknown(Reason::Implausible),
        (None, Some(when)) => match subject.clock.age(when, window.days) {
            Age::Within => Outcome::Met,
            Age::Straddles => Outcome::Unknown(Reason::Boundary),
            Age::Older => Outcome::Unknown(Reason::Stale),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::RecordedWithin;
    use crate::fact::ResultStatus::{Named, Unclear, Void};
    use crate::fact::{Event, Shown};
    use crate::testing::{
        Fact, cited, described, event, find, measured, measured_as, medicine_as, preliminary, tested, truth_table,
        with_status,
    };
    use crate::truth::Reason;

    fn kind() -> RecordedWithin {
        RecordedWithin {
            concepts: vec!["measure".into(), "test".into(), "study".into()],
            within_days: 30,
            on_treatment: None,
        }
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
                ("an old measurement without a usable unit", &[measured("2026-10-22", "unit")], "unknown: stale"),
                ("a test without a verdict", &[tested("2026-11-01", "indeterminate")], "unknown: indeterminate"),
                ("preliminary", &[preliminary(measured("2026-11-01", "5"))], "unknown: status"),
                ("status unclear", &[with_status(Unclear, measured("2026-11-01", "5"))], "unknown: status"),
                ("named only", &[with_status(Named, measured("2026-11-01", "5"))], "unknown: code"),
                ("cancelled", &[with_status(Void, tested("2026-11-01", "negative"))], "unknown: status"),
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
    fn truth_of_monitoring() {
        let watched = |of: &str| RecordedWithin { within_days: 90, on_treatment: Some(of.to_owned()), ..kind() };
        let since = |day: &str| medicine_as("drug", Shown::Administered, day);
        let baseline = || measured("2026-09-15", "5");
        truth_table(
            &watched("blood"),
            &[
                ("56 days on treatment, a result from before", &[since("2026-09-27"), baseline()], "met"),
                ("57 days on treatment, a result from before", &[since("2026-09-26"), baseline()], "unknown: stale"),
                (
                    "57 days on treatment, a result from after",
                    &[since("2026-09-26"), measured("2026-09-27", "5")],
                    "met",
                ),
                (
                    "182 days on treatment, 57 days since the result",
                    &[since("2026-05-24"), measured("2026-09-26", "5")],
                    "unknown: stale",
                ),
                (
                    "183 days on treatment, 57 days since the result",
                    &[since("2026-05-23"), measured("2026-09-26", "5")],
                    "met",
                ),
                (
                    "years on treatment, 91 days since the result",
                    &[since("2024-05-23"), measured("2026-08-23", "5")],
                    "unknown: stale",
                ),
                (
                    "on treatment, an unusable result from before",
                    &[since("2026-09-26"), measured("2026-09-15", "unit")],
                    "unknown: stale",
                ),
                ("a first dose without a date", &[since(""), baseline()], "met"),
                ("nothing", &[since("2026-05-23")], "unknown: absent"),
            ],
        );
        truth_table(
            &watched("once"),
            &[
                ("not due yet", &[since("2026-09-27"), baseline()], "met"),
                ("one result on treatment, long ago", &[since("2025-12-01"), measured("2025-12-02", "5")], "met"),
                ("only one from before", &[since("2026-09-20"), baseline()], "unknown: stale"),
                ("no longer asked for", &[since("2025-11-20"), baseline()], "not-applicable"),
            ],
        );
        truth_table(&watched("other-use"), &[("another use", &[since("2026-09-20"), baseline()], "not-applicable")]);
        let found = find(&watched("blood"), &[since("2026-09-25"), measured("2026-09-01", "5")]);
        assert_eq!(found.words.window_days, Some(56), "never longer than the treatment goes on");
        let lines = described(&mut watched("blood"));
        assert_eq!(lines[5], "met: once it is due on treatment, only results from after the first dose count");
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
