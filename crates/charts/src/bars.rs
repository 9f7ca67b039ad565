//! Horizontal bars, one below the other, each under its label, so that labels of any length fit on a narrow screen.

use plotters::chart::ChartBuilder;
use plotters::element::{PathElement, Rectangle, Text};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::frame::{Area, GRID, GROUND, Tone, Undrawn, Words, both, fitted, number, svg, text, width_of};

/// The height of a bar with its label.
const ROW: u32 = 42;
/// The height of the axis with its name.
const AXIS: u32 = 46;
/// The margin around the chart.
const MARGIN: u32 = 10;

/// Bars with a common axis.
#[derive(Debug, Clone)]
pub struct Bars<'a> {
    /// Its title and description.
    pub words: Words<'a>,
    /// What the axis counts.
    pub axis: &'a str,
    /// The bars, from top to bottom.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Debug, Clone)]
pub struct Bar {
    /// What it shows.
    pub label: String,
    /// Its parts from left to right.
    pub parts: Vec<(f64, Tone)>,
    /// The interval of its whole length.
    pub interval: Option<(f64, f64)>,
    /// Its length in words, which is written after it.
    pub said: String,
}

impl Bar {
    fn length(&self) -> f64 {
        self.parts.iter().map(|(length, _)| length).sum()
    }

    /// How far its drawing reaches.
    fn end(&self) -> f64 {
        self.interval.map_or(0.0, |(_, high)| high).max(self.length())
    }
}

impl Bars<'_> {
    /// The chart for narrow and for wide screens.
    ///
    /// # Errors
    ///
    /// A number is not finite or is negative.
    pub fn figure(&self) -> Result<String, Undrawn> {
        both(|width| self.svg(width))
    }

    /// The chart as an SVG of this width.
    ///
    /// # Errors
    ///
    /// A number is not finite or is negative.
    pub fn svg(&self, width: u32) -> Result<String, Undrawn> {
        let numbers = self.bars.iter().flat_map(|bar| {
            let interval = bar.interval.into_iter().flat_map(|(low, high)| [low, high]);
            bar.parts.iter().map(|(length, _)| *length).chain(interval)
        });
        if let Some(odd) = numbers.into_iter().find(|number| !number.is_finite() || *number < 0.0) {
            return Err(Undrawn(format!("{odd} is not the length of a bar")));
        }
        let count = u32::try_from(self.bars.len()).map_err(|_| Undrawn("there are too many bars".to_owned()))?;
        let height = count.saturating_mul(ROW).saturating_add(AXIS + MARGIN);
        svg(&self.words, (width, height), |area| self.draw(area, width, count))
    }

    fn draw(&self, area: &Area<'_>, width: u32, count: u32) -> Result<(), Undrawn> {
        let end = self.bars.iter().map(Bar::end).fold(0.0, f64::max);
        let end = if end > 0.0 { end } else { 1.0 };
        let said = self.bars.iter().map(|bar| width_of(&bar.said)).max().unwrap_or_default();
        let mut chart = ChartBuilder::on(area)
            .margin_left(MARGIN)
            .margin_right((said + MARGIN).min(width / 2))
            .margin_top(MARGIN)
            .x_label_area_size(AXIS)
            .build_cartesian_2d(0.0..end, 0.0..f64::from(count.max(1)))?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .x_labels(if width < 500 { 4 } else { 8 })
            .x_max_light_lines(1)
            .bold_line_style(GRID)
            .axis_style(Tone::Quiet.colour())
            .label_style(text(Tone::Quiet))
            .x_desc(self.axis)
            .axis_desc_style(text(Tone::Quiet))
            .x_label_formatter(&|value| number(*value))
            .draw()?;
        let mut top = f64::from(count);
        for bar in &self.bars {
            let (upper, lower) = (top - 0.5, top - 0.86);
            let mut from = 0.0;
            for (length, tone) in bar.parts.iter().filter(|(length, _)| *length > 0.0) {
                let to = from + length;
                chart.draw_series([Rectangle::new([(from, upper), (to, lower)], tone.colour().filled())])?;
                from = to;
            }
            if let Some((low, high)) = bar.interval {
                let middle = f64::midpoint(upper, lower);
                let ((left, height), (right, _)) =
                    (chart.backend_coord(&(low, middle)), chart.backend_coord(&(high, middle)));
                for path in whisker(left, right, height) {
                    // On a light background, so that it is visible where it crosses the bar.
                    area.draw(&PathElement::new(path, GROUND.stroke_width(4)))?;
                    area.draw(&PathElement::new(path, Tone::Ink.colour().stroke_width(1)))?;
                }
            }
            let left = chart.backend_coord(&(0.0, top - 0.42));
            let label = fitted(&bar.label, width.saturating_sub(2 * MARGIN));
            area.draw(&Text::new(label, left, text(Tone::Ink).pos(Pos::new(HPos::Left, VPos::Bottom))))?;
            let (right, middle) = chart.backend_coord(&(bar.end(), f64::midpoint(upper, lower)));
            let style = text(Tone::Quiet).pos(Pos::new(HPos::Left, VPos::Center));
            area.draw(&Text::new(bar.said.as_str(), (right + 8, middle), style))?;
            top -= 1.0;
        }
        Ok(())
    }
}

/// A line with an upright end on each side.
fn whisker(left: i32, right: i32, height: i32) -> [[(i32, i32); 2]; 3] {
    let upright = |x: i32| [(x, height - 4), (x, height + 4)];
    [upright(left), upright(right), [(left, height), (right, height)]]
}

#[cfg(test)]
mod tests {
    use super::{Bar, Bars};
    use crate::frame::{Tone, Words};

    fn bars(label: &str, parts: Vec<(f64, Tone)>, interval: Option<(f64, f64)>) -> Bars<'static> {
        let words = Words { id: "x", title: "Orders & <cards>", description: "One \"bar\"" };
        Bars {
            words,
            axis: "orders",
            bars: vec![Bar { label: label.to_owned(), parts, interval, said: "3".to_owned() }],
        }
    }

    #[test]
    fn text_stays_text_and_is_escaped() {
        let chart = bars("<script>&\"", vec![(3.0, Tone::Critical), (0.0, Tone::Info)], Some((1.0, 9.0)));
        let svg = chart.svg(400).expect("a chart");
        assert!(svg.contains("<title id=\"x-400-title\">Orders &amp; &lt;cards&gt;</title>"), "{svg}");
        assert!(svg.contains("<desc id=\"x-400-desc\">One &quot;bar&quot;</desc>"), "{svg}");
        assert!(svg.contains("&lt;script&gt;&amp;&quot;") && !svg.contains("<script"), "{svg}");
        assert!(svg.contains("#A0111F") && !svg.contains("#24557F"), "a part of no length is not drawn: {svg}");
        assert!(svg.trim_end().ends_with("</svg>"), "{svg}");
        let both = chart.figure().expect("charts");
        assert_eq!(both.matches("<svg ").count(), 2, "{both}");
    }

    #[test]
    fn a_label_that_is_too_long_is_cut() {
        let svg = bars(&"word ".repeat(40), vec![(1.0, Tone::Info)], None).svg(350).expect("a chart");
        assert!(svg.contains("…"), "{svg}");
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for odd in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(bars("x", vec![(odd, Tone::Info)], None).svg(400).is_err(), "{odd}");
            assert!(bars("x", vec![(1.0, Tone::Info)], Some((0.0, odd))).svg(400).is_err(), "{odd}");
        }
        let nothing = Bars { bars: Vec::new(), ..bars("x", Vec::new(), None) };
        assert!(nothing.svg(400).is_ok(), "a chart of nothing is an empty one");
        assert!(bars("x", vec![(0.0, Tone::Info)], None).svg(400).is_ok());
    }
}
