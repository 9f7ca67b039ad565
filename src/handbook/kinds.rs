//! How each kind of criterion is decided, worded from its type: what shows the finding, what shows that it is
//! absent, and what leaves it unknown.

use rust_decimal::Decimal;

use super::words::{amount, days, indication, joined, limits};
use crate::domain::fact::{ConceptId, Verdict};
use crate::domain::quantity::Band;
use crate::domain::rule::{DoseFinding, Drug, Fall, Kind, MedicationState, ProductFinding, Quantity, Rule, TestResult};
use crate::domain::words::number;
use crate::library::Library;
use crate::library::concepts::ConceptKind;

/// When a criterion is met, not met and unknown.
#[derive(Debug)]
pub struct Decided {
    /// What shows the finding.
    pub met: String,
    /// What shows that it is absent.
    pub not_met: String,
    /// What decides nothing.
    pub unknown: String,
}

fn decided(met: impl Into<String>, not_met: impl Into<String>, unknown: impl Into<String>) -> Decided {
    Decided { met: met.into(), not_met: not_met.into(), unknown: unknown.into() }
}

/// The name of a concept in running text.
pub fn concept_name(library: &Library, id: &str) -> String {
    library.concepts.get(id).map_or(id, |concept| &concept.name).to_owned()
}

fn names(library: &Library, ids: &[ConceptId], last: &str) -> String {
    joined(&ids.iter().map(|id| concept_name(library, id)).collect::<Vec<_>>(), last)
}

/// How a criterion of this kind is decided.
pub fn decision(kind: &Kind, rule: &Rule, drug: &Drug, library: &Library) -> Decided {
    let name = |id: &str| concept_name(library, id);
    match kind {
        Kind::Quantity(quantity) => self::quantity(quantity, drug),
        Kind::Result(test) => result(test, library),
        Kind::Condition { concept, active, unless, within_days } => {
            condition(&name(concept), *active, unless.as_deref().map(name), *within_days)
        }
        Kind::Medication { concepts, state } => medication(&names(library, concepts, "or"), *state),
        Kind::OnsetWithin { concept, years } => decided(
            format!("the earliest onset of {} is less than {years} years ago", name(concept)),
            format!("onset or first recording at least {years} years ago; the day of recording never counts as onset"),
            format!("no onset date; exactly {years} years, or a partial date that leaves it open"),
        ),
        Kind::Recorded { concepts, within_days } => decided(
            format!("{} on record, not older than {}", names(library, concepts, "or"), days(*within_days)),
            "never: it may have been done elsewhere",
            format!("none within {}, or only results that are not final", days(*within_days)),
        ),
        Kind::Planned(concepts) => {
            decided(format!("{} among the draft orders", names(library, concepts, "or")), "none among them", "never: all drafts are sent along")
        }
        Kind::Fall(fall) => self::fall(fall, library),
        Kind::Allergy(concept) => decided(
            format!("an active allergy or intolerance to {}", name(concept)),
            "an entry that denies it, such as “no known allergy”",
            "no entry either way: an empty allergy list is no denial",
        ),
        Kind::Dose(finding) => dose(finding, drug),
        Kind::Product(finding) => product(finding, drug),
        Kind::AgeBelow(years) => decided(
            format!("younger than {years} years on the day of the order"),
            format!("{years} years or older"),
            "no date of birth, or a partial one that leaves it open",
        ),
        Kind::All(parts) => compose(parts, rule, ("all of these are met", "any of them is not met")),
        Kind::Any(parts) => compose(parts, rule, ("any of these is met", "all of them are not met")),
    }
}

fn quantity(quantity: &Quantity, drug: &Drug) -> Decided {
    let window = days(quantity.within_days);
    let mut met = format!("{}, result not older than {window}", limits(quantity, &quantity.band));
    for (id, band) in &quantity.by_indication {
        met.push_str(&format!("; in {}: {}", indication(drug, id), limits(quantity, band)));
    }
    if quantity.of_upper_limit {
        met.push_str(&format!("; without an upper limit, {}", without_limit(quantity)));
    }
    if quantity.before_first_dose {
        met.push_str("; only results from before the first dose count, because the drug itself changes them");
    }
    let edge = quantity.boundary.map(|at| format!("exactly {}, on which sources differ; ", amount(at, &quantity.unit)));
    decided(
        met,
        "the newest usable result lies elsewhere",
        format!("{}no usable result within {window}, or results that contradict each other", edge.unwrap_or_default()),
    )
}

/// What counts when a result brings no upper limit.
fn without_limit(quantity: &Quantity) -> String {
    if let Some(instead) = &quantity.without_upper_limit {
        return super::words::band(instead, &|value| amount(value, &quantity.unit));
    }
    let Some((least, most)) = quantity.upper_limit_between else { return "it stays unknown".to_owned() };
    let span = format!(
        "every laboratory's limit is taken to lie between {} and {}",
        number(least),
        amount(most, &quantity.unit)
    );
    format!("{span}{}", consequence(&quantity.band, least, most, &quantity.unit).unwrap_or_default())
}

/// What an unsure upper limit comes to, for a band that is open above.
fn consequence(band: &Band, least: Decimal, most: Decimal, unit: &str) -> Option<String> {
    let (Some(factor), None) = (band.low(), band.high()) else { return None };
    let (passes, fails) = (factor.checked_mul(least)?, factor.checked_mul(most)?);
    Some(format!(
        " (above {} under all of them, at most {} under none; between these it stays unknown)",
        amount(fails, unit),
        amount(passes, unit)
    ))
}

fn result(test: &TestResult, library: &Library) -> Decided {
    let name = concept_name(library, &test.concept);
    let mut positive = format!("the newest {name} is positive, of whatever age");
    if let Some(ConceptKind::Test(verdicts)) = library.concepts.get(&test.concept).map(|c| &c.kind)
        && let Some((from, unit)) = &verdicts.positive_from
    {
        positive.push_str(&format!(" (a number from {} on is positive)", amount(*from, unit)));
    }
    let negative = format!("the newest {name} is negative and not older than {}", days(test.within_days));
    let (mut met, not_met) = match test.is {
        Verdict::Positive => (positive, negative),
        Verdict::Negative => (negative, positive),
    };
    if let Some(concept) = &test.or_condition {
        met.push_str(&format!("; or {} is on record", concept_name(library, concept)));
    }
    let unknown = "no test, one that is too old, not final, indeterminate or without a reading, or tests that contradict each other";
    decided(met, not_met, unknown)
}

fn condition(name: &str, active: bool, unless: Option<String>, within_days: Option<i64>) -> Decided {
    let mut met = match active {
        true => format!("an active entry for {name}; one without a status counts as active"),
        false => format!("an entry for {name}, active or past"),
    };
    let mut unknown = "none recorded: a problem list is no denial".to_owned();
    if let Some(within) = within_days {
        met.push_str(&format!("; not older than {}", days(within)));
        unknown.push_str("; only entries older than that, which were perhaps never closed");
    }
    let denied = unless.map(|other| format!("; or an active entry for {other}")).unwrap_or_default();
    decided(met, format!("the entry is refuted{denied}"), unknown)
}

fn medication(name: &str, state: MedicationState) -> Decided {
    let met = match state {
        MedicationState::CourseCompleted => format!("a completed course of {name} on record"),
        MedicationState::Taken => format!("{name} taken, now or ever"),
        MedicationState::Ended => format!("{name} was taken and is no longer"),
        MedicationState::Current(within) => {
            format!("{name} going on, taken within the last {}, or among the draft orders", days(within))
        }
    };
    decided(met, "the record says that it was not taken", "none recorded: it may have been taken elsewhere")
}

fn fall(fall: &Fall, library: &Library) -> Decided {
    let or = fall.or_condition.as_ref().map(|id| format!("; or {} is on record", concept_name(library, id)));
    decided(
        format!(
            "{} fell by {} % or more of its earlier value within {}, each compared with itself only{}",
            names(library, &fall.concepts, "or"),
            number(fall.percent),
            days(fall.within_days),
            or.unwrap_or_default()
        ),
        "two comparable values without such a fall",
        "fewer than two comparable values",
    )
}

fn dose(finding: &DoseFinding, drug: &Drug) -> Decided {
    let every = |interval: &i64| days(*interval);
    let (met, not_met) = match finding {
        DoseFinding::RouteNot(id) => {
            let shown = drug.routes.iter().find(|route| route.id == *id).map_or(id.as_str(), |route| &route.shown);
            (format!("the ordered route is another than {shown}"), format!("the ordered route is {shown}"))
        }
        DoseFinding::AmountNot(milligrams) => {
            let shown = amount(*milligrams, "mg");
            (format!("the ordered dose is another than {shown}"), format!("the ordered dose is {shown}"))
        }
        DoseFinding::IntervalNot(interval) => (
            format!("the ordered interval is another than {}", every(interval)),
            format!("the ordered interval is {}", every(interval)),
        ),
        DoseFinding::IntervalIs(interval) => {
            (format!("the ordered interval is {}", every(interval)), "it is another".to_owned())
        }
        DoseFinding::ProductConflictsWithRoute => (
            "the product goes by one route only, and another is ordered".to_owned(),
            "product and route agree".to_owned(),
        ),
    };
    decided(met, not_met, "not on the order, or not readable there; free text is not interpreted")
}

fn product(finding: &ProductFinding, drug: &Drug) -> Decided {
    match finding {
        ProductFinding::LacksIndication(id) => {
            let lacking = drug.brands.iter().filter(|brand| brand.lacks.contains(id));
            let names: Vec<String> = lacking.map(|brand| brand.name.clone()).collect();
            decided(
                format!("the product, by code or by name, is {}", joined(&names, "or")),
                "another brand, or a product by code without a brand",
                "neither a known code nor a known brand name",
            )
        }
        ProductFinding::NotRecognised => {
            decided("no code of the order is on the product list", "a code of the order is on the product list", "never")
        }
    }
}

fn compose(parts: &[String], rule: &Rule, (met, not_met): (&str, &str)) -> Decided {
    let finding = |id: &String| rule.criteria.iter().find(|c| c.id == *id).map_or(id, |c| &c.finding).clone();
    let parts: Vec<String> = parts.iter().map(finding).collect();
    decided(format!("{met}: {}", parts.join("; ")), not_met, "otherwise, for the gravest reason among them")
}
