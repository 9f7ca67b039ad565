//! The doses of the label in `drug.toml`, `[[dose]]`, and the body weight that they are calculated with, `[weight]`.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

use super::codes::Codes;
use super::concepts::{ConceptKind, Concepts};
use super::drug::{Named, RawCoding, coding};
use super::mistake::{Place, Reader};
use super::word::{Days, DoseWithUnit, Kilograms, Milligrams, Span, Word};
use domain::dose_table::{DoseBand, DoseRange, DoseRow, DoseTolerance, IntervalRange};
use domain::rule::{LabelledDose, WeightAge, WeightRules};

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
    raw: RawRow,
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
            reader.note_at(id, &format!("the dose of `{id}` by the route `{route}` stands twice"));
        }
    }
    let alone = raw.dose.map(|dose| RawBand {
        from: None,
        below: None,
        dose,
        interval: raw.interval,
        tightest: raw.tightest,
        loosest: raw.loosest,
        reduced_dose: raw.reduced_dose,
        reduced_interval: raw.reduced_interval,
    });
    let bands: Vec<Spanned<RawBand>> = match (alone, raw.bands.is_empty()) {
        (Some(alone), true) => vec![Spanned::new(place.clone(), alone)],
        (None, false) => raw.bands,
        _ => {
            reader.note_word(place, "dose", "a row has one `dose`, or `bands` of body weight with a dose each");
            return None;
        }
    };
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
        reader.note_at(&raw.dose, "the least of a dose is above zero and not more than its most");
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
        reader.note(at, "`interval` lies between `tightest` and `loosest`");
    }
    let reduced_dose = raw.reduced_dose.map(|dose| {
        let Word(reduced) = *dose.get_ref();
        if reduced.per_kilogram != per_kilogram || reduced.least != reduced.most {
            reader.note_at(&dose, "`reduced-dose` is one dose in the unit of `dose`");
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawTolerance {
    rounding: Spanned<Decimal>,
    interval: Spanned<Decimal>,
    far_above: Spanned<Decimal>,
    episode: Word<Days>,
}

/// How far an order may stand from the doses of the label.
pub(super) fn tolerance(raw: &RawTolerance, reader: &mut Reader<'_>) -> DoseTolerance {
    for part in [&raw.rounding, &raw.interval] {
        if *part.get_ref() < Decimal::ZERO || *part.get_ref() >= Decimal::ONE {
            reader.note_at(part, "a part of a dose or of an interval lies between 0 and 1, such as 0.1 for a tenth");
        }
    }
    if *raw.far_above.get_ref() <= Decimal::ONE {
        reader.note_at(&raw.far_above, "`far-above` is above 1: so many times the dose of the label");
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
pub(super) struct RawWeight {
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

/// How a body weight is believed, and for how long it counts.
pub(super) fn weight(raw: RawWeight, reader: &mut Reader<'_>, concepts: &Concepts) -> WeightRules {
    match concepts.get(raw.concept.get_ref()).map(|concept| &concept.kind) {
        Some(ConceptKind::Measurement(measured)) if measured.units == "kilograms" => {}
        _ => reader.note_at(&raw.concept, &format!("`{}` is no measurement in kilograms", raw.concept)),
    }
    let mut youngest = Some(0);
    let mut ages = Vec::new();
    for age in raw.ages {
        let RawAge { below_years, within: Word(Days(within_days)), from, to } = *age.get_ref();
        let (Word(Kilograms(least)), Word(Kilograms(most))) = (from, to);
        if youngest.is_none_or(|youngest| below_years.is_some_and(|below| below <= youngest)) {
            reader.note_at(&age, "the ages stand in order, and only the last has no `below-years`");
        }
        if least >= most {
            reader.note_at(&age, "no weight lies between `from` and `to`");
        }
        youngest = below_years;
        ages.push(WeightAge { below_years, within_days, least, most });
    }
    if youngest.is_some() {
        reader.note_at(&raw.concept, "the last of the ages has no `below-years`, so that it holds for everybody older");
    }
    WeightRules { concept: Arc::from(raw.concept.into_inner()), ages }
}

#[cfg(test)]
mod tests {
    use crate::Library;
    use crate::files::Files;
    use crate::mistake::Mistake;

    const FILE: &str = "tocilizumab/drug.toml";

    /// What is wrong with the library when this text stands in the place of another, and the line of what was replaced.
    fn mistakes(from: &str, to: &str) -> (Vec<Mistake>, usize) {
        let mut files = Files::embedded();
        let text = files.0.get_mut(FILE).expect("a file of the library");
        let at = text.find(from).expect("a text of the file");
        let line = 1 + text[..at].matches('\n').count();
        *text = text.replacen(from, to, 1);
        (Library::read(&files).err().unwrap_or_default(), line)
    }

    #[test]
    fn a_row_that_cannot_be_right_is_refused_with_its_line() {
        let light = "{ below = \"30 kg\", dose = \"10 mg/kg\"";
        for (from, to, expected) in [
            ("dose = \"4 to 8 mg/kg\"", "dose = \"8\"", "`8` is not a dose with its unit, such as \"162 mg\""),
            ("dose = \"4 to 8 mg/kg\"", "dose = \"8 to 4 mg/kg\"", "the least of a dose is above zero"),
            (light, "{ below = \"35 kg\", dose = \"10 mg/kg\"", "the bands overlap: this one begins at 30 kg"),
            (light, "{ below = \"25 kg\", dose = \"10 mg/kg\"", "the bands leave a gap from 25 kg to 30 kg"),
            (light, "{ from = \"5 kg\", below = \"30 kg\", dose = \"10 mg/kg\"", "the bands leave a gap below 5 kg"),
            (
                "{ from = \"100 kg\",",
                "{ from = \"100 kg\", below = \"150 kg\",",
                "the bands leave a gap from 150 kg on",
            ),
            ("{ from = \"100 kg\",", "{ from = \"100\",", "`100` is not a weight in kg"),
            ("{ from = \"100 kg\",", "{ fom = \"100 kg\",", "unknown field `fom`"),
            (
                "indication = [\"giant-cell-arteritis\"]",
                "indication = [\"arteritis\"]",
                "unknown indication `arteritis`",
            ),
            (
                "reduced-dose = \"4 mg/kg\"",
                "reduced-dose = \"280 mg\"",
                "`reduced-dose` is one dose in the unit of `dose`",
            ),
            ("loosest = \"P14D\"", "loosest = \"P3D\"", "`interval` lies between `tightest` and `loosest`"),
            ("closest = \"PT8H\"", "closest = \"8 hours\"", "`8 hours` is not a time between doses"),
            ("rounding = \"0.1\"", "rounding = \"10\"", "lies between 0 and 1"),
            ("far-above = \"1.3\"", "far-above = \"0.3\"", "`far-above` is above 1"),
            ("below-years = 2, within", "below-years = 1, within", "the ages stand in order"),
            (
                "from = \"20 kg\", to = \"400 kg\"",
                "from = \"20 kg\", to = \"4 kg\"",
                "no weight lies between `from` and `to`",
            ),
            (
                "concept = \"body-weight\"",
                "concept = \"platelet-count\"",
                "`platelet-count` is no measurement in kilograms",
            ),
        ] {
            let (mistakes, line) = mistakes(from, to);
            let is_told = |m: &Mistake| m.message.contains(expected) && m.file == FILE && m.line.abs_diff(line) <= 9;
            assert!(mistakes.iter().any(is_told), "{to}, line {line}: {mistakes:?}");
        }
    }

    #[test]
    fn a_row_needs_what_the_checks_read() {
        for (from, to, expected) in [
            ("most = \"600 mg\"\n", "", "a dose by weight needs `most`"),
            ("closest = \"PT8H\"\n", "", "a dose without `interval` needs `closest`"),
            ("dose = \"6 mg/kg\"\n", "", "a row has one `dose`, or `bands`"),
            (
                "indication = [\"covid-19\"]",
                "indication = [\"giant-cell-arteritis\"]",
                "by the route `intravenous` stands twice",
            ),
            ("indication = [\"covid-19\"]", "indication = []", "a dose needs the indications that it is for"),
            (
                "reduced-dose = \"4 mg/kg\"",
                "corrected = { text = \"x\", product = { system = \"rxnorm\", code = \"1441527\", display = \"x\" } }",
                "only a row of one dose in mg",
            ),
            (
                "  { within = \"P365D\", from = \"20 kg\", to = \"400 kg\" },\n",
                "",
                "the last of the ages has no `below-years`",
            ),
        ] {
            let (mistakes, _) = mistakes(from, to);
            let is_told = |m: &Mistake| m.message.contains(expected) && m.line > 0;
            assert!(mistakes.iter().any(is_told), "{to}: {mistakes:?}");
        }
    }
}
