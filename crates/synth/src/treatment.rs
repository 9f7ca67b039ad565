//! What is measured while tocilizumab is taken, lipids and the lung, and what must follow from it at a renewal.

use jiff::civil::Date;
use serde_json::json;

use crate::chance::{Chance, ago};
use crate::sclerosis::{Sclerosis, diffusion, spirometry};
use crate::sheet::Sheet;
use crate::truth::Truth;

/// When lipids were measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lipids {
    /// 4 to 10 weeks after the start.
    OnTreatment,
    /// Before the start only.
    Before,
    /// Never.
    Never,
}

/// How the lung does on treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// It holds.
    Held,
    /// The volume falls by a sixth.
    Fell,
    /// The volume falls by 7 % or a little more, and diffusion by a fifth: together it is progression.
    FellTogether,
    /// The volume falls by 7 % or a little more.
    OnlyVolume,
    /// Diffusion falls by a fifth.
    OnlyDiffusion,
}

/// What is measured at one renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tested {
    /// Volume and diffusion.
    Whole,
    /// The volume.
    Volume,
    /// Nothing.
    Nothing,
}

/// The story of a treatment, as far as it has come.
#[derive(Debug, Clone, Copy)]
pub struct Treatment {
    /// The day of the first dose.
    since: Date,
    lipids: Lipids,
    course: Course,
    /// From which renewal on the lung is worse.
    worse_from: i64,
    renewals: i64,
    volume: Option<Date>,
    diffusion: Option<Date>,
    /// Whether diffusion was measured before the start.
    has_diffusion: bool,
    volume_fell: bool,
    diffusion_fell: bool,
}

impl Treatment {
    /// Makes up a treatment whose first dose is given on a day.
    pub fn of(chance: &mut Chance, since: Date, sclerosis: Option<Sclerosis>) -> Treatment {
        let course = chance.weighted(&[
            (76, Course::Held),
            (8, Course::Fell),
            (6, Course::FellTogether),
            (5, Course::OnlyVolume),
            (5, Course::OnlyDiffusion),
        ]);
        // Without an earlier diffusion nobody can say that it fell.
        let has_diffusion = sclerosis.is_some_and(Sclerosis::has_diffusion);
        let is_of_diffusion = matches!(course, Course::FellTogether | Course::OnlyDiffusion);
        Treatment {
            since,
            lipids: chance.weighted(&[(60, Lipids::OnTreatment), (15, Lipids::Before), (25, Lipids::Never)]),
            course: if is_of_diffusion && !has_diffusion { Course::Held } else { course },
            worse_from: chance.within(1, 2),
            renewals: 0,
            volume: None,
            diffusion: None,
            has_diffusion,
            volume_fell: false,
            diffusion_fell: false,
        }
    }

    /// Adds what was measured before a renewal, and what must follow from it.
    pub fn renewal(&mut self, sheet: &mut Sheet<'_>, sclerosis: Option<Sclerosis>, day: Date, truth: &mut Truth) {
        self.renewals += 1;
        let days = i64::from((day - self.since).get_days());
        if self.renewals == 1 {
            self.measure_lipids(sheet);
        }
        // Lipids are due 4 to 8 weeks after the start; what was missed for half a year is no longer asked for.
        if days <= 182 {
            let is_measured = self.lipids == Lipids::OnTreatment;
            truth.criterion("lipids-monitored", if is_measured { "met" } else { "unknown" });
            if !is_measured {
                truth.tell(&format!("lipids {:?}", self.lipids));
                truth.card("lipids", "info");
            }
        }
        if let Some(sclerosis) = sclerosis {
            // So few days before the order that 90 days of treatment lie behind the first test.
            let tested = sheet.chance.before(day, 3, 12);
            self.test_lung(sheet, sclerosis, tested);
            self.expect_lung(day, days, truth);
        }
    }

    fn measure_lipids(self, sheet: &mut Sheet<'_>) {
        const CODES: [(&str, &str); 4] = [
            ("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma"),
            ("2089-1", "Cholesterol in LDL [Mass/volume] in Serum or Plasma"),
            ("13457-7", "Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation"),
            ("18262-6", "Cholesterol in LDL [Mass/volume] in Serum or Plasma by Direct assay"),
        ];
        let day = match self.lipids {
            Lipids::OnTreatment => ago(self.since, -sheet.chance.within(28, 70)),
            Lipids::Before => sheet.chance.before(self.since, 8, 60),
            Lipids::Never => return,
        };
        let (code, value) = (*sheet.chance.one(&CODES), sheet.chance.within(90, 260));
        sheet.measure(code, json!(value), "mg/dL", day);
    }

    fn test_lung(&mut self, sheet: &mut Sheet<'_>, sclerosis: Sclerosis, day: Date) {
        let tested = sheet.chance.weighted(&[(50, Tested::Whole), (12, Tested::Volume), (38, Tested::Nothing)]);
        if tested == Tested::Nothing {
            return;
        }
        let course = if self.renewals >= self.worse_from { self.course } else { Course::Held };
        let volume = match course {
            Course::Fell => sclerosis.volume * 84 / 100,
            Course::FellTogether | Course::OnlyVolume => sclerosis.volume * 93 / 100,
            Course::Held | Course::OnlyDiffusion => sclerosis.volume + sheet.chance.within(-1, 1),
        };
        spirometry(sheet, day, volume);
        self.volume = Some(day);
        self.volume_fell |= course != Course::Held;
        if tested == Tested::Whole {
            let share = match course {
                Course::FellTogether | Course::OnlyDiffusion => sclerosis.diffusion * 80 / 100,
                _ => sclerosis.diffusion + sheet.chance.within(-1, 1),
            };
            diffusion(sheet, day, share);
            self.diffusion = Some(day);
            self.diffusion_fell |= course != Course::Held;
        }
    }

    /// In the first year the lung is measured every 3 to 6 months; a fall is recorded for as long as it lasts.
    fn expect_lung(self, day: Date, days: i64, truth: &mut Truth) {
        let is_of_late = |tested: Option<Date>| tested.is_some_and(|tested| tested >= ago(day, 180));
        if (181..=365).contains(&days) {
            for (criterion, tested) in [("fvc-monitored", self.volume), ("dlco-monitored", self.diffusion)] {
                truth.criterion(criterion, if is_of_late(tested) { "met" } else { "unknown" });
                if !is_of_late(tested) {
                    truth.tell(&format!("{criterion} overdue"));
                    truth.card("lung-function-on-treatment", "warning");
                }
            }
        }
        // Before six months a test of before the start will do; one that nobody ever made is asked for.
        if days <= 180 && !self.has_diffusion && self.diffusion.is_none() {
            truth.tell("diffusion was never measured");
            truth.card("lung-function-on-treatment", "warning");
        }
        if self.volume.is_none() {
            return;
        }
        let has_fallen = self.course == Course::Fell && self.volume_fell;
        truth.criterion("fvc-fell-10-percent-on-tocilizumab", if has_fallen { "met" } else { "not-met" });
        let have_both = self.course == Course::FellTogether && self.volume_fell && self.diffusion_fell;
        if self.course != Course::Held {
            truth.tell(&format!("lung {:?}", self.course));
        }
        if has_fallen || have_both {
            truth.criterion("ild-progressed-on-tocilizumab", "met");
            truth.card("lung-function-on-treatment", "warning");
        }
    }
}
