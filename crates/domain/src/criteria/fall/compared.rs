//! What the values of one measure show: the newest usable one, compared with earlier ones of the same measure.

use rust_decimal::Decimal;

use super::Fall;
use super::treatment::Treatment;
use crate::assess::Subject;
use crate::fact::{ConceptId, Facts, Measurement, ResultStatus, Source};
use crate::time::{Age, When};
use crate::truth::{Outcome, Reason};

/// What the values of one measure show.
pub(super) struct Compared {
    pub(super) outcome: Outcome,
    /// The largest relative fall, in percent.
    pub(super) percent: Option<Decimal>,
    pub(super) evidence: Vec<Source>,
}

impl Compared {
    pub(super) fn undecided(outcome: Outcome, source: Option<&Source>) -> Compared {
        Compared { outcome, percent: None, evidence: source.cloned().into_iter().collect() }
    }

    /// Met before not met before unknown: one measure that fell is enough. Of several unknowns the gravest reason is
    /// given.
    pub(super) fn rank(&self) -> (u8, Option<Reason>) {
        match self.outcome {
            Outcome::Met => (0, None),
            Outcome::NotMet => (1, None),
            Outcome::Unknown(reason) => (2, Some(reason)),
            Outcome::NotApplicable => (3, None),
        }
    }
}

/// A final value with its date and its record.
type Value<'f> = (&'f When, Decimal, &'f Source);

impl Fall {
    /// The largest relative fall from an earlier value within the window to the newest one.
    pub(super) fn compare(
        &self,
        concept: &ConceptId,
        treatment: Option<&Treatment<'_>>,
        subject: &Subject<'_>,
    ) -> Compared {
        let facts = subject.facts;
        let values = final_values(concept, facts);
        let newest = values.last().copied();
        if let Some((reason, source)) = unusable(concept, newest, facts) {
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
        let doubt = || {
            let later = self.later_fall(concept, &values, newest_when, subject);
            // A value without a date may be the newest one.
            let undated = || of_concept(concept, facts).find(|m| is_final(m) && m.source.effective.is_none());
            later
                .map(|source| (Reason::NotFinal, source))
                .or_else(|| undated().map(|m| (Reason::Unreadable, &m.source)))
        };
        if outcome == Outcome::NotMet
            && let Some((reason, source)) = doubt()
        {
            return Compared::undecided(Outcome::Unknown(reason), Some(source));
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
        values: &[Value<'_>],
        newest: &When,
        subject: &Subject<'f>,
    ) -> Option<&'f Source> {
        let fell = |m: &&Measurement| {
            let not_final = matches!(m.status, ResultStatus::Preliminary | ResultStatus::Named);
            let newer = m.source.effective.as_ref().is_none_or(|when| !newest.is_after(when));
            let Some(amount) = m.amount.ok().and_then(|amount| amount.exact()) else { return false };
            let fall = |(_, value, _): &Value<'_>| fallen(*value, amount);
            m.concept == *concept && not_final && newer && values.iter().filter_map(fall).any(|by| by >= self.percent)
        };
        subject.facts.measurements.iter().find(fell).map(|m| &m.source)
    }
}

/// The relative fall from one value to another, in percent.
fn fallen(from: Decimal, to: Decimal) -> Option<Decimal> {
    from.checked_sub(to)?.checked_mul(Decimal::from(100))?.checked_div(from)
}

fn of_concept<'f>(concept: &ConceptId, facts: &'f Facts) -> impl Iterator<Item = &'f Measurement> {
    facts.measurements.iter().filter(move |m| m.concept == *concept)
}

fn is_final(measurement: &Measurement) -> bool {
    measurement.status == ResultStatus::Final
}

/// The final values of a measure that have a date, the oldest first.
fn final_values<'f>(concept: &ConceptId, facts: &'f Facts) -> Vec<Value<'f>> {
    let of = |m: &'f Measurement| Some((m.source.effective.as_ref()?, m.amount.ok()?.exact()?, &m.source));
    let mut values: Vec<Value<'f>> = of_concept(concept, facts).filter(|m| is_final(m)).filter_map(of).collect();
    values.sort_by_key(|(when, ..)| when.last());
    values
}

/// A result that may be newer than the newest value and cannot be used, so that it is not passed over: a final one
/// without a number, or one whose status cannot be read.
fn unusable<'f>(concept: &ConceptId, newest: Option<Value<'f>>, facts: &'f Facts) -> Option<(Reason, &'f Source)> {
    let without_number = of_concept(concept, facts).filter(|m| is_final(m)).find_map(|m| {
        let is_newer = |newest: &When| m.source.effective.as_ref().is_none_or(|when| when.is_after(newest));
        let counts = newest.is_none_or(|(newest, ..)| is_newer(newest));
        m.amount.err().filter(|_| counts).map(|reason| (reason, &m.source))
    });
    let unclear = || {
        of_concept(concept, facts).find(|m| {
            let is_older = |newest: &When| m.source.effective.as_ref().is_some_and(|when| newest.is_after(when));
            m.status == ResultStatus::Unclear && !newest.is_some_and(|(newest, ..)| is_older(newest))
        })
    };
    without_number.or_else(|| unclear().map(|m| (Reason::NewerUnreadable, &m.source)))
}
