//! Words for what the types say: bands, windows, phases, indications and lists.

use domain::phase::Phase;
use domain::rule::{Applies, Drug, Indicator};
use domain::truth::{Outcome, Reason};
pub use domain::words::{amount, days, joined, number};

/// How many of something: "1 case", "2 cases".
pub fn count(many: usize, one: &str, more: &str) -> String {
    format!("{many} {}", if many == 1 { one } else { more })
}

/// Phases in words: "at a new start or a restart".
pub fn phases(phases: &[Phase]) -> String {
    let starts = Phase::STARTS.iter().all(|start| phases.contains(start));
    let others = phases.iter().filter(|phase| !starts || !Phase::STARTS.contains(phase));
    let words = starts.then_some("at any start").into_iter().chain(others.map(|phase| phase_words(*phase)));
    joined(&words.map(str::to_owned).collect::<Vec<_>>(), "or")
}

fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::NewStart => "at a new start",
        Phase::Prescribed => "when it was ordered before and no dose is on record",
        Phase::Continuation => "on treatment",
        Phase::Resumption => "at a resumption after a pause",
        Phase::Restart => "at a restart",
        Phase::Undetermined => "when the medication history is not fully available (a new start is assumed)",
    }
}

/// The name of an indication.
pub fn indication(drug: &Drug, id: &str) -> String {
    drug.indication_name(id).to_owned()
}

/// The indications of a family: "a; b; c".
pub fn members(drug: &Drug, family: &str) -> String {
    let of = drug.indications.iter().filter(|i| i.family.as_deref() == Some(family));
    of.map(|i| i.name.clone()).collect::<Vec<_>>().join("; ")
}

/// The orders that a rule concerns.
pub fn applies(applies: &Applies, drug: &Drug) -> String {
    let mut said = match &applies.family {
        None => format!("Every order of {}", drug.name),
        Some(family) => {
            format!("Orders of {} for one of these, or possibly so: {}", drug.name, members(drug, family))
        }
    };
    if !applies.only.is_empty() {
        let names: Vec<String> = applies.only.iter().map(|id| indication(drug, id)).collect();
        said.push_str(&format!("; only for {}", joined(&names, "and")));
    }
    if !applies.except.is_empty() {
        let names: Vec<String> = applies.except.iter().map(|id| indication(drug, id)).collect();
        said.push_str(&format!("; except for {}", joined(&names, "and")));
    }
    if !applies.phases.is_empty() {
        said.push_str(&format!("; {}", phases(&applies.phases)));
    }
    if !applies.phases_without_order.is_empty() {
        said.push_str(&format!("; where nothing is ordered also {}", phases(&applies.phases_without_order)));
    }
    said
}

/// The reasons of an unknown finding as a list; where most reasons count, the others are named instead.
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

/// The outcome that a case expects, in words.
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
    use super::{outcome, reasons};
    use domain::truth::Reason;

    #[test]
    fn reasons_and_outcomes() {
        assert_eq!(reasons(&[]), "for any reason");
        assert_eq!(reasons(&[Reason::Stale, Reason::Absent]), "because: last result too old or none on record");
        assert_eq!(reasons(&Reason::ALL[1..]), "for any reason but: could not be retrieved");
        assert_eq!(outcome("unknown: stale"), "unknown (last result too old)");
        assert_eq!(outcome("not-met"), "not met");
    }
}
