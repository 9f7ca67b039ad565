//! What a resource says of the course of its medicine: how far the medicine came, from when to when, and how far its
//! supply reaches.

use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use document::{Node, Object};

use super::order::unit_days;
use super::resource::Resource;
use super::view::{date, decimal, period};
use domain::fact::{Shown, Standing};
use domain::time::When;
use knowledge::courses::Courses;

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

/// How far records reach that do not say it themselves, in days.
#[derive(Debug, Clone, Copy)]
pub struct SupplyDays {
    /// A prescription.
    pub request_days: i64,
    /// A supply that was handed over.
    pub dispense_days: i64,
    /// A dose that was given.
    pub interval_days: i64,
}

/// The most days of one supply that are believed.
const LONGEST_SUPPLY_DAYS: i64 = 732;

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

impl SupplyDays {
    /// The days of the library, with the interval of the product and the supply of the medicine where they are known.
    pub fn of(courses: &Courses, interval_days: Option<i64>) -> SupplyDays {
        SupplyDays {
            request_days: courses.request_days,
            dispense_days: courses.dispense_days,
            interval_days: interval_days.unwrap_or(courses.interval_days),
        }
    }
}

/// How far the medicine came, and whether it goes on. A status that cannot be read leaves open whether it was taken.
fn taking(resource: &Resource<'_>) -> Option<(Shown, Standing)> {
    let object = &resource.object;
    let is = |name: &str, value: bool| object.get(name).and_then(Node::boolean) == Some(value);
    let not_taken = is("doNotPerform", true)
        || is("wasNotTaken", true)
        || is("wasNotGiven", true)
        || object.string("taken").is_some_and(|taken| taken == "n");
    let status = object.string("status").unwrap_or_default().trim().to_lowercase();
    if not_taken || matches!(status.as_str(), "not-taken" | "not-done") {
        return Some((Shown::NotTaken, Standing::Stopped));
    }
    let handed_over = || object.get("whenHandedOver").is_some();
    match (&*resource.kind, status.as_str()) {
        (_, "entered-in-error" | "cancelled" | "draft" | "intended" | "declined" | "revoked" | "rejected") => None,
        ("MedicationStatement", "active" | "recorded") => Some((Shown::Stated, Standing::Active)),
        ("MedicationStatement", "on-hold") => Some((Shown::Stated, Standing::OnHold)),
        ("MedicationStatement", "completed") => Some((Shown::Stated, Standing::Completed)),
        ("MedicationStatement", "stopped") => Some((Shown::Stated, Standing::Stopped)),
        ("MedicationRequest" | "MedicationOrder", "active") => Some((Shown::Prescribed, Standing::Active)),
        ("MedicationRequest" | "MedicationOrder", "on-hold") => Some((Shown::Prescribed, Standing::OnHold)),
        ("MedicationRequest" | "MedicationOrder", "completed" | "ended") => {
            Some((Shown::Prescribed, Standing::Completed))
        }
        ("MedicationRequest" | "MedicationOrder" | "MedicationDispense", "stopped") => None,
        ("MedicationDispense", "completed") => Some((Shown::Dispensed, Standing::Active)),
        ("MedicationDispense", "in-progress") if handed_over() => Some((Shown::Dispensed, Standing::Active)),
        // Ready to be picked up, or not even that.
        ("MedicationDispense", "in-progress" | "preparation" | "on-hold") => {
            Some((Shown::Prescribed, Standing::Active))
        }
        ("MedicationAdministration", "completed" | "in-progress") => Some((Shown::Administered, Standing::Active)),
        // Broken off: some of it was given.
        ("MedicationAdministration", "stopped" | "on-hold") => Some((Shown::Administered, Standing::Stopped)),
        // Missing, unknown or not understood.
        _ => Some((Shown::Perhaps, Standing::Active)),
    }
}

/// The days that a prescription supplies: one supply, and as many more as it may be repeated.
fn supply_days(dispense: &Object<'_>) -> Option<i64> {
    let one = days_of(&dispense.object("expectedSupplyDuration")?)?;
    let repeats = figure(dispense, "numberOfRepeatsAllowed").and_then(|n| n.to_i64()).filter(|n| *n >= 0);
    one.checked_mul(1 + repeats.unwrap_or(0)).filter(|days| *days <= LONGEST_SUPPLY_DAYS)
}

/// A quantity of time in days. Without a unit it is in days.
fn days_of(quantity: &Object<'_>) -> Option<i64> {
    let value = figure(quantity, "value")?;
    let unit = ["code", "unit"].iter().find_map(|name| quantity.string(name));
    let days = match unit.as_deref().map(|unit| unit.trim().to_lowercase()).as_deref() {
        None | Some("") => Decimal::ONE,
        Some("mo" | "month" | "months") => Decimal::from(30),
        Some("a" | "year" | "years") => Decimal::from(365),
        Some(unit) => unit_days(unit)?,
    };
    value.checked_mul(days)?.floor().to_i64().filter(|days| (1..=LONGEST_SUPPLY_DAYS).contains(days))
}

/// A number, or the text of one.
fn figure(object: &Object<'_>, name: &str) -> Option<Decimal> {
    let node = object.get(name)?;
    node.number().and_then(decimal).or_else(|| decimal(&node.string()?))
}

#[cfg(test)]
mod tests {
    use super::{Reading, SupplyDays};
    use crate::resource::Resource;
    use document::Document;
    use domain::fact::{Shown, Standing};
    use domain::time::When;
    use jiff::tz::TimeZone;
    use knowledge::courses::Courses;

    const SUPPLY: SupplyDays = SupplyDays { request_days: 90, dispense_days: 30, interval_days: 28 };

    fn read(kind: &str, members: &str) -> Option<Reading> {
        let text = format!("{{\"resourceType\": \"{kind}\"{members}}}");
        let document = Document::parse(text).expect("JSON");
        Reading::of(&Resource::alone(document.root()).expect("a resource"), &TimeZone::UTC, SUPPLY)
    }

    /// First, last, end of the cover, and what is cited; `-` where there is none.
    fn dates(kind: &str, members: &str) -> String {
        let read = read(kind, members).expect("a reading");
        let text = |when: &Option<When>| when.as_ref().map_or("-".to_owned(), |when| when.text().to_owned());
        [&read.first, &read.last, &read.until, &read.cited].map(text).join(" ")
    }

    #[test]
    fn the_status_says_how_far_it_came() {
        use Shown::{Administered, Dispensed, NotTaken, Perhaps, Prescribed, Stated};
        use Standing::{Active, Completed, OnHold, Stopped};
        for (kind, status, expected) in [
            ("MedicationStatement", "active", Some((Stated, Active))),
            ("MedicationStatement", " Active ", Some((Stated, Active))),
            ("MedicationStatement", "recorded", Some((Stated, Active))),
            ("MedicationStatement", "on-hold", Some((Stated, OnHold))),
            ("MedicationStatement", "completed", Some((Stated, Completed))),
            ("MedicationStatement", "stopped", Some((Stated, Stopped))),
            ("MedicationStatement", "not-taken", Some((NotTaken, Stopped))),
            ("MedicationStatement", "intended", None),
            ("MedicationStatement", "unknown", Some((Perhaps, Active))),
            ("MedicationStatement", "", Some((Perhaps, Active))),
            ("MedicationRequest", "active", Some((Prescribed, Active))),
            ("MedicationRequest", "on-hold", Some((Prescribed, OnHold))),
            ("MedicationRequest", "completed", Some((Prescribed, Completed))),
            ("MedicationOrder", "active", Some((Prescribed, Active))),
            ("MedicationRequest", "stopped", None),
            ("MedicationRequest", "cancelled", None),
            ("MedicationRequest", "draft", None),
            ("MedicationRequest", "current", Some((Perhaps, Active))),
            ("MedicationDispense", "completed", Some((Dispensed, Active))),
            ("MedicationDispense", "in-progress", Some((Prescribed, Active))),
            ("MedicationDispense", "preparation", Some((Prescribed, Active))),
            ("MedicationDispense", "stopped", None),
            ("MedicationDispense", "entered-in-error", None),
            ("MedicationDispense", "done", Some((Perhaps, Active))),
            ("MedicationAdministration", "completed", Some((Administered, Active))),
            ("MedicationAdministration", "in-progress", Some((Administered, Active))),
            ("MedicationAdministration", "not-done", Some((NotTaken, Stopped))),
            ("MedicationAdministration", "stopped", Some((Administered, Stopped))),
            ("MedicationAdministration", "unknown", Some((Perhaps, Active))),
        ] {
            let found = read(kind, &format!(", \"status\": \"{status}\"")).map(|read| (read.shown, read.standing));
            assert_eq!(found, expected, "{kind} {status}");
        }
        for members in ["", ", \"status\": [\"active\"]", ", \"status\": null", ", \"status\": 1"] {
            assert_eq!(read("MedicationStatement", members).map(|read| read.shown), Some(Perhaps), "{members}");
        }
        for denial in ["\"doNotPerform\": true", "\"wasNotTaken\": true", "\"wasNotGiven\": true", "\"taken\": \"n\""] {
            let read = read("MedicationStatement", &format!(", \"status\": \"active\", {denial}"));
            assert_eq!(read.map(|read| read.shown), Some(NotTaken), "{denial}");
        }
        let handed = ", \"status\": \"in-progress\", \"whenHandedOver\": \"2026-11-01\"";
        assert_eq!(read("MedicationDispense", handed).map(|read| read.shown), Some(Dispensed));
    }

    #[test]
    fn a_prescription_lasts_as_long_as_it_says() {
        let last = |dispense: &str| {
            let members = format!(
                ", \"status\": \"active\", \"authoredOn\": \"2026-01-01T09:00:00Z\", \"dispenseRequest\": {{{dispense}}}"
            );
            read("MedicationRequest", &members).expect("a reading").until.expect("an end").text().to_owned()
        };
        let supply = |value: &str, unit: &str| {
            format!("\"expectedSupplyDuration\": {{\"value\": {value}, \"code\": \"{unit}\"}}")
        };
        for (name, dispense, expected) in [
            ("nothing said", String::new(), "2026-04-01"),
            ("28 days", supply("28", "d"), "2026-01-29"),
            ("4 weeks as text", supply("\"4\"", "wk"), "2026-01-29"),
            ("3 months", supply("3", "mo"), "2026-04-01"),
            ("without a unit", "\"expectedSupplyDuration\": {\"value\": 28}".to_owned(), "2026-01-29"),
            ("with 11 repeats", format!("{}, \"numberOfRepeatsAllowed\": 11", supply("28", "d")), "2026-12-03"),
            ("valid until a day", "\"validityPeriod\": {\"end\": \"2026-06-30\"}".to_owned(), "2026-06-30"),
            (
                "the later of both",
                format!("\"validityPeriod\": {{\"end\": \"2026-01-10\"}}, {}", supply("28", "d")),
                "2026-01-29",
            ),
            ("a supply of years is not believed", supply("9999", "d"), "2026-04-01"),
            ("nor is one of no day", supply("0", "d"), "2026-04-01"),
            (
                "nor one with 999 repeats",
                format!("{}, \"numberOfRepeatsAllowed\": 999", supply("28", "d")),
                "2026-04-01",
            ),
            ("a unit that is not one of time", supply("28", "mg"), "2026-04-01"),
        ] {
            assert_eq!(last(&dispense), expected, "{name}");
        }
        assert_eq!(dates("MedicationRequest", ", \"status\": \"active\""), "- - - -");
        let dated = dates("MedicationOrder", ", \"status\": \"active\", \"dateWritten\": \"2026-01-01\"");
        assert_eq!(dated, "2026-01-01 - 2026-04-01 2026-01-01");
        let period = r#", "status": "active", "authoredOn": "2026-01-01", "effectivePeriod": {"end": "2026-01-10"}"#;
        assert_eq!(dates("MedicationRequest", period), "2026-01-01 - 2026-04-01 2026-01-01", "no dose is shown by it");
    }

    #[test]
    fn supplies_and_doses_cover_what_they_say() {
        let dispense = |more: &str| dates("MedicationDispense", &format!(", \"status\": \"completed\"{more}"));
        assert_eq!(dispense(", \"whenHandedOver\": \"2026-11-01\""), "2026-11-01 2026-11-01 2026-12-01 2026-11-01");
        assert_eq!(
            dispense(", \"whenPrepared\": \"2026-11-01\", \"daysSupply\": {\"value\": 84, \"unit\": \"days\"}"),
            "2026-11-01 2027-01-24 2027-01-24 2026-11-01"
        );
        assert_eq!(dispense(", \"whenHandedOver\": \"soon\""), "- - - -");
        let dose = |more: &str| dates("MedicationAdministration", &format!(", \"status\": \"completed\"{more}"));
        assert_eq!(dose(", \"effectiveDateTime\": \"2026-11-01\""), "2026-11-01 2026-11-01 2026-11-29 2026-11-01");
        assert_eq!(
            dose(", \"occurencePeriod\": {\"start\": \"2026-11-01\", \"end\": \"2026-11-02\"}"),
            "2026-11-01 2026-11-02 2026-11-30 2026-11-02"
        );
    }

    #[test]
    fn a_statement_has_an_end_or_goes_on() {
        let statement =
            |status: &str, more: &str| dates("MedicationStatement", &format!(", \"status\": \"{status}\"{more}"));
        let period = ", \"effectivePeriod\": {\"start\": \"2026-01-01\", \"end\": \"2026-06-30\"}";
        let begun = ", \"effectivePeriod\": {\"start\": \"2026-01-01\"}, \"dateAsserted\": \"2026-07-01\"";
        for status in ["active", "completed", "stopped", "on-hold"] {
            assert_eq!(statement(status, period), "2026-01-01 2026-06-30 2026-06-30 2026-06-30", "{status}");
        }
        assert_eq!(statement("active", begun), "2026-01-01 - - 2026-01-01");
        assert_eq!(statement("stopped", begun), "2026-01-01 2026-07-01 2026-07-01 2026-07-01");
        assert_eq!(
            statement("active", ", \"effectiveDateTime\": \"2026-01-01\""),
            "2026-01-01 2026-01-01 - 2026-01-01"
        );
        let mut earlier =
            read("MedicationStatement", &format!(", \"status\": \"completed\"{period}")).expect("a reading");
        earlier.without_end();
        assert_eq!((earlier.standing, earlier.until.is_none()), (Standing::Active, true));
        assert_eq!(earlier.last.map(|when| when.text().to_owned()).as_deref(), Some("2026-01-01"));
    }

    #[test]
    fn an_interval_of_the_product_comes_first() {
        let courses = Courses { request_days: 90, dispense_days: 30, interval_days: 28, pause_days: 90 };
        assert_eq!(SupplyDays::of(&courses, Some(180)).interval_days, 180);
        assert_eq!(SupplyDays::of(&courses, None).interval_days, 28);
    }
}
