//! The results of a measure over time, with the limits and the window that the rules of an order compare them with.

use std::collections::BTreeSet;

use domain::criteria::Limit as RuleLimit;
use domain::fact::{ConceptId, Facts, Measurement, ResultStatus};
use domain::time::{Clock, When};
use domain::truth::Outcome;
use engine::assessment::Assessed;
use jiff::civil::Date;
use knowledge::Library;
use knowledge::concepts::ConceptKind;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::table::Table;

/// The results of one measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What is measured.
    pub concept: ConceptId,
    /// Its name in running text.
    pub name: String,
    /// The word for its unit: "/µL".
    pub unit: String,
    /// The results with a date and a number that can be used, the oldest first.
    pub points: Vec<Point>,
    /// The limits of the rules that concern the order, each once.
    pub limits: Vec<Limit>,
    /// The shortest window of those rules, in days.
    pub window_days: Option<i64>,
    /// The day of the decision.
    pub today: Date,
}

/// One result.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Its day; of a partial date the last one.
    pub day: Date,
    /// Its date for a reader.
    pub date: String,
    /// The number in the unit of the series; of a value that is only a bound, that bound.
    pub value: f64,
    /// Whether the true value is below or above that number.
    pub bound: Bound,
    /// The value for a reader: "1,900/µL".
    pub shown: String,
    /// The value as received.
    pub received: String,
    /// `Type/id`.
    pub reference: String,
    /// Whether it may be relied on: "final", "preliminary".
    pub status: &'static str,
    /// Whether a finding rests on it.
    pub used: bool,
}

/// Whether a value is exact or only a bound of the true value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The value is exact.
    Exact,
    /// The true value is below.
    Below,
    /// The true value is above.
    Above,
}

/// A limit of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// The lower end of the band in which the finding is met, in the unit of the series.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// The band in words: "below 2,000/µL".
    pub words: String,
    /// The upper limit of the newest result, where the band is in multiples of it.
    pub upper_limit: Option<f64>,
    /// The findings that it decides, in words.
    pub findings: Vec<String>,
}

/// The measures that come first, in this order.
const FIRST: [&str; 10] = [
    "absolute-neutrophil-count",
    "platelet-count",
    "alanine-aminotransferase",
    "aspartate-aminotransferase",
    "c-reactive-protein",
    "forced-vital-capacity-litres",
    "forced-vital-capacity-percent",
    "diffusing-capacity",
    "diffusing-capacity-percent",
    "body-weight",
];

/// The measures of which there are results, of those that the rules of an order read: the usual ones first, all others
/// by name.
pub fn series(library: &Library, assessed: &Assessed<'_>, facts: &Facts, clock: &Clock) -> Vec<Series> {
    let rank = |id: &str| FIRST.iter().position(|first| *first == id).unwrap_or(FIRST.len());
    let read: BTreeSet<&ConceptId> =
        assessed.drug.rules.iter().flat_map(|rule| &rule.criteria).flat_map(|c| c.kind.properties().concepts).collect();
    let mut all: Vec<Series> =
        read.into_iter().filter_map(|concept| of(concept, library, assessed, facts, clock)).collect();
    all.sort_by(|a, b| (rank(&a.concept), &a.name).cmp(&(rank(&b.concept), &b.name)));
    all
}

fn of(id: &ConceptId, library: &Library, assessed: &Assessed<'_>, facts: &Facts, clock: &Clock) -> Option<Series> {
    let concept = library.concepts.get(id)?;
    let ConceptKind::Measurement(measured) = &concept.kind else { return None };
    let used = used(assessed, id);
    let results = facts.measurements.iter().filter(|m| m.concept == *id && m.status != ResultStatus::Void);
    let mut results: Vec<(&Measurement, Point)> =
        results.filter_map(|m| Some((m, point(m, used.contains(m.source.reference.as_str()))?))).collect();
    results.sort_by(|(_, a), (_, b)| (a.day, &a.reference).cmp(&(b.day, &b.reference)));
    let upper_limit = results.iter().rev().find_map(|(m, _)| m.upper_limit);
    let (limits, window_days) = limits(assessed, id, upper_limit);
    let points: Vec<Point> = results.into_iter().map(|(_, point)| point).collect();
    (!points.is_empty()).then(|| Series {
        concept: id.clone(),
        name: concept.name.clone(),
        unit: library.units.get(&measured.units).map(|table| table.shown.clone()).unwrap_or_default(),
        points,
        limits,
        window_days,
        today: clock.today(),
    })
}

fn point(m: &Measurement, used: bool) -> Option<Point> {
    let when = m.source.effective.as_ref()?;
    let (value, bound) = match m.amount.ok()?.ends() {
        (Some(low), Some(high)) if low == high => (high, Bound::Exact),
        (_, Some(high)) => (high, Bound::Below),
        (Some(low), None) => (low, Bound::Above),
        (None, None) => return None,
    };
    Some(Point {
        day: when.last(),
        date: When::shown(when),
        value: value.to_f64()?,
        bound,
        shown: m.shown.clone().unwrap_or_else(|| m.source.received.clone()),
        received: m.source.received.clone(),
        reference: m.source.reference.clone(),
        status: m.status.words(),
        used,
    })
}

/// The records on which findings about a concept rest.
fn used<'a>(assessed: &'a Assessed<'_>, concept: &ConceptId) -> BTreeSet<&'a str> {
    let mut used = BTreeSet::new();
    for (rule, found) in assessed.drug.rules.iter().zip(&assessed.assessment.rules) {
        for (criterion, finding) in rule.criteria.iter().zip(&found.findings) {
            let decided = matches!(finding.outcome, Outcome::Met | Outcome::NotMet);
            if decided && criterion.kind.properties().concepts.contains(&concept) {
                used.extend(finding.evidence.iter().map(|source| source.reference.as_str()));
            }
        }
    }
    used
}

/// The limits of a concept, and the shortest window. A multiple of an upper limit is one of the newest result's own.
fn limits(assessed: &Assessed<'_>, concept: &ConceptId, upper_limit: Option<Decimal>) -> (Vec<Limit>, Option<i64>) {
    let indication = assessed.assessment.indication.id.as_deref();
    let (mut limits, mut window): (Vec<Limit>, Option<i64>) = (Vec::new(), None);
    let rules = assessed.drug.rules.iter().zip(&assessed.assessment.rules).filter(|(_, found)| found.applies);
    for (criterion, finding) in rules.flat_map(|(rule, found)| rule.criteria.iter().zip(&found.findings)) {
        let limit = criterion.kind.limit(indication).filter(|limit| limit.concept == concept);
        let Some(limit) = limit.filter(|_| finding.outcome != Outcome::NotApplicable) else { continue };
        window = Some(window.map_or(limit.within_days, |known| known.min(limit.within_days)));
        let of = limited(&limit, upper_limit, &criterion.finding);
        match limits.iter_mut().find(|known| known.words == of.words) {
            Some(known) => known.findings.extend(of.findings),
            None => limits.push(of),
        }
    }
    (limits, window)
}

fn limited(limit: &RuleLimit<'_>, upper_limit: Option<Decimal>, finding: &str) -> Limit {
    let end = |end: Option<Decimal>| match (end, limit.of_upper_limit) {
        (Some(end), true) => end.checked_mul(upper_limit?)?.to_f64(),
        (Some(end), false) => end.to_f64(),
        (None, _) => None,
    };
    Limit {
        low: end(limit.band.low()),
        high: end(limit.band.high()),
        words: limit.words.clone(),
        upper_limit: upper_limit.filter(|_| limit.of_upper_limit).and_then(|limit| limit.to_f64()),
        findings: vec![finding.to_owned()],
    }
}

impl Series {
    /// A sentence that says what the picture shows.
    pub fn description(&self) -> String {
        let last = self.points.last().map(|last| format!("the last is {} on {}", last.shown, last.date));
        let count = match self.points.len() {
            1 => "One result".to_owned(),
            many => format!("{many} results"),
        };
        let limits = self.limits.iter().map(|limit| format!("{}: {}", limit.findings.join(", "), limit.words));
        let limits = limits.collect::<Vec<_>>().join("; ");
        let limits = if limits.is_empty() { String::new() } else { format!(" Limits: {limits}.") };
        let window = self.window_days.map(|days| format!(" Results of the last {days} days count."));
        format!("{count}; {}.{limits}{}", last.unwrap_or_default(), window.unwrap_or_default())
    }

    /// What the picture shows as a table, the newest result first.
    pub fn table(&self) -> Table {
        let row = |point: &Point| {
            let used = if point.used { "yes" } else { "no" };
            vec![
                point.date.clone(),
                point.shown.clone(),
                point.received.clone(),
                point.status.to_owned(),
                used.to_owned(),
                point.reference.clone(),
            ]
        };
        Table {
            caption: format!("{}: results over time", self.name),
            head: vec!["Date", "Value", "As received", "Status", "Decides a finding", "Record"],
            rows: self.points.iter().rev().map(row).collect(),
        }
    }
}
