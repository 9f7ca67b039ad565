//! One dose of the order against the label: its most, and the dose for the body weight with the arithmetic that shows it.

/// The arithmetic of one dose.
mod arithmetic;
/// What a card says of it.
mod words;

use self::arithmetic::{above_most, compared, other_weight, reaches, reduced, rounded};
use self::words::most;
use super::Finding;
use super::dose::on_order;
use super::label_dose::{Label, Labelled, OPEN, decided};
use crate::assess::Subject;
use crate::fact::Source;
use crate::order::{Dose, DrugOrder, Reading};
use crate::truth::{Outcome, Reason};

/// How one dose compares with the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountFinding {
    /// Its milligrams are more than the most of one dose.
    Above,
    /// A dose by weight amounts to more than the most of one dose.
    CalculatedAbove,
    /// It is dangerously more than the dose for the weight.
    FarAboveWeight,
    /// It is more than the dose for the weight.
    AboveWeight,
    /// It is less than the dose for the weight.
    BelowWeight,
    /// It is less than the one dose of the label.
    Below,
    /// It is the dose of other weights.
    OtherWeight,
    /// It is the lower dose, or the wider interval, that the label gives on treatment.
    Reduced,
    /// A body weight is known where the dose depends on it.
    Weight,
}

impl AmountFinding {
    /// Whether it reads the body weight.
    pub(super) fn reads_weight(self) -> bool {
        !matches!(self, AmountFinding::Above | AmountFinding::Below)
    }

    pub(super) fn decide(self, subject: &Subject<'_>) -> Finding {
        let order = subject.order;
        let (dose, words) = match &order.dose {
            Reading::Known(dose, words) => (*dose, words),
            // That a dose is missing or unreadable is reported once, by the finding on the label's maximum.
            _ if !matches!(self, AmountFinding::Above | AmountFinding::Below | AmountFinding::BelowWeight) => {
                return not_applicable();
            }
            Reading::Missing => return Finding::bare(Outcome::Unknown(Reason::Absent)),
            Reading::Unreadable(words) => {
                return on_order(Outcome::Unknown(Reason::Unreadable), words.clone(), subject);
            }
        };
        let label = Label::of(subject, order.route.known().map(String::as_str));
        if !self.concerns(dose, &label, subject) {
            return match self {
                // What is not given by weight is not less than a dose by weight; larger findings are made of this one.
                AmountFinding::BelowWeight if label.is_of_use => Finding::bare(Outcome::NotMet),
                AmountFinding::BelowWeight => Finding::bare(Outcome::Unknown(Reason::Absent)),
                _ => not_applicable(),
            };
        }
        if self == AmountFinding::Weight {
            return of_weight(&label, subject);
        }
        let outcome = match self {
            AmountFinding::Above => {
                label.rows_together(|labelled| above_most(dose, order, *labelled, &label) == Some(true))
            }
            AmountFinding::CalculatedAbove => {
                label.together(label.doses.iter().map(|labelled| above_most(dose, order, *labelled, &label)))
            }
            AmountFinding::OtherWeight => other_weight(dose, order, &label),
            _ => label.together(label.doses.iter().map(|labelled| self.holds(dose, order, *labelled, &label))),
        };
        self.finding(outcome, dose, words, &label, subject)
    }

    /// Whether the finding concerns an order of such a dose at all.
    fn concerns(self, dose: Dose, label: &Label<'_>, subject: &Subject<'_>) -> bool {
        let is_per_kilogram = matches!(dose, Dose::PerKilogram(_));
        // By a route that the label does not give for the use, the route is what is wrong.
        let is_labelled = label.is_of_use || subject.indication.id.is_none();
        let is_by_weight = is_labelled && !label.doses.is_empty() && (is_per_kilogram || label.is_by_weight());
        let bands = label.of_every_weight.len() > label.doses.len() || label.weight.is_err();
        let has_bands = bands && label.of_every_weight.iter().any(|labelled| labelled.band.weights().is_some());
        let is_reduced =
            |labelled: &Labelled<'_>| labelled.band.reduced_dose.is_some() || labelled.band.reduced_days.is_some();
        match self {
            AmountFinding::Above => !is_per_kilogram,
            AmountFinding::CalculatedAbove => is_per_kilogram && is_labelled,
            AmountFinding::FarAboveWeight | AmountFinding::Weight => is_by_weight,
            AmountFinding::AboveWeight | AmountFinding::BelowWeight => is_by_weight && label.is_of_use,
            AmountFinding::Below => !is_per_kilogram && label.is_of_use && !label.is_by_weight(),
            AmountFinding::OtherWeight => label.is_of_use && has_bands,
            AmountFinding::Reduced => label.is_of_use && label.of_every_weight.iter().any(is_reduced),
        }
    }

    /// Whether it holds against one row and band of the label; `None` where that depends on a weight that is not known.
    fn holds(self, dose: Dose, order: &DrugOrder, labelled: Labelled<'_>, label: &Label<'_>) -> Option<bool> {
        let of = labelled.band.dose;
        match self {
            AmountFinding::FarAboveWeight => {
                let (value, limit) = compared(dose, of.most, order, labelled, label)?;
                Some(value > limit.checked_mul(label.tolerance.far_above)?)
            }
            AmountFinding::AboveWeight => {
                let (value, limit) = compared(dose, of.most, order, labelled, label)?;
                Some(value > limit.checked_mul(rounded(dose, labelled, label).1)?)
            }
            AmountFinding::BelowWeight | AmountFinding::Below => {
                Some(!reaches(dose, of.least, order, labelled, label)?)
            }
            AmountFinding::Reduced => reduced(dose, order, labelled, label),
            _ => None,
        }
    }

    /// What shows it, what shows that it is absent, and what leaves it open.
    pub(super) fn explain(self) -> (&'static str, &'static str, &'static str) {
        const NO_WEIGHT: &str = "no usable body weight";
        match self {
            AmountFinding::Above => (
                "one dose in milligrams is more than the most of the label for its route and use",
                "it is not more",
                OPEN,
            ),
            AmountFinding::CalculatedAbove => (
                "one dose per kilogram comes to more than the most of the label at the weight of the patient, and no field \
                 of the order caps it",
                "it does not",
                NO_WEIGHT,
            ),
            AmountFinding::FarAboveWeight => {
                ("one dose is more than `far-above` times the label's dose for the weight", "it is not", NO_WEIGHT)
            }
            AmountFinding::AboveWeight => (
                "one dose is more than the label's dose for the weight; in milligrams, by more than a tenth, so that whole \
                 vials can be given",
                "it is not",
                NO_WEIGHT,
            ),
            AmountFinding::BelowWeight => (
                "one dose is less than the label's dose for the weight; in milligrams, by more than a tenth",
                "it is not",
                NO_WEIGHT,
            ),
            AmountFinding::Below => {
                ("one dose is less than that of the label by more than a tenth", "it is not less", OPEN)
            }
            AmountFinding::OtherWeight => (
                "dose and interval are those of the label for other weights, and not for this one",
                "they are those for this weight, or for none",
                NO_WEIGHT,
            ),
            AmountFinding::Reduced => (
                "the dose is the lower one, or the interval the wider one, that the label gives on treatment for abnormal \
                 values",
                "it is another",
                NO_WEIGHT,
            ),
            AmountFinding::Weight => (
                "a body weight can be calculated with, where the order or the label gives the dose by weight",
                "never",
                "none on record, none that is recent enough for the age, or none that is believed",
            ),
        }
    }
}

fn not_applicable() -> Finding {
    Finding::bare(Outcome::NotApplicable)
}

/// Whether the weight is known, and why not.
fn of_weight(label: &Label<'_>, subject: &Subject<'_>) -> Finding {
    match &label.weight {
        Ok(weight) => {
            // How long a weight counts depends on the age.
            let birth = subject.facts.birth.as_ref().and_then(|birth| birth.as_ref().ok());
            let birth = birth.map(|(_, source)| Source::new(source.reference.clone(), source.received.clone(), None));
            let evidence = std::iter::once(weight.source.clone()).chain(birth).collect();
            let mut finding = Finding::of(Outcome::Met, evidence, subject);
            finding.words.value = Some(weight.words());
            finding
        }
        Err(unusable) => {
            let mut finding = Finding::of(Outcome::Unknown(unusable.reason), unusable.evidence.clone(), subject);
            finding.words.window_days = unusable.within_days;
            finding
        }
    }
}

/// Whether an amount that the words of an order name is more than the label gives.
pub(super) fn is_amount_beyond(dose: Dose, route: Option<&str>, subject: &Subject<'_>) -> Option<bool> {
    let (label, order) = (Label::of(subject, route), subject.order);
    let holds = |labelled: &Labelled<'_>| match dose {
        Dose::Milligrams(_) => above_most(dose, order, *labelled, &label),
        Dose::PerKilogram(_) => AmountFinding::AboveWeight.holds(dose, order, *labelled, &label),
    };
    decided(label.together(label.doses.iter().map(holds)))
}

/// Whether one of these amounts caps a dose at no more than the label's most.
pub(super) fn is_cap(caps: &[Dose], subject: &Subject<'_>) -> bool {
    let label = Label::of(subject, subject.order.route.known().map(String::as_str));
    let is_within = |cap: &Dose| matches!(cap, Dose::Milligrams(value) if *value <= most(&label));
    caps.iter().any(is_within)
}
