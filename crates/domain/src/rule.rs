//! The knowledge as types: a drug, its rules, their criteria and advice. Only valid ones are built, by `library`.

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
    /// Its id, which is also the id of the concept of its exposure.
    pub id: ConceptId,
    /// The name in running text.
    pub name: String,
    /// Lower-case words that name it in free text.
    pub names: Vec<String>,
    /// How many days back an exposure counts as continuation.
    pub exposure_days: i64,
    /// Products by code system and normalised code.
    pub products: Vec<Product>,
    /// Words that show a brand.
    pub brands: Vec<Brand>,
    /// Routes with their codes.
    pub routes: Vec<Route>,
    /// The dose that a corrected order carries.
    pub labelled_dose: Option<LabelledDose>,
    /// What it is used for, most specific first.
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
    /// Lower-case words that show it.
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
    /// The word for a reader.
    pub shown: String,
    /// The code that a corrected order carries.
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
    /// The family whose rules concern it.
    pub family: Option<String>,
    /// The name in running text.
    pub name: String,
    /// Conditions that make it, all of them.
    pub all: Vec<ConceptId>,
    /// A reason on the order that makes it, besides.
    pub reason: Option<ConceptId>,
    /// A condition whose denial makes it, instead of the reason.
    pub refuted: Option<ConceptId>,
}

/// One rule: at most one card per order.
#[derive(Debug)]
pub struct Rule {
    /// Its id, which is also the card's topic.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it concerns an order.
    pub applies: Applies,
    /// The source that the card shows.
    pub source: CardSource,
    /// The findings, in the order of the file.
    pub criteria: Vec<Criterion>,
    /// What is said, in the order of the file.
    pub advice: Vec<Advice>,
    /// What is offered.
    pub suggestions: Vec<Suggestion>,
    /// Why a clinician may go on all the same.
    pub overrides: Vec<Override>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// Who has reviewed it.
    pub reviews: Vec<Review>,
    /// Whether its card shows the whole assessment.
    pub overview: bool,
    /// Whether a site silenced it: then only what is critical is said.
    pub silent: bool,
}

/// Where a rule concerns an order.
#[derive(Debug, Default)]
pub struct Applies {
    /// The phases; empty means all.
    pub phases: Vec<Phase>,
    /// The family of indications, if only one.
    pub family: Option<String>,
    /// Indications that it does not concern.
    pub except: Vec<String>,
}

/// The source a card shows.
#[derive(Debug)]
pub struct CardSource {
    /// A few words.
    pub label: String,
    /// A stable page.
    pub url: Option<String>,
}

/// One finding.
#[derive(Debug)]
pub struct Criterion {
    /// Its id.
    pub id: String,
    /// The finding in words, for the table.
    pub finding: String,
    /// The name in running lists.
    pub name: String,
    /// How it is decided.
    pub kind: Kind,
}

/// How urgent a card is, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Indicator {
    /// The label says do not, and data prove it.
    Critical,
    /// A required check is missing, or data contradict a step.
    Warning,
    /// Context.
    Info,
}

impl Indicator {
    /// The code of the standard.
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
    /// Ids of suggestions offered.
    pub suggest: Vec<String>,
}

/// One click.
#[derive(Debug)]
pub struct Suggestion {
    /// Its id.
    pub id: String,
    /// The words on the button.
    pub label: String,
    /// Only offered when one of these criteria made the advice speak; empty means always.
    pub criteria: Vec<String>,
    /// Not offered when such a service is already among the orders.
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

/// A reason to go on all the same.
#[derive(Debug)]
pub struct Override {
    /// Its code.
    pub code: String,
    /// Whether the code is one of the standard's, not of the rule's own.
    pub standard: bool,
    /// Its words.
    pub display: String,
}

/// What a rule rests on.
#[derive(Debug)]
pub struct Evidence {
    /// label, guideline, trial, literature or design.
    pub kind: String,
    /// The section or citation.
    pub cite: String,
    /// The fact.
    pub says: String,
    /// Whether it was seen in a primary source.
    pub verified: bool,
}

/// A review of a rule by a clinician.
#[derive(Debug)]
pub struct Review {
    /// The name.
    pub by: String,
    /// The profession.
    pub role: String,
    /// The day.
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
