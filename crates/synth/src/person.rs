//! Who a patient is, and what the hidden story of the disease is, before a line of the record is written.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::chance::{Chance, ago};
use crate::weight::Weighed;

/// What tocilizumab is ordered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disease {
    /// Systemic sclerosis with interstitial lung disease.
    SclerosisOfLung,
    /// Systemic sclerosis, and no lung disease on record.
    Sclerosis,
    /// Rheumatoid arthritis.
    Rheumatoid,
    /// Giant cell arteritis.
    GiantCell,
    /// Polyarticular juvenile idiopathic arthritis.
    Polyarticular,
    /// Systemic juvenile idiopathic arthritis.
    Systemic,
    /// Cytokine release syndrome.
    CytokineRelease,
    /// COVID-19.
    Covid,
}

use Disease::{Covid, CytokineRelease, GiantCell, Polyarticular, Rheumatoid, Sclerosis, SclerosisOfLung, Systemic};

/// How often each occurs among the orders.
const SHARE: [(u32, Disease); 8] = [
    (34, SclerosisOfLung),
    (6, Sclerosis),
    (27, Rheumatoid),
    (14, GiantCell),
    (6, Polyarticular),
    (3, Systemic),
    (4, CytokineRelease),
    (6, Covid),
];

/// The last day of the made-up years.
pub const LAST: Date = date(2026, 6, 30);

impl Disease {
    /// The word of the answer for it.
    pub fn indication(self) -> &'static str {
        match self {
            SclerosisOfLung => "ssc-ild",
            Sclerosis => "ssc",
            _ => "other",
        }
    }

    /// The ICD-10-CM code and words of it.
    pub fn code(self) -> (&'static str, &'static str) {
        match self {
            SclerosisOfLung => ("M34.81", "Systemic sclerosis with lung involvement"),
            Sclerosis => ("M34.9", "Systemic sclerosis, unspecified"),
            Rheumatoid => ("M06.9", "Rheumatoid arthritis, unspecified"),
            GiantCell => ("M31.6", "Other giant cell arteritis"),
            Polyarticular => ("M08.3", "Juvenile rheumatoid polyarthritis (seronegative)"),
            Systemic => ("M08.20", "Juvenile rheumatoid arthritis with systemic onset, unspecified site"),
            CytokineRelease => ("D89.833", "Cytokine release syndrome, grade 3"),
            Covid => ("U07.1", "COVID-19"),
        }
    }

    /// Whether it is systemic sclerosis.
    pub fn is_sclerosis(self) -> bool {
        matches!(self, SclerosisOfLung | Sclerosis)
    }

    /// Whether it is treated with an infusion or two in hospital, where screening has no time.
    pub fn is_acute(self) -> bool {
        matches!(self, CytokineRelease | Covid)
    }
}

/// How a course of orders goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The first order of all.
    Start,
    /// An order while the one before is being taken.
    Renewal,
    /// A second prescription, because the first was never handed over.
    Again,
    /// An order four months after the last supply ended.
    Resumption,
    /// An order most of a year after the last supply ended.
    Restart,
}

/// What is known of infections by tests made before the first order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screened {
    /// Not there.
    Negative,
    /// There, and not treated.
    Positive,
    /// There, and treated.
    Treated,
    /// The test did not work out.
    Indeterminate,
    /// The test is years old.
    Old,
    /// Nobody tested.
    Never,
}

/// One patient of the story.
#[derive(Debug, Clone)]
pub struct Person {
    /// What the orders are for.
    pub disease: Disease,
    /// Whether she is a woman.
    pub woman: bool,
    /// The day of birth.
    pub born: Date,
    /// The weight in kilograms.
    pub weight: i64,
    /// What the record has of it.
    pub weighed: Weighed,
    /// The day of the first order.
    pub start: Date,
    /// The steps of the course, the first included.
    pub steps: Vec<Step>,
    /// Whether it is given into a vein.
    pub infused: bool,
    /// Whether a prescription that was never handed over was cancelled, and not only forgotten.
    pub cancelled: bool,
    /// Whether the product is a biosimilar.
    pub biosimilar: bool,
    /// Tuberculosis.
    pub tuberculosis: Screened,
    /// Hepatitis B.
    pub hepatitis: Screened,
    /// The other conditions of the patient.
    pub besides: Vec<Besides>,
}

/// What a patient has for years, and that speaks for or against nothing, or against tocilizumab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Besides {
    /// An allergy to tocilizumab.
    Allergy,
    /// An allergy to tocilizumab that was refuted.
    RefutedAllergy,
    /// An allergy to penicillin.
    Penicillin,
    /// Multiple sclerosis.
    MultipleSclerosis,
    /// A peptic ulcer years ago.
    Ulcer,
    /// Cirrhosis of the liver.
    Cirrhosis,
    /// Pouches of the bowel that were never inflamed.
    Diverticulosis,
    /// Cancer, for which nobody says that it is over.
    Cancer,
    /// A cancer that is history.
    PastCancer,
    /// Finger ulcers, in systemic sclerosis.
    FingerUlcer,
}

impl Person {
    /// Makes up a patient with orders.
    pub fn of(chance: &mut Chance) -> Person {
        let disease = chance.weighted(&SHARE);
        let steps = steps(disease, chance);
        // Room for a course of years and for what came before it.
        let start = chance.before(LAST, 30 + steps.len() as i64 * 250, 1500);
        let years = match disease {
            Polyarticular | Systemic => chance.within(5, 15),
            GiantCell => chance.within(58, 84),
            CytokineRelease if chance.percent(25.0) => chance.within(1, 15),
            SclerosisOfLung | Sclerosis if chance.percent(3.0) => chance.within(12, 16),
            _ => chance.within(26, 72),
        };
        let weight = match years {
            0..2 => chance.within(8, 12),
            2..16 => 14 + years * 3,
            _ if chance.percent(12.0) => chance.within(105, 125),
            _ => chance.within(48, 96),
        };
        let besides = besides(disease, years, chance);
        let screened = |chance: &mut Chance| {
            chance.weighted(&[
                (76, Screened::Negative),
                (6, Screened::Positive),
                (4, Screened::Treated),
                (4, Screened::Indeterminate),
                (4, Screened::Old),
                (6, Screened::Never),
            ])
        };
        Person {
            disease,
            woman: chance.percent(if disease.is_acute() { 50.0 } else { 72.0 }),
            born: ago(start, years * 365 + chance.within(100, 250)),
            weight,
            weighed: Weighed::of(chance),
            start,
            infused: disease.is_acute() || (disease == Rheumatoid && chance.percent(30.0)),
            cancelled: chance.percent(30.0),
            biosimilar: chance.percent(10.0),
            tuberculosis: screened(chance),
            hepatitis: screened(chance),
            besides,
            steps,
        }
    }

    /// The word of the answer for how far the course is.
    pub fn phase(&self, step: Step) -> &'static str {
        match step {
            Step::Start => "new-start",
            Step::Renewal => "continuation",
            // An order that was cancelled is none.
            Step::Again if self.cancelled => "new-start",
            Step::Again => "prescribed",
            Step::Resumption => "resumption",
            Step::Restart => "restart",
        }
    }

    /// Whether the patient is younger than 18 years on a day.
    pub fn is_minor(&self, day: Date) -> bool {
        day < self.born.saturating_add(18.years())
    }
}

/// What the patient has for years. Infants have had no time for most of it.
fn besides(disease: Disease, years: i64, chance: &mut Chance) -> Vec<Besides> {
    let mut besides = Vec::new();
    for (percent, one) in [
        (2.0, Besides::Allergy),
        (2.0, Besides::RefutedAllergy),
        (6.0, Besides::Penicillin),
        (1.5, Besides::MultipleSclerosis),
        (2.0, Besides::Ulcer),
        (1.5, Besides::Cirrhosis),
        (4.0, Besides::Diverticulosis),
        (1.5, Besides::Cancer),
        (1.5, Besides::PastCancer),
    ] {
        // Infants have had no time for these.
        if years > 2
            && chance.percent(percent)
            && !(one == Besides::RefutedAllergy && besides.contains(&Besides::Allergy))
        {
            besides.push(one);
        }
    }
    if disease.is_sclerosis() && chance.percent(6.0) {
        besides.push(Besides::FingerUlcer);
    }
    besides
}

fn steps(disease: Disease, chance: &mut Chance) -> Vec<Step> {
    let mut steps = vec![Step::Start];
    if disease.is_acute() {
        return steps;
    }
    match chance.within(0, 19) {
        0..=6 => {}
        7..=14 => steps.extend((0..chance.within(1, 4)).map(|_| Step::Renewal)),
        15 | 16 => steps.push(Step::Again),
        17 => steps.extend([Step::Renewal, Step::Resumption]),
        18 => steps.extend([Step::Renewal, Step::Restart]),
        _ => steps.extend([Step::Again, Step::Renewal]),
    }
    steps
}
