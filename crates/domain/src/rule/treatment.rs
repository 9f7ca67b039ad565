//! How a drug is given and its treatment watched, apart from the doses of its label.

use rust_decimal::Decimal;

use super::Coding;
use crate::fact::ConceptId;

/// Which body weights are believed, and for how long one counts.
#[derive(Debug)]
pub struct WeightRules {
    /// The concept of its results, in kilograms.
    pub concept: ConceptId,
    /// What holds at which age, the youngest first; the last one holds for everybody older.
    pub ages: Vec<WeightAge>,
}

/// What is believed of a body weight at an age.
#[derive(Debug, Clone, Copy)]
pub struct WeightAge {
    /// Under so many years; `None` for everybody older than those before.
    pub below_years: Option<i16>,
    /// How many days a weight counts.
    pub within_days: i64,
    /// The least kilograms that are believed.
    pub least: Decimal,
    /// The most kilograms that are believed.
    pub most: Decimal,
}

/// One row of the plan by which a treatment is watched.
#[derive(Debug)]
pub struct Monitoring {
    /// What is watched, by the word that criteria name it with.
    pub of: String,
    /// The indications, by their ids; empty means all, and an unknown one.
    pub indications: Vec<String>,
    /// Only until so many days after the first dose; `None` means as long as the treatment goes on.
    pub until_days: Option<i64>,
    /// The fewest days from one time to the next.
    pub from_days: i64,
    /// The most days from one time to the next. The first time is due so many days after the first dose.
    pub to_days: i64,
    /// Whether one time on treatment is enough.
    pub once: bool,
    /// The source that says so.
    pub source: String,
    /// Whether that is a primary source, or one that was read.
    pub verified: bool,
}

/// What payers ask for before they pay for a start, gathered from the findings of the rules.
#[derive(Debug)]
pub struct PriorAuthorization {
    /// The family of indications whose orders it is for.
    pub family: String,
    /// Each item by its name, with the criterion whose records show it.
    pub items: Vec<(String, String)>,
}

/// The labelled dose.
#[derive(Debug)]
pub struct LabelledDose {
    /// The family of indications whose orders it corrects; `None` means all.
    pub family: Option<String>,
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
