//! What a rule may say and offer, and the reasons to override it.

use super::{Coding, is_named};
use crate::fact::ConceptId;
use crate::hook::Hook;
use crate::phase::Phase;
use crate::truth::Reason;

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
    /// What is unknown counts only where a record is cited for it: then that record can be named.
    pub cited: Option<bool>,
    /// Only in these phases; empty means all.
    pub phases: Vec<Phase>,
    /// Only at these hooks; empty means all.
    pub hooks: Vec<Hook>,
    /// Only for these indications, by their ids; empty means all, and an order whose indication is not known.
    pub indications: Vec<String>,
    /// Not for these indications, by their ids.
    pub except: Vec<String>,
    /// How urgent it is.
    pub indicator: Indicator,
    /// The one-line summary, with tokens.
    pub summary: String,
    /// A sentence or two for the detail, with tokens.
    pub text: Option<String>,
    /// What stands in place of the text for some indications or routes; the first one that fits counts.
    pub texts: Vec<TextFor>,
    /// The ids of the suggestions that it offers.
    pub suggest: Vec<String>,
    /// Whether it is a line of the card of the whole assessment, and no card of its own.
    pub in_summary: bool,
}

impl Advice {
    /// Whether it applies to orders for this indication.
    pub fn concerns(&self, indication: Option<&str>) -> bool {
        is_named(&self.indications, indication) && !indication.is_some_and(|id| self.except.iter().any(|e| e == id))
    }

    /// Its sentences for an order by this route for this indication.
    pub fn text_for(&self, indication: Option<&str>, route: Option<&str>) -> Option<&str> {
        let fits = |text: &&TextFor| is_named(&text.indications, indication) && is_named(&text.routes, route);
        self.texts.iter().find(fits).map(|text| &text.text).or(self.text.as_ref()).map(String::as_str)
    }
}

/// A text of an advice for some orders.
#[derive(Debug)]
pub struct TextFor {
    /// The indications, by their ids; empty means all.
    pub indications: Vec<String>,
    /// The routes, by their ids; empty means all.
    pub routes: Vec<String>,
    /// A sentence or two, with tokens.
    pub text: String,
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
    /// The services whose order makes it needless.
    pub unless_ordered: UnlessOrdered,
    /// It is not offered while one of these criteria is met, of any rule of the drug.
    pub unless_met: Vec<String>,
    /// What to know before accepting it, which the card says as long as it is offered.
    pub text: Option<String>,
    /// From how many days after the order until when a service is due; `None` means now.
    pub due: Option<(i64, i64)>,
    /// What the click does.
    pub action: Action,
}

/// The services whose order makes a suggestion needless.
#[derive(Debug, Default)]
pub enum UnlessOrdered {
    /// No order does.
    #[default]
    Never,
    /// An order of this service does, whatever made the advice speak.
    All(ConceptId),
    /// Each criterion, by its id, has a service of its own: what one order does not bring is still offered.
    Each(Vec<(String, ConceptId)>),
}

impl UnlessOrdered {
    /// The services, without regard to the criteria.
    pub fn concepts(&self) -> impl Iterator<Item = &ConceptId> {
        let (all, each) = match self {
            UnlessOrdered::Never => (None, &[][..]),
            UnlessOrdered::All(concept) => (Some(concept), &[][..]),
            UnlessOrdered::Each(each) => (None, each.as_slice()),
        };
        all.into_iter().chain(each.iter().map(|(_, concept)| concept))
    }
}

/// What a click does.
#[derive(Debug)]
pub enum Action {
    /// Removes the order.
    DeleteOrder,
    /// Gives the order the labelled dose.
    UpdateDose,
    /// Ends the other orders of the drug that are on record.
    StopOthers,
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
    /// It makes sense only on a card that one of these criteria, met, made speak; empty means on every card of the rule.
    pub criteria: Vec<String>,
}
