//! A number against a band: laboratory limits, absolute or in multiples of the result's own upper limit.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

/// The result and the limits in words.
mod words;

use super::newest::{Candidate, choose};
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::{ConceptId, Measurement, ResultStatus, Source};
use crate::quantity::{Band, BandPosition};
use crate::time::{Age, When};
use crate::truth::{Outcome, Reason};
use crate::words::{amount, days};

/// A number against a band.
#[derive(Debug)]
pub struct Quantity {
    /// What is measured.
    pub concept: ConceptId,
    /// The word for its unit: "/µL".
    pub unit: String,
    /// The band in which the criterion is met, in the canonical unit or in multiples of the upper limit.
    pub band: Band,
    /// Bands for indications, by their ids.
    pub by_indication: BTreeMap<String, Band>,
    /// Whether the band is in multiples of the result's own upper limit.
    pub of_upper_limit: bool,
    /// Between which values every laboratory's upper limit lies, for results that bring none.
    pub upper_limit_between: Option<(Decimal, Decimal)>,
    /// The band that counts instead, in the canonical unit, when a result brings no upper limit.
    pub without_upper_limit: Option<Band>,
    /// A value on which sources differ: exactly this one decides nothing.
    pub boundary: Option<Decimal>,
    /// Whether only values before the first dose count, because the drug itself changes them.
    pub before_first_dose: bool,
    /// It is met only if an earlier result, at least so many days older, reached the lower end of the band too.
    pub lasting_days: Option<i64>,
    /// The window in days.
    pub within_days: i64,
}

/// The band of a criterion about a number, for those who draw it.
#[derive(Debug)]
pub struct Limit<'a> {
    /// What is measured.
    pub concept: &'a ConceptId,
    /// The band in which the criterion is met.
    pub band: &'a Band,
    /// Whether it is in multiples of the result's own upper limit.
    pub of_upper_limit: bool,
    /// How old a result may be, in days.
    pub within_days: i64,
    /// The band in words.
    pub words: String,
}

impl CriterionKind for Quantity {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let facts = subject.facts;
        let band = self.band_of(subject.indication.id.as_deref());
        let counts = |m: &&Measurement| {
            m.concept == self.concept && (!self.before_first_dose || subject.before_first_dose(&m.source))
        };
        let results: Vec<&Measurement> = facts.measurements.iter().filter(counts).collect();
        let candidates: Vec<Candidate<'_>> = results
            .iter()
            .map(|m| Candidate { status: m.status, source: &m.source, outcome: self.alone(m, band, subject) })
            .collect();
        let (outcome, deciding) = choose(&candidates, facts.gaps.get(&self.concept).copied());
        let outcome = facts.if_newest(&self.concept, outcome);
        let measured = |c: &&Candidate<'_>| results.iter().find(|m| m.source.is(c.source)).copied();
        let decisive = deciding.first().and_then(measured);
        let final_before = deciding.iter().skip(1).find(|c| c.status == ResultStatus::Final).and_then(measured);
        let mut evidence: Vec<Source> = deciding.iter().map(|c| c.source.clone()).collect();
        let mut outcome = undated(outcome, decisive);
        if let (Outcome::Met, Some(days), Some(newest)) = (outcome, self.lasting_days, decisive) {
            let before = reached_before(&results, newest, days);
            outcome = before.map_or(Outcome::NotMet, |m| self.position(m, &band.without_upper_end()));
            evidence.extend(before.map(|m| m.source.clone()));
        }
        let mut finding = Finding::of(outcome, evidence, subject);
        finding.words.window_days = Some(self.within_days);
        if let Some(decisive) = decisive {
            finding.words = self.words(decisive, band, finding.words);
            finding.words.status = Some(decisive.status.words());
            finding.words.earlier = final_before.and_then(earlier);
        }
        finding
    }

    fn properties(&self) -> Properties<'_> {
        Properties {
            concepts: vec![&self.concept],
            window_days: Some(self.within_days),
            must_show: EVERY_OUTCOME,
            is_of_order: false,
        }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        Some(&mut self.within_days)
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let window = days(self.within_days);
        let mut explanation = Explanation::new(
            format!("{}, result not older than {window}", self.limits(&self.band)),
            "the newest usable result lies elsewhere",
            format!(
                "no usable result within {window}, a newer one that is not final or cannot be read, or results that \
                 contradict each other"
            ),
        );
        for (id, band) in &self.by_indication {
            explanation.met.push(format!("in {}: {}", names.drug.indication_name(id), self.limits(band)));
        }
        if self.of_upper_limit {
            explanation.met.push(self.explain_without_limit());
        }
        if self.before_first_dose {
            let only = "only results from before the first dose count, because the drug itself changes them";
            explanation.met.push(only.to_owned());
        }
        if let Some(lasting) = self.lasting_days {
            let before = format!("and an earlier result, at least {} older, reaches the lower end too", days(lasting));
            explanation.met.push(before);
        }
        if let Some(at) = self.boundary {
            explanation.unknown.push(format!("exactly {}, on which sources differ", amount(at, &self.unit)));
        }
        explanation
    }
}

/// The newest final result that is at least so many days older than this one.
fn reached_before<'m>(results: &[&'m Measurement], newest: &Measurement, days: i64) -> Option<&'m Measurement> {
    let first = newest.source.effective.as_ref()?.first();
    let old_enough = |m: &&&Measurement| {
        let last = m.source.effective.as_ref().map(When::last);
        let apart = last.and_then(|last| last.until(first).ok()).map(|span| i64::from(span.get_days()));
        m.status == ResultStatus::Final && apart.is_some_and(|apart| apart >= days)
    };
    results.iter().filter(old_enough).max_by_key(|m| m.source.effective.as_ref().map(When::last)).copied()
}

/// An earlier result with its date, for a sentence.
fn earlier(m: &Measurement) -> Option<String> {
    Some(format!("{} on {}", m.shown.as_ref()?, m.source.effective.as_ref()?.shown()))
}

/// A value without a date may contradict others, but decides nothing by itself.
fn undated(outcome: Outcome, decisive: Option<&Measurement>) -> Outcome {
    match (outcome, decisive) {
        (Outcome::Met | Outcome::NotMet, Some(m)) if m.source.effective.is_none() => {
            Outcome::Unknown(Reason::Unreadable)
        }
        (outcome, _) => outcome,
    }
}

impl Quantity {
    /// Its band for an indication.
    pub(super) fn limit(&self, indication: Option<&str>) -> Limit<'_> {
        let band = self.band_of(indication);
        let (concept, of_upper_limit, within_days) = (&self.concept, self.of_upper_limit, self.within_days);
        Limit { concept, band, of_upper_limit, within_days, words: self.limits(band) }
    }

    fn band_of(&self, indication: Option<&str>) -> &Band {
        indication.and_then(|id| self.by_indication.get(id)).unwrap_or(&self.band)
    }

    /// What one result says when taken alone.
    fn alone(&self, m: &Measurement, band: &Band, subject: &Subject<'_>) -> Outcome {
        if m.amount == Err(Reason::Absent) {
            return Outcome::Unknown(Reason::Absent);
        }
        if let Some(when) = &m.source.effective {
            match subject.clock.age(when, self.within_days) {
                Age::Older => return Outcome::Unknown(Reason::Stale),
                Age::Straddles => return Outcome::Unknown(Reason::Boundary),
                Age::Within => {}
            }
        }
        match self.position(m, band) {
            // Without a date it is not known to be recent.
            Outcome::NotMet if m.source.effective.is_none() => Outcome::Unknown(Reason::Unreadable),
            outcome => outcome,
        }
    }

    /// Where a result lies, whatever its age.
    fn position(&self, m: &Measurement, band: &Band) -> Outcome {
        let amount = match m.amount {
            Ok(amount) => amount,
            Err(reason) => return Outcome::Unknown(reason),
        };
        if self.boundary.is_some() && amount.exact() == self.boundary {
            return Outcome::Unknown(Reason::Boundary);
        }
        let (position, undecided) = if !self.of_upper_limit {
            (Some(band.position_of(&amount)), Reason::Comparator)
        } else if let Some(limit) = m.upper_limit {
            (amount.over(limit, limit).map(|ratio| band.position_of(&ratio)), Reason::Comparator)
        } else if let Some(instead) = &self.without_upper_limit {
            (Some(instead.position_of(&amount)), Reason::Comparator)
        } else if let Some((least, most)) = self.upper_limit_between {
            (amount.over(least, most).map(|ratio| band.position_of(&ratio)), Reason::NoReferenceRange)
        } else {
            (None, Reason::NoReferenceRange)
        };
        match position {
            Some(BandPosition::Inside) => Outcome::Met,
            Some(BandPosition::Outside) => Outcome::NotMet,
            Some(BandPosition::Across) => Outcome::Unknown(undecided),
            None => Outcome::Unknown(Reason::NoReferenceRange),
        }
    }
}

#[cfg(test)]
mod tests;
