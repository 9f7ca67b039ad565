//! The order against the doses of the label for its use, route and body weight. The doses are data of the drug, one row
//! for each use and route, so that the same criteria hold for every use.

/// The rows of the label that may hold for an order.
mod label;

pub(super) use self::label::{Label, Labelled, decided};
use super::label_amount::AmountFinding;
use super::label_schedule::ScheduleFinding;
use super::{CriterionKind, DrugList, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::fact::ConceptId;

/// How the order compares with the label.
#[derive(Debug, Clone)]
pub struct LabelDose {
    /// In what.
    pub is: LabelDoseFinding,
    /// The concept of the body weight, where the drug has one.
    pub weight: Option<ConceptId>,
}

/// In what the order is compared with the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelDoseFinding {
    /// One dose.
    Amount(AmountFinding),
    /// Route, interval, number of doses or age.
    Schedule(ScheduleFinding),
}

impl CriterionKind for LabelDose {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        match self.is {
            LabelDoseFinding::Amount(finding) => finding.decide(subject),
            LabelDoseFinding::Schedule(finding) => finding.decide(subject),
        }
    }

    fn properties(&self) -> Properties<'_> {
        let reads_weight = matches!(self.is, LabelDoseFinding::Amount(finding) if finding.reads_weight());
        let must_show: &[&str] = match self.is {
            LabelDoseFinding::Amount(AmountFinding::Weight) => &["met", "unknown"],
            _ => EVERY_OUTCOME,
        };
        let is_of_order = !matches!(
            self.is,
            LabelDoseFinding::Amount(AmountFinding::Weight)
                | LabelDoseFinding::Schedule(
                    ScheduleFinding::TooMany | ScheduleFinding::TooSoon | ScheduleFinding::UnderAge
                )
        );
        let concepts = self.weight.iter().filter(|_| reads_weight).collect();
        Properties { concepts, window_days: None, must_show, is_of_order }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, _: &Names<'_>) -> Explanation {
        let (met, not_met, unknown) = match self.is {
            LabelDoseFinding::Amount(finding) => finding.explain(),
            LabelDoseFinding::Schedule(finding) => finding.explain(),
        };
        let list = if self.is == LabelDoseFinding::Schedule(ScheduleFinding::Route) {
            DrugList::Routes
        } else {
            DrugList::Doses
        };
        Explanation { list: Some(list), ..Explanation::new(met, not_met, unknown) }
    }
}

/// What leaves a comparison with the label open.
pub(super) const OPEN: &str =
    "not on the order, or not readable in its field; or the rows of the label that may hold for it differ";

#[cfg(test)]
mod tests;
