//! A rule file as it is written, before anything in it is checked: one struct per table, unknown keys refused. The
//! tables of criteria are read in `criterion.rs`.

use std::collections::BTreeMap;

use domain::hook::Hook;
use domain::rule::Indicator;
use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

use super::drug::RawCoding;
use super::word::{Day, Days, EvidenceKind, Phases, Reasons, Word};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawApplies {
    pub phase: Vec<Word<Phases>>,
    pub phase_without_order: Vec<Word<Phases>>,
    pub family: Option<Spanned<String>>,
    pub indication: Vec<Spanned<String>>,
    pub except: Vec<Spanned<String>>,
}

/// Why a rule says less, or something else, for some uses.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawUse {
    pub indication: Vec<Spanned<String>>,
    pub because: String,
}

/// How often a rule gives a card, and why that is not too often.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawBurden {
    pub of_orders: Decimal,
    pub because: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    pub label: String,
    pub url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawAdvice {
    #[serde(default)]
    pub met: Vec<Spanned<String>>,
    #[serde(default)]
    pub unless_met: Vec<Spanned<String>>,
    #[serde(default)]
    pub not_met: Vec<Spanned<String>>,
    #[serde(default)]
    pub unknown: Vec<Spanned<String>>,
    #[serde(default)]
    pub reasons: Vec<Word<Reasons>>,
    pub cited: Option<bool>,
    #[serde(default)]
    pub phase: Vec<Word<Phases>>,
    #[serde(default)]
    pub hook: Vec<Word<Hook>>,
    #[serde(default)]
    pub indication: Vec<Spanned<String>>,
    #[serde(default)]
    pub except_indication: Vec<Spanned<String>>,
    pub indicator: Word<Indicator>,
    pub summary: String,
    pub text: Option<String>,
    #[serde(default)]
    pub text_for: Vec<RawTextFor>,
    #[serde(default)]
    pub suggest: Vec<Spanned<String>>,
    #[serde(default)]
    pub in_summary: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTextFor {
    #[serde(default)]
    pub indication: Vec<Spanned<String>>,
    #[serde(default)]
    pub route: Vec<Spanned<String>>,
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawSuggestion {
    pub label: String,
    #[serde(default, rename = "for")]
    pub criteria: Vec<Spanned<String>>,
    /// The order that makes it needless.
    pub unless_ordered: Option<Spanned<String>>,
    /// The same, with an order for each criterion.
    pub unless_ordered_each: Option<BTreeMap<Spanned<String>, Spanned<String>>>,
    #[serde(default)]
    pub unless_met: Vec<Spanned<String>>,
    pub text: Option<String>,
    pub due: Option<RawDue>,
    #[serde(default)]
    pub delete_order: bool,
    #[serde(default)]
    pub update_dose: bool,
    #[serde(default)]
    pub stop_others: bool,
    pub create: Option<RawCoding>,
    pub replace_with: Option<RawCoding>,
    pub dose: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDue {
    pub from: Word<Days>,
    pub to: Word<Days>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOverride {
    pub code: Option<Spanned<String>>,
    pub standard: Option<Spanned<String>>,
    pub display: String,
    #[serde(default, rename = "for")]
    pub criteria: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEvidence {
    pub kind: Word<EvidenceKind>,
    pub cite: String,
    pub says: String,
    pub verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReview {
    pub by: String,
    pub role: String,
    pub on: Word<Day>,
    pub says: Option<String>,
}
