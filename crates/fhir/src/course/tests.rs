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
    let supply =
        |value: &str, unit: &str| format!("\"expectedSupplyDuration\": {{\"value\": {value}, \"code\": \"{unit}\"}}");
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
        ("nor one with 999 repeats", format!("{}, \"numberOfRepeatsAllowed\": 999", supply("28", "d")), "2026-04-01"),
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
    assert_eq!(statement("active", ", \"effectiveDateTime\": \"2026-01-01\""), "2026-01-01 2026-01-01 - 2026-01-01");
    let mut earlier = read("MedicationStatement", &format!(", \"status\": \"completed\"{period}")).expect("a reading");
    earlier.without_end();
    assert_eq!((earlier.standing, earlier.until.is_none()), (Standing::Active, true));
    assert_eq!(earlier.last.map(|when| when.text().to_owned()).as_deref(), Some("2026-01-01"));
}

/// What was asked for, handed over or given stays so. Only of a statement an earlier moment may not know the end.
#[test]
fn only_a_statement_has_an_end_that_may_come_later() {
    let period =
        r#", "status": "completed", "effectivePeriod": {"start": "2026-11-22T08:00:00Z", "end": "2026-11-23"}"#;
    for (kind, has_end) in [
        ("MedicationStatement", true),
        ("MedicationAdministration", false),
        ("MedicationDispense", false),
        ("MedicationRequest", false),
    ] {
        assert_eq!(read(kind, period).expect("a reading").end.is_some(), has_end, "{kind}");
    }
}

#[test]
fn an_interval_of_the_product_comes_first() {
    let courses = Courses { request_days: 90, dispense_days: 30, interval_days: 28, pause_days: 90 };
    assert_eq!(SupplyDays::of(&courses, Some(180)).interval_days, 180);
    assert_eq!(SupplyDays::of(&courses, None).interval_days, 28);
}
