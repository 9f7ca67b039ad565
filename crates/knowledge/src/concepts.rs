//! Concepts: what a fact can be about, which value set holds its codes, and how its values are to be read.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

use super::attributes::Attribute;
use super::codes::Codes;
use super::files::Files;
use super::mistake::{Mistake, Reader};
use super::units::Units;
use super::word::{Days, WithUnit, Word};
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
    /// Where medicines of one group are compared in one of them: lower-case words that name each, with the milligrams of
    /// that one that a milligram of it stands for. Of several words in a name the first counts.
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
    /// Between which values every laboratory's upper limit lies, in the canonical unit.
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    kind: RawKind,
    name: String,
    value_set: Option<Spanned<String>>,
    units: Option<Spanned<String>>,
    plausible: Option<RawPlausible>,
    upper_limit_between: Option<(Decimal, Decimal)>,
    share: Option<RawShare>,
    sum: Option<SumOf>,
    positive: Option<Spanned<String>>,
    negative: Option<Spanned<String>>,
    indeterminate: Option<Spanned<String>>,
    positive_from: Option<Word<WithUnit>>,
    #[serde(default)]
    any_amount: bool,
    panel: Option<Spanned<String>>,
    placed: Option<Spanned<String>>,
    #[serde(default)]
    names: Vec<String>,
    denied_by: Option<Spanned<String>>,
    interval: Option<Word<Days>>,
    attribute: Option<Attribute>,
    #[serde(default)]
    equivalents: Vec<RawEquivalent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEquivalent {
    word: String,
    factor: Decimal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShare {
    of: Spanned<String>,
    percent: Vec<Vec<Spanned<String>>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawKind {
    Measurement,
    Test,
    Condition,
    Medication,
    Allergy,
    Order,
    Study,
    Vaccine,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawPlausible {
    min: Option<Decimal>,
    max: Option<Decimal>,
    min_unscaled: Option<Decimal>,
    #[serde(default)]
    whole: bool,
}

impl Concepts {
    /// Reads `concepts.toml`.
    pub fn read(files: &Files, codes: &Codes, units: &Units, mistakes: &mut Vec<Mistake>) -> Concepts {
        let mut concepts = Concepts::default();
        let text = files.0.get(PATH).map_or("", String::as_str);
        let mut reader = Reader::new(PATH, text, mistakes);
        let mut parts = Vec::new();
        for (id, value) in reader.members() {
            let start = value.span().start;
            if let Some(raw) = reader.value(value)
                && let Some(concept) = concept(&id, start, raw, codes, units, &mut parts, &mut reader)
            {
                concepts.0.insert(Arc::from(id), concept);
            }
        }
        for part in parts.iter().filter(|part| concepts.get(part.get_ref()).is_none()) {
            reader.note_at(part, &format!("unknown concept `{part}`"));
        }
        concepts
    }

    /// The concept with this id.
    pub fn get(&self, id: &str) -> Option<&Concept> {
        self.0.get(id)
    }
}

/// Checks one concept. The concepts that its share refers to go to `parts`, to be checked when all concepts are read.
fn concept(
    id: &str,
    start: usize,
    raw: Raw,
    codes: &Codes,
    units: &Units,
    parts: &mut Vec<Spanned<String>>,
    reader: &mut Reader<'_>,
) -> Option<Concept> {
    let mut set = |set: Spanned<String>| {
        if !codes.has(set.get_ref()) {
            reader.note_at(&set, &format!("{id}: unknown value set `{set}`"));
        }
        set.into_inner()
    };
    // Without a value set of its own, a concept has the one of its name.
    let value_set = set(raw.value_set.unwrap_or_else(|| Spanned::new(start..start, id.to_owned())));
    let (positive, negative, indeterminate) =
        (raw.positive.map(&mut set), raw.negative.map(&mut set), raw.indeterminate.map(&mut set));
    let (placed, denied_by) = (raw.placed.map(&mut set), raw.denied_by.map(&mut set));
    let panel = raw.panel.map(&mut set);
    let interval_days = raw.interval.map(|Word(Days(days))| days);
    if interval_days.is_some() && !matches!(raw.kind, RawKind::Medication) {
        reader.note(start, &format!("{id}: only a medication has an `interval`"));
    }
    let kind = match raw.kind {
        RawKind::Measurement => {
            let Some(table) = raw.units else {
                reader.note(start, &format!("{id}: a measurement needs `units`, the id of a unit table"));
                return None;
            };
            if units.get(table.get_ref()).is_none() {
                reader.note_at(&table, &format!("{id}: unknown unit table `{table}`"));
                return None;
            }
            let plausible = raw.plausible.unwrap_or_default();
            ConceptKind::Measurement(Measured {
                units: table.into_inner(),
                min: plausible.min,
                max: plausible.max,
                min_unscaled: plausible.min_unscaled,
                upper_limit_between: raw.upper_limit_between,
                whole: plausible.whole,
                share: raw.share.map(|share| {
                    parts.extend(share.percent.iter().flatten().chain([&share.of]).cloned());
                    let way = |way: Vec<Spanned<String>>| way.into_iter().map(Spanned::into_inner).collect();
                    let percent = share.percent.into_iter().map(way).collect();
                    Share { of: share.of.into_inner(), percent }
                }),
                sum_of: raw.sum,
            })
        }
        RawKind::Test => {
            let (Some(positive), Some(negative), Some(indeterminate)) = (positive, negative, indeterminate) else {
                reader.note(start, &format!("{id}: a test needs positive, negative and indeterminate"));
                return None;
            };
            let positive_from = raw.positive_from.map(|Word(WithUnit(from, unit))| (from, unit));
            let any_amount = raw.any_amount;
            ConceptKind::Test(Verdicts { positive, negative, indeterminate, positive_from, any_amount, panel, placed })
        }
        RawKind::Condition => ConceptKind::Condition,
        RawKind::Medication => {
            let of = |raw: RawEquivalent| (raw.word.to_lowercase(), raw.factor);
            let equivalents = raw.equivalents.into_iter().map(of).collect();
            ConceptKind::Medication(Medicine { names: raw.names, equivalents })
        }
        RawKind::Allergy => ConceptKind::Allergy(raw.names, denied_by),
        RawKind::Order => ConceptKind::Order,
        RawKind::Study => ConceptKind::Study,
        RawKind::Vaccine => ConceptKind::Vaccine,
    };
    Some(Concept { name: raw.name, value_set, kind, interval_days, attribute: raw.attribute })
}
