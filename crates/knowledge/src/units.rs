//! Units: first a table of spellings for each kind of quantity, then UCUM for the rest.
//!
//! The table comes first because `K/uL` is valid UCUM, where it means kelvin per microlitre.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::files::Files;
use super::mistake::{Mistake, Reader};

/// The unit tables of the library.
#[derive(Debug, Default)]
pub struct Units(BTreeMap<String, UnitTable>);

/// The spellings of the units of one kind of quantity.
#[derive(Debug)]
pub struct UnitTable {
    /// The UCUM unit in which facts hold their values.
    pub canonical: String,
    /// The unit as cards write it.
    pub shown: String,
    exact: BTreeMap<String, Decimal>,
    folded: BTreeMap<String, Option<Decimal>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    canonical: String,
    shown: String,
    alias: Vec<RawAlias>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAlias {
    factor: Decimal,
    spellings: Vec<String>,
}

impl Units {
    /// Reads `units.toml`.
    pub fn read(files: &Files, mistakes: &mut Vec<Mistake>) -> Units {
        let mut units = Units::default();
        let text = files.0.get("units.toml").map_or("", String::as_str);
        let mut reader = Reader::new("units.toml", text, mistakes);
        for (id, value) in reader.members() {
            let at = value.span().start;
            if let Some(raw) = reader.value::<RawTable>(value) {
                if octofhir_ucum::validate(&raw.canonical).is_err() {
                    reader.note(at, &format!("`{}` is not a UCUM unit", raw.canonical));
                }
                units.0.insert(id, UnitTable::new(raw));
            }
        }
        units
    }

    /// The table with this id.
    pub fn get(&self, id: &str) -> Option<&UnitTable> {
        self.0.get(id)
    }

    /// The table with this canonical unit.
    pub fn by_canonical(&self, unit: &str) -> Option<&UnitTable> {
        self.0.values().find(|table| table.canonical == unit)
    }
}

impl UnitTable {
    fn new(raw: RawTable) -> UnitTable {
        let mut exact = BTreeMap::new();
        let mut folded: BTreeMap<String, Option<Decimal>> = BTreeMap::new();
        for alias in raw.alias {
            for spelling in alias.spellings {
                let unit_text = normalised(&spelling);
                // Where spellings that differ only in case have different factors, the case must match.
                folded
                    .entry(unit_text.to_lowercase())
                    .and_modify(|factor| *factor = factor.filter(|f| *f == alias.factor))
                    .or_insert(Some(alias.factor));
                exact.insert(unit_text, alias.factor);
            }
        }
        UnitTable { canonical: raw.canonical, shown: raw.shown, exact, folded }
    }

    /// The factor that converts a value in this unit to the canonical one; `None` when it does not convert.
    pub fn factor(&self, unit: &str) -> Option<Decimal> {
        // Most units are spelt as the table has them.
        if let Some(factor) = self.exact.get(unit) {
            return Some(*factor);
        }
        let unit_text = normalised(unit);
        if let Some(factor) = self.exact.get(&unit_text) {
            return Some(*factor);
        }
        if unit_text.is_empty() || is_too_long(&unit_text) {
            return None;
        }
        if octofhir_ucum::validate(&unit_text).is_ok() {
            // `g/L` is grams per litre, not a careless `G/L`: what UCUM knows is taken at its word.
            return by_ucum(&unit_text, &self.canonical);
        }
        self.folded.get(&unit_text.to_lowercase()).copied().flatten()
    }

    /// Whether this is a unit of another kind of quantity, not just a label without a meaning.
    pub fn is_other_unit(&self, unit: &str) -> bool {
        let is_unit = |unit_text: String| !is_too_long(&unit_text) && octofhir_ucum::validate(&unit_text).is_ok();
        self.factor(unit).is_none() && is_unit(normalised(unit))
    }
}

/// Whether it is longer than any unit: reading a text that a sender made long must not take long.
fn is_too_long(unit: &str) -> bool {
    unit.len() > 100
}

/// A spelling without blanks, with the two micro signs as `u` and superscripts as digits.
fn normalised(unit: &str) -> String {
    unit.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            'µ' | 'μ' => 'u',
            '³' => '3',
            '⁶' => '6',
            '⁹' => '9',
            '×' => 'x',
            other => other,
        })
        .collect()
}

/// The factor by UCUM, for units of the same kind that convert by a factor alone.
fn by_ucum(unit: &str, canonical: &str) -> Option<Decimal> {
    // A bare 1 may be a fraction or a forgotten percent sign; nothing is made of it.
    if unit == "1" || !octofhir_ucum::is_comparable(unit, canonical).ok()? {
        return None;
    }
    let one = octofhir_ucum::convert(1.0, unit, canonical).ok()?;
    let zero = octofhir_ucum::convert(0.0, unit, canonical).ok()?;
    // The shortest text of the factor is exact for every power of ten and similar factors.
    (zero == 0.0 && one > 0.0).then(|| format!("{one}").parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::{RawAlias, RawTable, UnitTable};
    use rust_decimal::Decimal;

    fn counts() -> UnitTable {
        UnitTable::new(RawTable {
            canonical: "/uL".to_owned(),
            shown: "/µL".to_owned(),
            alias: vec![
                RawAlias {
                    factor: Decimal::from(1000),
                    spellings: vec!["K/uL".to_owned(), "10*9/L".to_owned(), "G/L".to_owned()],
                },
                RawAlias { factor: Decimal::from(1), spellings: vec!["/uL".to_owned()] },
            ],
        })
    }

    #[test]
    fn spellings_before_ucum_and_never_a_guess() {
        let table = counts();
        for (unit, factor) in [
            ("K/uL", Some("1000")),
            ("k/µL", Some("1000")),
            ("10*9/L", Some("1000")),
            (" / uL", Some("1")),
            ("10*3/mm3", Some("1000")),
            ("10*6/L", Some("1")),
            ("/L", Some("0.000001")),
            ("g/L", None),
            ("mg/L", None),
            ("%", None),
            ("", None),
            ("nonsense", None),
        ] {
            assert_eq!(table.factor(unit), factor.map(|f| f.parse().expect("a number")), "{unit}");
        }
    }
}
