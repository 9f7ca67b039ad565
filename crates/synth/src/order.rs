//! One order for tocilizumab, and what becomes of it: supplies or infusions.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::chance::ago;
use crate::chart::{ICD, Medicine, merge, route};
use crate::person::{Disease, Person, Step};
use crate::sheet::{Sheet, at, concept};
use crate::truth::Truth;

/// How the dose is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dose {
    /// As the label has it.
    Right,
    /// Ten times the dose, or an infusion above the most.
    TooMuch,
    /// Every day.
    EveryDay,
    /// Every second week, in systemic sclerosis.
    EverySecondWeek,
    /// Into a vein, in systemic sclerosis.
    Infused,
    /// Under the skin, in an acute illness.
    Injected,
    /// Nothing is said of it.
    Unsaid,
    /// An infusion of one and a half times the dose for the weight.
    FarTooMuch,
    /// An infusion of half the dose for the weight.
    TooLittle,
    /// The interval of another weight.
    OtherWeight,
}

/// How many days after an order the first dose of it is taken.
pub const FIRST_DOSE: i64 = 3;

use Dose::{EveryDay, EverySecondWeek, FarTooMuch, Infused, Injected, OtherWeight, Right, TooLittle, TooMuch, Unsaid};

const SYRINGE: Medicine = ("1441527", "0.9 ML tocilizumab 180 MG/ML Prefilled Syringe");
const SYRINGE_OF_TYENNE: Medicine = ("2686057", "0.9 ML tocilizumab-aazg 180 MG/ML Prefilled Syringe [Tyenne]");
const VIAL: Medicine = ("1657981", "20 ML tocilizumab 20 MG/ML Injection");
const VIAL_OF_TYENNE: Medicine = ("2679443", "20 ML tocilizumab-aazg 20 MG/ML Injection [Tyenne]");

/// The product.
fn product(person: &Person, infused: bool) -> Medicine {
    match (infused, person.biosimilar) {
        (true, false) => VIAL,
        (true, true) => VIAL_OF_TYENNE,
        (false, false) => SYRINGE,
        (false, true) => SYRINGE_OF_TYENNE,
    }
}

/// Writes an order. Its id and what must follow from its dose go into the truth.
pub fn order(sheet: &mut Sheet<'_>, person: &Person, (step, next): (Step, Option<Step>), day: Date, truth: &mut Truth) {
    let dose = dose(sheet, person, (step, next), truth);
    if dose != Right {
        truth.tell(&format!("dose {dose:?}"));
    }
    let infused = (person.infused || dose == Infused) && dose != Injected;
    // Some write the medicine in words only; what it is stays clear, and which product it is does not.
    let is_in_words = !person.biosimilar && sheet.chance.percent(3.0);
    let medicine = if is_in_words {
        truth.tell("ordered in words");
        json!({"medicationCodeableConcept": {"text": if infused { "tocilizumab infusion" } else { "tocilizumab 162 mg syringe" }}})
    } else {
        referenced(sheet, product(person, infused))
    };
    if is_in_words && person.disease.is_sclerosis() {
        truth.criterion("product-not-recognised", "met");
    }
    let mut more = reason(sheet, person);
    if dose != Unsaid {
        merge(&mut more, json!({"dosageInstruction": [instruction(person, dose, infused)]}));
    }
    let status = match next {
        Some(Step::Again) => {
            if person.cancelled {
                "cancelled"
            } else {
                "active"
            }
        }
        Some(_) => "completed",
        None => *sheet.chance.one(&["active", "active", "completed", "stopped"]),
    };
    let id = sheet.prescription(medicine, status, &at(day, "10:30:00Z"), more);
    truth.order = format!("MedicationRequest/{id}");
    expect(person, dose, step, truth);
    // Under the skin a dose is 162 mg at any weight.
    if infused && !person.disease.is_sclerosis() && !person.weighed.is_usable() {
        truth.tell(&format!("weight {:?}", person.weighed));
        truth.card("dose-and-route", "warning");
    }
    // The label gives cytokine release syndrome from 2 years on, the other uses of these stories fit their ages.
    if person.disease == Disease::CytokineRelease && infused && day < person.born.saturating_add(2.years()) {
        truth.criterion("under-label-age", "met");
        truth.card("dose-and-route", "warning");
    }
}

fn dose(sheet: &mut Sheet<'_>, person: &Person, (step, next): (Step, Option<Step>), truth: &Truth) -> Dose {
    // What was given before an order decides how far its course is, so that only a last order is odd.
    if next.is_some() || !sheet.chance.percent(16.0) {
        return Right;
    }
    match person.disease {
        Disease::SclerosisOfLung | Disease::Sclerosis if step == Step::Start => {
            *sheet.chance.one(&[TooMuch, EveryDay, EverySecondWeek, Infused, Unsaid])
        }
        Disease::SclerosisOfLung | Disease::Sclerosis => *sheet.chance.one(&[TooMuch, EveryDay, EverySecondWeek]),
        _ if person.infused => {
            let mut odd = vec![if person.disease.is_acute() { Injected } else { TooMuch }];
            if person.weighed.is_usable() && person.weight * per_kilogram(person) * 3 / 2 <= MOST {
                odd.push(FarTooMuch);
            }
            // A low value would be a reason for a low dose; where nothing is known of the patient there is none.
            if person.weighed.is_usable() && truth.story.is_empty() {
                odd.push(TooLittle);
            }
            *sheet.chance.one(&odd)
        }
        _ if has_bands(person) && matches!(step, Step::Start | Step::Renewal) => {
            *sheet.chance.one(&[TooMuch, EveryDay, OtherWeight, OtherWeight])
        }
        _ => *sheet.chance.one(&[TooMuch, EveryDay]),
    }
}

/// The most of one infusion, in milligrams.
const MOST: i64 = 800;

/// The label's dose of an infusion, in milligrams for each kilogram.
fn per_kilogram(person: &Person) -> i64 {
    if person.disease == Disease::CytokineRelease && person.weight < 30 { 12 } else { 8 }
}

/// Whether the interval of another weight would be wrong for this one, and somebody could know. Rheumatoid arthritis
/// below 100 kg may be treated as above it.
fn has_bands(person: &Person) -> bool {
    let has_bands = match person.disease {
        Disease::Rheumatoid => person.weight >= 100,
        Disease::Polyarticular | Disease::Systemic => true,
        _ => false,
    };
    has_bands && person.weighed.is_usable()
}

fn instruction(person: &Person, dose: Dose, infused: bool) -> Value {
    let (milligrams, days) = match (person.disease, infused) {
        (Disease::CytokineRelease | Disease::Covid, true) => ((person.weight * per_kilogram(person)).min(MOST), 0),
        (_, true) => ((person.weight * 8).min(MOST), 28),
        (Disease::Rheumatoid, _) => (162, if person.weight < 100 { 14 } else { 7 }),
        (Disease::Polyarticular, _) => (162, if person.weight < 30 { 21 } else { 14 }),
        (Disease::Systemic, _) if person.weight < 30 => (162, 14),
        _ => (162, 7),
    };
    let (milligrams, days) = match dose {
        TooMuch if infused => (1200, days),
        TooMuch => (1620, days),
        EveryDay => (milligrams, 1),
        EverySecondWeek => (milligrams, 14),
        FarTooMuch => (milligrams * 3 / 2, days),
        // In rheumatoid arthritis half the dose is still one of the label.
        TooLittle if person.disease == Disease::Rheumatoid => (milligrams / 4, days),
        TooLittle => (milligrams / 2, days),
        OtherWeight => match (person.disease, days) {
            (Disease::Polyarticular, 14) => (milligrams, 21),
            (Disease::Systemic, 14) => (milligrams, 7),
            _ => (milligrams, 14),
        },
        _ => (milligrams, days),
    };
    let amount = json!({"value": milligrams, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"});
    let mut instruction = json!({"route": route(infused), "doseAndRate": [{"doseQuantity": amount}]});
    instruction["timing"] = match days {
        0 => json!({"repeat": {"count": 1}}),
        days if days % 7 == 0 => json!({"repeat": {"frequency": 1, "period": days / 7, "periodUnit": "wk"}}),
        days => json!({"repeat": {"frequency": 1, "period": days, "periodUnit": "d"}}),
    };
    instruction
}

/// What the order says it is for: its code, or nothing, so that the problem list tells.
fn reason(sheet: &mut Sheet<'_>, person: &Person) -> Value {
    let (code, words) = person.disease.code();
    if sheet.chance.percent(80.0) || person.disease.is_acute() {
        json!({"reasonCode": [concept(ICD, code, words)]})
    } else {
        json!({})
    }
}

/// The product: by its code, or as a Medication of the export.
fn referenced(sheet: &mut Sheet<'_>, medicine: Medicine) -> Value {
    if sheet.chance.percent(15.0) {
        json!({"medicationReference": {"reference": format!("Medication/{}", medicine.0)}})
    } else {
        sheet.medicine(medicine)
    }
}

/// The Medications that orders of the hospital refer to, with their ids.
pub fn medications() -> Vec<(&'static str, Value)> {
    let all =
        [SYRINGE, SYRINGE_OF_TYENNE, VIAL, VIAL_OF_TYENNE, ("860975", "metformin hydrochloride 500 MG Oral Tablet")];
    all.into_iter()
        .map(|(code, words)| (code, json!({"code": concept(crate::chart::RXNORM, code, words), "status": "active"})))
        .collect()
}

/// Adds the supplies or infusions between an order and the next step, and returns the day of that.
pub fn until(sheet: &mut Sheet<'_>, person: &Person, day: Date, next: Option<Step>) -> Date {
    let given = match next {
        None => sheet.chance.within(0, 3),
        Some(Step::Again) => 0,
        Some(Step::Renewal | Step::Start) => 4,
        Some(Step::Resumption | Step::Restart) => 3,
    };
    for month in 0..given {
        let of = product(person, person.infused);
        let medicine = sheet.medicine(of);
        let then = ago(day, -(FIRST_DOSE + month * 28));
        if person.infused {
            sheet.dose(medicine, then);
        } else {
            sheet.supply(medicine, then, 28);
        }
    }
    // The third supply covers until the 87th day; the third infusion is given on the 59th.
    let last = if person.infused { 59 } else { 87 };
    let days = match next {
        Some(Step::Again) => sheet.chance.within(31, 40),
        Some(Step::Resumption) => last + sheet.chance.within(100, 170),
        Some(Step::Restart) => last + sheet.chance.within(200, 260),
        _ => 112,
    };
    ago(day, -days)
}

fn expect(person: &Person, dose: Dose, step: Step, truth: &mut Truth) {
    let is_on_treatment = matches!(step, Step::Renewal | Step::Resumption);
    let indicator = match dose {
        Right => return,
        TooMuch | FarTooMuch | EveryDay | Infused | Injected => "critical",
        // Of a heavy patient with rheumatoid arthritis it is what the label reduces to on treatment.
        OtherWeight if is_on_treatment && person.disease == Disease::Rheumatoid => "info",
        OtherWeight | TooLittle => "warning",
        EverySecondWeek if is_on_treatment => "info",
        EverySecondWeek | Unsaid => "warning",
    };
    match dose {
        TooMuch => truth.criterion("dose-above-limit", "met"),
        EveryDay => truth.criterion("interval-below-limit", "met"),
        Infused => truth.criterion("route-not-subcutaneous", "met"),
        Injected => truth.criterion("route-outside-label", "met"),
        EverySecondWeek => truth.criterion("interval-not-weekly", "met"),
        FarTooMuch => truth.criterion("dose-far-above-weight", "met"),
        TooLittle => truth.criterion("dose-below-weight", "met"),
        OtherWeight => truth.criterion("dose-of-other-weight", "met"),
        Right | Unsaid => {}
    }
    truth.card("dose-and-route", indicator);
}
