//! What the tests of this member share: a patient in a few facts, a drug, an order, and truth tables of criteria, whose
//! rows hold facts and the outcome as the library writes it. It is 22 November 2026.

/// A drug, an order and a rule.
mod knowledge;
/// Truth tables.
mod table;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

pub use self::knowledge::{advice, dose_band, dose_row, drug, indication, order, rule};
pub use self::table::{Row, cited, described, find, find_on_order, truth_table, with_subject};
use crate::criteria::Quantity;
use crate::fact::{
    Allergy, Certainty, Condition, Event, Facts, Measurement, Medication, Ordered, Presence, ResultStatus, Shown,
    Source, Standing, Test, Verdict,
};
use crate::quantity::{Amount, Band, Comparator};
use crate::time::{Clock, When};
use crate::truth::Reason;

/// One thing that is known of the patient.
#[derive(Clone)]
pub enum Fact {
    Measured(Measurement),
    Tested(Test),
    Condition(Condition),
    Medicine(Medication),
    Allergy(Allergy),
    Event(Event),
    Birth(Result<When, Reason>),
    /// An order of a service.
    Ordered(&'static str),
    /// The part of the record with this concept is incomplete.
    Gap(&'static str, Reason),
    /// The results of this concept came in part and in no order.
    Unordered(&'static str),
}

pub fn number(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|_| panic!("{text} is a number"))
}

pub fn when(text: &str) -> Option<When> {
    (!text.is_empty()).then(|| When::parse(text, &TimeZone::UTC).unwrap_or_else(|| panic!("{text} is a date")))
}

pub fn clock() -> Clock {
    Clock::parse("2026-11-22T09:00:00Z", &TimeZone::UTC).expect("a moment")
}

/// A source whose reference is `Type/` and what it says, so that rows can name what is cited.
pub fn source(kind: &str, said: &str, date: &str) -> Source {
    Source::new(format!("{kind}/{said}"), said.to_owned(), when(date))
}

/// A final result of the concept `measure`: `5`, `<5`, `5/40` with its upper limit, or the code of a reason.
pub fn measured(date: &str, said: &str) -> Fact {
    measured_as("measure", date, said)
}

pub fn measured_as(concept: &str, date: &str, said: &str) -> Fact {
    let (value, upper_limit) = said.split_once('/').map_or((said, None), |(value, limit)| (value, Some(number(limit))));
    let digits = value.trim_start_matches(['<', '>', '=']);
    let comparator = Comparator::from_code(value.strip_suffix(digits).unwrap_or_default());
    Fact::Measured(Measurement {
        concept: concept.into(),
        amount: Reason::from_code(said).map_or_else(|| Ok(Amount::new(number(digits), comparator)), Err),
        shown: Some(format!("{value} shown")),
        upper_limit,
        status: ResultStatus::Final,
        source: source("Observation", said, date),
    })
}

/// A final test of the concept `test`: `positive`, `negative`, or the code of a reason.
pub fn tested(date: &str, said: &str) -> Fact {
    let verdict = match said {
        "positive" => Ok(Verdict::Positive),
        "negative" => Ok(Verdict::Negative),
        reason => Err(Reason::from_code(reason).expect("a reason")),
    };
    let source = source("Observation", said, date);
    Fact::Tested(Test { concept: "test".into(), verdict, status: ResultStatus::Final, source })
}

/// The same result with another status.
pub fn with_status(status: ResultStatus, fact: Fact) -> Fact {
    match fact {
        Fact::Measured(measured) => Fact::Measured(Measurement { status, ..measured }),
        Fact::Tested(tested) => Fact::Tested(Test { status, ..tested }),
        _ => panic!("only results have a status"),
    }
}

pub fn preliminary(fact: Fact) -> Fact {
    with_status(ResultStatus::Preliminary, fact)
}

/// A condition, cited by its concept and with `date` as the date of its record.
pub fn condition(concept: &str, presence: Presence, date: &str) -> Fact {
    Fact::Condition(Condition {
        concept: concept.into(),
        presence,
        certainty: Certainty::Sure,
        of_encounter: false,
        onset: None,
        recorded: None,
        source: source("Condition", concept, date),
    })
}

/// The same condition, said less surely.
pub fn unsure(certainty: Certainty, fact: Fact) -> Fact {
    match fact {
        Fact::Condition(condition) => Fact::Condition(Condition { certainty, ..condition }),
        _ => panic!("only conditions are more or less sure"),
    }
}

/// The same condition as the diagnosis of an encounter.
pub fn of_encounter(fact: Fact) -> Fact {
    match fact {
        Fact::Condition(condition) => Fact::Condition(Condition { of_encounter: true, ..condition }),
        _ => panic!("only conditions are diagnoses of encounters"),
    }
}

/// An active entry for the condition `disease` with its onset and the day of its recording.
pub fn began(onset: &str, recorded: &str) -> Fact {
    let source = source("Condition", "disease", recorded);
    let (onset, recorded) = (when(onset), when(recorded));
    let Fact::Condition(active) = condition("disease", Presence::Active, "") else { unreachable!() };
    Fact::Condition(Condition { onset, recorded, source, ..active })
}

/// The medicine `medicine`, of which a day is known; a statement without a day is going on.
pub fn medicine(shown: Shown, day: &str) -> Fact {
    medicine_as("medicine", shown, day)
}

/// A statement of a past day is stopped on it. Doses and supplies cover 30 days, and a pause lasts up to 90.
pub fn medicine_as(concept: &str, shown: Shown, day: &str) -> Fact {
    let covers = |days| when(day).and_then(|day| day.plus_days(days));
    Fact::Medicine(Medication {
        concept: concept.into(),
        shown,
        standing: if shown == Shown::Stated && !day.is_empty() { Standing::Stopped } else { Standing::Active },
        is_request: shown == Shown::Prescribed,
        first: when(day),
        last: if shown == Shown::Prescribed { None } else { when(day) },
        until: if shown == Shown::Stated { covers(0) } else { covers(30) },
        pause_days: 90,
        per_day: None,
        product: None,
        source: source("MedicationStatement", concept, day),
    })
}

/// The same record of a medicine with something changed.
pub fn changed(fact: Fact, change: impl FnOnce(&mut Medication)) -> Fact {
    let Fact::Medicine(mut medication) = fact else { panic!("a medicine") };
    change(&mut medication);
    Fact::Medicine(medication)
}

/// The same record of a medicine under another reference.
pub fn referred_to(reference: &str, fact: Fact) -> Fact {
    changed(fact, |m| {
        m.source = Source::new(reference.to_owned(), m.source.received.clone(), m.source.effective.clone())
    })
}

/// A statement of a course from one day to another, which it completed.
pub fn course(concept: &str, from: &str, to: &str) -> Fact {
    changed(medicine_as(concept, Shown::Stated, to), |m| {
        (m.standing, m.first) = (Standing::Completed, when(from));
    })
}

pub fn allergy(concept: &str, presence: Presence) -> Fact {
    let source = source("AllergyIntolerance", concept, "");
    Fact::Allergy(Allergy { concept: concept.into(), presence, unreadable: false, source })
}

pub fn event(concept: &str, date: &str, planned: bool) -> Fact {
    Fact::Event(Event { concept: concept.into(), planned, unusable: None, source: source("Procedure", concept, date) })
}

pub fn facts(known: &[Fact]) -> Facts {
    let mut facts = Facts::default();
    for fact in known.iter().cloned() {
        match fact {
            Fact::Measured(fact) => facts.measurements.push(fact),
            Fact::Tested(fact) => facts.tests.push(fact),
            Fact::Condition(fact) => facts.conditions.push(fact),
            Fact::Medicine(fact) => facts.medications.push(fact),
            Fact::Allergy(fact) => facts.allergies.push(fact),
            Fact::Event(fact) => facts.events.push(fact),
            Fact::Ordered(concept) => {
                let source = source("ServiceRequest", concept, "2026-11-20");
                facts.ordered.push(Ordered { concept: concept.into(), source });
            }
            Fact::Birth(birth) => facts.birth = Some(birth.map(|when| (when, source("Patient", "birth", "")))),
            Fact::Gap(concept, reason) => {
                facts.gaps.insert(concept.into(), reason);
                facts.causes.insert(concept.into(), "the server failed");
            }
            Fact::Unordered(concept) => {
                facts.unordered.insert(concept.into());
            }
        }
    }
    facts
}

/// A number of the concept that is below 10, within 30 days.
pub fn below_ten(concept: &str) -> Quantity {
    Quantity {
        concept: concept.into(),
        unit: "/L".to_owned(),
        band: Band::new(None, Some((number("10"), false))),
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

/// Bands by indication, for quantities.
pub fn by_indication<T>(id: &str, value: T) -> BTreeMap<String, T> {
    BTreeMap::from([(id.to_owned(), value)])
}
