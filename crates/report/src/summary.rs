//! The first part, for those who read no further: how many orders, how urgent, which rules, and what stays unknown.

use maud::{Markup, html};
use replay::statistics::{Counts, Statistics, most_frequent, per_thousand};

use crate::names::Names;
use crate::numbers::{count, counted, of, percent};
use crate::section as part;

/// How urgent the orders were over all months.
pub fn urgency(statistics: &Statistics) -> Counts {
    let mut all = Counts::new();
    for (name, orders) in statistics.urgency.values().flatten() {
        *all.entry(name.clone()).or_default() += orders;
    }
    all
}

/// The summary.
pub fn section(statistics: &Statistics, names: &Names<'_>) -> Markup {
    if statistics.orders == 0 {
        return part("summary", "Summary", &html! { p.lead { "No order for a drug of the library was judged." } });
    }
    let content = html! {
        p.lead { (period(statistics)) }
        (figures(statistics))
        ul {
            li { (most_urgent_rules(statistics, names)) }
            li { (unknown(statistics, names)) }
            li { (silenced(statistics, names)) }
            li { (unreadable(statistics)) }
        }
    };
    part("summary", "Summary", &content)
}

fn period(statistics: &Statistics) -> String {
    let orders = counted(statistics.orders, "order was", "orders were");
    let decisions = counted(statistics.decisions, "decision", "decisions");
    let months = (statistics.months.keys().next(), statistics.months.keys().next_back());
    let when = match months {
        (Some(first), Some(last)) if first != last => format!(", from {first} to {last}"),
        (Some(only), _) => format!(", in {only}"),
        _ => String::new(),
    };
    format!("{orders} judged in {decisions}{when}, each at its own moment and on what was known by then.")
}

fn figures(statistics: &Statistics) -> Markup {
    let urgency = urgency(statistics);
    let all = statistics.orders;
    let figure = |tone: &'static str, name: &'static str, some: u64| {
        let interval = per_thousand(some, all);
        html! {
            div class=(tone) {
                dt { (name) }
                dd {
                    (percent(some, all))
                    small {
                        (count(some)) " orders"
                        @if let Some(rate) = interval { "; " (format!("{:.1} to {:.1}\u{a0}%", rate.low / 10.0, rate.high / 10.0)) }
                    }
                }
            }
        }
    };
    html! {
        dl.figures {
            @if !urgency.is_empty() {
                (figure("critical", "Orders with a critical card", of(&urgency, "critical")))
                (figure("warning", "Orders with a warning, and nothing critical", of(&urgency, "warning")))
                (figure("info", "Orders with information only", of(&urgency, "info")))
                (figure("quiet", "Orders without a card", of(&urgency, "none")))
            }
            @if let Some(mean) = statistics.mean_cards() {
                div { dt { "Cards for each order" } dd { (format!("{mean:.1}")) small { (count(statistics.indicators.values().sum())) " cards" } } }
            }
        }
    }
}

/// Rules by the number of orders with which they were critical or warned.
fn most_urgent_rules(statistics: &Statistics, names: &Names<'_>) -> Markup {
    let urgent = |orders: &Counts| of(orders, "critical") + of(orders, "warning");
    let spoken: Counts = statistics.rules.iter().map(|(rule, of)| (rule.clone(), urgent(&of.orders))).collect();
    let most: Vec<(&str, u64)> = most_frequent(&spoken).into_iter().filter(|(_, orders)| *orders > 0).take(3).collect();
    html! {
        @if most.is_empty() {
            "No rule was critical or warned."
        } @else {
            "Critical cards and warnings came most often from "
            @for (position, (rule, orders)) in most.iter().enumerate() {
                @if position > 0 { ", " }
                b { (names.rule(rule)) } " (" (counted(*orders, "order", "orders")) ")"
            }
            "."
        }
    }
}

fn unknown(statistics: &Statistics, names: &Names<'_>) -> Markup {
    let unknown: Counts =
        statistics.criteria.iter().map(|(key, found)| (key.clone(), found.unknown.values().sum())).collect();
    let most: Vec<(&str, u64)> =
        most_frequent(&unknown).into_iter().filter(|(_, orders)| *orders > 0).take(3).collect();
    html! {
        @if most.is_empty() {
            "Every criterion could be decided for every order that it concerns."
        } @else {
            "Most often unknown: "
            @for (position, (key, orders)) in most.iter().enumerate() {
                @if position > 0 { "; " }
                b { (names.criterion(key)) } " (" (percent(*orders, statistics.orders)) " of the orders)"
            }
            ". What is unknown is never taken for normal."
        }
    }
}

fn silenced(statistics: &Statistics, names: &Names<'_>) -> Markup {
    let silenced: Counts =
        statistics.silenced.iter().map(|(rule, orders)| (rule.clone(), orders.values().sum())).collect();
    html! {
        @if silenced.is_empty() {
            "No rule was silenced by a policy."
        } @else {
            "The policy of the site silenced "
            @for (position, (rule, orders)) in most_frequent(&silenced).iter().enumerate() {
                @if position > 0 { ", " }
                b { (names.rule(rule)) } " (" (counted(*orders, "order", "orders")) ")"
            }
            "; critical cards of these rules are shown all the same."
        }
    }
}

fn unreadable(statistics: &Statistics) -> String {
    match statistics.all_unreadable() {
        0 => "Every line and document that mattered could be read.".to_owned(),
        some => format!("{} could not be read.", counted(some, "line or document", "lines or documents")),
    }
}
