//! What a quantity is in words: the result that decided, for a card, and its limits, for the handbook.

use rust_decimal::Decimal;

use super::Quantity;
use crate::criteria::Words;
use crate::fact::Measurement;
use crate::quantity::Band;
use crate::words::{amount, band, number};

impl Quantity {
    /// The words of the result that decided.
    pub(super) fn words(&self, m: &Measurement, band: &Band, base: Words) -> Words {
        let times = |limit: Decimal| [&number(limit), " x upper limit"].concat();
        let shown = |limit: Decimal| if self.of_upper_limit { times(limit) } else { amount(limit, &self.unit) };
        let limit = band.limit().map(shown);
        let range = match (band.low(), band.high()) {
            _ if self.of_upper_limit && m.upper_limit.is_none() => self.assumed_limit(m, band),
            (Some(low), Some(high)) => Some(["label range ", &number(low), " to ", &shown(high)].concat()),
            _ => limit.as_ref().map(|limit| ["limit ", limit].concat()),
        };
        let ratio = m
            .upper_limit
            .and_then(|upper| m.amount.ok()?.exact()?.checked_div(upper))
            .map(|ratio| times(ratio.round_dp(2)));
        Words { value: m.shown.clone().or(base.what.clone()), limit, range, ratio, ..base }
    }

    /// Which upper limit was assumed for a result that brings none: the one that decides for every laboratory.
    fn assumed_limit(&self, m: &Measurement, band: &Band) -> Option<String> {
        let (least, most) = self.upper_limit_between.filter(|_| self.without_upper_limit.is_none())?;
        let value = m.amount.ok()?.exact()?;
        let (factor, limit) = (band.low()?, |limit| amount(limit, &self.unit));
        let said = if value > factor.checked_mul(most)? {
            format!("above {} x even the highest usual one, {}", number(factor), limit(most))
        } else if value <= factor.checked_mul(least)? {
            format!("not above {} x even the lowest usual one, {}", number(factor), limit(least))
        } else {
            format!("usual ones lie between {} and {}", number(least), limit(most))
        };
        Some(format!("no upper limit given; {said}"))
    }

    /// A band of this quantity in words: "below 2,000/µL", "above 5 x the result's own upper limit".
    pub(super) fn limits(&self, of: &Band) -> String {
        if !self.of_upper_limit {
            return band(of, &|value| amount(value, &self.unit));
        }
        match (of.low(), of.high()) {
            (Some(_), Some(_)) => format!("{} x the result's own upper limit", band(of, &number)),
            _ => band(of, &|value| format!("{} x the result's own upper limit", number(value))),
        }
    }

    /// What counts when a result brings no upper limit.
    pub(super) fn explain_without_limit(&self) -> String {
        let said = if let Some(instead) = &self.without_upper_limit {
            band(instead, &|value| amount(value, &self.unit))
        } else if let Some((least, most)) = self.upper_limit_between {
            let span = format!("{} and {}", number(least), amount(most, &self.unit));
            let consequence = self.explain_unsure_limit(least, most).unwrap_or_default();
            format!("every laboratory's limit is taken to lie between {span}{consequence}")
        } else {
            "it stays unknown".to_owned()
        };
        format!("without an upper limit, {said}")
    }

    /// What an upper limit between two values means for a band that is open above.
    fn explain_unsure_limit(&self, least: Decimal, most: Decimal) -> Option<String> {
        let (Some(factor), None) = (self.band.low(), self.band.high()) else { return None };
        let (passes, fails) = (factor.checked_mul(least)?, factor.checked_mul(most)?);
        Some(format!(
            ": above {} is then met, at most {} is not met, and between these it stays unknown",
            amount(fails, &self.unit),
            amount(passes, &self.unit)
        ))
    }
}
