//! A number against a band: laboratory limits, absolute or in multiples of the result's own upper limit.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::newest::{Candidate, choose};
use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties, Words};
use crate::assess::Subject;
use crate::fact::{ConceptId, Measurement, ResultStatus, Source};
use crate::quantity::{Band, BandPosition};
use crate::time::{Age, When};
use crate::truth::{Outcome, Reason};
use crate::words::{amount, band, days, number};

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

    /// The words of the result that decided.
    fn words(&self, m: &Measurement, band: &Band, base: Words) -> Words {
        let times = |limit: Decimal| [&number(limit), " x upper limit"].concat();
        let shown = |limit: Decimal| if self.of_upper_limit { times(limit) } else { amount(limit, &self.unit) };
        let limit = band.limit().map(shown);
        let range = match (band.low(), band.high()) {
            _ if self.of_upper_limit && m.upper_limit.is_none() => self.assumed_limit(m, band),
            (Some(low), Some(high)) => Some(["label range ", &number(low), " to ", &shown(high)].concat()),
            _ => limit.as_ref().map(|limit| ["limit ", limit].concat()),
        };
        let ratio = m
            .upper_limit
            .and_then(|upper| m.amount.ok()?.exact()?.checked_div(upper))
            .map(|ratio| times(ratio.round_dp(2)));
        Words { value: m.shown.clone().or(base.what.clone()), limit, range, ratio, ..base }
    }

    /// Which upper limit was assumed for a result that brings none: the one that decides for every laboratory.
    fn assumed_limit(&self, m: &Measurement, band: &Band) -> Option<String> {
        let (least, most) = self.upper_limit_between.filter(|_| self.without_upper_limit.is_none())?;
        let value = m.amount.ok()?.exact()?;
        let (factor, limit) = (band.low()?, |limit| amount(limit, &self.unit));
        let said = if value > factor.checked_mul(most)? {
            format!("above {} x even the highest usual one, {}", number(factor), limit(most))
        } else if value <= factor.checked_mul(least)? {
            format!("not above {} x even the lowest usual one, {}", number(factor), limit(least))
        } else {
            format!("usual ones lie between {} and {}", number(least), limit(most))
        };
        Some(format!("no upper limit given; {said}"))
    }

    /// A band of this quantity in words: "below 2,000/µL", "above 5 x the result's own upper limit".
    fn limits(&self, of: &Band) -> String {
        if !self.of_upper_limit {
            return band(of, &|value| amount(value, &self.unit));
        }
        match (of.low(), of.high()) {
            (Some(_), Some(_)) => format!("{} x the result's own upper limit", band(of, &number)),
            _ => band(of, &|value| format!("{} x the result's own upper limit", number(value))),
        }
    }

    /// What counts when a result brings no upper limit.
    fn explain_without_limit(&self) -> String {
        let said = if let Some(instead) = &self.without_upper_limit {
            band(instead, &|value| amount(value, &self.unit))
        } else if let Some((least, most)) = self.upper_limit_between {
            let span = format!("{} and {}", number(least), amount(most, &self.unit));
            let consequence = self.explain_unsure_limit(least, most).unwrap_or_default();
            format!("every laboratory's limit is taken to lie between {span}{consequence}")
        } else {
            "it stays unknown".to_owned()
        };
        format!("without an upper limit, {said}")
    }

    /// What an upper limit between two values means for a band that is open above.
    fn explain_unsure_limit(&self, least: Decimal, most: Decimal) -> Option<String> {
        let (Some(factor), None) = (self.band.low(), self.band.high()) else { return None };
        let (passes, fails) = (factor.checked_mul(least)?, factor.checked_mul(most)?);
        Some(format!(
            ": above {} is then met, at most {} is not met, and between these it stays unknown",
            amount(fails, &self.unit),
            amount(passes, &self.unit)
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Quantity;
    use crate::criteria::{CriterionKind, Earlier};
    use crate::fact::{ResultStatus, Shown};
    use crate::quantity::Band;
    use crate::testing::{
        Fact, by_indication, cited, described, find, measured, measured_as, medicine_as, number, order, preliminary,
        rule, truth_table, with_status, with_subject,
    };
    use crate::truth::Reason;

    const DAY: &str = "2026-11-01";

    fn below(limit: &str) -> Band {
        Band::new(None, Some((number(limit), false)))
    }

    fn above(limit: &str) -> Band {
        Band::new(Some((number(limit), false)), None)
    }

    fn kind(band: Band) -> Quantity {
        Quantity {
            concept: "measure".into(),
            unit: "/µL".to_owned(),
            band,
            by_indication: BTreeMap::new(),
            of_upper_limit: false,
            upper_limit_between: None,
            without_upper_limit: None,
            boundary: None,
            before_first_dose: false,
            lasting_days: None,
            within_days: 30,
        }
    }

    #[test]
    fn truth() {
        let gap = Fact::Gap("measure", Reason::NotRetrieved);
        truth_table(
            &kind(below("2000")),
            &[
                ("below", &[measured(DAY, "1999.9")], "met"),
                ("exactly the limit", &[measured(DAY, "2000.0")], "not-met"),
                ("above", &[measured(DAY, "2001")], "not-met"),
                ("open, wholly below", &[measured(DAY, "<1500")], "met"),
                ("open, across the limit", &[measured(DAY, ">1500")], "unknown: comparator"),
                ("the last day of the window", &[measured("2026-10-23", "1")], "met"),
                ("a day before the window", &[measured("2026-10-22", "1")], "unknown: stale"),
                ("a month that begins before the window", &[measured("2026-10", "1")], "unknown: boundary"),
                ("no date", &[measured("", "1")], "unknown: unreadable"),
                ("no date, above", &[measured("", "5000")], "unknown: unreadable"),
                ("no date, and another that agrees", &[measured("", "1"), measured(DAY, "1")], "unknown: unreadable"),
                (
                    "no date, and another that differs",
                    &[measured("", "1"), measured(DAY, "5000")],
                    "unknown: conflicting",
                ),
                ("one day, two answers", &[measured(DAY, "1"), measured(DAY, "5000")], "unknown: conflicting"),
                ("the newest counts", &[measured(DAY, "5000"), measured("2026-10-30", "1")], "not-met"),
                ("no value", &[measured(DAY, "absent")], "unknown: absent"),
                ("no usable unit", &[measured(DAY, "unit")], "unknown: unit"),
                ("not believable", &[measured(DAY, "implausible")], "unknown: implausible"),
                ("an old one without a usable unit", &[measured("2020-01-01", "unit")], "unknown: stale"),
                ("an old one without a value", &[measured("2020-01-01", "absent")], "unknown: absent"),
                ("preliminary", &[preliminary(measured(DAY, "1"))], "unknown: not-final"),
                ("preliminary, above", &[preliminary(measured(DAY, "5000"))], "unknown: status"),
                ("cancelled", &[with_status(ResultStatus::Void, measured(DAY, "1"))], "unknown: status"),
                ("another measure", &[measured_as("other", DAY, "1")], "unknown: absent"),
                ("nothing", &[], "unknown: absent"),
                ("nothing, and part is missing", std::slice::from_ref(&gap), "unknown: not-retrieved"),
                ("one, and part is missing", &[measured(DAY, "1"), gap.clone()], "met"),
                (
                    "one of an incomplete list without order",
                    &[measured(DAY, "1"), Fact::Unordered("measure")],
                    "unknown: not-retrieved",
                ),
            ],
        );
    }

    #[test]
    fn truth_in_multiples_of_the_upper_limit() {
        let own = Quantity { of_upper_limit: true, ..kind(above("1.5")) };
        truth_table(
            &own,
            &[
                ("above", &[measured(DAY, "61/40")], "met"),
                ("exactly one and a half", &[measured(DAY, "60/40")], "not-met"),
                ("open, across", &[measured(DAY, ">50/40")], "unknown: comparator"),
                ("no upper limit", &[measured(DAY, "61")], "unknown: no-reference-range"),
                ("an upper limit of zero", &[measured(DAY, "61/0")], "unknown: no-reference-range"),
            ],
        );
        let between = Some((number("25"), number("60")));
        truth_table(
            &Quantity { of_upper_limit: true, upper_limit_between: between, ..kind(above("1.5")) },
            &[
                ("above for every laboratory", &[measured(DAY, "91")], "met"),
                ("above for some", &[measured(DAY, "90")], "unknown: no-reference-range"),
                ("above for none", &[measured(DAY, "37")], "not-met"),
                ("its own limit comes first", &[measured(DAY, "37/20")], "met"),
            ],
        );
        let instead = Some(above("100"));
        truth_table(
            &Quantity {
                of_upper_limit: true,
                upper_limit_between: between,
                without_upper_limit: instead,
                ..kind(above("1.5"))
            },
            &[
                ("above the band that counts instead", &[measured(DAY, "101")], "met"),
                ("not above it", &[measured(DAY, "100")], "not-met"),
                ("open, across it", &[measured(DAY, ">90")], "unknown: comparator"),
                ("its own limit comes before it", &[measured(DAY, "101/100")], "not-met"),
            ],
        );
    }

    #[test]
    fn truth_of_one_that_lasts() {
        let lasting = |band| Quantity { lasting_days: Some(28), within_days: 90, ..kind(band) };
        let band = Band::new(Some((number("40"), false)), Some((number("60"), true)));
        truth_table(
            &lasting(band),
            &[
                ("once", &[measured(DAY, "50")], "not-met"),
                ("again after 28 days", &[measured(DAY, "50"), measured("2026-10-04", "50")], "met"),
                ("again after 27 days", &[measured(DAY, "50"), measured("2026-10-05", "50")], "not-met"),
                ("higher before", &[measured(DAY, "50"), measured("2026-09-04", "90")], "met"),
                ("normal before", &[measured(DAY, "50"), measured("2026-09-04", "40")], "not-met"),
                (
                    "normal in between",
                    &[measured(DAY, "50"), measured("2026-10-01", "30"), measured("2026-09-01", "50")],
                    "not-met",
                ),
                ("preliminary before", &[measured(DAY, "50"), preliminary(measured("2026-09-04", "50"))], "not-met"),
                ("normal now", &[measured(DAY, "30"), measured("2026-09-04", "50")], "not-met"),
            ],
        );
        let found = find(&lasting(above("40")), &[measured(DAY, "50"), measured("2026-09-04", "55")]);
        assert_eq!(cited(&found), ["Observation/50", "Observation/55"]);
        let lines = described(&mut lasting(above("40")));
        assert!(
            lines.contains(&"met: and an earlier result, at least 28 days older, reaches the lower end too".to_owned())
        );
    }

    #[test]
    fn words_of_a_newer_result_and_of_an_assumed_limit() {
        let newer = preliminary(measured("2026-11-10", "900"));
        let found = find(&kind(below("2000")), &[newer, measured(DAY, "4200")]);
        assert_eq!(found.words.value.as_deref(), Some("900 shown"));
        assert_eq!(found.words.status, Some("preliminary"));
        assert_eq!(found.words.earlier.as_deref(), Some("4200 shown on 1 Nov 2026"));
        let between = Some((number("25"), number("60")));
        let assumed = Quantity { of_upper_limit: true, upper_limit_between: between, ..kind(above("1.5")) };
        let range = |value| find(&assumed, &[measured(DAY, value)]).words.range.unwrap_or_default();
        assert_eq!(range("130"), "no upper limit given; above 1.5 x even the highest usual one, 60/µL");
        assert_eq!(range("30"), "no upper limit given; not above 1.5 x even the lowest usual one, 25/µL");
        assert_eq!(range("70"), "no upper limit given; usual ones lie between 25 and 60/µL");
        assert_eq!(range("70/40"), "limit 1.5 x upper limit");
    }

    #[test]
    fn truth_at_a_boundary_and_before_the_first_dose() {
        truth_table(
            &Quantity { boundary: Some(number("6")), ..kind(above("6")) },
            &[
                ("at the boundary", &[measured(DAY, "6.0")], "unknown: boundary"),
                ("above it", &[measured(DAY, "6.1")], "met"),
                ("below it", &[measured(DAY, "5.9")], "not-met"),
                ("open at the boundary", &[measured(DAY, ">6")], "met"),
            ],
        );
        let dose = |date: &str| medicine_as("drug", Shown::Stated, date);
        truth_table(
            &Quantity { before_first_dose: true, ..kind(above("6")) },
            &[
                ("no dose yet", &[measured(DAY, "7")], "met"),
                ("before the first dose", &[measured(DAY, "7"), dose("2026-11-02")], "met"),
                ("on the day of the first dose", &[measured(DAY, "7"), dose(DAY)], "unknown: absent"),
                ("after the first dose", &[measured(DAY, "7"), dose("2026-10-31")], "unknown: absent"),
                ("a dose without a date", &[measured(DAY, "7"), dose("")], "unknown: absent"),
            ],
        );
        let after = [measured(DAY, "7"), dose("2026-10-31")];
        assert_eq!(find(&kind(above("6")), &after).outcome.to_string(), "met", "where it does not matter");
    }

    #[test]
    fn the_indication_has_a_band_of_its_own() {
        let kind = Quantity { by_indication: by_indication("lung", below("1000")), ..kind(below("2000")) };
        let rule = rule(Vec::new());
        for (indication, outcome) in [(Some("lung"), "not-met"), (Some("joints"), "met"), (None, "met")] {
            let found = with_subject(&[measured(DAY, "1500")], &order(), indication, |subject| {
                kind.decide(subject, Earlier { rule: &rule, findings: &[] })
            });
            assert_eq!(found.outcome.to_string(), outcome, "{indication:?}");
        }
    }

    #[test]
    fn the_words_are_those_of_the_result_that_decided() {
        let found = find(&kind(below("2000")), &[measured(DAY, "1500"), measured("2026-10-30", "9")]);
        assert_eq!(cited(&found), ["Observation/1500"]);
        let words = found.words;
        assert_eq!((words.value.as_deref(), words.date.as_deref()), (Some("1500 shown"), Some("1 Nov 2026")));
        assert_eq!((words.limit.as_deref(), words.range.as_deref()), (Some("2,000/µL"), Some("limit 2,000/µL")));
        assert_eq!((words.ratio, words.window_days, words.age_days), (None, Some(30), Some(21)));
        let own = Quantity { of_upper_limit: true, ..kind(above("1.5")) };
        let words = find(&own, &[measured(DAY, "61/40")]).words;
        assert_eq!(
            (words.limit.as_deref(), words.ratio.as_deref()),
            (Some("1.5 x upper limit"), Some("1.52 x upper limit"))
        );
        let hold = Band::new(Some((number("500"), true)), Some((number("1000"), true)));
        let words = find(&Quantity { unit: "mg".to_owned(), ..kind(hold) }, &[measured(DAY, "700")]).words;
        assert_eq!(
            (words.limit.as_deref(), words.range.as_deref()),
            (Some("500 mg"), Some("label range 500 to 1,000 mg"))
        );
        let nothing = find(&kind(below("2000")), &[]).words;
        assert_eq!((nothing.limit, nothing.window_days), (None, Some(30)));
    }

    #[test]
    fn description() {
        let mut absolute = Quantity {
            by_indication: by_indication("lung", below("1000")),
            boundary: Some(number("6")),
            before_first_dose: true,
            ..kind(below("2000"))
        };
        assert_eq!(
            described(&mut absolute),
            [
                "reads: measure",
                "window: Some(30)",
                "shows: met, not-met, unknown",
                "of the order: false",
                "met: below 2,000/µL, result not older than 30 days",
                "met: in lung in words: below 1,000/µL",
                "met: only results from before the first dose count, because the drug itself changes them",
                "not met: the newest usable result lies elsewhere",
                "unknown: no usable result within 30 days, a newer one that is not final or cannot be read, or results that contradict each other",
                "unknown: exactly 6/µL, on which sources differ",
            ]
        );
        let times = |band, instead, between| {
            let mut kind = Quantity {
                of_upper_limit: true,
                without_upper_limit: instead,
                upper_limit_between: between,
                ..kind(band)
            };
            described(&mut kind)[4..6].join("; ")
        };
        let between = Some((number("25"), number("60")));
        let (first, last) = (
            "met: above 1.5 x the result's own upper limit, result not older than 30 days",
            "met: without an upper limit",
        );
        assert_eq!(times(above("1.5"), None, None), format!("{first}; {last}, it stays unknown"));
        assert_eq!(times(above("1.5"), Some(above("100")), between), format!("{first}; {last}, above 100/µL"));
        assert_eq!(
            times(above("1.5"), None, between),
            format!(
                "{first}; {last}, every laboratory's limit is taken to lie between 25 and 60/µL: above 90/µL is then met, \
                 at most 37.5/µL is not met, and between these it stays unknown"
            )
        );
        let both_ends = Band::new(Some((number("1"), false)), Some((number("3"), true)));
        assert_eq!(
            times(both_ends, None, between),
            format!(
                "met: above 1 to 3 x the result's own upper limit, result not older than 30 days; {last}, every \
                 laboratory's limit is taken to lie between 25 and 60/µL"
            )
        );
    }
}
