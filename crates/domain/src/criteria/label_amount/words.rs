//! What a card says of one dose against the label: the limit, how far the order is from it, and the calculation.

use rust_decimal::Decimal;

use super::AmountFinding;
use super::arithmetic::{compared, is_exact, is_of, milligrams};
use crate::assess::Subject;
use crate::criteria::Finding;
use crate::criteria::dose::on_order;
use crate::criteria::label_dose::{Label, Labelled};
use crate::criteria::weight::Weight;
use crate::order::{Dose, DrugOrder};
use crate::truth::Outcome;
use crate::words::{amount, joined, number};

impl AmountFinding {
    pub(super) fn finding(
        self,
        outcome: Outcome,
        dose: Dose,
        words: &str,
        label: &Label<'_>,
        subject: &Subject<'_>,
    ) -> Finding {
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
}

/// The row and band of which one dose may be the highest, for a reader.
fn loosest<'d>(label: &Label<'d>) -> Option<Labelled<'d>> {
    let rank = |labelled: &&Labelled<'d>| (labelled.band.dose.per_kilogram, labelled.band.dose.most);
    label.doses.iter().max_by_key(rank).copied()
}

pub(super) fn most(label: &Label<'_>) -> Decimal {
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
