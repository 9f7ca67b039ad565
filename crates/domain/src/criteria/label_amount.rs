//! One dose of the order against the label: its most, and the dose for the body weight with the arithmetic that shows it.

use rust_decimal::Decimal;

use super::Finding;
use super::dose::on_order;
use super::label_dose::{Label, Labelled, OPEN};
use super::label_schedule::decided;
use super::weight::Weight;
use crate::assess::Subject;
use crate::fact::Source;
use crate::order::{Dose, DrugOrder, Reading};
use crate::truth::{Outcome, Reason};
use crate::words::{amount, joined, number};

/// How one dose compares with the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountFinding {
    /// Its milligrams are more than the most of one dose.
    Above,
    /// A dose by weight comes to more than the most of one dose.
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

    fn finding(self, outcome: Outcome, dose: Dose, words: &str, label: &Label<'_>, subject: &Subject<'_>) -> Finding {
        let mut finding = on_order(outcome, words.to_owned(), subject);
        let is_above = matches!(self, AmountFinding::Above | AmountFinding::CalculatedAbove);
        let Some(shown) = loosest(label) else { return finding };
        finding.words.limit =
            Some(if is_above { amount(shown.row.most, "mg") } else { self.limit(dose, shown, label) });
        let (value, limit) = match is_above {
            true => (milligrams(dose, subject.order, label.kilograms()), Some(most(label))),
            false => compared(dose, self.end(shown), subject.order, shown, label).unzip(),
        };
        if !matches!(self, AmountFinding::OtherWeight | AmountFinding::Reduced) {
            finding.words.ratio = value.zip(limit).and_then(|(value, limit)| times(value, limit, is_above));
        }
        if self == AmountFinding::Above {
            finding.words.what = Some(routes(label, subject));
            finding.words.limit = Some(amount(most(label), "mg"));
            return finding;
        }
        finding.words.what = Some(words.to_owned());
        let weight = label.weight.as_ref().ok().filter(|_| label.is_by_weight() || self.reads_weight());
        if let Some(weight) = weight {
            finding.evidence.push(weight.source.clone());
            finding.words.what = Some(weight.words());
        }
        if self == AmountFinding::Reduced {
            finding.words.what = Some(shown.band.words());
        }
        if self == AmountFinding::OtherWeight {
            let other = label.of_every_weight.iter().find(|other| !is_of(other, label));
            finding.words.limit = other.and_then(|other| other.band.weights());
        }
        let arithmetic = weight.and_then(|weight| arithmetic(dose, shown, weight, subject.order));
        if self == AmountFinding::CalculatedAbove {
            finding.words.value = value.map(|value| amount(value.round_dp(1), "mg")).or(finding.words.value);
        }
        finding.words.range = Some(arithmetic.into_iter().chain([label.words()]).collect::<Vec<_>>().join("; "));
        finding
    }

    /// The end of the label's dose that decides.
    fn end(self, shown: Labelled<'_>) -> Decimal {
        match self {
            AmountFinding::BelowWeight | AmountFinding::Below => shown.band.dose.least,
            _ => shown.band.dose.most,
        }
    }

    /// The end of the label's dose that decides, in words: "8 mg/kg = 576 mg".
    fn limit(self, dose: Dose, shown: Labelled<'_>, label: &Label<'_>) -> String {
        let (of, end) = (shown.band.dose, self.end(shown));
        let words = amount(end, of.unit());
        let calculated = label.kilograms().filter(|_| !is_exact(dose, shown)).and_then(|kg| end.checked_mul(kg));
        match calculated.filter(|_| of.per_kilogram) {
            Some(calculated) => format!("{words} = {}", amount(calculated.round(), "mg")),
            None => words,
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

/// Whether dose and label are both per kilogram, so that nothing was rounded.
fn is_exact(dose: Dose, labelled: Labelled<'_>) -> bool {
    labelled.band.dose.per_kilogram == matches!(dose, Dose::PerKilogram(_))
}

/// The milligrams of one dose; of a dose by weight at most what the order caps it at.
fn milligrams(dose: Dose, order: &DrugOrder, kilograms: Option<Decimal>) -> Option<Decimal> {
    match dose {
        Dose::Milligrams(value) => Some(value),
        Dose::PerKilogram(value) => {
            let calculated = value.checked_mul(kilograms?)?.normalize();
            Some(order.most_per_dose.map_or(calculated, |most| calculated.min(most)))
        }
    }
}

/// The dose and one end of the label's dose in one unit: per kilogram where both are, otherwise in milligrams, of which
/// the label never gives more than its most.
fn compared(
    dose: Dose,
    end: Decimal,
    order: &DrugOrder,
    labelled: Labelled<'_>,
    label: &Label<'_>,
) -> Option<(Decimal, Decimal)> {
    match (dose, labelled.band.dose.per_kilogram) {
        (Dose::PerKilogram(value), true) => Some((value, end)),
        (Dose::Milligrams(value), true) => {
            let limit = end.checked_mul(label.kilograms()?)?;
            Some((value, limit.min(labelled.row.most)))
        }
        (_, false) => Some((milligrams(dose, order, label.kilograms())?, end)),
    }
}

/// Whether one dose is more than the most of a row.
fn above_most(dose: Dose, order: &DrugOrder, labelled: Labelled<'_>, label: &Label<'_>) -> Option<bool> {
    Some(milligrams(dose, order, label.kilograms())? > labelled.row.most)
}

/// Whether one dose is not less than this end of the label's dose. What comes to the most of the label is enough for a
/// heavy patient.
fn reaches(dose: Dose, least: Decimal, order: &DrugOrder, labelled: Labelled<'_>, label: &Label<'_>) -> Option<bool> {
    let (value, limit) = compared(dose, least, order, labelled, label)?;
    let is_capped = || milligrams(dose, order, label.kilograms()).is_some_and(|value| value >= labelled.row.most);
    let limit = if is_exact(dose, labelled) && labelled.band.dose.per_kilogram {
        limit
    } else {
        limit.checked_mul(label.tolerance.rounded().0)?
    };
    Some(value >= limit || is_capped())
}

/// How far the order may be rounded from a calculated dose; what needs no calculation is exact.
fn rounded(dose: Dose, labelled: Labelled<'_>, label: &Label<'_>) -> (Decimal, Decimal) {
    if is_exact(dose, labelled) { (Decimal::ONE, Decimal::ONE) } else { label.tolerance.rounded() }
}

/// Whether dose and interval are those of a band.
fn fits(dose: Dose, order: &DrugOrder, labelled: Labelled<'_>, label: &Label<'_>) -> Option<bool> {
    let of = labelled.band.dose;
    let (value, limit) = compared(dose, of.most, order, labelled, label)?;
    let (_, times) = rounded(dose, labelled, label);
    let is_dose = reaches(dose, of.least, order, labelled, label)? && value <= limit.checked_mul(times)?;
    let is_interval = match (order.interval.known(), labelled.band.interval) {
        (Some(days), Some(interval)) => *days >= interval.tightest && *days <= interval.loosest,
        _ => true,
    };
    Some(is_dose && is_interval)
}

/// Whether the order fits a band of other weights and not its own.
fn other_weight(dose: Dose, order: &DrugOrder, label: &Label<'_>) -> Outcome {
    if let Err(unusable) = &label.weight {
        return Outcome::Unknown(unusable.reason);
    }
    let fit = |labelled: &Labelled<'_>| fits(dose, order, *labelled, label) == Some(true);
    let own = label.doses.iter().any(fit);
    let others = label.of_every_weight.iter().filter(|other| !is_of(other, label)).any(fit);
    if others && !own { Outcome::Met } else { Outcome::NotMet }
}

/// Whether a band is one of those that hold the weight.
fn is_of(labelled: &Labelled<'_>, label: &Label<'_>) -> bool {
    label.doses.iter().any(|own| std::ptr::eq(own.band, labelled.band))
}

/// Whether dose or interval is the reduced one, and the other one is that of the label.
fn reduced(dose: Dose, order: &DrugOrder, labelled: Labelled<'_>, label: &Label<'_>) -> Option<bool> {
    let band = labelled.band;
    let within = |(value, limit): (Decimal, Decimal)| {
        let (down, up) = rounded(dose, labelled, label);
        Some(value >= limit.checked_mul(down)? && value <= limit.checked_mul(up)?)
    };
    let by_dose = match band.reduced_dose {
        Some(reduced) => within(compared(dose, reduced, order, labelled, label)?)?,
        None => false,
    };
    let is_full = within(compared(dose, band.dose.most, order, labelled, label)?)?;
    let by_interval = band.reduced_days.is_some_and(|days| order.interval.known() == Some(&days)) && is_full;
    Some(by_dose || by_interval)
}

/// The row and band of which one dose may be the highest, for a reader.
fn loosest<'d>(label: &Label<'d>) -> Option<Labelled<'d>> {
    let rank = |labelled: &&Labelled<'d>| (labelled.band.dose.per_kilogram, labelled.band.dose.most);
    label.doses.iter().max_by_key(rank).copied()
}

fn most(label: &Label<'_>) -> Decimal {
    label.doses.iter().map(|labelled| labelled.row.most).max().unwrap_or_default()
}

/// The routes of the rows that may hold, in words.
fn routes(label: &Label<'_>, subject: &Subject<'_>) -> String {
    let has = |id: &str| label.doses.iter().any(|labelled| labelled.row.route == id);
    let shown: Vec<String> =
        subject.drug.routes.iter().filter(|route| has(&route.id)).map(|route| route.shown.clone()).collect();
    joined(&shown, "or")
}

/// By how many times one dose is more than the label gives.
fn times(value: Decimal, limit: Decimal, is_limit: bool) -> Option<String> {
    let times = value.checked_div(limit)?;
    match is_limit {
        true if times >= Decimal::TWO => Some(format!("{} times the limit", number(times.round_dp(1)))),
        true if value > limit => Some("above the limit".to_owned()),
        true => None,
        false => {
            let places = if times >= Decimal::TEN { 0 } else { 2 };
            Some(format!("{} times the label", number(times.round_dp(places))))
        }
    }
}

/// The calculation of a dose by weight: "8 mg/kg x 72 kg (3 Nov 2026) = 576 mg; ordered 800 mg".
fn arithmetic(dose: Dose, labelled: Labelled<'_>, weight: &Weight, order: &DrugOrder) -> Option<String> {
    let of = labelled.band.dose;
    let product = |per_kilogram: Decimal| Some(amount(per_kilogram.checked_mul(weight.kilograms)?.round_dp(1), "mg"));
    match dose {
        Dose::PerKilogram(value) => {
            let cap = order.most_per_dose.map(|most| format!(", capped at {}", amount(most, "mg"))).unwrap_or_default();
            Some(format!("{} x {} = {}{cap}", amount(value, "mg/kg"), weight.with_date(), product(value)?))
        }
        Dose::Milligrams(value) if of.per_kilogram => {
            let least = (of.least != of.most).then(|| product(of.least)).flatten();
            let least = least.map(|least| format!("{} to ", least.trim_end_matches(" mg"))).unwrap_or_default();
            let (label, weighed) = (of.words(), weight.with_date());
            Some(format!("{label} x {weighed} = {least}{}; ordered {}", product(of.most)?, amount(value, "mg")))
        }
        Dose::Milligrams(_) => None,
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
