//! A page that shows what each query of the dashboard returned: its newest value, and its course as lines.

use maud::{DOCTYPE, html};
use serde_json::Value;

/// Width and height of a panel's lines.
const SIZE: (f64, f64) = (260.0, 56.0);
/// The lines of a panel, in turn.
const COLOURS: [&str; 5] = ["#1f6feb", "#c2410c", "#15803d", "#7e22ce", "#0f766e"];
/// How many series of a panel are named.
const NAMED: usize = 3;

const STYLE: &str = "body{font:13px system-ui,sans-serif;margin:12px;width:1216px;color:#111}h1{font-size:16px}\
    main{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:8px}section{border:1px solid #ccc;padding:6px 8px}\
    h2{font-size:13px;margin:0 0 2px}code{font-size:9px;color:#555;display:block;height:24px;overflow:hidden;\
    overflow-wrap:anywhere}svg{max-width:100%}p{margin:2px 0 0;font-size:11px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}";

/// A query with the title of its panel and the answer of Prometheus for a range of time.
pub struct Panel {
    /// The title.
    pub title: String,
    /// The query.
    pub query: String,
    /// What `query_range` answered.
    pub answer: Value,
}

/// The page.
pub fn page(panels: &[Panel]) -> String {
    let markup = html! {
        (DOCTYPE)
        meta charset="utf-8";
        title { "What the queries of the dashboard returned" }
        style { (STYLE) }
        h1 { "What Prometheus answered to the " (panels.len()) " queries of the dashboard" }
        main {
            @for Panel { title, query, answer } in panels {
                @let series = answer["data"]["result"].as_array().map_or(&[][..], Vec::as_slice);
                section {
                    h2 { (title) }
                    code { (query) }
                    (lines(series))
                    @for (number, one) in series.iter().take(NAMED).enumerate() {
                        p style=(format!("color:{}", COLOURS[number])) { (newest(one)) " " (labels(one)) }
                    }
                    @if series.len() > NAMED { p { "and " (series.len() - NAMED) " more series" } }
                }
            }
        }
    };
    markup.into_string()
}

/// The moments and values of a series that are numbers.
fn points(series: &Value) -> Vec<(f64, f64)> {
    let values = series["values"].as_array().into_iter().flatten();
    let point = |pair: &Value| Some((pair[0].as_f64()?, pair[1].as_str()?.parse::<f64>().ok()?));
    values.filter_map(point).filter(|(_, value)| value.is_finite()).collect()
}

fn newest(series: &Value) -> String {
    points(series).last().map_or_else(|| "no number".to_owned(), |(_, value)| format!("{value:.4}"))
}

fn labels(series: &Value) -> String {
    let labels = series["metric"].as_object().into_iter().flatten();
    let told = labels.filter(|(name, _)| !matches!(name.as_str(), "__name__" | "instance" | "job"));
    let told: Vec<String> =
        told.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect();
    told.join(" ")
}

/// All series of a panel as lines on one scale.
fn lines(series: &[Value]) -> maud::Markup {
    let all: Vec<Vec<(f64, f64)>> = series.iter().map(points).collect();
    let of = |take: fn(&(f64, f64)) -> f64| {
        let ends =
            all.iter().flatten().map(take).fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
        (ends.0, (ends.1 - ends.0).max(1e-9))
    };
    let ((from, span), (low, height)) = (of(|point| point.0), of(|point| point.1));
    let place = |&(at, value): &(f64, f64)| {
        format!("{:.1},{:.1}", (at - from) / span * SIZE.0, (1.0 - (value - low) / height) * (SIZE.1 - 4.0) + 2.0)
    };
    html! {
        svg width=(SIZE.0) height=(SIZE.1) style="background:#f6f6f6" {
            @for (number, points) in all.iter().enumerate() {
                polyline fill="none" stroke-width="1.5" stroke=(COLOURS[number % COLOURS.len()])
                    points=(points.iter().map(place).collect::<Vec<_>>().join(" ")) {}
            }
        }
    }
}
