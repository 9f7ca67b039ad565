//! The doses of the label in `drug.toml`, `[[dose]]`.

/// Tolerance and body weight.
mod beside;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

pub(super) use self::beside::{tolerance, weight};
use super::codes::Codes;
use super::drug::{Named, RawCoding, coding};
use super::mistake::{Place, Reader};
use super::word::{DoseWithUnit, Kilograms, Milligrams, Span, Word};
use domain::dose_table::{DoseBand, DoseRange, DoseRow, IntervalRange};
use domain::rule::LabelledDose;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawRow {
    indication: Vec<Spanned<String>>,
    route: Spanned<String>,
    age_from: i16,
    most: Option<Word<Milligrams>>,
    closest: Option<Word<Span>>,
    doses: Option<i64>,
    dose: Option<Spanned<Word<DoseWithUnit>>>,
    interval: Option<Word<Span>>,
    tightest: Option<Word<Span>>,
    loosest: Option<Word<Span>>,
    reduced_dose: Option<Spanned<Word<DoseWithUnit>>>,
    reduced_interval: Option<Word<Span>>,
    #[serde(default)]
    bands: Vec<Spanned<RawBand>>,
    corrected: Option<RawCorrected>,
    source: String,
    verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawBand {
    from: Option<Word<Kilograms>>,
    below: Option<Word<Kilograms>>,
    dose: Spanned<Word<DoseWithUnit>>,
    interval: Option<Word<Span>>,
    tightest: Option<Word<Span>>,
    loosest: Option<Word<Span>>,
    reduced_dose: Option<Spanned<Word<DoseWithUnit>>>,
    reduced_interval: Option<Word<Span>>,
}

/// How an order is corrected to the dose of its row.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCorrected {
    family: Option<Spanned<String>>,
    text: String,
    product: RawCoding,
}

/// A row of the table, with the corrected order where the row has one.
pub(super) fn row(
    mut raw: RawRow,
    place: &Place,
    before: &[DoseRow],
    reader: &mut Reader<'_>,
    codes: &Codes,
    named: &mut Named,
) -> Option<(DoseRow, Option<LabelledDose>)> {
    named.routes.push(raw.route.clone());
    named.indications.extend(raw.indication.iter().cloned());
    if raw.indication.is_empty() {
        reader.note_word(place, "indication", "a dose needs the indications that it is for");
    }
    let route = raw.route.get_ref();
    for id in &raw.indication {
        if before.iter().any(|row| row.route == *route && row.is_for(id.get_ref())) {
            reader.note_at(id, &format!("the dose of `{id}` by the route `{route}` appears twice"));
        }
    }
    let bands = bands(&mut raw, place, reader)?;
    follow(&bands, reader);
    let bands: Vec<DoseBand> = bands.into_iter().filter_map(|raw| band(raw, reader)).collect();
    let highest = bands.iter().filter(|band| !band.dose.per_kilogram).map(|band| band.dose.most).max();
    let Some(most) = raw.most.map(|Word(Milligrams(most))| most).or(highest) else {
        reader.note_word(place, "[[dose]]", "a dose by weight needs `most`, such as \"800 mg\"");
        return None;
    };
    let tightest = bands.iter().filter_map(|band| band.interval).map(|interval| interval.tightest).min();
    let Some(closest_days) = raw.closest.map(|Word(Span(days))| days).or(tightest) else {
        reader.note_word(place, "[[dose]]", "a dose without `interval` needs `closest`, such as \"PT8H\"");
        return None;
    };
    let row = DoseRow {
        indications: raw.indication.into_iter().map(Spanned::into_inner).collect(),
        route: raw.route.into_inner(),
        age_from: raw.age_from,
        most,
        closest_days,
        doses: raw.doses,
        bands,
        source: raw.source,
        verified: raw.verified,
    };
    let corrected = raw.corrected.and_then(|raw| corrected(raw, &row, place, reader, codes, named));
    Some((row, corrected))
}

/// The bands of body weight of a row; a row of one dose is one band for every weight.
fn bands(raw: &mut RawRow, place: &Place, reader: &mut Reader<'_>) -> Option<Vec<Spanned<RawBand>>> {
    let alone = raw.dose.take().map(|dose| RawBand {
        from: None,
        below: None,
        dose,
        interval: raw.interval,
        tightest: raw.tightest,
        loosest: raw.loosest,
        reduced_dose: raw.reduced_dose.take(),
        reduced_interval: raw.reduced_interval,
    });
    match (alone, raw.bands.is_empty()) {
        (Some(alone), true) => Some(vec![Spanned::new(place.clone(), alone)]),
        (None, false) => Some(std::mem::take(&mut raw.bands)),
        _ => {
            reader.note_word(place, "dose", "a row has one `dose`, or `bands` of body weight with a dose each");
            None
        }
    }
}

/// Notes bands of body weight that overlap or leave a gap.
fn follow(bands: &[Spanned<RawBand>], reader: &mut Reader<'_>) {
    let kilograms = |word: &Option<Word<Kilograms>>| word.map(|Word(Kilograms(at))| at);
    let mut reached: Option<Decimal> = None;
    for (at, band) in bands.iter().enumerate() {
        let (from, below) = (kilograms(&band.get_ref().from), kilograms(&band.get_ref().below));
        let wrong = match (from, reached) {
            (None, None) if at == 0 => None,
            (Some(from), Some(reached)) if from == reached => None,
            (Some(from), Some(reached)) if from > reached => {
                Some(format!("the bands leave a gap from {reached} kg to {from} kg"))
            }
            (Some(from), None) if at == 0 => Some(format!("the bands leave a gap below {from} kg")),
            (from, _) => {
                let from = from.map_or("every weight".to_owned(), |from| format!("{from} kg"));
                Some(format!("the bands overlap: this one begins at {from}, and those before reach further"))
            }
        };
        let is_empty = from.zip(below).is_some_and(|(from, below)| from >= below);
        let wrong = wrong.or_else(|| is_empty.then(|| "the band holds no weight".to_owned()));
        if let Some(wrong) = wrong {
            reader.note_at(band, &wrong);
        }
        reached = below;
    }
    if let (Some(last), Some(reached)) = (bands.last(), reached) {
        reader.note_at(last, &format!("the bands leave a gap from {reached} kg on"));
    }
}

fn band(raw: Spanned<RawBand>, reader: &mut Reader<'_>) -> Option<DoseBand> {
    let span = |word: Option<Word<Span>>| word.map(|Word(Span(days))| days);
    let at = raw.span().start;
    let raw = raw.into_inner();
    let Word(DoseWithUnit { least, most, per_kilogram }) = *raw.dose.get_ref();
    if least > most || least <= Decimal::ZERO {
        reader.note_at(&raw.dose, "the lower end of a dose must be above zero and not above its upper end");
    }
    let usual = span(raw.interval);
    let interval = usual.map(|usual| IntervalRange {
        usual,
        tightest: span(raw.tightest).unwrap_or(usual),
        loosest: span(raw.loosest).unwrap_or(usual),
    });
    if interval.is_some_and(|of| of.tightest > of.usual || of.usual > of.loosest)
        || (interval.is_none() && (raw.tightest.is_some() || raw.loosest.is_some()))
    {
        reader.note(at, "`interval` must lie between `tightest` and `loosest`");
    }
    let reduced_dose = raw.reduced_dose.map(|dose| {
        let Word(reduced) = *dose.get_ref();
        if reduced.per_kilogram != per_kilogram || reduced.least != reduced.most {
            reader.note_at(&dose, "`reduced-dose` must be one dose in the unit of `dose`");
        }
        reduced.most
    });
    Some(DoseBand {
        from: raw.from.map(|Word(Kilograms(at))| at),
        below: raw.below.map(|Word(Kilograms(at))| at),
        dose: DoseRange { least, most, per_kilogram },
        interval,
        reduced_dose,
        reduced_days: span(raw.reduced_interval),
    })
}

/// The order that a suggestion writes: the dose, the interval and the route of a row of one fixed dose.
fn corrected(
    raw: RawCorrected,
    row: &DoseRow,
    place: &Place,
    reader: &mut Reader<'_>,
    codes: &Codes,
    named: &mut Named,
) -> Option<LabelledDose> {
    named.families.extend(raw.family.clone());
    let fixed = match row.bands.as_slice() {
        [only] if !only.dose.per_kilogram && only.dose.least == only.dose.most => Some(only),
        _ => None,
    };
    let days = fixed.and_then(|band| band.interval).and_then(|interval| i64::try_from(interval.usual).ok());
    let (Some(band), Some(interval_days)) = (fixed, days) else {
        reader.note_word(
            place,
            "corrected",
            "only a row of one dose in mg at an interval of whole days can be `corrected` to",
        );
        return None;
    };
    Some(LabelledDose {
        family: raw.family.map(Spanned::into_inner),
        amount: band.dose.most,
        route: row.route.clone(),
        interval_days,
        text: raw.text,
        product: coding(raw.product, reader, codes)?,
    })
}

#[cfg(test)]
mod tests;
