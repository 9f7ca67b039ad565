//! A measurement that fell: the newest value compared with earlier ones of the very same measure, never across
//! measures.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::condition::ever_recorded;
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::course::{Course, cited};
use crate::fact::{ConceptId, Measurement, ResultStatus, Source};
use crate::time::{Age, When};
use crate::truth::{Outcome, Reason};
use crate::words::{days, number};

/// A measurement that fell, each measure compared with itself only.
#[derive(Debug)]
pub struct Fall {
    /// What is measured, such as litres and percent predicted.
    pub concepts: Vec<ConceptId>,
    /// The relative fall in percent from which on the criterion is met.
    pub percent: Decimal,
    /// The days within which it fell.
    pub within_days: i64,
    /// A recorded condition that means the same.
    pub or_condition: Option<ConceptId>,
    /// Only a fall on treatment counts.
    pub on_treatment: Option<OnTreatment>,
}

/// When a fall counts as one on treatment. The order in time decides: a fall from before the treatment says nothing of
/// it, and neither does one long after a treatment for something else.
#[derive(Debug)]
pub struct OnTreatment {
    /// The medicines, any of which will do.
    pub with: Vec<ConceptId>,
    /// How many days it must have been taken before the value that fell.
    pub for_days: i64,
    /// How many days before its start the earlier value may lie.
    pub before_start_days: i64,
    /// How many days before the earlier value it may have ended.
    pub ended_within_days: i64,
}

impl CriterionKind for Fall {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let mut best: Option<Compared> = None;
        let treatment = self.on_treatment.as_ref().map(|needed| Treatment::of(needed, subject));
        for concept in &self.concepts {
            let found = self.compare(concept, treatment.as_ref(), subject);
            if best.as_ref().is_none_or(|best| rank(found.outcome) < rank(best.outcome)) {
                best = Some(found);
            }
        }
        let Compared { outcome: by_measure, percent, mut evidence } =
            best.unwrap_or_else(|| Compared::undecided(Outcome::Unknown(Reason::Absent), None));
        let mut recorded: Vec<Source> = self.or_condition.iter().flat_map(|c| ever_recorded(c, subject)).collect();
        let undated = treatment.is_some() && recorded.iter().any(|source| source.effective.is_none());
        if let Some(treatment) = &treatment {
            recorded.retain(|source| source.effective.as_ref().is_some_and(|when| treatment.holds_at(when.first())));
        }
        let gap = self.or_condition.as_ref().and_then(|c| subject.facts.gaps.get(c).copied());
        let gap = gap.into_iter().chain(treatment.as_ref().and_then(|treatment| treatment.gap)).min();
        let gap = gap.or(undated.then_some(Reason::Boundary));
        let outcome = match (recorded.is_empty(), by_measure, gap) {
            (false, ..) => Outcome::Met,
            // An entry that could not be retrieved, or has no date, may show that it progressed.
            (true, Outcome::NotMet, Some(gap)) => Outcome::Unknown(gap),
            (true, by_measure, _) => by_measure,
        };
        if by_measure == Outcome::Met {
            evidence.extend(recorded);
        } else {
            evidence.splice(0..0, recorded);
        }
        if let (Some(treatment), Outcome::Met | Outcome::NotMet) = (&treatment, outcome) {
            evidence.extend(treatment.sources.iter().cloned());
        }
        let earlier = evidence.get(1).filter(|_| by_measure == Outcome::Met).map(|earlier| {
            let day = earlier.effective.as_ref().map(When::shown).unwrap_or_default();
            format!("{} on {day}", earlier.received)
        });
        let mut finding = Finding::of(outcome, evidence, subject);
        finding.words.earlier = earlier;
        finding.words.value = percent.map(|p| format!("{} %", number(p.round_dp(1))));
        let unfit = treatment.is_some() && outcome == Outcome::Unknown(Reason::Absent);
        finding.words.why = unfit.then_some("no two values that fit a treatment");
        finding
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            concepts: self
                .concepts
                .iter()
                .chain(&self.or_condition)
                .chain(self.on_treatment.iter().flat_map(|on| &on.with))
                .collect(),
            window_days: Some(self.within_days),
            must_show: EVERY_OUTCOME,
            is_of_order: false,
        }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        Some(&mut self.within_days)
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let fell = format!(
            "{} fell by {} % or more of an earlier value within {}, each compared with itself only",
            names.any_of(&self.concepts),
            number(self.percent),
            days(self.within_days)
        );
        let not_met = "two comparable values without such a fall";
        let mut explanation = Explanation::new(fell, not_met, "fewer than two comparable values");
        explanation.met.extend(self.or_condition.iter().map(|id| format!("or {} is on record", names.concept(id))));
        if let Some(on) = &self.on_treatment {
            explanation.met.push(on.words(names));
            explanation.unknown.push("or no pair of values that fits a treatment".to_owned());
        }
        explanation
    }
}

/// The treatments of the patient that may count.
struct Treatment<'a> {
    needed: &'a OnTreatment,
    /// The spans of time over which each medicine was taken.
    spans: Vec<(Date, Date)>,
    /// The records that show it.
    sources: Vec<Source>,
    /// Why records of the medicines may be missing.
    gap: Option<Reason>,
}

impl<'a> Treatment<'a> {
    fn of(needed: &'a OnTreatment, subject: &Subject<'_>) -> Treatment<'a> {
        let (mut spans, mut sources) = (Vec::new(), Vec::new());
        for concept in &needed.with {
            let course = Course::of(subject.facts, subject.clock, |m| m.concept == *concept);
            let taken = course.taken();
            spans.extend(course.spans(taken.iter().map(|m| m.pause_days).max().unwrap_or_default()));
            sources.extend(cited(&taken));
        }
        let gap = needed.with.iter().filter_map(|concept| subject.facts.gaps.get(concept).copied()).min();
        Treatment { needed, spans, sources, gap }
    }

    /// Whether a medicine had been taken for long enough on this day.
    fn holds_at(&self, day: Date) -> bool {
        self.spans.iter().any(|(first, last)| days_between(*first, day.min(*last)) >= self.needed.for_days)
    }

    /// Whether a fall from one day to another is one on treatment.
    fn holds_between(&self, earlier: Date, later: Date) -> bool {
        self.spans.iter().any(|(first, last)| {
            days_between(*first, later.min(*last)) >= self.needed.for_days
                && days_between(earlier, *first) <= self.needed.before_start_days
                && days_between(*last, earlier) <= self.needed.ended_within_days
        })
    }
}

impl OnTreatment {
    fn words(&self, names: &Names<'_>) -> String {
        format!(
            "each on treatment with {}: taken for {} before the later value, begun at most {} after the earlier one, ended at most {} before it",
            names.any_of(&self.with),
            days(self.for_days),
            days(self.before_start_days),
            days(self.ended_within_days)
        )
    }
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// What the values of one measure show.
struct Compared {
    outcome: Outcome,
    /// The largest relative fall, in percent.
    percent: Option<Decimal>,
    evidence: Vec<Source>,
}

impl Compared {
    fn undecided(outcome: Outcome, source: Option<&Source>) -> Compared {
        Compared { outcome, percent: None, evidence: source.cloned().into_iter().collect() }
    }
}

/// Met before not met before unknown: one measure that fell is enough. Of several unknowns the gravest reason is given.
fn rank(outcome: Outcome) -> (u8, Option<Reason>) {
    match outcome {
        Outcome::Met => (0, None),
        Outcome::NotMet => (1, None),
        Outcome::Unknown(reason) => (2, Some(reason)),
        Outcome::NotApplicable => (3, None),
    }
}

impl Fall {
    /// The largest relative fall from an earlier value within the window to the newest one.
    fn compare(&self, concept: &ConceptId, treatment: Option<&Treatment<'_>>, subject: &Subject<'_>) -> Compared {
        let facts = subject.facts;
        let is_final = |m: &&Measurement| m.concept == *concept && m.status == ResultStatus::Final;
        let mut values: Vec<(&When, Decimal, &Source)> = facts
            .measurements
            .iter()
            .filter(is_final)
            .filter_map(|m| Some((m.source.effective.as_ref()?, m.amount.ok()?.exact()?, &m.source)))
            .collect();
        values.sort_by_key(|(when, ..)| when.last());
        let newest = values.last().copied();
        let unusable = facts.measurements.iter().filter(is_final).find_map(|m| {
            let undated_or_newer = |newest: &When| m.source.effective.as_ref().is_none_or(|w| w.is_after(newest));
            let newer = newest.is_none_or(|(newest, ..)| undated_or_newer(newest));
            m.amount.err().filter(|_| newer).map(|reason| (reason, &m.source))
        });
        // A newer value whose status cannot be read is not passed over.
        let unclear = facts.measurements.iter().find(|m| {
            let is_newer =
                |(when, ..): (&When, Decimal, &Source)| m.source.effective.as_ref().is_none_or(|of| !when.is_after(of));
            m.concept == *concept && m.status == ResultStatus::Unclear && newest.is_none_or(is_newer)
        });
        let unusable = unusable.or_else(|| unclear.map(|m| (Reason::NewerUnreadable, &m.source)));
        if let Some((reason, source)) = unusable {
            return Compared::undecided(Outcome::Unknown(reason), Some(source));
        }
        let gaps = facts.gaps.get(concept).copied().into_iter().chain(treatment.and_then(|treatment| treatment.gap));
        let unknown = Outcome::Unknown(gaps.min().unwrap_or(Reason::Absent));
        let Some((newest_when, newest, newest_source)) = newest else { return Compared::undecided(unknown, None) };
        if subject.clock.age(newest_when, self.within_days) == Age::Older {
            return Compared::undecided(Outcome::Unknown(Reason::Stale), Some(newest_source));
        }
        let falls = values.iter().filter_map(|(when, value, source)| {
            let apart = when.last().until(newest_when.last()).ok()?.get_days();
            let counts = treatment.is_none_or(|treatment| treatment.holds_between(when.first(), newest_when.last()));
            let comparable = counts && newest_when.is_after(when) && i64::from(apart) <= self.within_days;
            let percent = fallen(*value, newest)?;
            comparable.then_some((percent, *source))
        });
        let Some((percent, earlier)) = falls.max_by_key(|(percent, _)| *percent) else {
            return Compared::undecided(unknown, Some(newest_source));
        };
        let outcome = if percent >= self.percent { Outcome::Met } else { Outcome::NotMet };
        let later = self.later_fall(concept, &values, newest_when, subject).filter(|_| outcome == Outcome::NotMet);
        if let Some(later) = later {
            return Compared::undecided(Outcome::Unknown(Reason::NotFinal), Some(later));
        }
        // A value without a date may be the newest one.
        let undated = facts.measurements.iter().filter(is_final).find(|m| m.source.effective.is_none());
        if let Some(undated) = undated.filter(|_| outcome == Outcome::NotMet) {
            return Compared::undecided(Outcome::Unknown(Reason::Unreadable), Some(&undated.source));
        }
        Compared {
            outcome: facts.if_newest(concept, outcome),
            percent: Some(percent),
            evidence: vec![newest_source.clone(), earlier.clone()],
        }
    }

    /// A newer value that is not final, or is known by its name only, to which an earlier one fell.
    fn later_fall<'f>(
        &self,
        concept: &ConceptId,
        values: &[(&When, Decimal, &Source)],
        newest: &When,
        subject: &Subject<'f>,
    ) -> Option<&'f Source> {
        let fell = |m: &&Measurement| {
            let not_final = matches!(m.status, ResultStatus::Preliminary | ResultStatus::Named);
            let newer = m.source.effective.as_ref().is_none_or(|when| !newest.is_after(when));
            let Some(amount) = m.amount.ok().and_then(|amount| amount.exact()) else { return false };
            let fall = |(_, value, _): &(&When, Decimal, &Source)| fallen(*value, amount);
            m.concept == *concept && not_final && newer && values.iter().filter_map(fall).any(|by| by >= self.percent)
        };
        subject.facts.measurements.iter().find(fell).map(|m| &m.source)
    }
}

/// The relative fall from one value to another, in percent.
fn fallen(from: Decimal, to: Decimal) -> Option<Decimal> {
    from.checked_sub(to)?.checked_mul(Decimal::from(100))?.checked_div(from)
}

#[cfg(test)]
mod tests {
    use super::{Fall, OnTreatment};
    use crate::fact::{Presence, ResultStatus, Shown};
    use crate::testing::{
        Fact, changed, cited, condition, course, described, find, measured, measured_as, medicine, number, preliminary,
        truth_table, when, with_status,
    };
    use crate::truth::Reason;

    fn kind() -> Fall {
        Fall {
            concepts: vec!["measure".into(), "percent".into()],
            percent: number("10"),
            within_days: 365,
            or_condition: Some("worse".into()),
            on_treatment: None,
        }
    }

    fn two(earlier: &str, newest: &str) -> [Fact; 2] {
        [measured("2026-06-01", earlier), measured("2026-11-01", newest)]
    }

    #[test]
    fn truth_by_measure() {
        let gap = Fact::Gap("measure", Reason::NotRetrieved);
        let percent = |date, value| measured_as("percent", date, value);
        truth_table(
            &kind(),
            &[
                ("a fall by a fifth", &two("2.0", "1.6"), "met"),
                ("a fall by exactly a tenth", &two("2.0", "1.8"), "met"),
                ("a fall by just less", &two("2.0", "1.8001"), "not-met"),
                ("a rise", &two("1.8", "2.0"), "not-met"),
                ("one value", &[measured("2026-11-01", "1.8")], "unknown: absent"),
                ("nothing", &[], "unknown: absent"),
                ("nothing, and part is missing", std::slice::from_ref(&gap), "unknown: not-retrieved"),
                (
                    "one value, and part is missing",
                    &[measured("2026-11-01", "1"), gap.clone()],
                    "unknown: not-retrieved",
                ),
                (
                    "values of two measures are never compared",
                    &[measured("2026-06-01", "2.0"), percent("2026-11-01", "1.0")],
                    "unknown: absent",
                ),
                (
                    "one measure that fell is enough",
                    &[
                        measured("2026-06-01", "2"),
                        measured("2026-11-01", "2"),
                        percent("2026-06-01", "80"),
                        percent("2026-11-01", "60"),
                    ],
                    "met",
                ),
                (
                    "one measure that did not fall is more than one that is unknown",
                    &[percent("2026-11-01", "60"), measured("2026-06-01", "2"), measured("2026-11-01", "2")],
                    "not-met",
                ),
                (
                    "the largest fall counts",
                    &[measured("2026-01-01", "2"), measured("2026-06-01", "1.7"), measured("2026-11-01", "1.7")],
                    "met",
                ),
                (
                    "the last day of the window between them",
                    &[measured("2025-11-01", "2"), measured("2026-11-01", "1")],
                    "met",
                ),
                (
                    "a day more between them",
                    &[measured("2025-10-31", "2"), measured("2026-11-01", "1")],
                    "unknown: absent",
                ),
                (
                    "the newest on the last day of the window",
                    &[measured("2025-06-01", "2"), measured("2025-11-22", "1")],
                    "met",
                ),
                (
                    "the newest a day before it",
                    &[measured("2025-06-01", "2"), measured("2025-11-21", "1")],
                    "unknown: stale",
                ),
                (
                    "two values of one day",
                    &[measured("2026-11-01", "2"), measured("2026-11-01", "1")],
                    "unknown: absent",
                ),
                (
                    "a month that may be the day itself",
                    &[measured("2026-11", "2"), measured("2026-11-10", "1")],
                    "unknown: absent",
                ),
                ("the earlier one is open", &two("<2.0", "1.0"), "unknown: absent"),
                (
                    "the earlier one is preliminary",
                    &[preliminary(measured("2026-06-01", "2")), measured("2026-11-01", "1")],
                    "unknown: absent",
                ),
                (
                    "no fall between two, and one without a date",
                    &[two("2.0", "1.95").as_slice(), &[measured("", "1")]].concat(),
                    "unknown: unreadable",
                ),
                (
                    "a fall between two, and one without a date",
                    &[two("2.0", "1.0").as_slice(), &[measured("", "2")]].concat(),
                    "met",
                ),
                ("the earlier one has no date", &[measured("", "2"), measured("2026-11-01", "1")], "unknown: absent"),
                ("the earlier one is zero", &two("0", "1.0"), "unknown: absent"),
                (
                    "an incomplete list without order",
                    &[two("2.0", "1.0").to_vec(), vec![Fact::Unordered("measure")]].concat(),
                    "unknown: not-retrieved",
                ),
            ],
        );
    }

    #[test]
    fn an_unusable_result_counts_when_it_may_be_the_newest() {
        let with = |extra: Fact| [two("2.0", "1.0").to_vec(), vec![extra]].concat();
        truth_table(
            &kind(),
            &[
                ("newer", &with(measured("2026-11-10", "unit")), "unknown: unit"),
                ("of unknown date", &with(measured("", "unit")), "unknown: unit"),
                ("older", &with(measured("2026-10-01", "unit")), "met"),
                ("of the same day", &with(measured("2026-11-01", "unit")), "met"),
                ("newer, but cancelled", &with(with_status(ResultStatus::Void, measured("2026-11-10", "unit"))), "met"),
                ("newer, of another measure", &with(measured_as("other", "2026-11-10", "unit")), "met"),
                ("alone", &[measured("2026-11-10", "unit")], "unknown: unit"),
            ],
        );
        let unclear = |fact| with_status(ResultStatus::Unclear, fact);
        let stable = |extra: Fact| [two("2.0", "2.0").to_vec(), vec![extra]].concat();
        truth_table(
            &kind(),
            &[
                (
                    "newer, of unclear status",
                    &stable(unclear(measured("2026-11-10", "2"))),
                    "unknown: newer-unreadable",
                ),
                ("older, of unclear status", &stable(unclear(measured("2026-10-10", "1"))), "not-met"),
                (
                    "newer and preliminary, fallen",
                    &stable(preliminary(measured("2026-11-10", "1"))),
                    "unknown: not-final",
                ),
                ("newer and preliminary, stable", &stable(preliminary(measured("2026-11-10", "2"))), "not-met"),
                (
                    "newer and known by its name, fallen",
                    &stable(with_status(ResultStatus::Named, measured("2026-11-10", "1"))),
                    "unknown: not-final",
                ),
                ("older and preliminary, fallen", &stable(preliminary(measured("2026-10-10", "1"))), "not-met"),
            ],
        );
        assert_eq!(cited(&find(&kind(), &with(measured("2026-11-10", "unit")))), ["Observation/unit"]);
    }

    #[test]
    fn truth_by_condition() {
        let worse = condition("worse", Presence::Active, "");
        let gap = Fact::Gap("worse", Reason::NotRetrieved);
        let with = |values: [Fact; 2], extra: &Fact| [values.to_vec(), vec![extra.clone()]].concat();
        truth_table(
            &kind(),
            &[
                ("recorded", std::slice::from_ref(&worse), "met"),
                ("recorded and over", &[condition("worse", Presence::Past, "")], "met"),
                ("refuted", &[condition("worse", Presence::Denied, "")], "unknown: absent"),
                ("recorded, without a fall", &with(two("2", "2"), &worse), "met"),
                ("no fall, and the conditions are missing", &with(two("2", "2"), &gap), "unknown: not-retrieved"),
                ("a fall, and the conditions are missing", &with(two("2", "1"), &gap), "met"),
                ("nothing, and the conditions are missing", std::slice::from_ref(&gap), "unknown: absent"),
            ],
        );
        let fallen = find(&kind(), &with(two("2", "1"), &worse));
        assert_eq!(cited(&fallen), ["Observation/1", "Observation/2", "Condition/worse"]);
        assert_eq!(fallen.words.value.as_deref(), Some("50 %"));
        let recorded = find(&kind(), &with(two("3", "2.9"), &worse));
        assert_eq!(cited(&recorded), ["Condition/worse", "Observation/2.9", "Observation/3"]);
        assert_eq!(recorded.words.value.as_deref(), Some("3.3 %"));
    }

    /// The order in time decides: taken for 60 days before the later value, begun at most 30 days after the earlier one,
    /// ended at most 100 days before it.
    #[test]
    fn truth_on_treatment() {
        let kind = Fall {
            on_treatment: Some(OnTreatment {
                with: vec!["medicine".into(), "other".into()],
                for_days: 60,
                before_start_days: 30,
                ended_within_days: 100,
            }),
            ..kind()
        };
        let fell = |more: &[Fact]| [two("2.0", "1.6").to_vec(), more.to_vec()].concat();
        let since = |day: &str| changed(medicine(Shown::Stated, ""), |m| m.first = when(day));
        let worse = |date| condition("worse", Presence::Active, date);
        let prescribed = changed(medicine(Shown::Prescribed, "2026-01-01"), |m| m.until = when("2026-12-01"));
        truth_table(
            &kind,
            &[
                ("taken all along", &fell(&[since("2025-01-01")]), "met"),
                ("begun 30 days after the earlier value", &fell(&[since("2026-07-01")]), "met"),
                ("begun 31 days after it", &fell(&[since("2026-07-02")]), "unknown: absent"),
                (
                    "a fall before the treatment, none on it",
                    &[fell(&[since("2026-08-15")]), vec![measured("2026-08-01", "1.6")]].concat(),
                    "not-met",
                ),
                (
                    "a smaller fall on treatment after a larger one before it",
                    &[fell(&[since("2026-08-15")]), vec![measured("2026-08-01", "1.8")]].concat(),
                    "met",
                ),
                ("taken for 59 days", &fell(&[course("medicine", "2026-06-01", "2026-07-30")]), "unknown: absent"),
                ("taken for 60 days", &fell(&[course("medicine", "2026-06-01", "2026-07-31")]), "met"),
                ("ended 100 days before", &fell(&[course("medicine", "2025-06-01", "2026-02-21")]), "met"),
                ("ended 101 days before", &fell(&[course("medicine", "2025-06-01", "2026-02-20")]), "unknown: absent"),
                ("another of them", &fell(&[course("other", "2025-06-01", "2026-08-01")]), "met"),
                ("prescribed only", &fell(&[prescribed]), "unknown: absent"),
                ("nothing taken", &fell(&[]), "unknown: absent"),
                (
                    "nothing taken, and part is missing",
                    &fell(&[Fact::Gap("other", Reason::NotRetrieved)]),
                    "unknown: not-retrieved",
                ),
                (
                    "no fall on treatment, and part is missing",
                    &[two("2", "2").to_vec(), vec![since("2025-01-01"), Fact::Gap("other", Reason::NotRetrieved)]]
                        .concat(),
                    "unknown: not-retrieved",
                ),
                ("recorded on treatment", &[since("2026-01-01"), worse("2026-06-01")], "met"),
                ("recorded too early", &[since("2026-05-01"), worse("2026-06-01")], "unknown: absent"),
                (
                    "recorded on an unknown day, and no fall",
                    &[two("2", "2").to_vec(), vec![since("2026-01-01"), worse("")]].concat(),
                    "unknown: boundary",
                ),
            ],
        );
        let found = find(&kind, &fell(&[since("2025-01-01")]));
        assert_eq!(cited(&found), ["Observation/1.6", "Observation/2.0", "MedicationStatement/medicine"]);
        assert_eq!(found.words.earlier.as_deref(), Some("2.0 on 1 Jun 2026"));
        assert_eq!(find(&kind, &fell(&[])).words.why, Some("no two values that fit a treatment"));
        let mut kind = kind;
        let lines = described(&mut kind);
        assert_eq!(lines[0], "reads: measure, percent, worse, medicine, other");
        assert_eq!(
            lines[6],
            "met: each on treatment with the medicine or the other: taken for 60 days before the later value, begun at most 30 days after the earlier one, ended at most 100 days before it"
        );
        assert_eq!(lines[9], "unknown: or no pair of values that fits a treatment");
        kind.on_treatment = None;
        assert_eq!(find(&kind, &[]).words.why, None, "no treatment was asked for");
    }

    #[test]
    fn description() {
        assert_eq!(
            described(&mut kind()),
            [
                "reads: measure, percent, worse",
                "window: Some(365)",
                "shows: met, not-met, unknown",
                "of the order: false",
                "met: the measure or the percent fell by 10 % or more of an earlier value within 365 days, each compared with itself only",
                "met: or the worse is on record",
                "not met: two comparable values without such a fall",
                "unknown: fewer than two comparable values",
            ]
        );
    }
}
