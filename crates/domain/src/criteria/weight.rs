//! The body weight that a dose is calculated with: the newest usable one. Which weight is believed, and for how long it
//! counts, depends on the age, because a child grows and an adult hardly does.

use rust_decimal::Decimal;

use super::newest::{Candidate, choose};
use crate::assess::Subject;
use crate::fact::{Measurement, Source};
use crate::rule::{WeightAge, WeightRules};
use crate::time::{Age, When, years_between};
use crate::truth::{Outcome, Reason};
use crate::words::amount;

/// A body weight that may be calculated with.
#[derive(Debug, Clone)]
pub(crate) struct Weight {
    /// Kilograms, to a tenth.
    pub kilograms: Decimal,
    /// The record that says it.
    pub source: Source,
}

/// Why there is no body weight to calculate with.
#[derive(Debug, Clone)]
pub(crate) struct Unusable {
    /// The reason.
    pub reason: Reason,
    /// The weights that do not count.
    pub evidence: Vec<Source>,
    /// How many days the weight of this patient counts.
    pub within_days: Option<i64>,
}

impl Weight {
    /// The weight in words: "72 kg".
    pub fn words(&self) -> String {
        amount(self.kilograms, "kg")
    }

    /// The weight with its day: "72 kg (3 Nov 2026)".
    pub fn with_date(&self) -> String {
        let date = self.source.effective.as_ref().map(|when| format!(" ({})", when.shown()));
        format!("{}{}", self.words(), date.unwrap_or_default())
    }
}

/// The newest usable weight of the patient.
pub(crate) fn usable(subject: &Subject<'_>) -> Result<Weight, Unusable> {
    let Some(rules) = &subject.drug.weight else {
        return Err(Unusable { reason: Reason::Absent, evidence: Vec::new(), within_days: None });
    };
    let facts = subject.facts;
    let weights: Vec<&Measurement> = facts.measurements.iter().filter(|m| m.concept == rules.concept).collect();
    let candidates: Vec<Candidate<'_>> = weights
        .iter()
        .map(|m| Candidate { status: m.status, source: &m.source, outcome: alone(m, rules, subject) })
        .collect();
    let (outcome, deciding) = choose(&candidates, facts.gaps.get(&rules.concept).copied());
    let evidence = || deciding.iter().map(|candidate| candidate.source.clone()).collect();
    let within_days = Some(at_age(rules, age(subject, None)).within_days);
    let reason = match facts.if_newest(&rules.concept, outcome) {
        Outcome::Met => {
            let usable = deciding.iter().filter(|candidate| candidate.outcome == Outcome::Met);
            let found: Vec<Weight> = usable.filter_map(|candidate| weight(&weights, candidate.source)).collect();
            match found.first() {
                Some(first) if found.iter().all(|other| is_near(first, other)) => return Ok(first.clone()),
                Some(_) => Reason::Conflicting,
                None => Reason::Unreadable,
            }
        }
        Outcome::Unknown(reason) => reason,
        Outcome::NotMet | Outcome::NotApplicable => Reason::Absent,
    };
    Err(Unusable { reason, evidence: evidence(), within_days })
}

fn weight(weights: &[&Measurement], source: &Source) -> Option<Weight> {
    let measured = weights.iter().find(|m| m.source.is(source))?;
    let kilograms = measured.amount.ok()?.exact()?.round_dp(1);
    Some(Weight { kilograms, source: measured.source.clone() })
}

/// Whether two weights of one moment differ by no more than a tenth.
fn is_near(one: &Weight, other: &Weight) -> bool {
    let (least, most) = (one.kilograms.min(other.kilograms), one.kilograms.max(other.kilograms));
    most.checked_mul(Decimal::TEN).zip(least.checked_mul(Decimal::from(11))).is_some_and(|(most, least)| most <= least)
}

/// Whether one weight may be calculated with, taken alone.
fn alone(measured: &Measurement, rules: &WeightRules, subject: &Subject<'_>) -> Outcome {
    let unknown = Outcome::Unknown;
    let kilograms = match measured.amount.map(|amount| amount.exact()) {
        Ok(Some(kilograms)) => kilograms,
        Ok(None) => return unknown(Reason::Comparator),
        Err(reason) => return unknown(reason),
    };
    // Without a date it is not known to be recent.
    let Some(when) = &measured.source.effective else { return unknown(Reason::Unreadable) };
    let (then, now) = (at_age(rules, age(subject, Some(when))), at_age(rules, age(subject, None)));
    if kilograms < then.least || kilograms > then.most {
        return unknown(Reason::Implausible);
    }
    match subject.clock.age(when, then.within_days.min(now.within_days)) {
        Age::Within => Outcome::Met,
        Age::Older => unknown(Reason::Stale),
        Age::Straddles => unknown(Reason::Boundary),
    }
}

/// The age in full years, on the day of a weight or of the order; `None` where it is not known.
fn age(subject: &Subject<'_>, when: Option<&When>) -> Option<i16> {
    let (birth, _) = subject.facts.birth.as_ref()?.as_ref().ok()?;
    let (fewest, _) = years_between(birth, when.map_or(subject.clock.today(), When::last));
    Some(fewest.max(0))
}

/// What holds at an age. Without one, every weight is believed that is at any age, for as long as at every age.
fn at_age(rules: &WeightRules, years: Option<i16>) -> WeightAge {
    let nothing = WeightAge { below_years: None, within_days: 0, least: Decimal::ZERO, most: Decimal::ZERO };
    match years {
        Some(years) => {
            let of_age = rules.ages.iter().find(|age| age.below_years.is_none_or(|below| years < below));
            of_age.copied().unwrap_or(nothing)
        }
        None => rules.ages.iter().copied().reduce(loosest).unwrap_or(nothing),
    }
}

fn loosest(one: WeightAge, other: WeightAge) -> WeightAge {
    WeightAge {
        below_years: None,
        within_days: one.within_days.min(other.within_days),
        least: one.least.min(other.least),
        most: one.most.max(other.most),
    }
}

#[cfg(test)]
mod tests {
    use super::{Unusable, Weight, usable};
    use crate::assess::Subject;
    use crate::rule::{Drug, WeightAge, WeightRules};
    use crate::testing::{Fact, drug, measured_as, number, order, preliminary, when, with_subject};
    use crate::truth::Reason;

    /// A child counts for 90 days and weighs up to 90 kg, an adult for a year and from 25 kg.
    fn weighed() -> Drug {
        let age = |below_years, within_days, least: &str, most: &str| WeightAge {
            below_years,
            within_days,
            least: number(least),
            most: number(most),
        };
        let ages = vec![age(Some(12), 90, "2", "90"), age(None, 365, "25", "400")];
        Drug { weight: Some(WeightRules { concept: "weight".into(), ages }), ..drug() }
    }

    fn found(known: &[Fact], born: &str) -> Result<Weight, Unusable> {
        let birth = when(born).map(|born| Fact::Birth(Ok(born)));
        let known: Vec<Fact> = known.iter().cloned().chain(birth).collect();
        with_subject(&known, &order(), None, |subject| {
            let drug = weighed();
            let &Subject { facts, order, indication, clock, .. } = subject;
            usable(&Subject::new(&drug, facts, order, indication, clock))
        })
    }

    #[test]
    fn the_newest_usable_weight_counts() {
        let weight = |date: &str, kilograms: &str| measured_as("weight", date, kilograms);
        let (adult, child) = ("1980-05-05", "2018-05-05");
        for (name, known, born, expected) in [
            ("none", vec![], adult, Err(Reason::Absent)),
            ("one", vec![weight("2026-11-03", "72")], adult, Ok("72 kg (3 Nov 2026)")),
            ("to a tenth", vec![weight("2026-11-03", "72.0303")], adult, Ok("72 kg (3 Nov 2026)")),
            (
                "the newer one",
                vec![weight("2026-11-03", "72"), weight("2026-11-10", "74")],
                adult,
                Ok("74 kg (10 Nov 2026)"),
            ),
            ("an adult, a year ago", vec![weight("2025-11-22", "72")], adult, Ok("72 kg (22 Nov 2025)")),
            ("an adult, longer ago", vec![weight("2025-11-21", "72")], adult, Err(Reason::Stale)),
            ("a child, 90 days ago", vec![weight("2026-08-24", "24")], child, Ok("24 kg (24 Aug 2026)")),
            ("a child, 91 days ago", vec![weight("2026-08-23", "24")], child, Err(Reason::Stale)),
            ("the least of an adult", vec![weight("2026-11-03", "25")], adult, Ok("25 kg (3 Nov 2026)")),
            ("too light for an adult", vec![weight("2026-11-03", "24.9")], adult, Err(Reason::Implausible)),
            ("the most of a child", vec![weight("2026-11-03", "90")], child, Ok("90 kg (3 Nov 2026)")),
            ("too heavy for a child", vec![weight("2026-11-03", "90.1")], child, Err(Reason::Implausible)),
            ("of an unknown age", vec![weight("2026-11-03", "3")], "", Ok("3 kg (3 Nov 2026)")),
            ("of an unknown age, 91 days ago", vec![weight("2026-08-23", "30")], "", Err(Reason::Stale)),
            (
                "a newer one that is not believed",
                vec![weight("2026-11-10", "720"), weight("2026-11-03", "72")],
                adult,
                Ok("72 kg (3 Nov 2026)"),
            ),
            ("without a unit", vec![weight("2026-11-03", "unit")], adult, Err(Reason::Unit)),
            ("more than", vec![weight("2026-11-03", ">72")], adult, Err(Reason::Comparator)),
            ("without a date", vec![weight("", "72")], adult, Err(Reason::Unreadable)),
            ("a partial date", vec![weight("2025-11", "72")], adult, Err(Reason::Boundary)),
            ("not final", vec![preliminary(weight("2026-11-03", "72"))], adult, Err(Reason::NotFinal)),
            ("not retrieved", vec![Fact::Gap("weight", Reason::NotRetrieved)], adult, Err(Reason::NotRetrieved)),
            (
                "in no order",
                vec![weight("2026-11-03", "72"), Fact::Unordered("weight")],
                adult,
                Err(Reason::NotRetrieved),
            ),
            (
                "two of one day that agree",
                vec![weight("2026-11-03", "72"), weight("2026-11-03", "79")],
                adult,
                Ok("72 kg (3 Nov 2026)"),
            ),
            (
                "two of one day that differ",
                vec![weight("2026-11-03", "72"), weight("2026-11-03", "80")],
                adult,
                Err(Reason::Conflicting),
            ),
        ] {
            let found = found(&known, born).map(|weight| weight.with_date()).map_err(|unusable| unusable.reason);
            assert_eq!(found, expected.map(str::to_owned), "{name}");
        }
    }
}
