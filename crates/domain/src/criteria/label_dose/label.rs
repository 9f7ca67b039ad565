//! The rows and bands of the label that may hold for an order, and what a comparison with all of them says together.

use rust_decimal::Decimal;

use crate::assess::Subject;
use crate::criteria::weight::{Unusable, Weight};
use crate::dose_table::{DoseBand, DoseRow, DoseTolerance};
use crate::truth::{Outcome, Reason};

/// A row of the label that may hold for the order, with the band of weights that may.
#[derive(Clone, Copy)]
pub(in crate::criteria) struct Labelled<'d> {
    pub row: &'d DoseRow,
    pub band: &'d DoseBand,
}

/// What an order is compared with.
pub(in crate::criteria) struct Label<'d> {
    /// The rows and bands that may hold.
    pub doses: Vec<Labelled<'d>>,
    /// The same, and the bands of other weights.
    pub of_every_weight: Vec<Labelled<'d>>,
    /// The weight, where a dose depends on it.
    pub weight: Result<Weight, Unusable>,
    /// Whether the use is known and the label has a dose for it by this route.
    pub is_of_use: bool,
    /// How far an order may stand from it.
    pub tolerance: DoseTolerance,
}

impl<'d> Label<'d> {
    /// The label for an order by a route.
    pub fn of(subject: &Subject<'d>, route: Option<&str>) -> Label<'d> {
        let indication = subject.indication.id.as_deref();
        let rows = subject.drug.dose_rows(indication, route);
        let is_of_use = indication.is_some_and(|id| !rows.is_empty() && rows.iter().all(|row| row.is_for(id)));
        let of_every_weight: Vec<Labelled<'d>> =
            rows.iter().flat_map(|row| row.bands.iter().map(|band| Labelled { row, band })).collect();
        let weight = subject.weight().clone();
        let holds = |band: &DoseBand| weight.as_ref().map_or(true, |weight| band.holds(weight.kilograms));
        let doses = of_every_weight.iter().filter(|labelled| holds(labelled.band)).copied().collect();
        Label { doses, of_every_weight, weight, is_of_use, tolerance: subject.drug.tolerance }
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

/// An outcome as an answer; `None` where it is open.
pub(in crate::criteria) fn decided(outcome: Outcome) -> Option<bool> {
    match outcome {
        Outcome::Met => Some(true),
        Outcome::NotMet => Some(false),
        Outcome::Unknown(_) | Outcome::NotApplicable => None,
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
