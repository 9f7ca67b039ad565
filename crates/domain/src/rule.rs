//! The knowledge as types: a drug, its rules, their criteria and advice. Only valid ones are built, by `library`.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::fact::{ConceptId, Verdict};
use super::hook::Hook;
use super::order::Product;
use super::phase::Phase;
use super::quantity::Band;
use super::truth::Reason;

/// One drug with its rules, in the order they are shown.
#[derive(Debug)]
pub struct Drug {
    /// Its id, which is also the id of the concept of its exposure.
    pub id: ConceptId,
    /// The name in running text.
    pub name: String,
    /// Lower-case words that name it in free text.
    pub names: Vec<String>,
    /// How many days back an exposure counts as continuation.
    pub exposure_days: i64,
    /// Products by code system and normalised code.
    pub products: Vec<Product>,
    /// Words that show a brand.
    pub brands: Vec<Brand>,
    /// Routes with their codes.
    pub routes: Vec<Route>,
    /// The dose that a corrected order carries.
    pub labelled_dose: Option<LabelledDose>,
    /// What it is used for, most specific first.
    pub indications: Vec<Indication>,
    /// The rules, in the order they are shown.
    pub rules: Vec<Rule>,
}

/// A brand of the drug.
#[derive(Debug)]
pub struct Brand {
    /// Its name.
    pub name: String,
    /// Lower-case words that show it.
    pub words: Vec<String>,
    /// Indications of the reference product that its label lacks.
    pub lacks: Vec<String>,
}

/// A code with its system's URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coding {
    /// The URI of the code system.
    pub system: String,
    /// The code.
    pub code: String,
    /// Its name in the system.
    pub display: String,
}

/// A route of administration.
#[derive(Debug)]
pub struct Route {
    /// Its id in the library.
    pub id: String,
    /// The value set of its codes.
    pub value_set: ConceptId,
    /// The word for a reader.
    pub shown: String,
    /// The code that a corrected order carries.
    pub code: Coding,
}

/// The labelled dose.
#[derive(Debug)]
pub struct LabelledDose {
    /// Milligrams.
    pub amount: Decimal,
    /// Id of the route.
    pub route: String,
    /// Days between doses.
    pub interval_days: i64,
    /// The sentence for the order.
    pub text: String,
    /// The product that replaces one which cannot be given by this route.
    pub product: Coding,
}

/// What the drug is used for.
#[derive(Debug)]
pub struct Indication {
    /// Its id.
    pub id: String,
    /// The family whose rules concern it.
    pub family: Option<String>,
    /// The name in running text.
    pub name: String,
    /// Conditions that make it, all of them.
    pub all: Vec<ConceptId>,
    /// A reason on the order that makes it, besides.
    pub reason: Option<ConceptId>,
    /// A condition whose denial makes it, instead of the reason.
    pub refuted: Option<ConceptId>,
}

/// One rule: at most one card per order.
#[derive(Debug)]
pub struct Rule {
    /// Its id, which is also the card's topic.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it concerns an order.
    pub applies: Applies,
    /// The source that the card shows.
    pub source: CardSource,
    /// The findings, in the order of the file.
    pub criteria: Vec<Criterion>,
    /// What is said, in the order of the file.
    pub advice: Vec<Advice>,
    /// What is offered.
    pub suggestions: Vec<Suggestion>,
    /// Why a clinician may go on all the same.
    pub overrides: Vec<Override>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// Who has reviewed it.
    pub reviews: Vec<Review>,
    /// Whether its card shows the whole assessment.
    pub overview: bool,
    /// Whether a site silenced it: then only what is critical is said.
    pub silent: bool,
}

/// Where a rule concerns an order.
#[derive(Debug, Default)]
pub struct Applies {
    /// The phases; empty means all.
    pub phases: Vec<Phase>,
    /// The family of indications, if only one.
    pub family: Option<String>,
    /// Indications that it does not concern.
    pub except: Vec<String>,
}

/// The source a card shows.
#[derive(Debug)]
pub struct CardSource {
    /// A few words.
    pub label: String,
    /// A stable page.
    pub url: Option<String>,
}

/// One finding.
#[derive(Debug)]
pub struct Criterion {
    /// Its id.
    pub id: String,
    /// The finding in words, for the table.
    pub finding: String,
    /// The name in running lists.
    pub name: String,
    /// How it is decided.
    pub kind: Kind,
}

/// The closed set of kinds of criteria.
#[derive(Debug)]
pub enum Kind {
    /// A number against a band.
    Quantity(Quantity),
    /// The verdict of a test.
    Result(TestResult),
    /// A condition on record.
    Condition {
        /// Which.
        concept: ConceptId,
        /// Whether only an active one counts.
        active: bool,
        /// A condition on record that rules this one out.
        unless: Option<ConceptId>,
        /// The days after which an entry that was never closed is no longer believed without a question.
        within_days: Option<i64>,
    },
    /// A medicine on record.
    Medication {
        /// Which, any of them.
        concepts: Vec<ConceptId>,
        /// What must be known of its taking.
        state: MedicationState,
    },
    /// A condition that began less than so many years ago.
    OnsetWithin {
        /// Which.
        concept: ConceptId,
        /// The years.
        years: i16,
    },
    /// A result, study or vaccine within a window.
    Recorded {
        /// Which, any of them.
        concepts: Vec<ConceptId>,
        /// The window in days.
        within_days: i64,
    },
    /// A medicine or vaccine among the draft orders.
    Planned(Vec<ConceptId>),
    /// A measurement that fell.
    Fall(Fall),
    /// An allergy on record.
    Allergy(ConceptId),
    /// Something of the order's dose.
    Dose(DoseFinding),
    /// The order's product.
    Product(ProductFinding),
    /// The patient is younger than so many years.
    AgeBelow(i16),
    /// All of these criteria of the same rule.
    All(Vec<String>),
    /// Any of these criteria of the same rule.
    Any(Vec<String>),
}

impl Kind {
    /// The criteria that this one is made of.
    pub fn parts(&self) -> &[String] {
        match self {
            Kind::All(parts) | Kind::Any(parts) => parts,
            _ => &[],
        }
    }

    /// The concepts whose part of the record it rests on.
    pub fn concepts(&self) -> Vec<&ConceptId> {
        match self {
            Kind::Quantity(quantity) => vec![&quantity.concept],
            Kind::Result(test) => [&test.concept].into_iter().chain(&test.or_condition).collect(),
            Kind::Condition { concept, unless, .. } => [concept].into_iter().chain(unless).collect(),
            Kind::Medication { concepts, .. } | Kind::Recorded { concepts, .. } => concepts.iter().collect(),
            Kind::OnsetWithin { concept, .. } | Kind::Allergy(concept) => vec![concept],
            Kind::Fall(fall) => fall.concepts.iter().chain(&fall.or_condition).collect(),
            Kind::Planned(_) | Kind::Dose(_) | Kind::Product(_) | Kind::AgeBelow(_) | Kind::All(_) | Kind::Any(_) => {
                Vec::new()
            }
        }
    }
}

/// What must be known of the taking of a medicine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MedicationState {
    /// A whole course was completed.
    CourseCompleted,
    /// It was taken, now or ever.
    Taken,
    /// It was taken and is no longer.
    Ended,
    /// It is being taken, was taken within so many days, or is among the draft orders.
    Current(i64),
}

/// A measurement that fell, each kind of it compared with itself only.
#[derive(Debug)]
pub struct Fall {
    /// What is measured, such as litres and percent predicted.
    pub concepts: Vec<ConceptId>,
    /// The relative fall in percent from which on the finding is met.
    pub percent: Decimal,
    /// The days within which it fell.
    pub within_days: i64,
    /// A recorded condition that means the same.
    pub or_condition: Option<ConceptId>,
}

/// A number against a band.
#[derive(Debug)]
pub struct Quantity {
    /// What is measured.
    pub concept: ConceptId,
    /// The word for its unit: "/µL".
    pub unit: String,
    /// The band in which the finding is met.
    pub band: Band,
    /// Bands for named indications.
    pub by_indication: BTreeMap<String, Band>,
    /// Whether the band is in multiples of the result's own upper limit.
    pub of_upper_limit: bool,
    /// Where every laboratory's upper limit lies, when a result brings none.
    pub upper_limit_between: Option<(Decimal, Decimal)>,
    /// The band that counts instead, in the canonical unit, when a result brings no upper limit.
    pub without_upper_limit: Option<Band>,
    /// A value on which sources differ: exactly this one decides nothing.
    pub boundary: Option<Decimal>,
    /// Whether only values before the first dose count, because the drug itself changes them.
    pub before_first_dose: bool,
    /// The window in days.
    pub within_days: i64,
}

/// The verdict of a test.
#[derive(Debug)]
pub struct TestResult {
    /// Which test.
    pub concept: ConceptId,
    /// The verdict that meets the finding.
    pub is: Verdict,
    /// How long a negative one counts, in days.
    pub within_days: i64,
    /// A recorded condition that means the same as a positive test.
    pub or_condition: Option<ConceptId>,
}

/// Something of the order's dose.
#[derive(Debug)]
pub enum DoseFinding {
    /// The route is another one.
    RouteNot(String),
    /// The amount is another one, in milligrams.
    AmountNot(Decimal),
    /// The interval is another one, in days.
    IntervalNot(i64),
    /// The interval is this one, in days.
    IntervalIs(i64),
    /// The product cannot be given by the ordered route.
    ProductConflictsWithRoute,
}

/// Something of the order's product.
#[derive(Debug)]
pub enum ProductFinding {
    /// Its brand's label lacks this indication.
    LacksIndication(String),
    /// Found by its text only.
    NotRecognised,
}

/// How urgent a card is, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Indicator {
    /// The label says do not, and data prove it.
    Critical,
    /// A required check is missing, or data contradict a step.
    Warning,
    /// Context.
    Info,
}

impl Indicator {
    /// The code of the standard.
    pub fn code(self) -> &'static str {
        match self {
            Indicator::Critical => "critical",
            Indicator::Warning => "warning",
            Indicator::Info => "info",
        }
    }

    /// The indicator with this code.
    pub fn from_code(code: &str) -> Option<Indicator> {
        match code {
            "critical" => Some(Indicator::Critical),
            "warning" => Some(Indicator::Warning),
            "info" => Some(Indicator::Info),
            _ => None,
        }
    }
}

/// One thing a rule may say.
#[derive(Debug)]
pub struct Advice {
    /// All of these are met.
    pub met: Vec<String>,
    /// None of these is met.
    pub unless_met: Vec<String>,
    /// All of these are not met.
    pub not_met: Vec<String>,
    /// At least one of these is unknown.
    pub unknown: Vec<String>,
    /// Only these reasons of unknown count; empty means all.
    pub reasons: Vec<Reason>,
    /// Only in these phases; empty means all.
    pub phases: Vec<Phase>,
    /// Only at these hooks; empty means all.
    pub hooks: Vec<Hook>,
    /// How urgent it is.
    pub indicator: Indicator,
    /// The one-line summary, with tokens.
    pub summary: String,
    /// A sentence or two for the detail, with tokens.
    pub text: Option<String>,
    /// Ids of suggestions offered.
    pub suggest: Vec<String>,
}

/// One click.
#[derive(Debug)]
pub struct Suggestion {
    /// Its id.
    pub id: String,
    /// The words on the button.
    pub label: String,
    /// Only offered when one of these criteria made the advice speak; empty means always.
    pub criteria: Vec<String>,
    /// Not offered when such a service is already among the orders.
    pub unless_ordered: Option<ConceptId>,
    /// What the click does.
    pub action: Action,
}

/// What a click does.
#[derive(Debug)]
pub enum Action {
    /// Removes the order.
    DeleteOrder,
    /// Gives the order the labelled dose.
    UpdateDose,
    /// Orders a service.
    Create(Coding),
    /// Orders another medicine, with the words of its dose, and removes the order.
    Replace(Coding, String),
}

/// A reason to go on all the same.
#[derive(Debug)]
pub struct Override {
    /// Its code.
    pub code: String,
    /// Whether the code is one of the standard's, not of the rule's own.
    pub standard: bool,
    /// Its words.
    pub display: String,
}

/// What a rule rests on.
#[derive(Debug)]
pub struct Evidence {
    /// label, guideline, trial, literature or design.
    pub kind: String,
    /// The section or citation.
    pub cite: String,
    /// The fact.
    pub says: String,
    /// Whether it was seen in a primary source.
    pub verified: bool,
}

/// A review of a rule by a clinician.
#[derive(Debug)]
pub struct Review {
    /// The name.
    pub by: String,
    /// The profession.
    pub role: String,
    /// The day.
    pub on: String,
    /// What was remarked.
    pub says: Option<String>,
}
