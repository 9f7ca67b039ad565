//! The knowledge as types: a drug, its rules, their criteria and advice. The member `knowledge` builds them from the
//! files under `hooks/`, and builds only valid ones.

/// What a rule may say and offer.
mod advice;
/// A drug with its uses and routes.
mod drug;
/// How a drug is given and watched.
mod treatment;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

pub use self::advice::{Action, Advice, Indicator, Override, Suggestion, TextFor, UnlessOrdered};
pub use self::drug::{Brand, Coding, CourseLimits, Drug, Indication, Route};
pub use self::treatment::{LabelledDose, Monitoring, PriorAuthorization, WeightAge, WeightRules};
use super::criteria::Kind;
use super::phase::Phase;

/// One rule: at most one card per order.
#[derive(Debug, Default)]
pub struct Rule {
    /// Its id, which is also the card's topic.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Which orders it concerns.
    pub applies: Applies,
    /// The source that the card shows.
    pub source: CardSource,
    /// The criteria, in the order of the file.
    pub criteria: Vec<Criterion>,
    /// By criterion: within which bounds a site may move its window, where the rule says so.
    pub window_bounds: BTreeMap<String, WindowBounds>,
    /// What it may say, in the order of the file.
    pub advice: Vec<Advice>,
    /// What it may offer.
    pub suggestions: Vec<Suggestion>,
    /// The reasons a clinician may give for overriding the card.
    pub overrides: Vec<Override>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// The day on which it was first released, such as `2026-11-22`.
    pub released: Option<String>,
    /// The later days on which what it decides or says was changed.
    pub revised: Vec<String>,
    /// Who has reviewed it.
    pub reviews: Vec<Review>,
    /// Whether its card is the overview of the whole assessment.
    pub overview: bool,
    /// For an overview: the criteria, of any rule of the drug, of which one shows why the drug is given now.
    pub scenarios: Vec<String>,
    /// Whether a site silenced it. Critical advice speaks even so.
    pub silent: bool,
    /// Why it says less, or something else, for some uses.
    pub uses: Vec<UseReason>,
    /// How often it speaks.
    pub burden: Option<Burden>,
}

/// Why a rule says less, or something else, for some uses than for the others.
#[derive(Debug)]
pub struct UseReason {
    /// The indications, by their ids.
    pub indications: Vec<String>,
    /// The reason, as a sentence.
    pub because: String,
}

/// How often a rule speaks, measured on a made-up population with all uses.
#[derive(Debug)]
pub struct Burden {
    /// On how many of 100 orders.
    pub of_orders: Decimal,
    /// Why that is not too often, as a sentence.
    pub because: Option<String>,
}

/// What a rule does for the orders of one use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// It checks, and may warn or stop.
    Checked,
    /// It only informs.
    Information,
    /// It says nothing.
    Silent,
}

impl Rule {
    /// What it does for the orders of this use.
    pub fn coverage(&self, indication: &Indication) -> Coverage {
        if self.is_of_others(indication) || self.applies.except.contains(&indication.id) {
            return Coverage::Silent;
        }
        let advice = self.advice.iter().filter(|advice| advice.concerns(Some(&indication.id)));
        match advice.map(|advice| advice.indicator).min() {
            None => Coverage::Silent,
            Some(Indicator::Info) => Coverage::Information,
            Some(Indicator::Critical | Indicator::Warning) => Coverage::Checked,
        }
    }

    /// Whether it says less for this use than for others of its family, so that a reader asks why.
    pub fn says_less(&self, indication: &Indication) -> bool {
        let only_informs = self.advice.iter().all(|advice| advice.indicator == Indicator::Info);
        !self.is_of_others(indication)
            && match self.coverage(indication) {
                Coverage::Checked => false,
                Coverage::Information => !only_informs,
                Coverage::Silent => true,
            }
    }

    /// Whether it belongs to a family of indications that this one is not of.
    fn is_of_others(&self, indication: &Indication) -> bool {
        (self.applies.family.is_some() && self.applies.family != indication.family)
            || (!self.applies.only.is_empty() && !self.applies.only.contains(&indication.id))
    }

    /// The reasons for what it does for the orders of this use.
    pub fn reasons_for<'a>(&'a self, indication: &'a str) -> impl Iterator<Item = &'a str> {
        let of = self.uses.iter().filter(move |reason| reason.indications.iter().any(|id| id == indication));
        of.map(|reason| reason.because.as_str())
    }

    /// The family of indications on which an advice rests: the rule's own, or that of a criterion which it names.
    pub fn family_of(&self, advice: &Advice) -> Option<&str> {
        let of_criterion = |id: &String| self.criteria.iter().find(|c| c.id == *id)?.family.as_deref();
        let named = || advice.met.iter().chain(&advice.not_met).chain(&advice.unknown).find_map(of_criterion);
        self.applies.family.as_deref().or_else(named)
    }
}

/// Which orders a rule concerns.
#[derive(Debug, Default)]
pub struct Applies {
    /// The phases; empty means all.
    pub phases: Vec<Phase>,
    /// Further phases, where nothing is ordered and the current treatment is looked at.
    pub phases_without_order: Vec<Phase>,
    /// The only family of indications; `None` means all.
    pub family: Option<String>,
    /// The only indications that it concerns, by their ids; empty means all.
    pub only: Vec<String>,
    /// Indications that it does not concern, by their ids.
    pub except: Vec<String>,
}

/// The source a card shows.
#[derive(Debug, Default)]
pub struct CardSource {
    /// A few words that name it.
    pub label: String,
    /// The address of a stable page.
    pub url: Option<String>,
}

/// One criterion: a finding that a rule looks for.
#[derive(Debug)]
pub struct Criterion {
    /// Its id.
    pub id: String,
    /// The finding in words, for the table.
    pub finding: String,
    /// The name in a list of what is unknown.
    pub name: String,
    /// The only family of indications that it concerns; `None` means all that the rule concerns.
    pub family: Option<String>,
    /// Whether the card of the whole assessment is silent about it where none is on record, or only an old one.
    pub unlisted: bool,
    /// How it is decided.
    pub kind: Kind,
}

/// The days between which a site may move the window of a criterion; `None` where the general bound holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WindowBounds {
    /// The shortest window.
    pub at_least: Option<i64>,
    /// The longest window.
    pub at_most: Option<i64>,
}

/// What a rule rests on.
#[derive(Debug)]
pub struct Evidence {
    /// One of label, guideline, trial, literature or design.
    pub kind: String,
    /// The section or citation.
    pub cite: String,
    /// What it says.
    pub says: String,
    /// Whether it was checked in a primary source.
    pub verified: bool,
}

/// A review of a rule by a clinician.
#[derive(Debug)]
pub struct Review {
    /// The name of the reviewer.
    pub by: String,
    /// The profession of the reviewer.
    pub role: String,
    /// The day, such as 2026-11-22.
    pub on: String,
    /// What was remarked.
    pub says: Option<String>,
}

/// Whether a list of indications names this one; an empty list names all, and none names an unknown one.
fn is_named(ids: &[String], indication: Option<&str>) -> bool {
    ids.is_empty() || indication.is_some_and(|indication| ids.iter().any(|id| id == indication))
}

#[cfg(test)]
mod tests;
