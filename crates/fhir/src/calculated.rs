//! Values that are calculated from others of the same specimen: a count from leukocytes and percentages, a score from
//! its sites. They cite their inputs, are marked as calculated, and like a preliminary result may warn but never clear.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use document::Object;

use super::view::decimal;
use domain::fact::{ConceptId, Facts, Measurement, ResultStatus, Source};
use domain::quantity::Amount;
use domain::time::When;
use domain::words::{amount, number};
use knowledge::Library;
use knowledge::concepts::{Concept, ConceptKind, SumOf};

/// Adds the counts that the library can calculate, where all inputs are final and of the same moment.
pub fn counts(library: &Library, facts: &mut Facts) {
    let mut found = Vec::new();
    for (id, concept) in &library.concepts.0 {
        let ConceptKind::Measurement(measured) = &concept.kind else { continue };
        let Some(share) = &measured.share else { continue };
        let shown = library.units.get(&measured.units).map_or("", |table| table.shown.as_str());
        let counted = exact(facts, id);
        let ways: Vec<Vec<_>> =
            share.percent.iter().map(|way| way.iter().map(|part| exact(facts, part)).collect()).collect();
        for (when, whole) in exact(facts, &share.of) {
            if counted.contains_key(when) {
                continue;
            }
            // Without its first part a way gives no count. Any other part that was not reported counts as zero.
            let of = |part: &BTreeMap<&str, (Decimal, &Source)>| {
                part.get(when).map(|(value, _)| *value).filter(|value| *value <= Decimal::from(100))
            };
            let sum = |way: &Vec<BTreeMap<_, _>>| {
                let first = way.first().and_then(of)?;
                Some(way.iter().skip(1).filter_map(of).fold(first, |sum, value| sum + value))
            };
            let Some(percent) = ways.iter().find_map(sum) else { continue };
            let Some(value) = whole.0.checked_mul(percent).and_then(|v| v.checked_div(Decimal::from(100))) else {
                continue;
            };
            let received = format!("calculated: {} % of {}", number(percent), whole.1.received);
            let source = whole.1.with_value(received);
            found.push(calculated(id, concept, value, shown, source));
        }
    }
    facts.measurements.extend(found);
}

/// The final, exact values of a concept by their time.
fn exact<'f>(facts: &'f Facts, concept: &str) -> BTreeMap<&'f str, (Decimal, &'f Source)> {
    let of = facts.measurements.iter().filter(|m| &*m.concept == concept && m.status == ResultStatus::Final);
    let values = of.filter_map(|m| {
        let when = m.source.effective.as_ref().map(When::text)?;
        Some((when, (m.amount.ok()?.exact()?, &m.source)))
    });
    values.collect()
}

/// A score of which only the sites were reported: every site must be there, as a whole number within its bounds.
pub fn sum(part: &Object<'_>, sum_of: &SumOf) -> Option<Decimal> {
    if part.objects("component").count() != sum_of.sites {
        return None;
    }
    let mut total = Decimal::ZERO;
    for site in part.objects("component") {
        let quantity = site.object("valueQuantity").and_then(|q| q.get("value"));
        let value = decimal(site.get("valueInteger").or(quantity)?.number()?)?;
        if !value.fract().is_zero() || value.is_sign_negative() || value > sum_of.each_up_to {
            return None;
        }
        total = total.checked_add(value)?;
    }
    Some(total)
}

/// A calculated value as a measurement.
pub fn calculated(id: &ConceptId, concept: &Concept, value: Decimal, unit: &str, source: Source) -> Measurement {
    let (summed, shown) = (concept.is_summed(), amount(value.round_dp(1), unit));
    Measurement {
        concept: id.clone(),
        amount: Ok(Amount::new(value, None)),
        shown: Some(if summed { format!("{shown} (calculated)") } else { shown }),
        upper_limit: None,
        // A sum of all sites is as reliable as a reported total; a count from percentages is not one.
        status: if summed { ResultStatus::Final } else { ResultStatus::Calculated },
        source,
    }
}
