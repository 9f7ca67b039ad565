//! Reads `quantity`: a number against a band.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::Id;
use super::named::MEASUREMENT;
use crate::concepts::ConceptKind;
use crate::table::Table;
use crate::word::{Days, Word};
use domain::criteria::Quantity;
use domain::quantity::Band;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBand {
    below: Option<Decimal>,
    above: Option<Decimal>,
    from: Option<Decimal>,
    to: Option<Decimal>,
}

impl Table<'_, '_, '_> {
    pub(super) fn quantity(&mut self) -> Option<Quantity> {
        let concept = self.concept("concept", MEASUREMENT);
        let base = RawBand {
            below: self.optional("below"),
            above: self.optional("above"),
            from: self.optional("from"),
            to: self.optional("to"),
        };
        let by_indication: BTreeMap<Id, RawBand> = self.optional("indication").unwrap_or_default();
        let instead: Option<RawBand> = self.optional("without-upper-limit");
        let of: Option<Id> = self.optional("of");
        if let Some(of) = of.as_ref().filter(|of| of.get_ref() != "upper-limit") {
            self.reader.note_at(of, &format!("unknown of `{of}`: expected upper-limit"));
        }
        let (boundary, within_days) = (self.optional("boundary"), self.days("within"));
        let before_first_dose = self.optional("before-first-dose").unwrap_or_default();
        let lasting_days = self.optional("lasting").map(|Word(Days(days))| days);
        let band = self.band(base);
        let by_indication: Vec<_> =
            by_indication.into_iter().map(|(id, raw)| Some((self.indication(id), self.band(raw)?))).collect();
        let instead = instead.map(|raw| self.band(raw));
        let ConceptKind::Measurement(measured) = &self.context.concepts.get(&concept)?.kind else { return None };
        Some(Quantity {
            concept,
            unit: self.context.units.get(&measured.units)?.shown.clone(),
            band: band?,
            by_indication: by_indication.into_iter().collect::<Option<_>>()?,
            of_upper_limit: of.is_some(),
            upper_limit_between: measured.upper_limit_between,
            without_upper_limit: instead.flatten(),
            boundary,
            before_first_dose,
            lasting_days,
            within_days,
        })
    }

    fn band(&mut self, raw: RawBand) -> Option<Band> {
        if (raw.above.is_some() && raw.from.is_some()) || (raw.below.is_some() && raw.to.is_some()) {
            return self.refuse("a band has one lower end (above or from) and one upper end (below or to)");
        }
        let low = raw.above.map(|at| (at, false)).or(raw.from.map(|at| (at, true)));
        let high = raw.below.map(|at| (at, false)).or(raw.to.map(|at| (at, true)));
        match (low, high) {
            (None, None) => self.refuse("a quantity needs below, above, from or to"),
            (Some((low, _)), Some((high, _))) if low >= high => {
                self.refuse(&format!("the band from {low} to {high} is empty"))
            }
            _ => Some(Band::new(low, high)),
        }
    }
}
