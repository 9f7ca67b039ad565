//! Systemic sclerosis: the skin, the lung, what was tried before, and what must follow from that at an order.

use jiff::civil::Date;
use serde_json::json;

use crate::chance::{Chance, ago};
use crate::chart::{Medicine, Problem};
use crate::person::{Disease, Person, Step};
use crate::sheet::{Sheet, concept};
use crate::truth::Truth;

/// What was tried before tocilizumab, and how the lung did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Mycophenolate for more than a year, and the lung grew worse on it.
    Progressed,
    /// Mycophenolate for more than a year, and the lung held.
    Stable,
    /// The lung grew worse, then mycophenolate, and it held since.
    FellUntreated,
    /// Nothing.
    Naive,
    /// Mycophenolate was prescribed and never handed over.
    OnlyPrescribed,
    /// Early inflammatory disease: cyclophosphamide failed, the other two are not tolerated.
    NothingLeft,
}

/// What the record has of the lung before the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lung {
    /// Volume, diffusion and a CT.
    Whole,
    /// No CT.
    WithoutImage,
    /// No diffusion.
    WithoutDiffusion,
}

/// The story of a patient with systemic sclerosis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sclerosis {
    before: Before,
    lung: Lung,
    /// The volume before tocilizumab, in percent of what is predicted.
    pub volume: i64,
    /// The same of diffusion.
    pub diffusion: i64,
}

const MYCOPHENOLATE: Medicine = ("68149", "mycophenolate mofetil");

impl Sclerosis {
    /// Makes one up.
    pub fn of(chance: &mut Chance, disease: Disease) -> Sclerosis {
        let before = if disease == Disease::Sclerosis {
            Before::Naive
        } else {
            chance.weighted(&[
                (50, Before::Progressed),
                (10, Before::Stable),
                (8, Before::FellUntreated),
                (16, Before::Naive),
                (6, Before::OnlyPrescribed),
                (10, Before::NothingLeft),
            ])
        };
        let lung = chance.weighted(&[(80, Lung::Whole), (10, Lung::WithoutImage), (10, Lung::WithoutDiffusion)]);
        // No lung in these stories is so small that a rule would speak of the fibrosis alone.
        Sclerosis { before, lung, volume: chance.within(62, 78), diffusion: chance.within(45, 75) }
    }

    /// Adds what was known before the first order.
    pub fn record(self, sheet: &mut Sheet<'_>, person: &Person) {
        let start = person.start;
        let lung = person.disease == Disease::SclerosisOfLung;
        let onset = ago(start, 800);
        let body = json!({
            "meta": sheet.meta(onset),
            "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
            "verificationStatus": concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", "Confirmed"),
            "code": concept("http://snomed.info/sct", "128460000", "Diffuse systemic sclerosis"),
            "onsetDateTime": onset.to_string(),
            "recordedDate": ago(start, 700).to_string(),
        });
        sheet.add("Condition", body);
        if lung {
            sheet.problem(Problem::new(person.disease.code(), ago(start, 600)));
            sheet.problem(Problem::new(("J84.89", "Other specified interstitial pulmonary diseases"), ago(start, 600)));
        }
        self.treated(sheet, start);
        let now = self.volume;
        let earlier = if matches!(self.before, Before::Progressed | Before::FellUntreated) { now + 14 } else { now };
        if self.before == Before::FellUntreated {
            spirometry(sheet, ago(start, 700), earlier);
            spirometry(sheet, ago(start, 440), now);
        } else {
            spirometry(sheet, ago(start, 420), earlier);
        }
        self.baseline(sheet, ago(start, 40));
        self.inflammation(sheet, start);
    }

    /// Adds what is measured again before a later course.
    pub fn again(self, sheet: &mut Sheet<'_>, day: Date) {
        self.baseline(sheet, ago(day, 25));
    }

    /// Whether diffusion is measured before each course.
    pub fn has_diffusion(self) -> bool {
        self.lung != Lung::WithoutDiffusion
    }

    fn baseline(self, sheet: &mut Sheet<'_>, day: Date) {
        spirometry(sheet, day, self.volume);
        if self.has_diffusion() {
            diffusion(sheet, day, self.diffusion);
        }
        if self.lung != Lung::WithoutImage {
            sheet.tomography(ago(day, 10));
        }
    }

    fn treated(self, sheet: &mut Sheet<'_>, start: Date) {
        match self.before {
            Before::Naive => {}
            Before::Progressed | Before::Stable => mycophenolate(sheet, start, (450, 60)),
            Before::FellUntreated => mycophenolate(sheet, start, (430, 60)),
            Before::OnlyPrescribed => {
                let medicine = sheet.medicine(MYCOPHENOLATE);
                let moment = format!("{}T09:10:00Z", ago(start, 45));
                sheet.prescription(medicine, "cancelled", &moment, json!({}));
            }
            Before::NothingLeft => {
                let medicine = sheet.medicine(("3002", "cyclophosphamide"));
                sheet.statement(medicine, "stopped", ago(start, 500), Some(ago(start, 320)));
                sheet.allergy(MYCOPHENOLATE, "confirmed", ago(start, 280));
                sheet.allergy(("121191", "rituximab"), "confirmed", ago(start, 250));
            }
        }
    }

    fn inflammation(self, sheet: &mut Sheet<'_>, start: Date) {
        let day = ago(start, 12);
        let protein = json!(sheet.chance.within(12, 40));
        sheet.measure(("1988-5", "C reactive protein [Mass/volume] in Serum or Plasma"), protein, "mg/L", day);
        let rate = json!(sheet.chance.within(32, 70));
        sheet.measure(("4537-7", "Erythrocyte sedimentation rate by Westergren method"), rate, "mm/h", day);
        let mut body = sheet.observation(ago(start, 20), 0, "final");
        body["code"] =
            json!({"text": *sheet.chance.one(&["mRSS", "Modified Rodnan skin score", "Rodnan skin score (total)"])});
        body["valueInteger"] = json!(sheet.chance.within(14, 30));
        sheet.add("Observation", body);
    }

    /// States what must follow from it at an order.
    pub fn expect(self, person: &Person, step: Step, day: Date, truth: &mut Truth) {
        truth.tell(&format!("{:?} {:?}", self.before, self.lung));
        let is_minor = person.is_minor(day);
        truth.criterion("not-adult", if is_minor { "met" } else { "not-met" });
        if is_minor {
            truth.card("adult-indication", "warning");
        }
        if step == Step::Renewal {
            return;
        }
        if person.disease == Disease::Sclerosis {
            truth.card("adult-indication", "warning");
        }
        if person.biosimilar {
            truth.card("product", "warning");
        }
        truth.criterion("fvc-recorded", "met");
        if self.lung != Lung::Whole {
            truth.card("baseline-lung", "warning");
        }
        truth.criterion("dlco-recorded", if self.lung == Lung::WithoutDiffusion { "unknown" } else { "met" });
        truth.criterion("chest-ct-recorded", if self.lung == Lung::WithoutImage { "unknown" } else { "met" });
        if matches!(step, Step::Resumption | Step::Restart) {
            // Years into the story, what the first course was given for is no longer asked in the same way.
            truth.open.insert("treatment-pathway".to_owned());
            return;
        }
        for (criterion, outcome) in [
            ("diffuse-cutaneous", "met"),
            ("duration-under-5-years", "met"),
            ("acute-phase-raised", "met"),
            ("mrss-above-10", "met"),
        ] {
            truth.criterion(criterion, outcome);
        }
        let (progression, exposed) = match self.before {
            Before::Progressed => ("met", "met"),
            Before::Stable | Before::FellUntreated => ("not-met", "met"),
            Before::NothingLeft => ("not-met", "met"),
            Before::Naive | Before::OnlyPrescribed => ("", ""),
        };
        if !exposed.is_empty() {
            truth.criterion("first-line-exposed", exposed);
            truth.criterion("progression-despite-first-line", progression);
        }
        match self.before {
            Before::Progressed => {}
            Before::NothingLeft => truth.criterion("early-with-first-line-excluded", "met"),
            _ => truth.card("treatment-pathway", "warning"),
        }
    }
}

/// Adds mycophenolate that was handed over from one day to another before the first order.
fn mycophenolate(sheet: &mut Sheet<'_>, start: Date, (begun, ended): (i64, i64)) {
    let medicine = sheet.medicine(MYCOPHENOLATE);
    sheet.prescription(medicine, "stopped", &format!("{}T09:10:00Z", ago(start, begun + 2)), json!({}));
    let mut day = begun;
    while day >= ended + 30 {
        let medicine = sheet.medicine(MYCOPHENOLATE);
        sheet.supply(medicine, ago(start, day), 30);
        day -= 30;
    }
    let medicine = sheet.medicine(MYCOPHENOLATE);
    sheet.statement(medicine, "stopped", ago(start, begun), Some(ago(start, ended)));
}

/// Adds a diffusing capacity, in percent of what is predicted.
pub fn diffusion(sheet: &mut Sheet<'_>, day: Date, percent: i64) {
    sheet.measure(("98130-8", "Diffusion capacity.carbon monoxide measured/predicted"), json!(percent), "%", day);
}

/// Adds a forced vital capacity, in percent of what is predicted.
pub fn spirometry(sheet: &mut Sheet<'_>, day: Date, percent: i64) {
    let volume = ("19872-1", "Forced vital capacity [Volume] Respiratory system by Spirometry measured/predicted");
    // Some send the share as a part of the measurement in litres.
    if sheet.chance.percent(20.0) {
        let mut body = sheet.observation(day, 0, "final");
        body["code"] = sheet.coded("19868-9", "Forced vital capacity [Volume] Respiratory system by Spirometry");
        body["component"] = json!([{
            "code": concept("http://loinc.org", volume.0, volume.1),
            "valueQuantity": {"value": percent, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
        }]);
        sheet.add("Observation", body);
    } else {
        sheet.measure(volume, json!(percent), "%", day);
    }
}
