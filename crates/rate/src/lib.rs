//! A share with its confidence interval, which says how much few cases can show.

use serde::Serialize;

/// A share with its 95 % score interval after Wilson (Journal of the American Statistical Association 1927).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// The share, from 0 to 1.
    pub value: f64,
    /// Lower end of the interval, from 0 to 1.
    pub low: f64,
    /// Upper end of the interval, from 0 to 1.
    pub high: f64,
}

impl Rate {
    /// The share of `some` in `all`, with its interval; `None` when `all` is 0 or `some` is not a part of it.
    pub fn of(some: i64, all: i64) -> Option<Rate> {
        /// The normal quantile that leaves 2.5 % on either side.
        const Z: f64 = 1.959_963_984_540_054;
        // Counts of cards and orders are far below the limit of an i32, which a double holds exactly.
        let number = |count: i64| i32::try_from(count).map_or(f64::from(i32::MAX), f64::from);
        let (k, n) = (number(some), number(all));
        if all <= 0 || some < 0 || some > all {
            return None;
        }
        let value = k / n;
        let shrink = 1.0 + Z * Z / n;
        let middle = (value + Z * Z / (2.0 * n)) / shrink;
        let half = Z / shrink * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
        // Rounding could otherwise leave the share just outside its own interval at 0 and at 1.
        Some(Rate { value, low: (middle - half).clamp(0.0, value), high: (middle + half).clamp(value, 1.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    /// Intervals published in Newcombe, Statistics in Medicine 1998, table I, method 3, and the edges.
    #[test]
    fn intervals_are_those_of_wilson() {
        for (some, all, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
            (10, 10, 0.7225, 1.0),
            (5, 10, 0.2366, 0.7634),
        ] {
            let rate = Rate::of(some, all).expect("a rate");
            let near = |a: f64, b: f64| (a - b).abs() < 0.000_06;
            assert!(near(rate.low, low) && near(rate.high, high), "{some}/{all}: {rate:?}");
            assert!(rate.low <= rate.value && rate.value <= rate.high, "{some}/{all}: {rate:?}");
        }
        for (some, all) in [(0, 0), (1, 0), (2, 1), (-1, 5)] {
            assert_eq!(Rate::of(some, all), None, "{some}/{all}");
        }
    }
}
