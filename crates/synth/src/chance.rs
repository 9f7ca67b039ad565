//! Chance that is the same for the same seed, whatever else runs: each patient has a source of their own.

use fastrand::Rng;
use jiff::ToSpan;
use jiff::civil::Date;

/// A source of chance.
#[derive(Debug, Clone)]
pub struct Chance(Rng);

impl Chance {
    /// The source of one patient of a hospital.
    pub fn of(seed: u64, patient: u64) -> Chance {
        // Seeds that differ in one bit give streams that are alike at their start; a first draw parts them.
        let mut hospital = Rng::with_seed(seed);
        Chance(Rng::with_seed(hospital.u64(..) ^ patient.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, percent: f64) -> bool {
        self.0.f64() * 100.0 < percent
    }

    /// A number from the first to the last.
    pub fn within(&mut self, first: i64, last: i64) -> i64 {
        self.0.i64(first..=last)
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// One of several; there must be one.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.0.usize(..of.len());
        &of[at]
    }

    /// One of several, each as often as its weight says.
    pub fn weighted<T: Copy>(&mut self, of: &[(u32, T)]) -> T {
        let all: u32 = of.iter().map(|(weight, _)| weight).sum();
        let mut left = self.0.u32(..all);
        for (weight, one) in of {
            if left < *weight {
                return *one;
            }
            left -= weight;
        }
        of[of.len() - 1].1
    }

    /// A day so many days before another.
    pub fn before(&mut self, day: Date, first: i64, last: i64) -> Date {
        ago(day, self.within(first, last))
    }
}

/// A day so many days before another; with a negative number, behind it.
pub fn ago(day: Date, days: i64) -> Date {
    day.saturating_sub(days.days())
}
