//! Concepts: what a fact can be about, which value set holds its codes, and how its values are to be read.

/// Reading the file.
mod read;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::attributes::Attribute;
use domain::fact::ConceptId;

/// The file of the concepts.
pub(super) const PATH: &str = "concepts.toml";

/// The concepts of the library by id.
#[derive(Debug, Default)]
pub struct Concepts(pub BTreeMap<ConceptId, Concept>);

/// What a fact can be about.
#[derive(Debug)]
pub struct Concept {
    /// The name in running text.
    pub name: String,
    /// The id of the value set that holds its codes.
    pub value_set: String,
    /// How its values are to be read.
    pub kind: ConceptKind,
    /// Of a medicine that is given at intervals: for how many days a dose covers.
    pub interval_days: Option<i64>,
    /// Which data about a person it holds, whose use a rule must tell.
    pub attribute: Option<Attribute>,
}

/// How the values of a concept are to be read.
#[derive(Debug)]
pub enum ConceptKind {
    /// A result with a number.
    Measurement(Measured),
    /// A test with a verdict.
    Test(Verdicts),
    /// A condition.
    Condition,
    /// A medicine.
    Medication(Medicine),
    /// An allergy, with words that name its substance, and the value set of entries that deny it.
    Allergy(Vec<String>, Option<String>),
    /// A service among the orders.
    Order,
    /// A study that was done.
    Study,
    /// A vaccine.
    Vaccine,
}

/// How records of a medicine are to be read.
#[derive(Debug, Default)]
pub struct Medicine {
    /// Words that name it in text.
    pub names: Vec<String>,
    /// Where medicines of one group are compared in one of them: lower-case words that name each, with the milligrams
    /// of that one that a milligram of it stands for. Of several words in a name the first counts.
    pub equivalents: Vec<(String, Decimal)>,
}

/// How a number is to be read.
#[derive(Debug)]
pub struct Measured {
    /// Id of the unit table.
    pub units: String,
    /// The smallest believable value, in the canonical unit.
    pub min: Option<Decimal>,
    /// The largest believable value, in the canonical unit.
    pub max: Option<Decimal>,
    /// The smallest believable value above zero among those that were sent in the canonical unit itself. A smaller one
    /// is taken for a unit error.
    pub min_unscaled: Option<Decimal>,
    /// The range of the upper limits of all laboratories, in the canonical unit.
    pub upper_limit_between: Option<(Decimal, Decimal)>,
    /// Whether only whole numbers are believable.
    pub whole: bool,
    /// How it is calculated as a share of another measurement when it was not measured itself.
    pub share: Option<Share>,
    /// How it is added up from the sites of one examination.
    pub sum_of: Option<SumOf>,
}

/// A share of another measurement of the same moment.
#[derive(Debug)]
pub struct Share {
    /// The concept of the whole.
    pub of: String,
    /// The concepts of the percentages that are added up, in one or several ways. The first way whose first percentage
    /// was reported counts.
    pub percent: Vec<Vec<String>>,
}

/// A sum over the sites of one examination.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SumOf {
    /// How many sites there are.
    pub sites: usize,
    /// The most that one site can have.
    pub each_up_to: Decimal,
}

impl Concept {
    /// Whether it is a sum over sites, which is as reliable as a reported total.
    pub fn is_summed(&self) -> bool {
        matches!(&self.kind, ConceptKind::Measurement(measured) if measured.sum_of.is_some())
    }
}

/// How a verdict is to be read.
#[derive(Debug)]
pub struct Verdicts {
    /// The value set of positive answers.
    pub positive: String,
    /// The value set of negative answers.
    pub negative: String,
    /// The value set of answers that decide nothing.
    pub indeterminate: String,
    /// The number from which on it is positive, with its unit.
    pub positive_from: Option<(Decimal, String)>,
    /// Whether any amount above zero is positive, and one below the limit of detection negative.
    pub any_amount: bool,
    /// The value set of panels, under whose codes some senders file the verdict.
    pub panel: Option<String>,
    /// The value set of records which say that a skin test was placed, without a result.
    pub placed: Option<String>,
}

impl Concepts {
    /// The concept with this id.
    pub fn get(&self, id: &str) -> Option<&Concept> {
        self.0.get(id)
    }
}
