//! The order against the doses of the label for its use, route and body weight. The doses are data of the drug, one row
//! for each use and route, so that the same criteria hold for every use.

use rust_decimal::Decimal;

use super::label_amount::AmountFinding;
use super::label_schedule::ScheduleFinding;
use super::weight::{Unusable, Weight, usable};
use super::{CriterionKind, DrugList, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::dose_table::{DoseBand, DoseRow};
use crate::fact::ConceptId;
use crate::truth::{Outcome, Reason};

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

/// A row of the label that may hold for the order, with the band of weights that may.
#[derive(Clone, Copy)]
pub(super) struct Labelled<'d> {
    pub row: &'d DoseRow,
    pub band: &'d DoseBand,
}

/// What an order is compared with.
pub(super) struct Label<'d> {
    /// The rows and bands that may hold.
    pub doses: Vec<Labelled<'d>>,
    /// The same, and the bands of other weights.
    pub of_every_weight: Vec<Labelled<'d>>,
    /// The weight, where a dose depends on it.
    pub weight: Result<Weight, Unusable>,
    /// Whether the use is known and the label has a dose for it by this route.
    pub is_of_use: bool,
}

impl<'d> Label<'d> {
    /// The label for an order by a route.
    pub fn of(subject: &Subject<'d>, route: Option<&str>) -> Label<'d> {
        let indication = subject.indication.id.as_deref();
        let rows = subject.drug.dose_rows(indication, route);
        let is_of_use = indication.is_some_and(|id| !rows.is_empty() && rows.iter().all(|row| row.is_for(id)));
        let of_every_weight: Vec<Labelled<'d>> =
            rows.iter().flat_map(|row| row.bands.iter().map(|band| Labelled { row, band })).collect();
        let weight = usable(subject);
        let holds = |band: &DoseBand| weight.as_ref().map_or(true, |weight| band.holds(weight.kilograms));
        let doses = of_every_weight.iter().filter(|labelled| holds(labelled.band)).copied().collect();
        Label { doses, of_every_weight, weight, is_of_use }
    }

    /// Whether a dose of it depends on the body weight.
    pub fn is_by_weight(&self) -> bool {
        self.of_every_weight.iter().any(|labelled| labelled.row.is_by_weight())
    }

    /// Kilograms, where there is a usable weight.
    pub fn kilograms(&self) -> Option<Decimal> {
        self.weight.as_ref().ok().map(|weight| weight.kilograms)
    }

    /// What holds against each dose that may hold, or stays open; because of the weight, where that decides. Where the
    /// use is not known, or has no dose by this route, what is right for any use is not wrong.
    pub fn together(&self, answers: impl Iterator<Item = Option<bool>>) -> Outcome {
        let answers: Vec<Option<bool>> = answers.collect();
        match all_alike(&answers) {
            Outcome::Unknown(_) if !self.is_of_use && answers.contains(&Some(false)) => Outcome::NotMet,
            Outcome::Unknown(Reason::Absent) if self.depends_on_weight() => {
                Outcome::Unknown(self.weight.as_ref().err().map_or(Reason::Absent, |unusable| unusable.reason))
            }
            outcome => outcome,
        }
    }

    /// What holds against each row that may hold, whatever the weight: by each route what is right for any row is not
    /// wrong, and where the routes differ it stays open.
    pub fn rows_together(&self, holds: impl Fn(&Labelled<'_>) -> bool) -> Outcome {
        let mut routes: Vec<&str> = self.doses.iter().map(|labelled| labelled.row.route.as_str()).collect();
        routes.dedup();
        let by = |route: &str| {
            let mut of_route = self.doses.iter().filter(|labelled| labelled.row.route == route);
            Some(of_route.all(&holds))
        };
        all_alike(&routes.into_iter().map(by).collect::<Vec<_>>())
    }

    fn depends_on_weight(&self) -> bool {
        self.is_by_weight() || self.of_every_weight.iter().any(|labelled| labelled.band.weights().is_some())
    }

    /// The doses of the label in words, each once.
    pub fn words(&self) -> String {
        let mut all: Vec<String> = Vec::new();
        for labelled in &self.doses {
            let weights = labelled.band.weights().map(|weights| format!(" {weights}")).unwrap_or_default();
            let words = format!("{}{weights}", labelled.band.words());
            if !all.contains(&words) {
                all.push(words);
            }
        }
        format!("label: {}", all.join(", or "))
    }
}

/// The answer in which all agree.
fn all_alike(answers: &[Option<bool>]) -> Outcome {
    match answers.first() {
        Some(Some(true)) if answers.iter().all(|answer| *answer == Some(true)) => Outcome::Met,
        Some(Some(false)) if answers.iter().all(|answer| *answer == Some(false)) => Outcome::NotMet,
        _ => Outcome::Unknown(Reason::Absent),
    }
}
