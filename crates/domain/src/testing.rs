//! What the tests of this member share: a patient in a few facts, a drug, an order, and truth tables of criteria, whose
//! rows hold facts and the outcome as the library writes it. It is 22 November 2026.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::assess::Subject;
use crate::criteria::{CriterionKind, Earlier, Finding, Names};
use crate::dose_table::{DoseBand, DoseRange, DoseRow, DoseTolerance, IntervalRange};
use crate::fact::{
    Allergy, Certainty, Condition, Event, Facts, Measurement, Medication, Ordered, Presence, ResultStatus, Shown,
    Source, Standing, Test, Verdict,
};
use crate::indication::OrderIndication;
use crate::order::{DrugOrder, OrderReason, OrderedProduct, Reading};
use crate::quantity::{Amount, Comparator};
use crate::rule::{
    Advice, Brand, Coding, CourseLimits, Criterion, Drug, Indication, Indicator, LabelledDose, Monitoring, Route, Rule,
};
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

/// A drug with one of everything.
pub fn drug() -> Drug {
    let coding = Coding { system: "urn:codes".to_owned(), code: "1".to_owned(), display: "one".to_owned() };
    let brand = |name: &str, lacks: &[&str]| Brand {
        name: name.to_owned(),
        words: vec![name.to_lowercase()],
        lacks: lacks.iter().map(|id| (*id).to_owned()).collect(),
    };
    Drug {
        id: "drug".into(),
        name: "drug".to_owned(),
        names: vec!["drug".to_owned()],
        sounds_like: Vec::new(),
        developer: None,
        funding: None,
        check_by_hand: None,
        course: CourseLimits { continuation_days: 90, resumption_days: 180, resumption_after_hold_days: 365 },
        products: Vec::new(),
        brands: vec![brand("Reference", &[]), brand("Biosimilar", &["lung"])],
        routes: vec![Route {
            id: "subcutaneous".to_owned(),
            value_set: "routes".into(),
            shown: "under the skin".to_owned(),
            code: coding.clone(),
            interval_days: None,
        }],
        other_routes: None,
        doses: Vec::new(),
        tolerance: DoseTolerance {
            rounding: number("0.1"),
            interval: number("0.1"),
            far_above: number("1.3"),
            episode_days: 30,
        },
        weight: None,
        labelled_dose: Some(LabelledDose {
            family: None,
            amount: number("162"),
            route: "subcutaneous".to_owned(),
            interval_days: 7,
            text: "162 mg weekly".to_owned(),
            product: coding,
        }),
        indications: vec![indication("lung", Some("lung"), &["lung-disease"]), indication("joints", None, &["joints"])],
        reason_words: Vec::new(),
        monitoring: vec![
            watched("blood", &[], Some(182), 56),
            watched("blood", &[], None, 90),
            Monitoring { once: true, ..watched("once", &[], Some(365), 56) },
            watched("other-use", &["joints"], None, 56),
        ],
        prior_authorization: None,
        rules: Vec::new(),
    }
}

/// A row of the plan by which a treatment is watched.
fn watched(of: &str, indications: &[&str], until_days: Option<i64>, to_days: i64) -> Monitoring {
    Monitoring {
        of: of.to_owned(),
        indications: indications.iter().map(|id| (*id).to_owned()).collect(),
        until_days,
        from_days: 28,
        to_days,
        once: false,
        source: String::new(),
        verified: true,
    }
}

/// A dose such as `162 mg` or `4 to 8 mg/kg` for every weight, every 4 weeks, and the most milligrams of one dose.
pub fn dose_row(indications: &[&str], route: &str, dose: &str, most: &str) -> DoseRow {
    DoseRow {
        indications: indications.iter().map(|id| (*id).to_owned()).collect(),
        route: route.to_owned(),
        age_from: 18,
        most: number(most),
        closest_days: number("14"),
        doses: None,
        bands: vec![dose_band(None, None, dose, "28", "28")],
        source: String::new(),
        verified: true,
    }
}

/// A dose for some weights, at an interval between two ends in days.
pub fn dose_band(from: Option<&str>, below: Option<&str>, dose: &str, tightest: &str, loosest: &str) -> DoseBand {
    let (range, unit) = dose.rsplit_once(' ').expect("a dose with its unit");
    let (least, most) = range.split_once(" to ").unwrap_or((range, range));
    DoseBand {
        from: from.map(number),
        below: below.map(number),
        dose: DoseRange { least: number(least), most: number(most), per_kilogram: unit == "mg/kg" },
        interval: Some(IntervalRange { usual: number(loosest), tightest: number(tightest), loosest: number(loosest) }),
        reduced_dose: None,
        reduced_days: None,
    }
}

/// An advice without conditions.
pub fn advice(indicator: Indicator, summary: &str) -> Advice {
    Advice {
        met: Vec::new(),
        unless_met: Vec::new(),
        not_met: Vec::new(),
        unknown: Vec::new(),
        reasons: Vec::new(),
        cited: None,
        phases: Vec::new(),
        hooks: Vec::new(),
        indications: Vec::new(),
        except: Vec::new(),
        indicator,
        summary: summary.to_owned(),
        text: None,
        texts: Vec::new(),
        suggest: Vec::new(),
        in_summary: false,
    }
}

/// An indication that these conditions show together.
pub fn indication(id: &str, family: Option<&str>, all: &[&str]) -> Indication {
    Indication {
        id: id.to_owned(),
        family: family.map(str::to_owned),
        name: format!("{id} in words"),
        all: all.iter().map(|id| (*id).into()).collect(),
        reason: None,
        refuted: None,
        routes: Vec::new(),
        only_by_its_routes: false,
        within_days: None,
    }
}

/// An order that says nothing but its product, in words.
pub fn order() -> DrugOrder {
    DrugOrder {
        reference: "MedicationRequest/order".to_owned(),
        product: OrderedProduct { words: "drug".to_owned(), product: None, brand: None },
        route: Reading::Missing,
        dose: Reading::Missing,
        interval: Reading::Missing,
        doses: None,
        most_per_dose: None,
        text: None,
        as_needed: false,
        authored: when("2026-11-22"),
        is_current_treatment: false,
        reason: OrderReason::default(),
    }
}

/// A rule with these criteria and nothing else.
pub fn rule(criteria: Vec<Criterion>) -> Rule {
    Rule { id: "rule".to_owned(), criteria, ..Rule::default() }
}

/// Calls `decide` with a subject of these facts, this order and the indication with this id.
pub fn with_subject<T>(
    known: &[Fact],
    order: &DrugOrder,
    indication: Option<&str>,
    decide: impl FnOnce(&Subject<'_>) -> T,
) -> T {
    let (facts, drug, clock) = (facts(known), drug(), clock());
    let indication = OrderIndication {
        id: indication.map(str::to_owned),
        name: String::new(),
        families: Vec::new(),
        conditional: false,
        unknown: None,
    };
    decide(&Subject::new(&drug, &facts, order, &indication, &clock))
}

/// The finding of a criterion that is alone in its rule.
pub fn find(kind: &impl CriterionKind, known: &[Fact]) -> Finding {
    find_on_order(kind, known, &order())
}

pub fn find_on_order(kind: &impl CriterionKind, known: &[Fact], order: &DrugOrder) -> Finding {
    let rule = rule(Vec::new());
    with_subject(known, order, None, |subject| kind.decide(subject, Earlier { rule: &rule, findings: &[] }))
}

/// A row of a truth table: its name, the facts, and the outcome as the library writes it.
pub type Row<'a> = (&'a str, &'a [Fact], &'a str);

pub fn truth_table(kind: &impl CriterionKind, rows: &[Row<'_>]) {
    let mut names = BTreeSet::new();
    for (name, known, outcome) in rows {
        assert!(names.insert(*name), "two rows are named `{name}`");
        assert_eq!(find(kind, known).outcome.to_string(), *outcome, "{name}");
    }
}

/// The references that a finding cites, the decisive first.
pub fn cited(finding: &Finding) -> Vec<&str> {
    finding.evidence.iter().map(|source| source.reference.as_str()).collect()
}

/// All that a kind says of itself, in lines.
pub fn described(kind: &mut impl CriterionKind) -> Vec<String> {
    let (rule, drug) = (rule(Vec::new()), drug());
    let explained = kind.explain(&Names { rule: &rule, drug: &drug, concept: &|id| format!("the {id}") });
    let properties = kind.properties();
    let concepts: Vec<&str> = properties.concepts.iter().map(|id| &***id).collect();
    let mut lines = vec![
        format!("reads: {}", concepts.join(", ")),
        format!("window: {:?}", properties.window_days),
        format!("shows: {}", properties.must_show.join(", ")),
        format!("of the order: {}", properties.is_of_order),
    ];
    let before = properties.window_days;
    lines.extend(explained.met.iter().map(|sentence| format!("met: {sentence}")));
    lines.extend(explained.not_met.iter().map(|sentence| format!("not met: {sentence}")));
    lines.extend(explained.unknown.iter().map(|sentence| format!("unknown: {sentence}")));
    lines.extend(explained.list.map(|list| format!("list: {list:?}")));
    match kind.window_mut() {
        Some(window) => {
            *window = 99;
            assert_eq!(kind.properties().window_days, Some(99), "the window that is written is the one that is read");
        }
        None => assert_eq!(before, None, "a window that is read can be written"),
    }
    lines
}

/// Bands by indication, for quantities.
pub fn by_indication<T>(id: &str, value: T) -> BTreeMap<String, T> {
    BTreeMap::from([(id.to_owned(), value)])
}
