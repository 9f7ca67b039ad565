//! How often a dose is given: timings as figures, as codes and in words.

use std::borrow::Cow;

use document::{Node, Object};
use rust_decimal::Decimal;

use crate::order::unit_days;
use crate::view::{Concept, decimal};
use domain::dose_table::every;
use domain::order::Reading;
use domain::words::number;
use knowledge::codes::fold;

/// The days from one dose of an instruction to the next.
pub(super) fn interval(dosage: &Object<'_>) -> Reading<Decimal> {
    let Some(timing) = dosage.object("timing") else { return Reading::Missing };
    let code = Concept::of(&timing, "code");
    let by_repeat = timing.object("repeat").map_or(Reading::Missing, |repeat| repeated(&repeat));
    match by_repeat {
        Reading::Missing if code.is_empty() => Reading::Missing,
        Reading::Missing => {
            let said = code.words.iter().cloned().chain(code.codings.iter().map(|c| c.code.clone()));
            match said.clone().find_map(|words| in_words(&fold(&words))) {
                Some(days) => known(days),
                None => Reading::Unreadable(code.shown()),
            }
        }
        read => read,
    }
}

/// The days of the week that an instruction names.
pub(super) fn week_days<'a>(dosage: &Object<'a>) -> Vec<Cow<'a, str>> {
    let repeat = dosage.object("timing").and_then(|timing| timing.object("repeat"));
    repeat.iter().flat_map(|repeat| repeat.items("dayOfWeek")).filter_map(Node::string).collect()
}

/// `frequency` doses in `period` units, or a list of week days.
fn repeated(repeat: &Object<'_>) -> Reading<Decimal> {
    let figure =
        |name: &str| repeat.get(name).and_then(|n| n.number().and_then(decimal).or_else(|| decimal(&n.string()?)));
    let unit = ["periodUnit", "periodUnits"].iter().find_map(|name| repeat.string(name));
    let week_days = repeat.items("dayOfWeek").count();
    if repeat.get("period").is_none() && unit.is_none() && week_days > 0 {
        return match Decimal::from(7).checked_div(Decimal::from(week_days)) {
            Some(days) => known(days),
            None => Reading::Missing,
        };
    }
    let open = repeat.get("periodMax").is_some() || repeat.get("frequencyMax").is_some();
    let (Some(unit), Some(period)) = (unit, figure("period")) else { return Reading::Missing };
    let frequency = figure("frequency").unwrap_or(Decimal::ONE);
    let days = unit_days(&unit).and_then(|days| days.checked_mul(period)?.checked_div(frequency));
    match days {
        Some(days) if !open && week_days <= 1 => known(days),
        _ => Reading::Unreadable(format!("{} per {} {unit}", number(frequency), number(period))),
    }
}

/// An interval of so many days, with its words.
pub(super) fn known(days: Decimal) -> Reading<Decimal> {
    let days = days.normalize();
    Reading::Known(days, interval_words(days))
}

/// Words for an interval in days.
fn interval_words(days: Decimal) -> String {
    if days == Decimal::new(5, 1) {
        "twice a day".to_owned()
    } else if days == Decimal::new(35, 1) {
        "twice a week".to_owned()
    } else {
        every(days)
    }
}

/// The interval of a timing in words or by code: "every 2 weeks", "q7d", "QW".
fn in_words(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let fixed = match text {
        "weekly" | "once weekly" | "once a week" | "every week" | "qw" | "qwk" | "wk" | "one time per week" => Some(7),
        "every other week" | "every second week" | "qow" | "q2w" | "q2wk" => Some(14),
        "daily" | "once daily" | "once a day" | "every day" | "qd" | "qam" => Some(1),
        "bid" | "twice daily" | "twice a day" => return Some(Decimal::new(5, 1)),
        "twice weekly" | "twice a week" => return Decimal::from(7).checked_div(Decimal::from(2)),
        _ => None,
    };
    if let Some(days) = fixed {
        return Some(Decimal::from(days));
    }
    let rest = text.strip_prefix("every ").or_else(|| text.strip_prefix('q'))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let unit = rest[digits.len()..].trim();
    let unit = match unit {
        "w" => "wk",
        "d" => "d",
        "wks" => "wk",
        other => other,
    };
    if !matches!(unit, "d" | "day" | "days" | "wk" | "week" | "weeks") {
        return None;
    }
    unit_days(unit)?.checked_mul(digits.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::{in_words, interval_words};
    use rust_decimal::Decimal;

    #[test]
    fn timings_in_words() {
        for (text, days) in [
            ("every 7 days", Some("7")),
            ("once weekly", Some("7")),
            ("q7d", Some("7")),
            ("qw", Some("7")),
            ("every 2 weeks", Some("14")),
            ("q2w", Some("14")),
            ("every 4 weeks", Some("28")),
            ("bid", Some("0.5")),
            ("twice daily", Some("0.5")),
            ("every other week", Some("14")),
            ("qow", Some("14")),
            ("once daily", Some("1")),
            ("qd", Some("1")),
            ("twice a week", Some("3.5")),
            ("biweekly", None),
            ("as needed", None),
            ("every day of rain", None),
            ("q", None),
        ] {
            assert_eq!(in_words(text), days.map(|d| d.parse().expect("a number")), "{text}");
        }
    }

    #[test]
    fn intervals_read_well() {
        for (days, words) in [
            ("7", "every week"),
            ("14", "every 2 weeks"),
            ("28", "every 4 weeks"),
            ("8", "every 8 days"),
            ("3.5", "twice a week"),
            ("0.25", "every 6 hours"),
        ] {
            let days: Decimal = days.parse().expect("a number");
            assert_eq!(interval_words(days), words);
        }
    }
}
