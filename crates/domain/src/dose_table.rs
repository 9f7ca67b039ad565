//! The doses of the label as a table: one row for each use and route, with a dose, an interval and bands of body weight.
//! Every check of a dose reads it, and so does the handbook, so that the two cannot differ.

use rust_decimal::Decimal;

use super::words::{amount, number};

/// How far an order may stand from the label before it counts as another dose. The library decides it, not the label.
#[derive(Debug, Clone, Copy)]
pub struct DoseTolerance {
    /// The part of a calculated dose by which milligrams may be more or less, so that whole vials can be given.
    pub rounding: Decimal,
    /// The part of an interval by which it may be longer or shorter: a month is 30 days, and 4 weeks are 28.
    pub interval: Decimal,
    /// How many times the dose for the weight is dangerous.
    pub far_above: Decimal,
    /// For how many days the doses of a use of a few doses belong together, where its conditions do not grow old.
    pub episode_days: i64,
}

impl DoseTolerance {
    /// No tolerance at all: that of a drug without doses of a label.
    pub const NONE: DoseTolerance =
        DoseTolerance { rounding: Decimal::ZERO, interval: Decimal::ZERO, far_above: Decimal::ONE, episode_days: 0 };

    /// The least and the most that a calculated dose may be rounded to, as factors.
    pub fn rounded(&self) -> (Decimal, Decimal) {
        around(self.rounding)
    }

    /// The shortest and the longest that an interval may be, as factors.
    pub fn intervals(&self) -> (Decimal, Decimal) {
        around(self.interval)
    }
}

/// A part below 1 as the factors on both sides of 1.
fn around(part: Decimal) -> (Decimal, Decimal) {
    (Decimal::ONE.saturating_sub(part), Decimal::ONE.saturating_add(part))
}

/// The doses of the label for some uses by one route.
#[derive(Debug)]
pub struct DoseRow {
    /// The uses, by the ids of their indications.
    pub indications: Vec<String>,
    /// The route, by its id.
    pub route: String,
    /// From which age in years on the label gives it.
    pub age_from: i16,
    /// The most milligrams in one dose, whatever the weight.
    pub most: Decimal,
    /// The fewest days from one dose to the next, whatever the weight.
    pub closest_days: Decimal,
    /// How many doses the label gives; `None` where the treatment goes on.
    pub doses: Option<i64>,
    /// The doses by body weight, the lightest first; one band holds every weight where the dose does not depend on it.
    pub bands: Vec<DoseBand>,
    /// The source that says so.
    pub source: String,
    /// Whether that is a primary source, or one that was read.
    pub verified: bool,
}

/// The dose of one band of body weight.
#[derive(Debug)]
pub struct DoseBand {
    /// From how many kilograms on; `None` is without a lower end.
    pub from: Option<Decimal>,
    /// Below how many kilograms; `None` is without an upper end.
    pub below: Option<Decimal>,
    /// The least and the most of one dose.
    pub dose: DoseRange,
    /// The days from one dose to the next; `None` where doses are not repeated at an interval.
    pub interval: Option<IntervalRange>,
    /// The lower dose that the label gives on treatment, in the unit of the dose.
    pub reduced_dose: Option<Decimal>,
    /// The wider interval that the label gives on treatment, in days.
    pub reduced_days: Option<Decimal>,
}

/// The least and the most of one dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoseRange {
    /// The least.
    pub least: Decimal,
    /// The most.
    pub most: Decimal,
    /// Whether they are milligrams for each kilogram of body weight.
    pub per_kilogram: bool,
}

/// The days from one dose to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntervalRange {
    /// As the treatment begins.
    pub usual: Decimal,
    /// The closest that the label gives.
    pub tightest: Decimal,
    /// The widest that the label gives.
    pub loosest: Decimal,
}

impl DoseRow {
    /// Whether the row is for this use.
    pub fn is_for(&self, indication: &str) -> bool {
        self.indications.iter().any(|id| id == indication)
    }

    /// Whether a dose of it depends on the body weight.
    pub fn is_by_weight(&self) -> bool {
        self.bands.iter().any(|band| band.dose.per_kilogram)
    }
}

impl DoseBand {
    /// Whether a body weight lies in it.
    pub fn holds(&self, kilograms: Decimal) -> bool {
        self.from.is_none_or(|from| kilograms >= from) && self.below.is_none_or(|below| kilograms < below)
    }

    /// The weights that it holds, in words: "under 30 kg", "from 30 kg"; nothing where it holds every one.
    pub fn weights(&self) -> Option<String> {
        match (self.from, self.below) {
            (None, None) => None,
            (None, Some(below)) => Some(format!("under {}", amount(below, "kg"))),
            (Some(from), None) => Some(format!("from {}", amount(from, "kg"))),
            (Some(from), Some(below)) => Some(format!("{} to under {}", number(from), amount(below, "kg"))),
        }
    }

    /// The dose with its interval, in words: "162 mg every 2 weeks, at closest every week".
    pub fn words(&self) -> String {
        let interval = self.interval.map(|interval| format!(" {}", interval.words())).unwrap_or_default();
        format!("{}{interval}", self.dose.words())
    }
}

impl DoseRange {
    /// The dose in words: "162 mg", "4 to 8 mg/kg".
    pub fn words(&self) -> String {
        let least = if self.least == self.most { String::new() } else { format!("{} to ", number(self.least)) };
        format!("{least}{}", amount(self.most, self.unit()))
    }

    /// The unit of its ends.
    pub fn unit(&self) -> &'static str {
        if self.per_kilogram { "mg/kg" } else { "mg" }
    }
}

impl IntervalRange {
    /// The interval in words: "every 2 weeks", "every 2 weeks, at closest every week".
    pub fn words(&self) -> String {
        let closest = (self.tightest < self.usual).then(|| format!(", at closest {}", every(self.tightest)));
        let widest = (self.loosest > self.usual).then(|| format!(", at widest {}", every(self.loosest)));
        format!("{}{}{}", every(self.usual), closest.unwrap_or_default(), widest.unwrap_or_default())
    }
}

/// An interval in words: "every week", "every 2 weeks", "every 10 days", "every 8 hours".
pub fn every(days: Decimal) -> String {
    let (one, seven) = (Decimal::ONE, Decimal::from(7));
    if days < one {
        let hours = days.checked_mul(Decimal::from(24)).unwrap_or(days).round_dp(1);
        return format!("every {}", if hours == one { "hour".to_owned() } else { format!("{} hours", number(hours)) });
    }
    if days == one {
        return "every day".to_owned();
    }
    match days.checked_div(seven) {
        Some(weeks) if weeks == one => "every week".to_owned(),
        Some(weeks) if weeks.is_integer() => format!("every {} weeks", number(weeks)),
        _ => format!("every {} days", number(days.round_dp(1))),
    }
}

#[cfg(test)]
mod tests {
    use super::{DoseBand, DoseRange, IntervalRange, every};
    use crate::testing::number;

    #[test]
    fn intervals_are_told_in_the_largest_unit_that_fits() {
        for (days, words) in [
            ("0.3333333333333333333333333336", "every 8 hours"),
            ("0.5", "every 12 hours"),
            ("1", "every day"),
            ("3.5", "every 3.5 days"),
            ("7", "every week"),
            ("28", "every 4 weeks"),
            ("10", "every 10 days"),
        ] {
            assert_eq!(every(number(days)), words);
        }
    }

    #[test]
    fn an_interval_names_its_ends_where_they_differ() {
        for (tightest, loosest, words) in [
            ("14", "14", "every 2 weeks"),
            ("7", "14", "every 2 weeks, at closest every week"),
            ("14", "28", "every 2 weeks, at widest every 4 weeks"),
            ("7", "28", "every 2 weeks, at closest every week, at widest every 4 weeks"),
        ] {
            let of = IntervalRange { usual: number("14"), tightest: number(tightest), loosest: number(loosest) };
            assert_eq!(of.words(), words);
        }
    }

    #[test]
    fn a_band_holds_its_lower_end_and_not_its_upper_one() {
        let band = |from: Option<&str>, below: Option<&str>| DoseBand {
            from: from.map(number),
            below: below.map(number),
            dose: DoseRange { least: number("4"), most: number("8"), per_kilogram: true },
            interval: Some(IntervalRange { usual: number("14"), tightest: number("7"), loosest: number("14") }),
            reduced_dose: None,
            reduced_days: None,
        };
        for (band, weights, held) in [
            (band(None, None), None, [true, true, true]),
            (band(None, Some("30")), Some("under 30 kg"), [true, false, false]),
            (band(Some("30"), None), Some("from 30 kg"), [false, true, true]),
            (band(Some("30"), Some("100")), Some("30 to under 100 kg"), [false, true, false]),
        ] {
            assert_eq!(band.weights().as_deref(), weights);
            assert_eq!(["29.999", "30", "100"].map(|kilograms| band.holds(number(kilograms))), held);
            assert_eq!(band.words(), "4 to 8 mg/kg every 2 weeks, at closest every week");
        }
    }
}
