//! How each kind of criterion is decided, worded from its type: what shows the finding, what shows that it is
//! absent, and what leaves it unknown.

use rust_decimal::Decimal;

use super::words::{amount, band, days, indication, joined, limits};
use domain::fact::{ConceptId, Verdict};
use domain::quantity::Band;
use domain::rule::{DoseFinding, Drug, Fall, Kind, MedicationState, ProductFinding, Quantity, Rule, TestResult};
use domain::words::number;
use knowledge::Library;
use knowledge::concepts::ConceptKind;

/// When a criterion is met, not met and unknown; each a sentence or several.
#[derive(Debug)]
pub struct Decided {
    /// What shows the finding.
    pub met: Vec<String>,
    /// What shows that it is absent.
    pub not_met: Vec<String>,
    /// What decides nothing.
    pub unknown: Vec<String>,
}

fn decided(met: impl Into<String>, not_met: impl Into<String>, unknown: impl Into<String>) -> Decided {
    Decided { met: vec![met.into()], not_met: vec![not_met.into()], unknown: vec![unknown.into()] }
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
        Kind::Planned(concepts) => decided(
            format!("{} among the draft orders", names(library, concepts, "or")),
            "none among them",
            "never: all drafts are sent along",
        ),
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
        Kind::All(parts) => compose(parts, rule, ("all of these are met", "one of them is shown not to be met")),
        Kind::Any(parts) => {
            compose(parts, rule, ("at least one of these is met", "each of them is shown not to be met"))
        }
    }
}

fn quantity(quantity: &Quantity, drug: &Drug) -> Decided {
    let window = days(quantity.within_days);
    let mut met = vec![format!("{}, result not older than {window}", limits(quantity, &quantity.band))];
    for (id, band) in &quantity.by_indication {
        met.push(format!("in {}: {}", indication(drug, id), limits(quantity, band)));
    }
    if quantity.of_upper_limit {
        met.push(without_limit(quantity));
    }
    if quantity.before_first_dose {
        met.push("only results from before the first dose count, because the drug itself changes them".to_owned());
    }
    let edge = quantity.boundary.map(|at| format!("exactly {}, on which sources differ", amount(at, &quantity.unit)));
    let none = format!("no usable result within {window}, or results that contradict each other");
    Decided {
        met,
        not_met: vec!["the newest usable result lies elsewhere".to_owned()],
        unknown: [none].into_iter().chain(edge).collect(),
    }
}

/// What counts when a result brings no upper limit.
fn without_limit(quantity: &Quantity) -> String {
    let said = if let Some(instead) = &quantity.without_upper_limit {
        band(instead, &|value| amount(value, &quantity.unit))
    } else if let Some((least, most)) = quantity.upper_limit_between {
        let span = format!("{} and {}", number(least), amount(most, &quantity.unit));
        let comes_to = consequence(&quantity.band, least, most, &quantity.unit).unwrap_or_default();
        format!("every laboratory's limit is taken to lie between {span}{comes_to}")
    } else {
        "it stays unknown".to_owned()
    };
    format!("without an upper limit, {said}")
}

/// What an unsure upper limit comes to, for a band that is open above.
fn consequence(band: &Band, least: Decimal, most: Decimal, unit: &str) -> Option<String> {
    let (Some(factor), None) = (band.low(), band.high()) else { return None };
    let (passes, fails) = (factor.checked_mul(least)?, factor.checked_mul(most)?);
    Some(format!(
        ": above {} is then met, at most {} is not met, and between these it stays unknown",
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
    let (met, not_met) = match test.is {
        Verdict::Positive => (positive, negative),
        Verdict::Negative => (negative, positive),
    };
    let recorded = test.or_condition.as_ref().map(|id| format!("or {} is on record", concept_name(library, id)));
    let unknown = "no test, or one that is too old, not final, indeterminate or without a reading; or tests that contradict each other";
    Decided {
        met: [met].into_iter().chain(recorded).collect(),
        not_met: vec![not_met],
        unknown: vec![unknown.to_owned()],
    }
}

fn condition(name: &str, active: bool, unless: Option<String>, within_days: Option<i64>) -> Decided {
    let shown = match active {
        true => format!("an active entry for {name}; one without a status counts as active"),
        false => format!("an entry for {name}, active or past"),
    };
    let window = within_days.map(|within| format!("not older than {}", days(within)));
    let old =
        within_days.map(|within| format!("only entries older than {}, which were perhaps never closed", days(within)));
    let denied = unless.map(|other| format!("or an active entry for {other}"));
    Decided {
        met: [shown].into_iter().chain(window).collect(),
        not_met: ["an entry that refutes it".to_owned()].into_iter().chain(denied).collect(),
        unknown: ["none recorded: a problem list is no denial".to_owned()].into_iter().chain(old).collect(),
    }
}

fn medication(name: &str, state: MedicationState) -> Decided {
    let met = match state {
        MedicationState::CourseCompleted => format!("a completed course of {name} on record"),
        MedicationState::Taken => format!("{name} taken, now or ever"),
        MedicationState::Ended => format!("{name} was taken and is no longer"),
        MedicationState::Current(0) => format!("{name} going on, or among the draft orders"),
        MedicationState::Current(within) => {
            format!("{name} going on, taken within the last {}, or among the draft orders", days(within))
        }
    };
    decided(met, "the record says that it was not taken", "none recorded: it may have been taken elsewhere")
}

fn fall(fall: &Fall, library: &Library) -> Decided {
    let fell = format!(
        "{} fell by {} % or more of an earlier value within {}, each compared with itself only",
        names(library, &fall.concepts, "or"),
        number(fall.percent),
        days(fall.within_days)
    );
    let recorded = fall.or_condition.as_ref().map(|id| format!("or {} is on record", concept_name(library, id)));
    Decided {
        met: [fell].into_iter().chain(recorded).collect(),
        not_met: vec!["two comparable values without such a fall".to_owned()],
        unknown: vec!["fewer than two comparable values".to_owned()],
    }
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
        ProductFinding::NotRecognised => decided(
            "no code of the order is on the product list",
            "a code of the order is on the product list",
            "never",
        ),
    }
}

fn compose(parts: &[String], rule: &Rule, (met, not_met): (&str, &str)) -> Decided {
    let finding = |id: &String| rule.criteria.iter().find(|c| c.id == *id).map_or(id, |c| &c.finding).clone();
    let parts: Vec<String> = parts.iter().map(|id| format!("– {}", finding(id))).collect();
    let met = [format!("{met}:")].into_iter().chain(parts).collect();
    let unknown = "otherwise, for the gravest reason among them".to_owned();
    Decided { met, not_met: vec![not_met.to_owned()], unknown: vec![unknown] }
}
