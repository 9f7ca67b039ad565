//! Exact decimal amounts, amounts that a comparator leaves open, and the bands they are compared with.
//!
//! Thresholds are compared as decimals, never as floating point: exactly 2000 passes "below 2000".

use rust_decimal::Decimal;

/// What is known of a number: one value, or the values that `<x` or `>x` allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    low: Edge,
    high: Edge,
}

/// One end of an amount or a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Edge {
    /// `None` means without end.
    at: Option<Decimal>,
    /// Whether the end itself belongs to it.
    closed: bool,
}

/// A band of values: between two ends, each of which may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    low: Edge,
    high: Edge,
}

/// Where an amount lies relative to a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BandPosition {
    /// Wholly inside.
    Inside,
    /// Wholly outside.
    Outside,
    /// The amount allows values inside and outside.
    Across,
}

/// The comparators FHIR allows on a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
    /// `>`
    Above,
}

impl Comparator {
    /// The comparator with this FHIR code.
    pub fn from_code(code: &str) -> Option<Comparator> {
        match code {
            "<" => Some(Comparator::Below),
            "<=" => Some(Comparator::AtMost),
            ">=" => Some(Comparator::AtLeast),
            ">" => Some(Comparator::Above),
            _ => None,
        }
    }
}

const OPEN: Edge = Edge { at: None, closed: false };

impl Amount {
    /// One value, or the values that the comparator allows. No measurement here is below zero.
    pub fn new(value: Decimal, comparator: Option<Comparator>) -> Amount {
        let closed = Edge { at: Some(value), closed: true };
        let open = Edge { at: Some(value), closed: false };
        let zero = Edge { at: Some(Decimal::ZERO), closed: true };
        match comparator {
            None => Amount { low: closed, high: closed },
            Some(Comparator::Below) => Amount { low: zero, high: open },
            Some(Comparator::AtMost) => Amount { low: zero, high: closed },
            Some(Comparator::AtLeast) => Amount { low: closed, high: OPEN },
            Some(Comparator::Above) => Amount { low: open, high: OPEN },
        }
    }

    /// The value, if it is only one.
    pub fn exact(&self) -> Option<Decimal> {
        (self.low == self.high).then_some(self.low.at).flatten()
    }

    /// Its least and its greatest value; `None` where it is open.
    pub fn ends(&self) -> (Option<Decimal>, Option<Decimal>) {
        (self.low.at, self.high.at)
    }

    /// The ratio to a limit that lies somewhere from `least` to `most`. `None` for a limit of zero or an overflow.
    pub fn over(&self, least: Decimal, most: Decimal) -> Option<Amount> {
        let divide = |edge: Edge, by: Decimal| match edge.at {
            None => Some(edge),
            Some(at) => at.checked_div(by).map(|at| Edge { at: Some(at), ..edge }),
        };
        Some(Amount { low: divide(self.low, most)?, high: divide(self.high, least)? })
    }
}

impl Band {
    /// A band between two optional ends; each with whether the end itself belongs to the band.
    pub fn new(low: Option<(Decimal, bool)>, high: Option<(Decimal, bool)>) -> Band {
        let edge = |end: Option<(Decimal, bool)>| end.map_or(OPEN, |(at, closed)| Edge { at: Some(at), closed });
        Band { low: edge(low), high: edge(high) }
    }

    /// The same band without its upper end.
    pub fn without_upper_end(&self) -> Band {
        Band { low: self.low, high: OPEN }
    }

    /// Where the amount lies relative to the band.
    pub fn position_of(&self, amount: &Amount) -> BandPosition {
        if below(&amount.high, &self.low) || below(&self.high, &amount.low) {
            BandPosition::Outside
        } else if reaches(&self.low, &amount.low) && reaches_up(&self.high, &amount.high) {
            BandPosition::Inside
        } else {
            BandPosition::Across
        }
    }

    /// The end that a reader calls the limit: the lower one, or else the upper one.
    pub fn limit(&self) -> Option<Decimal> {
        self.low.at.or(self.high.at)
    }

    /// The lower end.
    pub fn low(&self) -> Option<Decimal> {
        self.low.at
    }

    /// The upper end.
    pub fn high(&self) -> Option<Decimal> {
        self.high.at
    }

    /// Whether the lower and upper end belong to the band.
    pub fn closed(&self) -> (bool, bool) {
        (self.low.closed, self.high.closed)
    }
}

/// Whether the upper end `high` lies wholly below the lower end `low`.
fn below(high: &Edge, low: &Edge) -> bool {
    match (high.at, low.at) {
        (Some(h), Some(l)) => h < l || (h == l && !(high.closed && low.closed)),
        _ => false,
    }
}

/// Whether the band's lower end takes in the amount's lower end.
fn reaches(band: &Edge, amount: &Edge) -> bool {
    match (band.at, amount.at) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(b), Some(a)) => b < a || (b == a && (band.closed || !amount.closed)),
    }
}

/// Whether the band's upper end takes in the amount's upper end.
fn reaches_up(band: &Edge, amount: &Edge) -> bool {
    match (band.at, amount.at) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(b), Some(a)) => b > a || (b == a && (band.closed || !amount.closed)),
    }
}

#[cfg(test)]
mod tests {
    use super::BandPosition::{Across, Inside, Outside};
    use super::{Amount, Band, Comparator};
    use rust_decimal::Decimal;

    fn number(text: &str) -> Decimal {
        text.parse().expect("a number")
    }

    fn amount(text: &str) -> Amount {
        let digits = text.trim_start_matches(['<', '>', '=']);
        let comparator = Comparator::from_code(&text[..text.len() - digits.len()]);
        Amount::new(number(digits), comparator)
    }

    #[test]
    fn edges_and_comparators() {
        let below = Band::new(None, Some((number("2000"), false)));
        let above = Band::new(Some((number("1.5"), false)), None);
        let hold = Band::new(Some((number("500"), true)), Some((number("1000"), true)));
        for (band, text, position) in [
            (below, "1999.999", Inside),
            (below, "2000", Outside),
            (below, "2000.0", Outside),
            (below, "<2000", Inside),
            (below, "<=2000", Across),
            (below, "<500", Inside),
            (below, ">1500", Across),
            (below, ">2000", Outside),
            (below, ">=2000", Outside),
            (above, "1.5", Outside),
            (above, "1.50001", Inside),
            (above, "<1.5", Outside),
            (above, ">1.5", Inside),
            (above, ">=1.5", Across),
            (hold, "499.9", Outside),
            (hold, "500", Inside),
            (hold, "1000", Inside),
            (hold, "1000.1", Outside),
            (hold, "<500", Outside),
            (hold, "<=500", Across),
            (hold, ">1000", Outside),
            (hold, ">900", Across),
        ] {
            assert_eq!(band.position_of(&amount(text)), position, "{text} in {band:?}");
        }
    }

    #[test]
    fn a_ratio_to_an_unsure_limit_is_a_span() {
        let over = |text: &str| amount(text).over(number("25"), number("60")).expect("a ratio");
        let above = Band::new(Some((number("1.5"), false)), None);
        assert_eq!(above.position_of(&over("37")), Outside);
        assert_eq!(above.position_of(&over("38")), Across);
        assert_eq!(above.position_of(&over("90")), Across);
        assert_eq!(above.position_of(&over("91")), Inside);
    }

    #[test]
    fn a_ratio_keeps_what_is_open_and_needs_a_limit() {
        let above = Band::new(Some((number("1.5"), false)), None);
        for (text, position) in [(">60", Inside), (">=60", Across), ("<60", Outside), (">59", Across)] {
            let ratio = amount(text).over(number("40"), number("40")).expect("a ratio");
            assert_eq!(above.position_of(&ratio), position, "{text} over 40");
        }
        assert_eq!(amount("5").over(number("0"), number("0")), None);
        assert_eq!(amount(">5").over(number("0"), number("1")).map(|ratio| ratio.exact()), Some(None));
    }

    #[test]
    fn ends_are_known() {
        assert_eq!(
            (amount("5").exact(), amount("<5").exact(), amount("<=0").exact()),
            (Some(number("5")), None, Some(number("0")))
        );
        for (text, low, high) in [("5", Some("5"), Some("5")), ("<5", Some("0"), Some("5")), (">5", Some("5"), None)] {
            assert_eq!(amount(text).ends(), (low.map(number), high.map(number)), "{text}");
        }
        let band = |low: Option<&str>, high: Option<&str>| {
            Band::new(low.map(|at| (number(at), true)), high.map(|at| (number(at), false)))
        };
        let (one, two) = (Some(number("1")), Some(number("2")));
        let both = band(Some("1"), Some("2"));
        assert_eq!((both.low(), both.high(), both.limit(), both.closed()), (one, two, one, (true, false)));
        let below = band(None, Some("2"));
        assert_eq!((below.low(), below.high(), below.limit(), below.closed()), (None, two, two, (false, false)));
        for (code, comparator) in [
            ("<", Some(Comparator::Below)),
            ("<=", Some(Comparator::AtMost)),
            (">=", Some(Comparator::AtLeast)),
            (">", Some(Comparator::Above)),
            ("ad", None),
        ] {
            assert_eq!(Comparator::from_code(code), comparator);
        }
    }
}
