//! Reads the concepts of the library and checks each against the value sets and units that it names.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

use super::{Concept, ConceptKind, Concepts, Measured, Medicine, PATH, Share, SumOf, Verdicts};
use crate::attributes::Attribute;
use crate::codes::Codes;
use crate::files::Files;
use crate::mistake::{Mistake, Reader};
use crate::units::Units;
use crate::word::{Days, WithUnit, Word};

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

/// Checks one concept. The concepts that its share refers to go to `parts`, to be checked when all concepts are read.
fn concept(
    id: &str,
    start: usize,
    mut raw: Raw,
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
    let value_set = set(raw.value_set.take().unwrap_or_else(|| Spanned::new(start..start, id.to_owned())));
    let (positive, negative, indeterminate) =
        (raw.positive.take().map(&mut set), raw.negative.take().map(&mut set), raw.indeterminate.take().map(&mut set));
    let (placed, denied_by) = (raw.placed.take().map(&mut set), raw.denied_by.take().map(&mut set));
    let panel = raw.panel.take().map(&mut set);
    let interval_days = raw.interval.map(|Word(Days(days))| days);
    if interval_days.is_some() && !matches!(raw.kind, RawKind::Medication) {
        reader.note(start, &format!("{id}: only a medication has an `interval`"));
    }
    let kind = match raw.kind {
        RawKind::Measurement => ConceptKind::Measurement(measured(id, start, &mut raw, units, parts, reader)?),
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

/// How the number of a measurement is to be read.
fn measured(
    id: &str,
    start: usize,
    raw: &mut Raw,
    units: &Units,
    parts: &mut Vec<Spanned<String>>,
    reader: &mut Reader<'_>,
) -> Option<Measured> {
    let Some(table) = raw.units.take() else {
        reader.note(start, &format!("{id}: a measurement needs `units`, the id of a unit table"));
        return None;
    };
    if units.get(table.get_ref()).is_none() {
        reader.note_at(&table, &format!("{id}: unknown unit table `{table}`"));
        return None;
    }
    let plausible = raw.plausible.take().unwrap_or_default();
    let share = raw.share.take().map(|share| {
        parts.extend(share.percent.iter().flatten().chain([&share.of]).cloned());
        let way = |way: Vec<Spanned<String>>| way.into_iter().map(Spanned::into_inner).collect();
        let percent = share.percent.into_iter().map(way).collect();
        Share { of: share.of.into_inner(), percent }
    });
    Some(Measured {
        units: table.into_inner(),
        min: plausible.min,
        max: plausible.max,
        min_unscaled: plausible.min_unscaled,
        upper_limit_between: raw.upper_limit_between,
        whole: plausible.whole,
        share,
        sum_of: raw.sum.take(),
    })
}
