//! What `drug.toml` says besides the doses themselves: how far an order may differ from them, `[dose-tolerance]`, and
//! which body weights are believed, `[weight]`.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

use crate::concepts::{ConceptKind, Concepts};
use crate::mistake::Reader;
use crate::word::{Days, Kilograms, Word};
use domain::dose_table::DoseTolerance;
use domain::rule::{WeightAge, WeightRules};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawTolerance {
    rounding: Spanned<Decimal>,
    interval: Spanned<Decimal>,
    far_above: Spanned<Decimal>,
    episode: Word<Days>,
}

/// How far an order may differ from the doses of the label.
pub(crate) fn tolerance(raw: &RawTolerance, reader: &mut Reader<'_>) -> DoseTolerance {
    for part in [&raw.rounding, &raw.interval] {
        if *part.get_ref() < Decimal::ZERO || *part.get_ref() >= Decimal::ONE {
            reader
                .note_at(part, "a part of a dose or of an interval must lie between 0 and 1, such as 0.1 for a tenth");
        }
    }
    if *raw.far_above.get_ref() <= Decimal::ONE {
        reader.note_at(&raw.far_above, "`far-above` must be above 1: it is a multiple of the label's dose");
    }
    let Word(Days(episode_days)) = raw.episode;
    DoseTolerance {
        rounding: *raw.rounding.get_ref(),
        interval: *raw.interval.get_ref(),
        far_above: *raw.far_above.get_ref(),
        episode_days,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawWeight {
    concept: Spanned<String>,
    ages: Vec<Spanned<RawAge>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawAge {
    below_years: Option<i16>,
    within: Word<Days>,
    from: Word<Kilograms>,
    to: Word<Kilograms>,
}

/// Which body weights are believed, and for how long one counts.
pub(crate) fn weight(raw: RawWeight, reader: &mut Reader<'_>, concepts: &Concepts) -> WeightRules {
    match concepts.get(raw.concept.get_ref()).map(|concept| &concept.kind) {
        Some(ConceptKind::Measurement(measured)) if measured.units == "kilograms" => {}
        _ => reader.note_at(&raw.concept, &format!("`{}` is not a measurement in kilograms", raw.concept)),
    }
    let mut youngest = Some(0);
    let mut ages = Vec::new();
    for age in raw.ages {
        let RawAge { below_years, within: Word(Days(within_days)), from, to } = *age.get_ref();
        let (Word(Kilograms(least)), Word(Kilograms(most))) = (from, to);
        if youngest.is_none_or(|youngest| below_years.is_some_and(|below| below <= youngest)) {
            reader.note_at(&age, "the ages must be in ascending order, and only the last may lack `below-years`");
        }
        if least >= most {
            reader.note_at(&age, "`from` must be less than `to`");
        }
        youngest = below_years;
        ages.push(WeightAge { below_years, within_days, least, most });
    }
    if youngest.is_some() {
        reader.note_at(
            &raw.concept,
            "the last of the ages must have no `below-years`, so that it covers everybody older",
        );
    }
    WeightRules { concept: Arc::from(raw.concept.into_inner()), ages }
}
