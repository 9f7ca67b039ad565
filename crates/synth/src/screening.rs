//! Tests for tuberculosis and hepatitis B before the first order, and what must follow from them at each order.

use jiff::civil::Date;
use serde_json::json;

use crate::chance::ago;
use crate::chart::Problem;
use crate::laboratory::Answer;
use crate::person::{Person, Screened, Step};
use crate::sheet::Sheet;
use crate::truth::Truth;

const BLOOD_TEST: (&str, &str) =
    ("71773-6", "Mycobacterium tuberculosis stimulated gamma interferon [Interpretation] in Blood Qualitative");
const CONTROL: (&str, &str) = ("71774-4", "Mitogen stimulated gamma interferon [Interpretation] in Blood");
const SURFACE: (&str, &str) = ("5196-1", "Hepatitis B virus surface Ag [Presence] in Serum or Plasma by Immunoassay");
const CORE: (&str, &str) = ("13952-7", "Hepatitis B virus core Ab [Presence] in Serum or Plasma by Immunoassay");

/// How many days before the first order the tests were made.
const TESTED: i64 = 30;
/// How many, where they were made long ago: so long that neither test counts.
const LONG_AGO: i64 = 1300;

/// Adds the tests, once.
pub fn screen(sheet: &mut Sheet<'_>, person: &Person) {
    let tested = ago(person.start, TESTED);
    let of = |screened: Screened| match screened {
        Screened::Never => None,
        Screened::Negative => Some((Answer::Negative, tested)),
        Screened::Positive => Some((Answer::Positive, tested)),
        Screened::Treated => Some((Answer::Positive, ago(person.start, 340))),
        Screened::Indeterminate => Some((Answer::Indeterminate, tested)),
        Screened::Old => Some((Answer::Negative, ago(person.start, LONG_AGO))),
    };
    if let Some((answer, day)) = of(person.tuberculosis) {
        sheet.answer(BLOOD_TEST, answer, (day, 2), "final");
        // The control of a test that worked out is positive, whatever the test says.
        sheet.answer(CONTROL, Answer::Positive, (day, 2), "final");
        if answer == Answer::Positive && sheet.chance.percent(50.0) {
            sheet.problem(Problem::new(("Z22.7", "Latent tuberculosis"), day));
        }
    }
    if person.tuberculosis == Screened::Treated {
        let isoniazid = sheet.medicine(("6038", "isoniazid"));
        sheet.statement(isoniazid, "completed", ago(person.start, 330), Some(ago(person.start, 60)));
    }
    let Some((answer, day)) = of(person.hepatitis) else { return };
    let day = if person.hepatitis == Screened::Treated { tested } else { day };
    sheet.answer(SURFACE, answer, (day, 1), "final");
    let core = if answer == Answer::Positive { Answer::Positive } else { Answer::Negative };
    sheet.answer(CORE, core, (day, 1), "final");
    if person.hepatitis == Screened::Treated {
        let entecavir = ("485434", "entecavir 0.5 MG Oral Tablet");
        let medicine = sheet.medicine(entecavir);
        sheet.prescription(medicine, "active", &format!("{}T09:00:00Z", ago(person.start, 200)), json!({}));
        // Handed over every month, as far as the course of the story goes.
        for month in 0..40 {
            let medicine = sheet.medicine(entecavir);
            sheet.supply(medicine, ago(person.start, 198 - month * 30), 30);
        }
    }
}

/// States what must follow from them at an order.
pub fn expect(person: &Person, step: Step, day: Date, truth: &mut Truth) {
    if person.disease.is_acute() {
        return;
    }
    let tested = if person.tuberculosis == Screened::Old { LONG_AGO } else { TESTED };
    let age = i64::from((day - ago(person.start, tested)).get_days());
    let is_start = step != Step::Renewal;
    if person.tuberculosis != Screened::Negative {
        truth.tell(&format!("tuberculosis {:?}", person.tuberculosis));
    }
    let (outcome, indicator) = match person.tuberculosis {
        Screened::Negative if age <= 365 => ("not-met", "none"),
        Screened::Positive => ("met", "critical"),
        Screened::Treated => ("met", "warning"),
        _ => ("unknown", if is_start { "warning" } else { "info" }),
    };
    truth.criterion("tuberculosis-test-positive", outcome);
    if indicator != "none" {
        truth.card("tuberculosis", indicator);
    }
    match step {
        Step::Renewal => {}
        // Tests of more than a year ago: what then counts is a question of detail that the story leaves open.
        Step::Resumption | Step::Restart => {
            truth.open.insert("hepatitis-b".to_owned());
        }
        Step::Start | Step::Again => hepatitis(person, truth),
    }
}

fn hepatitis(person: &Person, truth: &mut Truth) {
    if person.hepatitis != Screened::Negative {
        truth.tell(&format!("hepatitis B {:?}", person.hepatitis));
    }
    let (surface, core) = match person.hepatitis {
        Screened::Negative => ("not-met", "not-met"),
        Screened::Positive | Screened::Treated => ("met", "met"),
        Screened::Indeterminate => ("unknown", "not-met"),
        Screened::Old | Screened::Never => ("unknown", "unknown"),
    };
    truth.criterion("hbsag-positive", surface);
    truth.criterion("anti-hbc-positive", core);
    match person.hepatitis {
        Screened::Negative => {}
        Screened::Positive => truth.card("hepatitis-b", "critical"),
        _ => truth.card("hepatitis-b", "warning"),
    }
}
