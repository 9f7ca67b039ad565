//! A rule file as it is written, before anything in it is checked: one struct per table, unknown keys refused.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::drug::RawCoding;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawApplies {
    #[serde(default)]
    pub phase: Vec<String>,
    pub family: Option<String>,
    #[serde(default)]
    pub except: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    pub label: String,
    pub url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCriterion {
    pub finding: String,
    pub name: String,
    pub quantity: Option<RawQuantity>,
    pub result: Option<RawResult>,
    pub condition: Option<RawCondition>,
    pub medication: Option<RawMedication>,
    pub onset: Option<RawOnset>,
    pub recorded: Option<RawRecorded>,
    pub planned: Option<RawPlanned>,
    pub fall: Option<RawFall>,
    pub allergy: Option<RawAllergy>,
    pub dose: Option<RawDoseFinding>,
    pub product: Option<RawProductFinding>,
    pub age: Option<RawAge>,
    pub all: Option<Vec<String>>,
    pub any: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBand {
    pub below: Option<Decimal>,
    pub above: Option<Decimal>,
    pub from: Option<Decimal>,
    pub to: Option<Decimal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawQuantity {
    pub concept: String,
    pub below: Option<Decimal>,
    pub above: Option<Decimal>,
    pub from: Option<Decimal>,
    pub to: Option<Decimal>,
    pub of: Option<String>,
    pub within: String,
    #[serde(default)]
    pub indication: BTreeMap<String, RawBand>,
    pub without_upper_limit: Option<RawBand>,
    pub boundary: Option<Decimal>,
    #[serde(default)]
    pub before_first_dose: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawResult {
    pub concept: String,
    pub is: String,
    pub within: String,
    pub or_condition: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCondition {
    pub concept: String,
    pub state: String,
    pub unless: Option<String>,
    pub within: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMedication {
    pub concept: Option<String>,
    #[serde(default)]
    pub concepts: Vec<String>,
    pub state: String,
    pub within: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawOnset {
    pub concept: String,
    pub under_years: i16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRecorded {
    pub concepts: Vec<String>,
    pub within: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPlanned {
    pub concepts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawFall {
    pub concepts: Vec<String>,
    pub percent: Decimal,
    pub within: String,
    pub or_condition: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAllergy {
    pub concept: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawDoseFinding {
    pub route_not: Option<String>,
    pub amount_not: Option<String>,
    pub interval_not: Option<String>,
    pub interval_is: Option<String>,
    pub product_conflicts_with_route: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawProductFinding {
    pub lacks_indication: Option<String>,
    pub recognised: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawAge {
    pub below_years: i16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawAdvice {
    #[serde(default)]
    pub met: Vec<String>,
    #[serde(default)]
    pub unless_met: Vec<String>,
    #[serde(default)]
    pub not_met: Vec<String>,
    #[serde(default)]
    pub unknown: Vec<String>,
    #[serde(default)]
    pub reasons: Vec<String>,
    #[serde(default)]
    pub phase: Vec<String>,
    #[serde(default)]
    pub hook: Vec<String>,
    pub indicator: String,
    pub summary: String,
    pub text: Option<String>,
    #[serde(default)]
    pub suggest: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSuggestion {
    pub label: String,
    #[serde(default, rename = "for")]
    pub criteria: Vec<String>,
    pub unless_ordered: Option<String>,
    #[serde(default)]
    pub delete_order: bool,
    #[serde(default)]
    pub update_dose: bool,
    pub create: Option<RawCoding>,
    pub replace_with: Option<RawCoding>,
    pub dose: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOverride {
    pub code: Option<String>,
    pub standard: Option<String>,
    pub display: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEvidence {
    pub kind: String,
    pub cite: String,
    pub says: String,
    pub verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReview {
    pub by: String,
    pub role: String,
    pub on: String,
    pub says: Option<String>,
}
