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
mod tests;
