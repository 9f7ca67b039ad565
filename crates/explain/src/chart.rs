//! Time lines and courses as pictures. The drawing is the member `charts`; here it is decided what stands where. Beside
//! each picture belongs its table, which says the same in words.

use charts::{Axis, Line, Lines, Point as Dot, Series as Dots, Tone, Undrawn, Words};
use jiff::ToSpan;
use jiff::civil::Date;

use super::course::{Bar, SpanSource};
use super::series::{Bound, Series};

/// The most labels along the time.
const MOST_LABELS: i32 = 7;

/// The results of a measure over time as a picture. `id` must be unique on its page.
///
/// # Errors
///
/// The picture cannot be drawn; the table says the same.
pub fn timeline(series: &Series, id: &str) -> Result<String, Undrawn> {
    let days = series.points.iter().map(|point| point.day).chain([series.today]);
    let window = series.window_days.and_then(|days| series.today.checked_sub(days.days()).ok());
    let x = time(days.chain(window))?;
    let ends = series.limits.iter().flat_map(|limit| [limit.low, limit.high]).flatten();
    let most = series.points.iter().map(|point| point.value).chain(ends).fold(0.0_f64, f64::max);
    let y = Axis {
        name: format!("{}, {}", series.name, series.unit.trim_start_matches('/')),
        from: 0.0,
        // Room for the words of the upright lines.
        to: if most > 0.0 { most * 1.25 } else { 1.0 },
        ticks: Vec::new(),
    };
    let (title, description) = (format!("{}: results over time", series.name), series.description());
    let lines = Lines {
        words: Words { id, title: &title, description: &description },
        x,
        y,
        series: dots(series),
        limits: limits(series),
        marks: window
            .map(|day| mark(day, "window begins"))
            .into_iter()
            .chain([mark(series.today, "decision")])
            .collect(),
    };
    lines.figure()
}

/// The exact results joined by a line, and apart from it those that are only bounds or not final.
fn dots(series: &Series) -> Vec<Dots> {
    let is_plain = |point: &&super::series::Point| point.bound == Bound::Exact && point.status == "final";
    let dot = |point: &super::series::Point| Dot { x: place(point.day), y: point.value, interval: None };
    let (plain, other): (Vec<_>, Vec<_>) = series.points.iter().partition(is_plain);
    [(Tone::Info, true, plain), (Tone::Warning, false, other)]
        .into_iter()
        .filter(|(_, _, points)| !points.is_empty())
        .map(|(tone, joined, points)| Dots { tone, joined, points: points.into_iter().map(dot).collect() })
        .collect()
}

/// The ends of the bands, each once: several rules may share a limit.
fn limits(series: &Series) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for limit in &series.limits {
        for at in [limit.low, limit.high].into_iter().flatten() {
            if !lines.iter().any(|line| (line.at - at).abs() < f64::EPSILON) {
                let times = |upper: f64| format!("{} x upper limit", (at / upper * 100.0).round() / 100.0);
                let label = limit.upper_limit.map_or_else(|| limit.words.clone(), times);
                lines.push(Line { at, label, tone: Tone::Critical });
            }
        }
    }
    lines
}

/// The course of a drug as a picture: a row for each kind of record, and in it a bar for each. `None` where no record
/// has a date.
///
/// # Errors
///
/// The picture cannot be drawn; the table says the same.
pub fn course(drug: &str, bars: &[Bar], today: Date, id: &str) -> Result<Option<String>, Undrawn> {
    let dated: Vec<(SpanSource, Date, Date)> = bars
        .iter()
        .filter_map(|bar| {
            let to = bar.to.unwrap_or_else(|| today.max(bar.from.unwrap_or(today)));
            Some((bar.source, bar.from.or(bar.to)?, to))
        })
        .collect();
    if dated.is_empty() {
        return Ok(None);
    }
    let mut rows: Vec<SpanSource> = dated.iter().map(|(source, ..)| *source).collect();
    rows.dedup();
    // The first row is at the top.
    let height = |at: usize| f64::from(u32::try_from(rows.len() - at).unwrap_or(u32::MAX));
    let row = |source: SpanSource| rows.iter().position(|row| *row == source).map_or(0.0, height);
    let series = dated.iter().map(|(source, from, to)| {
        let points = [*from, *to].map(|day| Dot { x: place(day), y: row(*source), interval: None });
        let tone = if source.is_taken() { Tone::Info } else { Tone::Quiet };
        Dots { tone, joined: from != to, points: points.to_vec() }
    });
    let (title, description) = (format!("Course of {drug}"), described(bars));
    let lines = Lines {
        words: Words { id, title: &title, description: &description },
        x: time(dated.iter().flat_map(|(_, from, to)| [*from, *to]).chain([today]))?,
        y: Axis {
            name: String::new(),
            from: 0.4,
            to: height(0) + 0.6,
            ticks: rows.iter().enumerate().map(|(at, row)| (height(at), row.words().to_owned())).collect(),
        },
        series: series.collect(),
        limits: Vec::new(),
        marks: vec![mark(today, "decision")],
    };
    lines.figure().map(Some)
}

fn described(bars: &[Bar]) -> String {
    let one = |bar: &Bar| format!("{} {}", bar.source.words(), bar.time);
    format!("{}.", bars.iter().map(one).collect::<Vec<_>>().join("; "))
}

fn mark(day: Date, label: &str) -> Line {
    Line { at: place(day), label: label.to_owned(), tone: Tone::Quiet }
}

/// A day as a place on the axis: the days since the beginning of 1970.
fn place(day: Date) -> f64 {
    Date::new(1970, 1, 1).ok().and_then(|epoch| epoch.until(day).ok()).map_or(0.0, |span| f64::from(span.get_days()))
}

/// The axis of the time: from the first of these days to the last with a little room, and labels at the first of
/// months.
fn time(days: impl Iterator<Item = Date>) -> Result<Axis, Undrawn> {
    let days: Vec<Date> = days.collect();
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else {
        return Err(Undrawn("nothing has a date".to_owned()));
    };
    let room = ((place(*last) - place(*first)) * 0.04).max(2.0);
    let (from, to) = (place(*first) - room, place(*last) + room);
    Ok(Axis { name: String::new(), from, to, ticks: labels(*first, *last) })
}

/// The first days of months between two days, as few as can be read; for a short span the two days themselves.
fn labels(first: Date, last: Date) -> Vec<(f64, String)> {
    let months =
        (i32::from(last.year()) - i32::from(first.year())) * 12 + i32::from(last.month()) - i32::from(first.month());
    let shown = |day: Date, format: &str| (place(day), day.strftime(format).to_string());
    if months < 2 {
        let days = if first == last { vec![last] } else { vec![first, last] };
        return days.into_iter().map(|day| shown(day, "%-d %b %Y")).collect();
    }
    let step = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600].into_iter().find(|step| months / step < MOST_LABELS);
    let step = step.unwrap_or(1200);
    let mut labels = Vec::new();
    let mut day = first.first_of_month();
    while day <= last {
        // Long steps begin at the start of a year.
        let fits = step < 12 || day.month() == 1;
        if day >= first && fits {
            labels.push(shown(day, if step < 12 { "%b %Y" } else { "%Y" }));
        }
        let on = if fits { i64::from(step) } else { 1 };
        match day.checked_add(on.months()) {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    labels
}
