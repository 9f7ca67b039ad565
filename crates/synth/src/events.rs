//! What else is on record at the time of an order: an infection, another drug, a vaccination, a pregnancy; and what must
//! follow from it.

/// What must follow from it.
mod expected;

use jiff::civil::Date;
use serde_json::json;

use self::expected::expect;
use crate::chance::{Chance, ago};
use crate::chart::{Medicine, Problem};
use crate::laboratory::Answer;
use crate::person::{Disease, Person, Step};
use crate::sheet::{Sheet, at, concept};
use crate::truth::Truth;

/// What happens around an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    /// An infection goes on; it is over soon after, where the story goes on.
    Infection,
    /// An infection that is over.
    PastInfection,
    /// An infection that was ruled out.
    RefutedInfection,
    /// An infection that was put on record after the order.
    LaterInfection,
    /// An infection of the urinary tract, three months old and never closed.
    ForgottenInfection,
    /// A TNF inhibitor is being taken.
    TnfInhibitor,
    /// A TNF inhibitor was taken until the year before.
    PastTnfInhibitor,
    /// A JAK inhibitor is being taken.
    JakInhibitor,
    /// Warfarin is being taken.
    Warfarin,
    /// A live vaccine of two weeks ago.
    LiveVaccine,
    /// A vaccine of two weeks ago that is not live.
    Vaccine,
    /// A positive pregnancy test.
    Pregnancy,
    /// Diverticulitis.
    Diverticulitis,
    /// An operation is on order.
    Surgery,
    /// An examination before an operation.
    BeforeSurgery,
    /// 30 mg of prednisone a day.
    Prednisone,
    /// The same, with prophylaxis against Pneumocystis.
    PrednisoneWithProphylaxis,
    /// 5 mg of prednisone a day.
    LittlePrednisone,
    /// Macrophage activation, in systemic juvenile arthritis.
    Activation,
}

const SEPSIS: (&str, &str) = ("A41.9", "Sepsis, unspecified organism");
const INFECTIONS: [(&str, &str); 3] =
    [("J18.9", "Pneumonia, unspecified organism"), SEPSIS, ("L03.115", "Cellulitis of right lower limb")];
const ADALIMUMAB: Medicine = ("327361", "adalimumab");
const TOFACITINIB: Medicine = ("1357536", "tofacitinib");
const WARFARIN: Medicine = ("11289", "warfarin");

use Event::{
    Activation, BeforeSurgery, Diverticulitis, ForgottenInfection, Infection, JakInhibitor, LaterInfection,
    LittlePrednisone, LiveVaccine, PastInfection, PastTnfInhibitor, Prednisone, PrednisoneWithProphylaxis, Pregnancy,
    RefutedInfection, Surgery, TnfInhibitor, Vaccine, Warfarin,
};

/// Adds what happens around an order, if anything does, and what must follow from it. `next` is the step behind it.
pub fn event(sheet: &mut Sheet<'_>, person: &Person, (step, next): (Step, Option<Step>), day: Date, truth: &mut Truth) {
    // Within weeks of another order, what goes on at the one could still count at the other.
    if next == Some(Step::Again) || !sheet.chance.percent(30.0) {
        return;
    }
    let Some(event) = which(sheet.chance, person, (step, next), day) else { return };
    truth.tell(&format!("{event:?}"));
    record(sheet, person, event, next, day);
    expect(person.disease, event, step, truth);
}

fn which(chance: &mut Chance, person: &Person, (step, next): (Step, Option<Step>), day: Date) -> Option<Event> {
    let acute: &[(u32, Event)] = &[(4, Infection), (2, PastInfection), (1, RefutedInfection), (1, LaterInfection)];
    let others: &[(u32, Event)] = &[
        (2, PastTnfInhibitor),
        (2, TnfInhibitor),
        (2, JakInhibitor),
        (2, LiveVaccine),
        (2, Vaccine),
        (2, Pregnancy),
        (2, Warfarin),
        (1, BeforeSurgery),
    ];
    let last: &[(u32, Event)] = &[
        (1, ForgottenInfection),
        (1, Diverticulitis),
        (1, Surgery),
        (1, Prednisone),
        (1, PrednisoneWithProphylaxis),
        (1, LittlePrednisone),
        (3, Activation),
    ];
    let is_acute = person.disease.is_acute();
    let others = if is_acute { &[][..] } else { others };
    let last = if is_acute || next.is_some() { &[][..] } else { last };
    let all: Vec<(u32, Event)> = acute.iter().chain(others).chain(last).copied().collect();
    let event = chance.weighted(&all);
    let years = day.year() - person.born.year();
    // What began long before an order must not have gone on at the one before it.
    if matches!(event, PastTnfInhibitor | ForgottenInfection) && step != Step::Start {
        return None;
    }
    let fits = match event {
        Pregnancy => person.woman && (18..45).contains(&years) && !person.disease.is_sclerosis(),
        Prednisone | PrednisoneWithProphylaxis | LittlePrednisone => {
            person.disease.is_sclerosis() || person.disease == Disease::Rheumatoid
        }
        Activation => person.disease == Disease::Systemic,
        _ => true,
    };
    fits.then_some(event)
}

fn record(sheet: &mut Sheet<'_>, person: &Person, event: Event, next: Option<Step>, day: Date) {
    // What goes on at the last order may have no end.
    let over = |days: i64| next.map(|_| ago(day, -days));
    let code = if person.disease.is_acute() { SEPSIS } else { *sheet.chance.one(&INFECTIONS) };
    match event {
        Infection => sheet.problem(Problem { ended: over(12), ..Problem::new(code, ago(day, 4)) }),
        PastInfection => sheet.problem(Problem { ended: Some(ago(day, 40)), ..Problem::new(code, ago(day, 55)) }),
        RefutedInfection => {
            let verified = *sheet.chance.one(&["refuted", "entered-in-error"]);
            sheet.problem(Problem { verified, ..Problem::new(code, ago(day, 5)) });
        }
        LaterInfection => {
            let recorded = ago(day, -3);
            sheet.problem(Problem { recorded, ended: Some(ago(day, -12)), ..Problem::new(code, ago(day, 2)) });
        }
        ForgottenInfection => {
            sheet.problem(Problem::new(("N39.0", "Urinary tract infection, site not specified"), ago(day, 95)));
        }
        TnfInhibitor => taken(sheet, ADALIMUMAB, ago(day, 14), over(5)),
        PastTnfInhibitor => taken(sheet, ADALIMUMAB, ago(day, 900), Some(ago(day, 400))),
        JakInhibitor => taken(sheet, TOFACITINIB, ago(day, 14), over(5)),
        Warfarin => taken(sheet, WARFARIN, ago(day, 14), over(5)),
        LiveVaccine => sheet.vaccination(("37", "yellow fever"), ago(day, 14)),
        Vaccine => sheet.vaccination(("187", "zoster recombinant"), ago(day, 14)),
        Pregnancy => {
            let test = ("2106-3", "Choriogonadotropin (pregnancy test) [Presence] in Urine");
            sheet.answer(test, Answer::Positive, (ago(day, 5), 0), "final");
        }
        Diverticulitis => {
            let code = ("K57.32", "Diverticulitis of large intestine without perforation or abscess without bleeding");
            sheet.problem(Problem::new(code, ago(day, 8)));
        }
        Surgery => operation(sheet, ago(day, 6)),
        BeforeSurgery => {
            let code = ("Z01.818", "Encounter for other preprocedural examination");
            sheet.problem(Problem::new(code, ago(day, 9)));
        }
        Prednisone => prednisone(sheet, ago(day, 10), 30),
        PrednisoneWithProphylaxis => {
            prednisone(sheet, ago(day, 10), 30);
            taken(sheet, ("10831", "sulfamethoxazole / trimethoprim"), ago(day, 10), None);
        }
        LittlePrednisone => prednisone(sheet, ago(day, 10), 5),
        Activation => sheet.problem(Problem::new(("D76.1", "Hemophagocytic lymphohistiocytosis"), ago(day, 20))),
    }
}

/// Adds an order of a new knee.
fn operation(sheet: &mut Sheet<'_>, day: Date) {
    let body = json!({
        "meta": sheet.meta(day),
        "identifier": sheet.identifier("services"),
        "status": "active",
        "intent": "order",
        "code": concept("http://snomed.info/sct", "609588000", "Total knee replacement"),
        "authoredOn": at(day, "14:05:00Z"),
        "requester": {"reference": "Practitioner/dr-invented"},
    });
    sheet.add("ServiceRequest", body);
}

/// Adds a prescription of prednisone: so many milligrams every day.
fn prednisone(sheet: &mut Sheet<'_>, day: Date, milligrams: i64) {
    let medicine = sheet.medicine(("8640", "prednisone"));
    let amount = json!({"value": milligrams, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"});
    let dosage = json!({
        "route": concept("http://snomed.info/sct", "26643006", "Oral route"),
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": amount}],
    });
    sheet.prescription(medicine, "active", &at(day, "10:50:00Z"), json!({"dosageInstruction": [dosage]}));
}

/// Adds a medicine that is taken from one day on, until another day or without an end.
fn taken(sheet: &mut Sheet<'_>, medicine: Medicine, begun: Date, ended: Option<Date>) {
    let written = sheet.medicine(medicine);
    let status = if ended.is_some() { "completed" } else { "active" };
    sheet.statement(written, status, begun, ended);
}
