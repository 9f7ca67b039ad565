//! Charts as inline SVG: bars with intervals, and lines over time. Each carries its words for those who do not see it,
//! and its text stays text. Colours are those of the light page; [`STYLESHEET`] makes them follow the page into the
//! dark.

/// Horizontal bars, one below the other.
mod bars;
/// What every chart has: its words, its colours, its frame.
mod frame;
/// Lines and points over time.
mod lines;

pub use self::bars::{Bar, Bars};
pub use self::frame::{Tone, Undrawn, Words};
pub use self::lines::{Axis, Line, Lines, Point, Series};

/// What a page with charts adds to its stylesheet.
pub const STYLESHEET: &str = include_str!("charts.css");
