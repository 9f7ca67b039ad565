//! The knowledge as types: a drug, its rules, their criteria and advice. The member `knowledge` builds them from the
//! files under `hooks/`, and builds only valid ones.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::criteria::Kind;
use super::fact::ConceptId;
use super::hook::Hook;
use super::order::Product;
use super::phase::Phase;
use super::truth::Reason;

/// One drug with its rules, in the order they are shown.
#[derive(Debug)]
pub struct Drug {
    /// Its id. Exposures to the drug are facts of the concept with the same id.
    pub id: ConceptId,
    /// The name in running text.
    pub name: String,
    /// Lower-case words that name it in free text.
    pub names: Vec<String>,
    /// How many days back an exposure counts as continuation.
    pub exposure_days: i64,
    /// Products by code system and normalised code.
    pub products: Vec<Product>,
    /// The brands, by the words that name them.
    pub brands: Vec<Brand>,
    /// Routes with their codes.
    pub routes: Vec<Route>,
    /// The dose that an order gets when a suggestion corrects it.
    pub labelled_dose: Option<LabelledDose>,
    /// What it is used for, the most specific first.
    pub indications: Vec<Indication>,
    /// The rules, in the order they are shown.
    pub rules: Vec<Rule>,
}

impl Drug {
    /// The name of an indication in running text, or its id when the drug has none of that id.
    pub fn indication_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.indications.iter().find(|indication| indication.id == id).map_or(id, |indication| &indication.name)
    }
}

/// A brand of the drug.
#[derive(Debug)]
pub struct Brand {
    /// Its name.
    pub name: String,
    /// Lower-case words that name it in free text.
    pub words: Vec<String>,
    /// Indications of the reference product that its label lacks.
    pub lacks: Vec<String>,
}

/// A code with its system's URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coding {
    /// The URI of the code system.
    pub system: String,
    /// The code.
    pub code: String,
    /// Its name in the system.
    pub display: String,
}

/// A route of administration.
#[derive(Debug)]
pub struct Route {
    /// Its id in the library.
    pub id: String,
    /// The value set of its codes.
    pub value_set: ConceptId,
    /// The word for it on a card.
    pub shown: String,
    /// The code that an order gets when a suggestion corrects it.
    pub code: Coding,
}

/// The labelled dose.
#[derive(Debug)]
pub struct LabelledDose {
    /// Milligrams.
    pub amount: Decimal,
    /// Id of the route.
    pub route: String,
    /// Days between doses.
    pub interval_days: i64,
    /// The sentence for the order.
    pub text: String,
    /// The product that replaces one which cannot be given by this route.
    pub product: Coding,
}

/// What the drug is used for.
#[derive(Debug)]
pub struct Indication {
    /// Its id.
    pub id: String,
    /// The family of indications it belongs to; rules may concern one family only.
    pub family: Option<String>,
    /// The name in running text.
    pub name: String,
    /// The conditions that an order for it has, all of them.
    pub all: Vec<ConceptId>,
    /// A reason that the order must give as well.
    pub reason: Option<ConceptId>,
    /// A condition whose denial counts instead of the reason.
    pub refuted: Option<ConceptId>,
}

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
    /// Who has reviewed it.
    pub reviews: Vec<Review>,
    /// Whether its card is the overview of the whole assessment.
    pub overview: bool,
    /// Whether a site silenced it. Critical advice speaks even so.
    pub silent: bool,
}

/// Which orders a rule concerns.
#[derive(Debug, Default)]
pub struct Applies {
    /// The phases; empty means all.
    pub phases: Vec<Phase>,
    /// The only family of indications; `None` means all.
    pub family: Option<String>,
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

/// How urgent a card is, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Indicator {
    /// The label forbids it, and data prove that this is the case.
    Critical,
    /// A required check is missing, or data contradict a step.
    Warning,
    /// Context that needs no action.
    Info,
}

impl Indicator {
    /// The code of CDS Hooks.
    pub fn code(self) -> &'static str {
        match self {
            Indicator::Critical => "critical",
            Indicator::Warning => "warning",
            Indicator::Info => "info",
        }
    }

    /// The indicator with this code.
    pub fn from_code(code: &str) -> Option<Indicator> {
        match code {
            "critical" => Some(Indicator::Critical),
            "warning" => Some(Indicator::Warning),
            "info" => Some(Indicator::Info),
            _ => None,
        }
    }
}

/// One thing a rule may say.
#[derive(Debug)]
pub struct Advice {
    /// All of these are met.
    pub met: Vec<String>,
    /// None of these is met.
    pub unless_met: Vec<String>,
    /// All of these are not met.
    pub not_met: Vec<String>,
    /// At least one of these is unknown.
    pub unknown: Vec<String>,
    /// Only these reasons of unknown count; empty means all.
    pub reasons: Vec<Reason>,
    /// Only in these phases; empty means all.
    pub phases: Vec<Phase>,
    /// Only at these hooks; empty means all.
    pub hooks: Vec<Hook>,
    /// How urgent it is.
    pub indicator: Indicator,
    /// The one-line summary, with tokens.
    pub summary: String,
    /// A sentence or two for the detail, with tokens.
    pub text: Option<String>,
    /// The ids of the suggestions that it offers.
    pub suggest: Vec<String>,
}

/// Something that a clinician can accept with one click.
#[derive(Debug)]
pub struct Suggestion {
    /// Its id.
    pub id: String,
    /// The words on the button.
    pub label: String,
    /// It is offered only when one of these criteria made the advice speak; empty means always.
    pub criteria: Vec<String>,
    /// It is not offered when such a service is among the orders already.
    pub unless_ordered: Option<ConceptId>,
    /// What the click does.
    pub action: Action,
}

/// What a click does.
#[derive(Debug)]
pub enum Action {
    /// Removes the order.
    DeleteOrder,
    /// Gives the order the labelled dose.
    UpdateDose,
    /// Orders a service.
    Create(Coding),
    /// Orders another medicine, with the words of its dose, and removes the order.
    Replace(Coding, String),
}

/// A reason for overriding a card.
#[derive(Debug)]
pub struct Override {
    /// Its code.
    pub code: String,
    /// Whether the code is one of CDS Hooks, not one of the rule.
    pub standard: bool,
    /// Its words.
    pub display: String,
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

#[cfg(test)]
mod tests {
    use super::Indicator;
    use crate::testing::drug;

    #[test]
    fn codes_are_read_back() {
        for indicator in [Indicator::Critical, Indicator::Warning, Indicator::Info] {
            assert_eq!(Indicator::from_code(indicator.code()), Some(indicator));
        }
        assert_eq!(Indicator::from_code("hard-stop"), None);
        assert!(Indicator::Critical < Indicator::Warning && Indicator::Warning < Indicator::Info);
    }

    #[test]
    fn an_indication_has_a_name() {
        assert_eq!((drug().indication_name("lung"), drug().indication_name("none")), ("lung in words", "none"));
    }
}
