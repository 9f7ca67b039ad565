//! How the handbook explains a criterion: plain sentences, worded from the data that decide, so that the handbook
//! cannot say anything else than the program does.

use crate::fact::ConceptId;
use crate::rule::{Drug, Rule};
use crate::words::joined;

/// When a criterion is met, not met and unknown; each a sentence or several, without a capital and without a full stop.
#[derive(Debug)]
pub struct Explanation {
    /// What shows the finding.
    pub met: Vec<String>,
    /// What shows that it is absent.
    pub not_met: Vec<String>,
    /// What leaves it undecided.
    pub unknown: Vec<String>,
    /// The list of the drug's page that holds the codes it reads from the order.
    pub list: Option<DrugList>,
}

/// A list on the page of a drug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DrugList {
    /// The routes with their codes.
    Routes,
    /// The products with their codes.
    Products,
    /// The doses of the label, by use and route.
    Doses,
}

impl Explanation {
    /// One sentence for each outcome.
    pub(super) fn new(met: impl Into<String>, not_met: impl Into<String>, unknown: impl Into<String>) -> Explanation {
        Explanation { met: vec![met.into()], not_met: vec![not_met.into()], unknown: vec![unknown.into()], list: None }
    }
}

/// Where an explanation finds the names of what a criterion refers to by id.
pub struct Names<'a> {
    /// The rule of the criterion.
    pub rule: &'a Rule,
    /// The drug of the rule.
    pub drug: &'a Drug,
    /// The name of a concept in running text.
    pub concept: &'a dyn Fn(&str) -> String,
}

impl Names<'_> {
    /// The name of a concept in running text.
    pub(super) fn concept(&self, id: &str) -> String {
        (self.concept)(id)
    }

    /// The names of several concepts, any of which will do: "a, b or c".
    pub(super) fn any_of(&self, ids: &[ConceptId]) -> String {
        joined(&ids.iter().map(|id| self.concept(id)).collect::<Vec<_>>(), "or")
    }
}
