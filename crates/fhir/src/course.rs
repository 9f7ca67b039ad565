//! What a resource says of the course of its medicine: how far the medicine came, from when to when, and how far its
//! supply reaches.

/// How many days a supply lasts.
mod supply;
/// How far a medicine came.
mod taking;

use document::Object;
use jiff::tz::TimeZone;

pub use self::supply::SupplyDays;
use self::supply::{days_of, supply_days};
use self::taking::taking;
use super::resource::Resource;
use super::view::{date, period};
use domain::fact::{Shown, Standing};
use domain::time::When;

/// The part of a course that one resource shows.
pub struct Reading {
    /// How far the medicine came.
    pub shown: Shown,
    /// Whether it goes on, by the status.
    pub standing: Standing,
    /// Whether the resource is a request.
    pub is_request: bool,
    /// The first day that it names.
    pub first: Option<When>,
    /// The last day on which a dose is known.
    pub last: Option<When>,
    /// The last day that it covers.
    pub until: Option<When>,
    /// The day that a card cites.
    pub cited: Option<When>,
    /// The end of its period, where it names one.
    pub end: Option<When>,
}

impl Reading {
    /// Reads any type of resource about medicines; `None` where it says nothing of taking, such as one that was
    /// cancelled or entered in error.
    pub fn of(resource: &Resource<'_>, zone: &TimeZone, supply: SupplyDays) -> Option<Reading> {
        let object = &resource.object;
        let (shown, standing) = taking(resource)?;
        let start_end = ["effectivePeriod", "effectiveTimePeriod", "occurencePeriod", "occurrencePeriod"];
        let (start, end) = start_end
            .iter()
            .map(|name| period(object, name, zone))
            .find(|(start, end)| start.is_some() || end.is_some())
            .unwrap_or((None, None));
        let moments = ["effectiveDateTime", "occurenceDateTime", "occurrenceDateTime", "effectiveInstant"];
        let moment = date(object, &moments, zone);
        let reading = Reading {
            shown,
            standing,
            is_request: matches!(&*resource.kind, "MedicationRequest" | "MedicationOrder"),
            first: start.clone().or(moment.clone()),
            last: end.clone().or(moment),
            until: None,
            cited: None,
            end,
        };
        let reading = match &*resource.kind {
            "MedicationRequest" | "MedicationOrder" => reading.of_request(object, zone, supply),
            "MedicationDispense" => reading.of_dispense(object, zone, supply),
            "MedicationAdministration" => reading.of_dose(supply),
            _ => reading.of_statement(object, zone),
        };
        Some(reading)
    }

    /// Makes it the reading of an earlier moment, at which the end that it names was not known yet.
    pub fn without_end(&mut self) {
        if matches!(self.standing, Standing::Completed | Standing::Stopped) {
            self.standing = Standing::Active;
        }
        self.cited.clone_from(&self.first);
        self.last.clone_from(&self.first);
        self.until = None;
    }

    fn of_request(self, object: &Object<'_>, zone: &TimeZone, supply: SupplyDays) -> Reading {
        let authored = date(object, &["authoredOn", "dateWritten"], zone).or(self.first);
        let dispense = object.object("dispenseRequest");
        let valid = dispense.as_ref().and_then(|d| period(d, "validityPeriod", zone).1);
        let filled = dispense.as_ref().and_then(supply_days);
        let after = |days| authored.as_ref().and_then(|authored| authored.plus_days(days));
        // The later of the two: what was filled on the last day of validity can still be taken.
        let stated = [valid, filled.and_then(after)].into_iter().flatten().max_by_key(When::last);
        let until = stated.or_else(|| after(supply.request_days));
        Reading { until, last: None, end: None, cited: authored.clone(), first: authored, ..self }
    }

    fn of_dispense(self, object: &Object<'_>, zone: &TimeZone, supply: SupplyDays) -> Reading {
        let handed = date(object, &["whenHandedOver", "whenPrepared"], zone).or(self.first);
        let after = |days| handed.as_ref().and_then(|handed| handed.plus_days(days));
        let stated = object.object("daysSupply").and_then(|days| days_of(&days)).and_then(after);
        let until = stated.clone().or_else(|| after(supply.dispense_days));
        let last = stated.or(handed.clone());
        Reading { until, last, end: None, cited: handed.clone(), first: handed, ..self }
    }

    fn of_dose(self, supply: SupplyDays) -> Reading {
        let until = self.last.as_ref().and_then(|last| last.plus_days(supply.interval_days));
        Reading { until, end: None, cited: self.last.clone().or(self.first.clone()), ..self }
    }

    fn of_statement(self, object: &Object<'_>, zone: &TimeZone) -> Reading {
        let is_over = matches!(self.standing, Standing::Completed | Standing::Stopped | Standing::OnHold);
        let asserted = date(object, &["dateAsserted"], zone).filter(|_| is_over);
        let last = self.last.or(asserted);
        let until = match self.standing {
            Standing::Active => self.end.clone(),
            Standing::Completed | Standing::Stopped | Standing::OnHold => last.clone(),
        };
        Reading { cited: last.clone().or(self.first.clone()), until, last, ..self }
    }
}

#[cfg(test)]
mod tests;
