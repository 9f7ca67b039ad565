//! Words for what the types say: bands, windows, phases, indications and lists.

use rust_decimal::Decimal;

use domain::phase::Phase;
use domain::quantity::Band;
use domain::rule::{Applies, Drug, Indicator, Quantity};
use domain::truth::{Outcome, Reason};
use domain::words::{number, with_unit};

/// "a", "a and b", "a, b and c".
pub fn joined(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}

/// How many of something: "1 case", "2 cases".
pub fn count(many: usize, one: &str, more: &str) -> String {
    format!("{many} {}", if many == 1 { one } else { more })
}

/// A number of days: "30 days".
pub fn days(days: i64) -> String {
    format!("{days} {}", if days == 1 { "day" } else { "days" })
}

/// A value with its unit: "2,000/µL", "6 mg/L".
pub fn amount(value: Decimal, unit: &str) -> String {
    with_unit(&number(value), unit)
}

/// A band with the words of its ends: "below 2,000/µL", "from 500/µL to 1,000/µL".
pub fn band(band: &Band, shown: &dyn Fn(Decimal) -> String) -> String {
    let (low_closed, high_closed) = band.closed();
    let low = band.low().map(|at| format!("{} {}", if low_closed { "from" } else { "above" }, shown(at)));
    let high = |low: bool| {
        let word = match (high_closed, low) {
            (true, true) => "to",
            (true, false) => "at most",
            (false, _) => "below",
        };
        band.high().map(|at| format!("{word} {}", shown(at)))
    };
    match (low, high(band.low().is_some())) {
        (Some(low), Some(high)) if high_closed => format!("{low} {high}"),
        (Some(low), Some(high)) => format!("{low} and {high}"),
        (low, high) => low.or(high).unwrap_or_default(),
    }
}

/// The band of a number in its unit, or in multiples of the upper limit.
pub fn limits(quantity: &Quantity, of: &Band) -> String {
    if !quantity.of_upper_limit {
        return band(of, &|value| amount(value, &quantity.unit));
    }
    match (of.low(), of.high()) {
        (Some(_), Some(_)) => format!("{} x the result's own upper limit", band(of, &number)),
        _ => band(of, &|value| format!("{} x the result's own upper limit", number(value))),
    }
}

/// Phases as they are said of an order: "at a new start or a restart".
pub fn phases(phases: &[Phase]) -> String {
    let words: Vec<String> = phases.iter().map(|phase| phase_words(*phase).to_owned()).collect();
    joined(&words, "or")
}

fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::NewStart => "at a new start",
        Phase::Continuation => "on treatment",
        Phase::Restart => "at a restart",
        Phase::Undetermined => "when the medication history is not fully available (a new start is assumed)",
    }
}

/// The name of an indication.
pub fn indication(drug: &Drug, id: &str) -> String {
    drug.indications.iter().find(|i| i.id == id).map_or(id, |i| &i.name).to_owned()
}

/// The orders that a rule concerns.
pub fn applies(applies: &Applies, drug: &Drug) -> String {
    let mut said = match &applies.family {
        None => format!("Every order of {}", drug.name),
        Some(family) => {
            let of = drug.indications.iter().filter(|i| i.family.as_ref() == Some(family));
            let names: Vec<String> = of.map(|i| i.name.clone()).collect();
            format!("Orders of {} for one of these, or possibly so: {}", drug.name, names.join("; "))
        }
    };
    if !applies.except.is_empty() {
        let names: Vec<String> = applies.except.iter().map(|id| indication(drug, id)).collect();
        said.push_str(&format!("; except for {}", joined(&names, "and")));
    }
    if !applies.phases.is_empty() {
        said.push_str(&format!("; {}", phases(&applies.phases)));
    }
    said
}

/// Why something is unknown, as a list; where nearly all reasons count, the others are named.
pub fn reasons(named: &[Reason]) -> String {
    let words = |reasons: Vec<Reason>| {
        let words: Vec<String> = reasons.into_iter().map(|reason| reason.words().to_owned()).collect();
        joined(&words, "or")
    };
    let others: Vec<Reason> = Reason::ALL.into_iter().filter(|reason| !named.contains(reason)).collect();
    match (named.len(), others.len()) {
        (0, _) | (_, 0) => "for any reason".to_owned(),
        (named_count, other_count) if other_count < named_count => format!("for any reason but: {}", words(others)),
        _ => format!("because: {}", words(named.to_vec())),
    }
}

/// An outcome of a case, as the case writes it, in words.
pub fn outcome(written: &str) -> String {
    let reason = written.split_once(':').and_then(|(_, code)| Reason::from_code(code.trim()));
    match (written, reason) {
        (_, Some(reason)) => format!("unknown ({})", reason.words()),
        (written, None) if written == Outcome::NotMet.code() => "not met".to_owned(),
        (written, None) if written == Outcome::NotApplicable.code() => "not applicable".to_owned(),
        (written, None) => written.to_owned(),
    }
}

/// What an indicator means.
pub fn indicator(indicator: Indicator) -> &'static str {
    match indicator {
        Indicator::Critical => "the label says do not, and the record proves the finding",
        Indicator::Warning => "a required check is missing, or the record contradicts a step",
        Indicator::Info => "context, with nothing to act on at once",
    }
}

#[cfg(test)]
mod tests {
    use super::{amount, band, joined, outcome, reasons};
    use domain::quantity::Band;
    use domain::truth::Reason;
    use rust_decimal::Decimal;

    #[test]
    fn bands_in_words() {
        let at = |number: i64, closed: bool| Some((Decimal::from(number), closed));
        let shown = |low, high| band(&Band::new(low, high), &|value| amount(value, "/µL"));
        assert_eq!(shown(None, at(2000, false)), "below 2,000/µL");
        assert_eq!(shown(at(500, true), at(1000, true)), "from 500/µL to 1,000/µL");
        assert_eq!(shown(at(1, false), at(3, true)), "above 1/µL to 3/µL");
        assert_eq!(shown(at(1, false), at(3, false)), "above 1/µL and below 3/µL");
        assert_eq!(shown(None, at(37, true)), "at most 37/µL");
    }

    #[test]
    fn lists_and_reasons() {
        assert_eq!(joined(&["a".into(), "b".into(), "c".into()], "or"), "a, b or c");
        assert_eq!(reasons(&[]), "for any reason");
        assert_eq!(reasons(&[Reason::Stale, Reason::Absent]), "because: last result too old or none on record");
        assert_eq!(reasons(&Reason::ALL[1..]), "for any reason but: could not be retrieved");
        assert_eq!(outcome("unknown: stale"), "unknown (last result too old)");
        assert_eq!(outcome("not-met"), "not met");
    }
}
