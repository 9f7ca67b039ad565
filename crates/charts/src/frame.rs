//! What every chart has: its words, its colours, and the head of its SVG.

use std::fmt::{self, Write};

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::style::{Color, FontFamily, FontStyle, RGBColor, TextStyle};

/// The widths that a chart is drawn in, in pixels: text would be too small if one drawing were scaled to both.
const WIDTHS: [(&str, u32); 2] = [("narrow", 350), ("wide", 800)];

/// How large text is.
const TEXT: f64 = 13.0;

/// About how wide one character is. The reader's font is not known here, so this is on the safe side.
const CHARACTER: f64 = 7.0;

/// The title and description of a chart, also for readers who do not see it.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// Its title.
    pub title: &'a str,
    /// What a reader sees in it.
    pub description: &'a str,
}

/// The meaning of a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// The text of the page.
    Ink,
    /// Less important content.
    Quiet,
    /// Critical.
    Critical,
    /// A warning.
    Warning,
    /// Information, and what needs one colour only.
    Info,
}

impl Tone {
    /// The name of the tone in the stylesheet.
    pub fn name(self) -> &'static str {
        match self {
            Tone::Ink => "ink",
            Tone::Quiet => "quiet",
            Tone::Critical => "critical",
            Tone::Warning => "warning",
            Tone::Info => "info",
        }
    }

    /// A sign that has about the form in which points of the tone are drawn, for a legend.
    pub fn symbol(self) -> &'static str {
        match self {
            Tone::Critical => "▲",
            Tone::Warning => "✖",
            Tone::Ink | Tone::Quiet | Tone::Info => "●",
        }
    }

    /// The colour on a light page, which the stylesheet knows the tone by.
    pub(crate) fn colour(self) -> RGBColor {
        match self {
            Tone::Ink => RGBColor(0x1b, 0x1f, 0x23),
            Tone::Quiet => RGBColor(0x57, 0x60, 0x6a),
            Tone::Critical => RGBColor(0xa0, 0x11, 0x1f),
            Tone::Warning => RGBColor(0xa8, 0x5a, 0x00),
            Tone::Info => RGBColor(0x24, 0x55, 0x7f),
        }
    }
}

/// Lines of the grid.
pub(crate) const GRID: RGBColor = RGBColor(0xd0, 0xd7, 0xde);

/// The page itself.
pub(crate) const GROUND: RGBColor = RGBColor(0xff, 0xff, 0xff);

/// Why a chart could not be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undrawn(pub String);

impl fmt::Display for Undrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the chart cannot be drawn: {}", self.0)
    }
}

impl std::error::Error for Undrawn {}

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for Undrawn {
    fn from(error: DrawingAreaErrorKind<E>) -> Undrawn {
        Undrawn(error.to_string())
    }
}

/// Where a chart is drawn.
pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Text of a tone.
pub(crate) fn text(tone: Tone) -> TextStyle<'static> {
    // The backend divides sizes by this number before it writes them.
    let mut style = TextStyle::from((FontFamily::SansSerif, TEXT * 1.24, FontStyle::Normal));
    style.color = tone.colour().to_backend_color();
    style
}

/// About how many pixels these words take.
pub(crate) fn width_of(words: &str) -> u32 {
    let characters = u32::try_from(words.chars().count()).unwrap_or(u32::MAX);
    pixels(f64::from(characters) * CHARACTER)
}

/// The words, or as many of them as fit.
pub(crate) fn fitted(words: &str, width: u32) -> String {
    let most = usize::try_from(pixels(f64::from(width) / CHARACTER)).unwrap_or(usize::MAX);
    if words.chars().count() <= most {
        return words.to_owned();
    }
    words.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// A length on the page in whole pixels.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast from floating point saturates")]
fn pixels(length: f64) -> u32 {
    length.round() as u32
}

/// A number as an axis says it: no more digits than it has, and commas between its thousands as cards write them.
pub(crate) fn number(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    if rounded == 0.0 {
        return "0".to_owned();
    }
    let plain = rounded.to_string();
    let whole = plain.split('.').next().unwrap_or_default();
    let mut said = String::new();
    for (at, digit) in plain.char_indices() {
        let left = whole.len().saturating_sub(at);
        if at > 0 && left > 0 && left % 3 == 0 && said.ends_with(|c: char| c.is_ascii_digit()) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

/// One chart as an SVG of this size.
pub(crate) fn svg(
    words: &Words<'_>,
    size: (u32, u32),
    draw: impl FnOnce(&Area<'_>) -> Result<(), Undrawn>,
) -> Result<String, Undrawn> {
    let mut drawn = String::new();
    {
        let area = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
        draw(&area)?;
        area.present()?;
    }
    let Some((_, shapes)) = drawn.split_once('>') else { return Err(Undrawn("it has no element".to_owned())) };
    let (width, height) = size;
    let Words { id, title, description } = words;
    let (id, title, description) = (escaped(id), escaped(title), escaped(description));
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"{id}-{width}-title {id}-{width}-desc\"><title id=\"{id}-{width}-title\">{title}</title>\
         <desc id=\"{id}-{width}-desc\">{description}</desc>{shapes}"
    ))
}

/// The chart for narrow and for wide screens; the stylesheet shows the one that fits.
pub(crate) fn both(svg: impl Fn(u32) -> Result<String, Undrawn>) -> Result<String, Undrawn> {
    let mut both = String::new();
    for (name, width) in WIDTHS {
        let _ = write!(both, "<div class=\"chart {name}\">{}</div>", svg(width)?);
    }
    Ok(both)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_written_as_on_cards() {
        for (value, said) in [
            (0.0, "0"),
            (1500.0, "1,500"),
            (-1500.0, "-1,500"),
            (-100.0, "-100"),
            (100_000.0, "100,000"),
            (1_234_567.25, "1,234,567.25"),
            (0.1 + 0.2, "0.3"),
        ] {
            assert_eq!(number(value), said);
        }
    }
}
