//! Orders by use, phase, month and number of cards.

use charts::{Axis, Bar, Bars, Lines, Point, Series, Tone, Undrawn, Words};
use maud::{Markup, Render, html};
use replay::statistics::{Counts, Statistics, most_frequent, per_thousand};

use crate::names::Names;
use crate::numbers::{count, length, numbers, of, percent, share};
use crate::{figure, section as part};

/// What the lines over the months show.
const LINES: [(Tone, &str, &str); 2] = [
    (Tone::Critical, "critical", "orders with a critical card"),
    (Tone::Warning, "warning", "orders with a warning, and nothing critical"),
];

/// How urgent the orders were, month by month.
///
/// # Errors
///
/// A chart cannot be drawn.
pub fn months(statistics: &Statistics) -> Result<Markup, Undrawn> {
    if statistics.urgency.is_empty() {
        return Ok(html! {});
    }
    let orders = |counts: &Counts| counts.values().sum::<u64>();
    let rows: Vec<(Markup, Vec<String>)> = statistics
        .urgency
        .iter()
        .map(|(month, counts)| {
            let all = orders(counts);
            let [critical, warning] = LINES.map(|(_, name, _)| share(of(counts, name), all));
            (month.render(), vec![count(all), critical, warning])
        })
        .collect();
    let placed: Vec<(f64, &String, &Counts)> =
        statistics.urgency.iter().filter_map(|(month, counts)| Some((place(month)?, month, counts))).collect();
    let chart = match (placed.first(), placed.last()) {
        (Some((first, ..)), Some((last, ..))) if first < last => Some(over_time(&placed, *first, *last)?),
        _ => None,
    };
    let head = ["Month", "Orders", "Critical, of 1,000 (95 % interval)", "Warning, of 1,000 (95 % interval)"];
    let content = html! {
        p { "By the month in which each order was judged. The upright lines are 95 % intervals: long ones stand on few orders." }
        @if let Some(chart) = chart { (chart) }
        (numbers("Orders by month", &head, &rows))
    };
    Ok(part("months", "Month by month", &content))
}

fn over_time(placed: &[(f64, &String, &Counts)], first: f64, last: f64) -> Result<Markup, Undrawn> {
    let mut top: f64 = 10.0;
    // Side by side, so that the intervals of one month do not cover each other.
    let mut beside = -0.08;
    let mut series = Vec::with_capacity(LINES.len());
    for (tone, name, _) in LINES {
        let mut points = Vec::with_capacity(placed.len());
        for (x, _, counts) in placed {
            let Some(rate) = per_thousand(of(counts, name), counts.values().sum()) else { continue };
            top = top.max(rate.high);
            points.push(Point { x: x + beside, y: rate.value, interval: Some((rate.low, rate.high)) });
        }
        beside = -beside;
        series.push(Series { tone, joined: true, points });
    }
    let ticks = placed.iter().map(|(x, month, _)| (*x, (*month).clone())).collect();
    let lines = Lines {
        words: Words {
            id: "chart-months",
            title: "How urgent the cards were, month by month",
            description: "Two lines over the months: of 1,000 orders, those with a critical card, and those with a warning and \
                          nothing critical, each with its 95 % interval. The numbers are in the table below the chart.",
        },
        x: Axis { name: "month".to_owned(), from: first - 0.5, to: last + 0.5, ticks },
        y: Axis { name: "orders of 1,000".to_owned(), from: 0.0, to: top, ticks: Vec::new() },
        series,
        limits: Vec::new(),
        marks: Vec::new(),
    };
    let legend = LINES.map(|(tone, _, words)| (tone, tone.symbol(), words));
    Ok(figure(lines.words.title, &legend, &lines.figure()?))
}

/// The number of a month such as `2026-03`, counted from the year 0.
fn place(month: &str) -> Option<f64> {
    let (year, month) = month.split_once('-')?;
    let (year, month): (u16, u16) = (year.parse().ok()?, month.parse().ok()?);
    (1..=12).contains(&month).then(|| f64::from(year) * 12.0 + f64::from(month))
}

/// Orders by use and phase, and by the number of their cards.
///
/// # Errors
///
/// A chart cannot be drawn.
pub fn kinds(statistics: &Statistics, names: &Names<'_>) -> Result<Markup, Undrawn> {
    if statistics.orders == 0 {
        return Ok(html! {});
    }
    let uses = most_frequent(&statistics.uses).into_iter().map(|(code, orders)| (names.usage(code), orders));
    let phases = most_frequent(&statistics.phases).into_iter().map(|(code, orders)| (code.replace('-', " "), orders));
    let cards = statistics.cards_per_order.iter().map(|(cards, orders)| (cards.to_string(), *orders));
    let content = html! {
        (by("uses", "Orders by use", "Use", uses.collect(), statistics.orders)?)
        (by("phases", "Orders by phase of the treatment", "Phase", phases.collect(), statistics.orders)?)
        (by("cards", "Orders by the number of cards with them", "Cards", cards.collect(), statistics.orders)?)
    };
    Ok(part("orders", "The orders", &content))
}

fn by(id: &str, title: &str, what: &str, counts: Vec<(String, u64)>, all: u64) -> Result<Markup, Undrawn> {
    let id = format!("chart-{id}");
    let description = "One bar for each row of the table below the chart, in the same order.";
    let bars = counts.iter().map(|(name, orders)| Bar {
        label: name.clone(),
        parts: vec![(length(*orders), Tone::Info)],
        interval: None,
        said: count(*orders),
    });
    let bars = Bars { words: Words { id: &id, title, description }, axis: "orders", bars: bars.collect() };
    let rows: Vec<(Markup, Vec<String>)> =
        counts.iter().map(|(name, orders)| (name.render(), vec![count(*orders), percent(*orders, all)])).collect();
    Ok(html! {
        h3 { (title) }
        (figure("", &[], &bars.figure()?))
        (numbers(title, &[what, "Orders", "Share"], &rows))
    })
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn months_have_their_place_in_time() {
        let between = |one: &str, other: &str| Some(place(other)? - place(one)?);
        assert_eq!(between("2025-12", "2026-03"), Some(3.0));
        for odd in ["2026", "2026-13", "2026-00", "<b>-01", "2026-03-04"] {
            assert_eq!(place(odd), None, "{odd}");
        }
    }
}
