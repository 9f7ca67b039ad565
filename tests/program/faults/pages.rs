//! Searches in pages, and servers that do not do as they were asked: what was cut off may be newer than what came.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ABSENT, KNOWN, LOST, Row, fhir, run, status};
use crate::support::with;

const PARTLY: &str = "**Read only in part**, more than could be read is on record: neutrophils.";

/// The settings: a few pages are enough to reach the limit.
const SETTINGS: &str = "deadline-ms = 60000\nlimits.fhir-pages = 4";

#[test]
fn an_old_result_never_passes_as_the_newest() {
    // A low count of earlier days that must not decide while the newest, which is normal, is out of sight.
    let rows: &[Row] = &[
        (
            "the newest first, more to come, and no more is needed",
            |asked| match asked.page {
                1 => asked.page(&[asked.result(0, "4.2"), asked.result(9, "0.9")], &asked.url_of(2)),
                _ => status(500),
            },
            KNOWN,
            "",
        ),
        (
            "the oldest first, the newest on a later page",
            |asked| match asked.page {
                1 => asked.page(&[asked.result(20, "0.9"), asked.result(10, "0.9")], &asked.url_of(2)),
                _ => fhir(&asked.bundle(&[asked.result(0, "4.2")])),
            },
            KNOWN,
            "",
        ),
        (
            "the oldest first, pages without end",
            |asked| {
                let days = 90 - i64::try_from(asked.page).expect("a few") * 2;
                let results = [asked.result(days, "0.9"), asked.result(days - 1, "0.9")];
                asked.page(&results, &asked.url_of(asked.page + 1))
            },
            LOST,
            PARTLY,
        ),
        (
            "the oldest first, a next link in a circle",
            |asked| asked.page(&[asked.result(20, "0.9"), asked.result(10, "0.9")], &asked.url_of(asked.page % 2 + 1)),
            LOST,
            PARTLY,
        ),
        (
            "the oldest first, the next page fails",
            |asked| match asked.page {
                1 => asked.page(&[asked.result(20, "0.9"), asked.result(10, "0.9")], &asked.url_of(2)),
                _ => status(500),
            },
            LOST,
            PARTLY,
        ),
        (
            "the oldest first, the next page on another server",
            |asked| {
                let next = format!("{}/Observation?page=2", asked.elsewhere);
                asked.page(&[asked.result(20, "0.9"), asked.result(10, "0.9")], &next)
            },
            LOST,
            PARTLY,
        ),
        (
            "the oldest first, as many as were asked for and no word of more",
            |asked| {
                let results: Vec<Value> = (0..10).map(|n| asked.result(20 - n, "0.9")).collect();
                fhir(&asked.bundle(&results))
            },
            LOST,
            PARTLY,
        ),
        (
            "the oldest first, but all of them",
            |asked| fhir(&asked.bundle(&[asked.result(20, "0.9"), asked.result(0, "4.2")])),
            KNOWN,
            "",
        ),
        (
            "a total without a next link, the oldest first",
            |asked| {
                let few = asked.bundle(&[asked.result(20, "0.9"), asked.result(10, "0.9")]);
                fhir(&with(&few, "/total", Some(json!(45))))
            },
            LOST,
            PARTLY,
        ),
        (
            "a total without a next link, the newest first",
            |asked| {
                let few = asked.bundle(&[asked.result(0, "4.2"), asked.result(10, "0.9")]);
                fhir(&with(&few, "/total", Some(json!(45))))
            },
            KNOWN,
            "",
        ),
        (
            "fewer on a page than were asked for",
            |asked| match asked.page {
                1 => asked.page(&[asked.result(0, "4.2")], &asked.url_of(2)),
                _ => fhir(&asked.bundle(&[asked.result(10, "0.9")])),
            },
            KNOWN,
            "",
        ),
    ];
    run(SETTINGS, Duration::from_secs(30), rows);
}

#[test]
fn a_filter_that_is_ignored_blurs_nothing() {
    let rows: &[Row] = &[
        ("every code, all of them", |asked| fhir(&asked.bundle(&asked.all_results())), KNOWN, ""),
        (
            "every code, others on the first page",
            |asked| match asked.page {
                1 => asked.page(&[other_code(&asked.result(0, "4.2"))], &asked.url_of(2)),
                _ => fhir(&asked.bundle(&[asked.result(1, "4.2")])),
            },
            KNOWN,
            "",
        ),
        (
            "every code, others without end",
            |asked| asked.page(&[other_code(&asked.result(0, "4.2"))], &asked.url_of(asked.page + 1)),
            LOST,
            PARTLY,
        ),
        (
            "another patient's result, which is newer",
            |asked| fhir(&asked.bundle(&[other_patient(&asked.result(0, "0.9")), asked.result(1, "4.2")])),
            KNOWN,
            "**1 entry of another patient was left out.**",
        ),
        (
            "only another patient's results, all of them",
            |asked| {
                fhir(&asked.bundle(&[other_patient(&asked.result(0, "0.9")), other_patient(&asked.result(1, "0.9"))]))
            },
            ABSENT,
            "**2 entries of another patient were left out.**",
        ),
        (
            "every patient's results, without end",
            |asked| asked.page(&[other_patient(&asked.result(0, "0.9"))], &asked.url_of(asked.page + 1)),
            LOST,
            PARTLY,
        ),
    ];
    run(SETTINGS, Duration::from_secs(30), rows);
}

fn other_code(result: &Value) -> Value {
    let code = json!({"coding": [{"system": "http://loinc.org", "code": "8302-2", "display": "Body height"}]});
    with(result, "/code", Some(code))
}

fn other_patient(result: &Value) -> Value {
    with(result, "/subject", Some(json!({"reference": "Patient/someone-else"})))
}
