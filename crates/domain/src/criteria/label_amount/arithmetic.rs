//! The arithmetic of one dose against one row and band of the label, in exact decimals.

use rust_decimal::Decimal;

use crate::criteria::label_dose::{Label, Labelled};
use crate::order::{Dose, DrugOrder};
use crate::truth::Outcome;

/// Whether dose and label are both per kilogram, so that nothing was rounded.
pub(super) fn is_exact(dose: Dose, labelled: Labelled<'_>) -> bool {
    labelled.band.dose.per_kilogram == matches!(dose, Dose::PerKilogram(_))
}

/// The milligrams of one dose; of a dose by weight at most what the order caps it at.
pub(super) fn milligrams(dose: Dose, order: &DrugOrder, kilograms: Option<Decimal>) -> Option<Decimal> {
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
pub(super) fn compared(
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
pub(super) fn above_most(dose: Dose, order: &DrugOrder, labelled: Labelled<'_>, label: &Label<'_>) -> Option<bool> {
    Some(milligrams(dose, order, label.kilograms())? > labelled.row.most)
}

/// Whether one dose is not less than this end of the label's dose. What reaches the most of the label is enough for a
/// heavy patient.
pub(super) fn reaches(
    dose: Dose,
    least: Decimal,
    order: &DrugOrder,
    labelled: Labelled<'_>,
    label: &Label<'_>,
) -> Option<bool> {
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
pub(super) fn rounded(dose: Dose, labelled: Labelled<'_>, label: &Label<'_>) -> (Decimal, Decimal) {
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
pub(super) fn other_weight(dose: Dose, order: &DrugOrder, label: &Label<'_>) -> Outcome {
    if let Err(unusable) = &label.weight {
        return Outcome::Unknown(unusable.reason);
    }
    let fit = |labelled: &Labelled<'_>| fits(dose, order, *labelled, label) == Some(true);
    let own = label.doses.iter().any(fit);
    let others = label.of_every_weight.iter().filter(|other| !is_of(other, label)).any(fit);
    if others && !own { Outcome::Met } else { Outcome::NotMet }
}

/// Whether a band is one of those that hold the weight.
pub(super) fn is_of(labelled: &Labelled<'_>, label: &Label<'_>) -> bool {
    label.doses.iter().any(|own| std::ptr::eq(own.band, labelled.band))
}

/// Whether dose or interval is the reduced one, and the other one is that of the label.
pub(super) fn reduced(dose: Dose, order: &DrugOrder, labelled: Labelled<'_>, label: &Label<'_>) -> Option<bool> {
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
