//! Lines and points over time, with thresholds as horizontal and moments as vertical lines. The caller gives the labels
//! of the axes: a chart knows no calendar.

use plotters::backend::SVGBackend;
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::element::{Circle, Cross, ErrorBar, PathElement, Text, TriangleMarker};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, ShapeStyle};

use crate::frame::{Area, GRID, Tone, Undrawn, Words, both, number, svg, text, width_of};

/// The height of the chart.
const HEIGHT: u32 = 300;
/// The height of the axis with its name.
const AXIS: u32 = 46;
/// The margin around the chart.
const MARGIN: u32 = 14;

/// Lines with common axes.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    /// Its title and description.
    pub words: Words<'a>,
    /// The horizontal axis: time.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The lines.
    pub series: Vec<Series>,
    /// Horizontal lines, such as thresholds.
    pub limits: Vec<Line>,
    /// Vertical lines, such as orders.
    pub marks: Vec<Line>,
}

/// One axis.
#[derive(Debug, Clone)]
pub struct Axis {
    /// What it counts.
    pub name: String,
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Its labels; empty for round numbers.
    pub ticks: Vec<(f64, String)>,
}

/// Points that belong together.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its colour and the form of its points.
    pub tone: Tone,
    /// Whether a line joins the points.
    pub joined: bool,
    /// The points in the order of time.
    pub points: Vec<Point>,
}

/// One point.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Its position in time.
    pub x: f64,
    /// Its value.
    pub y: f64,
    /// The interval around the value.
    pub interval: Option<(f64, f64)>,
}

/// A line through the whole chart.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its position on the axis.
    pub at: f64,
    /// What it shows.
    pub label: String,
    /// Its colour.
    pub tone: Tone,
}

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

impl Lines<'_> {
    /// The chart for narrow and for wide screens.
    ///
    /// # Errors
    ///
    /// A number is not finite, or an axis has no length.
    pub fn figure(&self) -> Result<String, Undrawn> {
        both(|width| self.svg(width))
    }

    /// The chart as an SVG of this width. Points outside the axes are drawn at their edge.
    ///
    /// # Errors
    ///
    /// A number is not finite, or an axis has no length.
    pub fn svg(&self, width: u32) -> Result<String, Undrawn> {
        for Axis { name, from, to, .. } in [&self.x, &self.y] {
            if !(from.is_finite() && to.is_finite() && from < to) {
                return Err(Undrawn(format!("the axis `{name}` goes from {from} to {to}")));
            }
        }
        let points = self.series.iter().flat_map(|series| &series.points).flat_map(|point| {
            let interval = point.interval.into_iter().flat_map(|(low, high)| [low, high]);
            [point.x, point.y].into_iter().chain(interval)
        });
        let lines = self.limits.iter().chain(&self.marks).map(|line| line.at);
        if let Some(odd) = points.chain(lines).find(|number| !number.is_finite()) {
            return Err(Undrawn(format!("{odd} is not a position in it")));
        }
        svg(&self.words, (width, HEIGHT), |area| self.draw(area, width))
    }

    fn draw(&self, area: &Area<'_>, width: u32) -> Result<(), Undrawn> {
        let widest = self.y.ticks.iter().map(|(_, label)| width_of(label)).max();
        let widest = widest.unwrap_or_else(|| width_of(&number(self.y.to.round())).max(width_of("0.00")));
        let mut chart = ChartBuilder::on(area)
            .margin(MARGIN)
            .margin_top(2 * MARGIN)
            .x_label_area_size(AXIS)
            .y_label_area_size(widest + 14)
            .build_cartesian_2d(self.x.from..self.x.to, self.y.from..self.y.to)?;
        let mut mesh = chart.configure_mesh();
        mesh.disable_x_mesh()
            .x_labels(0)
            .y_labels(5)
            .y_max_light_lines(1)
            .bold_line_style(GRID)
            .axis_style(Tone::Quiet.colour())
            .label_style(text(Tone::Quiet))
            .x_desc(self.x.name.as_str())
            .axis_desc_style(text(Tone::Quiet))
            .y_label_formatter(&|value| number(*value));
        if !self.y.ticks.is_empty() {
            mesh.disable_y_mesh().y_labels(0);
        }
        mesh.draw()?;
        self.axes(area, &mut chart, width)?;
        self.lines(area, &mut chart)?;
        // The points are drawn last, so that nothing covers them.
        self.series.iter().try_for_each(|series| self.series(&mut chart, series))
    }

    /// The labels of the axes, and the name of the vertical one.
    fn axes(&self, area: &Area<'_>, chart: &mut Chart<'_, '_>, width: u32) -> Result<(), Undrawn> {
        for (at, label) in &self.y.ticks {
            let (left, height) = chart.backend_coord(&(self.x.from, *at));
            chart.draw_series([PathElement::new([(self.x.from, *at), (self.x.to, *at)], GRID)])?;
            let style = text(Tone::Quiet).pos(Pos::new(HPos::Right, VPos::Center));
            area.draw(&Text::new(label.as_str(), (left - 8, height), style))?;
        }
        let mut free = i32::MIN;
        for (at, label) in &self.x.ticks {
            let (middle, foot) = chart.backend_coord(&(*at, self.y.from));
            let half = i32::try_from(width_of(label) / 2).unwrap_or(i32::MAX);
            let edge = i32::try_from(width).unwrap_or(i32::MAX);
            // A label that would run into the one before it, or out of the picture, is left out.
            if middle - half < free || middle + half > edge {
                continue;
            }
            free = middle + half + 6;
            let tick = [(middle, foot), (middle, foot + 5)];
            area.draw(&PathElement::new(tick, Tone::Quiet.colour()))?;
            let style = text(Tone::Quiet).pos(Pos::new(HPos::Center, VPos::Top));
            area.draw(&Text::new(label.as_str(), (middle, foot + 8), style))?;
        }
        let style = text(Tone::Quiet).pos(Pos::new(HPos::Left, VPos::Top));
        area.draw(&Text::new(self.y.name.as_str(), (4, 4), style))?;
        Ok(())
    }

    /// The horizontal and vertical lines, and then their labels, so that no line crosses a label.
    fn lines(&self, area: &Area<'_>, chart: &mut Chart<'_, '_>) -> Result<(), Undrawn> {
        let heights = self.limits.iter().map(|line| (line, line.at.clamp(self.y.from, self.y.to)));
        let moments = self.marks.iter().map(|line| (line, line.at.clamp(self.x.from, self.x.to)));
        for (Line { tone, .. }, at) in heights.clone() {
            chart.draw_series([PathElement::new([(self.x.from, at), (self.x.to, at)], tone.colour())])?;
        }
        for (Line { tone, .. }, at) in moments.clone() {
            chart.draw_series([PathElement::new([(at, self.y.from), (at, self.y.to)], tone.colour())])?;
        }
        for (Line { label, tone, .. }, at) in heights {
            // On the left, because what matters most is newest.
            let (left, height) = chart.backend_coord(&(self.x.from, at));
            let style = text(*tone).pos(Pos::new(HPos::Left, VPos::Bottom));
            area.draw(&Text::new(label.as_str(), (left + 6, height - 3), style))?;
        }
        for (Line { label, tone, .. }, at) in moments {
            let (middle, top) = chart.backend_coord(&(at, self.y.to));
            // Near the right edge the label is on the left of its line.
            let (right, _) = chart.backend_coord(&(self.x.to, self.y.to));
            let fits = i32::try_from(width_of(label)).is_ok_and(|width| middle + 4 + width <= right);
            let (side, x) = if fits { (HPos::Left, middle + 4) } else { (HPos::Right, middle - 4) };
            let style = text(*tone).pos(Pos::new(side, VPos::Top));
            area.draw(&Text::new(label.as_str(), (x, top + 2), style))?;
        }
        Ok(())
    }

    fn series(&self, chart: &mut Chart<'_, '_>, series: &Series) -> Result<(), Undrawn> {
        let colour = series.tone.colour();
        let within = |y: f64| y.clamp(self.y.from, self.y.to);
        let at = |point: &Point| (point.x.clamp(self.x.from, self.x.to), within(point.y));
        for point in &series.points {
            if let Some((low, high)) = point.interval {
                let (x, y) = at(point);
                chart.draw_series([ErrorBar::new_vertical(
                    x,
                    within(low),
                    y,
                    within(high),
                    colour.stroke_width(1),
                    6,
                )])?;
            }
        }
        if series.joined {
            let path: Vec<(f64, f64)> = series.points.iter().map(at).collect();
            chart.draw_series([PathElement::new(path, colour.stroke_width(2))])?;
        }
        let filled: ShapeStyle = colour.filled();
        let points = series.points.iter().map(at);
        // The shapes differ too, for readers who cannot tell the colours apart.
        match series.tone {
            Tone::Critical => chart.draw_series(points.map(|at| TriangleMarker::new(at, 6, filled))).map(|_| ())?,
            Tone::Warning => {
                let style = colour.stroke_width(2);
                chart.draw_series(points.map(|at| Cross::new(at, 4, style))).map(|_| ())?;
            }
            _ => chart.draw_series(points.map(|at| Circle::new(at, 4, filled))).map(|_| ())?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Line, Lines, Point, Series};
    use crate::frame::{Tone, Words};

    fn lines() -> Lines<'static> {
        let axis = |name: &str, ticks: &[(f64, &str)]| Axis {
            name: name.to_owned(),
            from: 0.0,
            to: 10.0,
            ticks: ticks.iter().map(|(at, label)| (*at, (*label).to_owned())).collect(),
        };
        let line = |at: f64, label: &str, tone: Tone| Line { at, label: label.to_owned(), tone };
        let points =
            vec![Point { x: 1.0, y: 2.0, interval: Some((1.0, 3.0)) }, Point { x: 9.0, y: 40.0, interval: None }];
        Lines {
            words: Words { id: "x", title: "t", description: "d" },
            x: axis("months", &[(0.0, "January"), (0.1, "too near"), (5.0, "June")]),
            y: axis("<i>ALT</i>", &[]),
            series: vec![Series { tone: Tone::Critical, joined: true, points }],
            limits: vec![line(5.0, "5 & more", Tone::Warning)],
            marks: vec![line(9.0, "order", Tone::Quiet)],
        }
    }

    #[test]
    fn labels_do_not_run_into_each_other_and_are_escaped() {
        let svg = lines().svg(400).expect("a chart");
        assert!(svg.contains("January") && svg.contains("June") && !svg.contains("too near"), "{svg}");
        assert!(svg.contains("&lt;i&gt;ALT") && svg.contains("5 &amp; more") && svg.contains("order"), "{svg}");
    }

    #[test]
    fn each_tone_has_a_form_of_its_own() {
        let drawn = |tone: Tone| {
            let mut lines = lines();
            lines.series.iter_mut().for_each(|series| series.tone = tone);
            lines.svg(400).expect("a chart")
        };
        assert!(drawn(Tone::Critical).contains("<polygon") && !drawn(Tone::Info).contains("<polygon"));
        assert!(drawn(Tone::Info).contains("r=\"4\"") && !drawn(Tone::Warning).contains("r=\"4\""));
    }

    #[test]
    fn what_has_no_place_is_refused() {
        let mut odd = lines();
        odd.x.to = 0.0;
        assert!(odd.svg(400).is_err_and(|error| error.0.contains("months")));
        let mut odd = lines();
        odd.limits.iter_mut().for_each(|limit| limit.at = f64::NAN);
        assert!(odd.svg(400).is_err());
    }
}
