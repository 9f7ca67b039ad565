//! A number against a band: laboratory limits, absolute or in multiples of the result's own upper limit.

use rust_decimal::Decimal;

use super::newest::{Candidate, choose};
use super::{Finding, Words};
use crate::assess::Subject;
use crate::fact::Measurement;
use crate::quantity::{Band, Lies};
use crate::rule::Quantity;
use crate::time::Age;
use crate::truth::{Outcome, Reason};
use crate::words::{number, with_unit};

/// Decides whether the newest usable result lies in the band.
pub fn decide(quantity: &Quantity, subject: &Subject<'_>) -> Finding {
    let band =
        subject.purpose.indication.as_ref().and_then(|id| quantity.by_indication.get(id)).unwrap_or(&quantity.band);
    let results: Vec<&Measurement> = subject
        .facts
        .measurements
        .iter()
        .filter(|m| {
            m.concept == quantity.concept && (!quantity.before_first_dose || subject.before_first_dose(&m.source))
        })
        .collect();
    let candidates: Vec<Candidate<'_>> = results
        .iter()
        .map(|m| Candidate { standing: m.standing, source: &m.source, outcome: alone(m, quantity, band, subject) })
        .collect();
    let gap = subject.facts.gaps.get(&quantity.concept).copied();
    let (outcome, deciding) = choose(&candidates, gap);
    let outcome = subject.facts.if_newest(&quantity.concept, outcome);
    let decisive = deciding.first().and_then(|c| results.iter().find(|m| m.source.is(c.source)).copied());
    let evidence = deciding.iter().map(|c| c.source.clone()).collect();
    let mut finding = Finding::of(undated(outcome, decisive), evidence, subject);
    finding.words.window_days = Some(quantity.within_days);
    if let Some(decisive) = decisive {
        finding.words = words(decisive, quantity, band, finding.words);
    }
    finding
}

/// A value without a date may contradict others, but decides nothing by itself.
fn undated(outcome: Outcome, decisive: Option<&Measurement>) -> Outcome {
    match (outcome, decisive) {
        (Outcome::Met | Outcome::NotMet, Some(m)) if m.source.effective.is_none() => {
            Outcome::Unknown(Reason::Unreadable)
        }
        (outcome, _) => outcome,
    }
}

/// What one result says when taken alone.
fn alone(m: &Measurement, quantity: &Quantity, band: &Band, subject: &Subject<'_>) -> Outcome {
    if m.amount == Err(Reason::Absent) {
        return Outcome::Unknown(Reason::Absent);
    }
    if let Some(when) = &m.source.effective {
        match subject.clock.age(when, quantity.within_days) {
            Age::Older => return Outcome::Unknown(Reason::Stale),
            Age::Straddles => return Outcome::Unknown(Reason::Boundary),
            Age::Within => {}
        }
    }
    let amount = match m.amount {
        Ok(amount) => amount,
        Err(reason) => return Outcome::Unknown(reason),
    };
    if quantity.boundary.is_some() && amount.exact() == quantity.boundary {
        return Outcome::Unknown(Reason::Boundary);
    }
    let (placed, undecided) = if !quantity.of_upper_limit {
        (Some(band.place(&amount)), Reason::Comparator)
    } else if let Some(limit) = m.upper_limit {
        (amount.over(limit, limit).map(|ratio| band.place(&ratio)), Reason::Comparator)
    } else if let Some(instead) = &quantity.without_upper_limit {
        (Some(instead.place(&amount)), Reason::Comparator)
    } else if let Some((least, most)) = quantity.upper_limit_between {
        (amount.over(least, most).map(|ratio| band.place(&ratio)), Reason::NoReferenceRange)
    } else {
        (None, Reason::NoReferenceRange)
    };
    match placed {
        Some(Lies::Inside) => Outcome::Met,
        Some(Lies::Outside) => Outcome::NotMet,
        Some(Lies::Across) => Outcome::Unknown(undecided),
        None => Outcome::Unknown(Reason::NoReferenceRange),
    }
}

/// The words of the result that decided.
fn words(m: &Measurement, quantity: &Quantity, band: &Band, base: Words) -> Words {
    let in_unit = |value: Decimal| with_unit(&number(value), &quantity.unit);
    let times = |limit: Decimal| format!("{} x upper limit", number(limit));
    let shown = |limit: Decimal| if quantity.of_upper_limit { times(limit) } else { in_unit(limit) };
    let limit = band.limit().map(shown);
    let range = match (band.low(), band.high()) {
        (Some(low), Some(high)) => Some(format!("label range {} to {}", number(low), shown(high))),
        _ => limit.as_ref().map(|limit| format!("limit {limit}")),
    };
    let ratio = m
        .upper_limit
        .and_then(|upper| m.amount.ok()?.exact()?.checked_div(upper))
        .map(|ratio| times(ratio.round_dp(2)));
    Words { value: m.shown.clone().or(base.what.clone()), limit, range, ratio, ..base }
}
