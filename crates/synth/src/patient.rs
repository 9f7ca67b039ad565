//! All of one patient: the hidden story, the record that is made of it, and the truth on each order.

use serde_json::json;

use crate::besides::{besides, expect_besides};
use crate::chance::{Chance, ago};
use crate::chart::Problem;
use crate::events::event;
use crate::everyday;
use crate::order::{FIRST_DOSE, order, until};
use crate::person::{Disease, LAST, Person, Step};
use crate::results::{Raised, results};
use crate::sclerosis::Sclerosis;
use crate::screening::{expect, screen};
use crate::sheet::Sheet;
use crate::treatment::Treatment;
use crate::truth::Truth;
use crate::weight::weigh;

/// How often a line that cannot be read stands among those of patients without an order, in percent of them.
const CUT_OFF: f64 = 0.05;

/// What is written of one patient.
#[derive(Debug, Default)]
pub struct Written {
    /// The lines by type of resource.
    pub lines: std::collections::BTreeMap<&'static str, Vec<u8>>,
    /// The truth on the orders.
    pub truths: Vec<Truth>,
    /// How many lines cannot be read.
    pub unreadable: u64,
}

/// Makes up the patient of this number; so many of a hundred have orders.
pub fn patient(seed: u64, number: u64, ordered: f64) -> Written {
    let mut chance = Chance::of(seed, number);
    let has_orders = chance.percent(ordered);
    let mut sheet = Sheet::new(number, &mut chance);
    let mut written = Written::default();
    if has_orders {
        written.truths = with_orders(&mut sheet);
    } else {
        written.unreadable = without_orders(&mut sheet);
    }
    written.lines = sheet.lines;
    written
}

fn with_orders(sheet: &mut Sheet<'_>) -> Vec<Truth> {
    let person = Person::of(sheet.chance);
    everyday::patient(sheet, person.woman, person.born);
    everyday::visits(sheet, 4);
    everyday::illnesses(sheet, 1);
    screen(sheet, &person);
    besides(sheet, &person);
    let sclerosis = person.disease.is_sclerosis().then(|| Sclerosis::of(sheet.chance, person.disease));
    match sclerosis {
        Some(sclerosis) => sclerosis.record(sheet, &person),
        None => ailment(sheet, &person),
    }
    let mut day = person.start;
    let (mut truths, mut raised) = (Vec::new(), Raised::new());
    let mut treatment: Option<Treatment> = None;
    for (at, step) in person.steps.iter().enumerate() {
        let next = person.steps.get(at + 1).copied();
        let mut truth = Truth {
            patient: sheet.patient.clone(),
            day: day.to_string(),
            indication: person.disease.indication().to_owned(),
            phase: person.phase(*step).to_owned(),
            ..Truth::default()
        };
        if *step != Step::Renewal {
            truth.card("summary", "info");
        }
        weigh(sheet, &person, day);
        if let (Some(sclerosis), Step::Resumption | Step::Restart) = (sclerosis, *step) {
            sclerosis.again(sheet, day);
        }
        results(sheet, &person, (*step, day), &mut raised, &mut truth);
        event(sheet, &person, (*step, next), day, &mut truth);
        order(sheet, &person, (*step, next), day, &mut truth);
        expect(&person, *step, day, &mut truth);
        expect_besides(&person, *step, &mut truth);
        if let Some(sclerosis) = sclerosis {
            sclerosis.expect(&person, *step, day, &mut truth);
        }
        if let (Some(treatment), Step::Renewal) = (&mut treatment, *step) {
            treatment.renewal(sheet, sclerosis, day, &mut truth);
        }
        truth.settle();
        truths.push(truth);
        let then = until(sheet, &person, day, next);
        // Before a second prescription of what was never handed over, nothing is taken.
        if treatment.is_none() && next != Some(Step::Again) {
            treatment = Some(Treatment::of(sheet.chance, ago(day, -FIRST_DOSE), sclerosis));
        }
        day = then;
    }
    no_order(sheet, 4.0);
    truths
}

/// The disease that is no systemic sclerosis, and its usual medicine.
fn ailment(sheet: &mut Sheet<'_>, person: &Person) {
    let onset = if person.disease.is_acute() { ago(person.start, 3) } else { ago(person.start, 700) };
    sheet.problem(Problem::new(person.disease.code(), onset));
    let (medicine, begun) = match person.disease {
        Disease::Rheumatoid | Disease::Polyarticular => (("6851", "methotrexate"), 500),
        Disease::GiantCell => (("8640", "prednisone"), 90),
        _ => return,
    };
    let written = sheet.medicine(medicine);
    sheet.statement(written, "active", ago(person.start, begun), None);
}

fn without_orders(sheet: &mut Sheet<'_>) -> u64 {
    let woman = sheet.chance.percent(52.0);
    let born = sheet.chance.before(LAST, 365, 32_000);
    everyday::patient(sheet, woman, born);
    let visits = sheet.chance.within(1, 7);
    everyday::visits(sheet, visits);
    let illnesses = sheet.chance.within(0, 3);
    everyday::illnesses(sheet, illnesses);
    no_order(sheet, 1.0);
    let cut_off = sheet.chance.percent(CUT_OFF);
    if cut_off {
        sheet.cut_off();
    }
    u64::from(cut_off)
}

/// Adds, now and then, what looks like an order for tocilizumab and is none.
fn no_order(sheet: &mut Sheet<'_>, percent: f64) {
    if !sheet.chance.percent(percent) {
        return;
    }
    let day = sheet.chance.before(LAST, 20, 900);
    let medicine = sheet.medicine(("1441527", "0.9 ML tocilizumab 180 MG/ML Prefilled Syringe"));
    let moment = format!("{day}T12:00:00Z");
    match sheet.chance.within(0, 1) {
        0 => sheet.prescription(medicine, "active", &moment, json!({"doNotPerform": true})),
        _ => sheet.prescription(medicine, "entered-in-error", &moment, json!({})),
    };
}
