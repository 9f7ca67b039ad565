//! The choice among dated results.
//!
//! Status is looked at before the date, so that a newer result that was entered in error hides nothing. A preliminary
//! result may warn and never clears. Results of one moment that disagree decide nothing.

use crate::fact::{ResultStatus, Source};
use crate::time::Latest;
use crate::truth::{Outcome, Reason};

/// A result, with what this choice needs of it.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// Whether the result may be relied on, by its status.
    pub status: ResultStatus,
    /// The record that says it, with its date.
    pub source: &'a Source,
    /// What it says when taken alone, with its age taken into account.
    pub outcome: Outcome,
}

/// What the results say together, and which of them decided, the decisive first. `gap` says why the record is
/// incomplete, if it is.
pub fn choose<'a>(all: &'a [Candidate<'a>], gap: Option<Reason>) -> (Outcome, Vec<&'a Candidate<'a>>) {
    let newest_final = newest(all, ResultStatus::Final);
    let final_dates: Latest = newest_final.iter().filter_map(|c| c.source.effective.as_ref()).collect();
    let pending: Vec<&Candidate<'_>> = newest(all, ResultStatus::Preliminary)
        .into_iter()
        .filter(|p| p.source.effective.as_ref().is_none_or(|when| !final_dates.is_after(when)))
        .collect();
    let (outcome, mut deciding) = if newest_final.is_empty() && pending.is_empty() {
        let unusable = newest(all, ResultStatus::Unusable);
        let empty = unusable.iter().all(|c| c.outcome == Outcome::Unknown(Reason::Absent));
        let reason = if empty { Reason::Absent } else { Reason::Status };
        (Outcome::Unknown(reason), unusable)
    } else if newest_final.is_empty() {
        (Outcome::Unknown(Reason::Status), pending)
    } else {
        let outcome = together(&newest_final);
        let warns = pending.iter().any(|p| p.outcome == Outcome::Met);
        let fresher = outcome == Outcome::Unknown(Reason::Stale) && !pending.is_empty();
        let mut deciding = newest_final;
        match outcome {
            Outcome::NotMet if warns => {
                deciding.splice(0..0, pending);
                (Outcome::Unknown(Reason::Conflicting), deciding)
            }
            _ if fresher => {
                deciding.splice(0..0, pending);
                (Outcome::Unknown(Reason::Status), deciding)
            }
            outcome => (outcome, deciding),
        }
    };
    deciding.sort_by(|a, b| {
        let rank = |c: &Candidate<'a>| (c.outcome != Outcome::Met, &c.source.reference);
        rank(a).cmp(&rank(b))
    });
    (with_gap(outcome, gap), deciding)
}

/// A missing part of the record could hold a newer answer: then it is not known that there is none, or that it is old.
fn with_gap(outcome: Outcome, gap: Option<Reason>) -> Outcome {
    match (outcome, gap) {
        (Outcome::Unknown(Reason::Absent | Reason::Stale | Reason::Status), Some(gap)) => Outcome::Unknown(gap),
        (outcome, _) => outcome,
    }
}

/// The results of this status that no other of the same status is surely newer than. An undated one is never surely
/// older.
fn newest<'a>(all: &'a [Candidate<'a>], status: ResultStatus) -> Vec<&'a Candidate<'a>> {
    let of = || all.iter().filter(move |c| c.status == status);
    let latest: Latest = of().filter_map(|c| c.source.effective.as_ref()).collect();
    of().filter(|c| c.source.effective.as_ref().is_none_or(|when| !latest.is_after(when))).collect()
}

/// The outcome of results of one moment, which must agree.
fn together(candidates: &[&Candidate<'_>]) -> Outcome {
    let says = |outcome: Outcome| candidates.iter().any(|c| c.outcome == outcome);
    if says(Outcome::Met) && says(Outcome::NotMet) {
        Outcome::Unknown(Reason::Conflicting)
    } else {
        Outcome::any(candidates.iter().map(|c| c.outcome))
    }
}

#[cfg(test)]
mod tests {
    use super::{Candidate, choose};
    use crate::fact::{ResultStatus, Source};
    use crate::time::When;
    use crate::truth::{Outcome, Reason};
    use Outcome::{Met, NotMet, Unknown};
    use ResultStatus::{Final, Preliminary, Unusable};
    use jiff::tz::TimeZone;

    /// Rows of: results as (status, date, what it says alone), a gap, and the answer of them together.
    #[test]
    fn truth_table() {
        let stale = Unknown(Reason::Stale);
        let unit = Unknown(Reason::Unit);
        let conflicting = Unknown(Reason::Conflicting);
        let status = Unknown(Reason::Status);
        let lost = Some(Reason::NotRetrieved);
        for (name, results, gap, expected) in [
            ("none", vec![], None, Unknown(Reason::Absent)),
            ("none, part lost", vec![], lost, Unknown(Reason::NotRetrieved)),
            ("one", vec![(Final, "2026-11-10", NotMet)], lost, NotMet),
            ("newer wins", vec![(Final, "2026-11-10", NotMet), (Final, "2026-11-01", Met)], None, NotMet),
            ("newer error", vec![(Unusable, "2026-11-20", Met), (Final, "2026-11-01", NotMet)], None, NotMet),
            ("only an error", vec![(Unusable, "2026-11-20", Met)], None, status),
            (
                "only an empty one",
                vec![(Unusable, "2026-11-20", Unknown(Reason::Absent))],
                None,
                Unknown(Reason::Absent),
            ),
            ("preliminary alone", vec![(Preliminary, "2026-11-20", Met)], None, status),
            (
                "preliminary warns",
                vec![(Preliminary, "2026-11-20", Met), (Final, "2026-11-01", NotMet)],
                None,
                conflicting,
            ),
            (
                "preliminary never clears",
                vec![(Preliminary, "2026-11-20", NotMet), (Final, "2026-11-01", Met)],
                None,
                Met,
            ),
            ("older preliminary", vec![(Preliminary, "2026-10-20", Met), (Final, "2026-11-01", NotMet)], None, NotMet),
            (
                "fresh preliminary, stale final",
                vec![(Preliminary, "2026-11-20", NotMet), (Final, "2026-01-01", stale)],
                None,
                status,
            ),
            ("stale", vec![(Final, "2026-01-01", stale)], None, stale),
            ("stale, part lost", vec![(Final, "2026-01-01", stale)], lost, Unknown(Reason::NotRetrieved)),
            ("newest unusable", vec![(Final, "2026-11-10", unit), (Final, "2026-11-01", NotMet)], None, unit),
            ("same day disagree", vec![(Final, "2026-11-10", Met), (Final, "2026-11-10", NotMet)], None, conflicting),
            ("same day, one unusable", vec![(Final, "2026-11-10", unit), (Final, "2026-11-10", NotMet)], None, unit),
            ("undated disagrees", vec![(Final, "", Met), (Final, "2026-11-10", NotMet)], None, conflicting),
        ] {
            let sources: Vec<(ResultStatus, Source, Outcome)> = results
                .into_iter()
                .map(|(status, date, outcome)| {
                    let effective = When::parse(date, &TimeZone::UTC);
                    let received = String::new();
                    (status, Source::new(date.to_owned(), received, effective), outcome)
                })
                .collect();
            let candidates: Vec<Candidate<'_>> = sources
                .iter()
                .map(|(status, source, outcome)| Candidate { status: *status, source, outcome: *outcome })
                .collect();
            assert_eq!(choose(&candidates, gap).0, expected, "{name}");
        }
    }

    /// Rows of: results, and the places in the row of those that decide, the decisive first.
    #[test]
    fn the_decisive_results() {
        let unit = Unknown(Reason::Unit);
        let stale = Unknown(Reason::Stale);
        for (name, results, expected) in [
            ("the newest only", vec![(Final, "2026-11-01", Met), (Final, "2026-11-10", NotMet)], vec![1]),
            (
                "those of one day, met first",
                vec![(Final, "2026-11-10", NotMet), (Final, "2026-11-10", Met)],
                vec![1, 0],
            ),
            (
                "without a difference, by reference",
                vec![(Final, "2026-11-10", unit), (Final, "2026-11-10", NotMet)],
                vec![0, 1],
            ),
            ("an undated one besides", vec![(Final, "2026-11-10", NotMet), (Final, "", NotMet)], vec![1, 0]),
            ("a warning first", vec![(Final, "2026-11-01", NotMet), (Preliminary, "2026-11-10", Met)], vec![1, 0]),
            (
                "a preliminary one that does not warn",
                vec![(Final, "2026-11-01", NotMet), (Preliminary, "2026-11-10", NotMet)],
                vec![0],
            ),
            (
                "what is fresher than an old one",
                vec![(Preliminary, "2026-11-10", NotMet), (Final, "2026-01-01", stale)],
                vec![1, 0],
            ),
            (
                "preliminary ones alone",
                vec![(Preliminary, "2026-11-10", NotMet), (Preliminary, "2026-11-01", Met)],
                vec![0],
            ),
            (
                "a preliminary one of unknown date warns",
                vec![(Final, "2026-11-01", NotMet), (Preliminary, "", Met)],
                vec![1, 0],
            ),
            ("unusable ones alone", vec![(Unusable, "2026-11-10", NotMet), (Unusable, "2026-11-01", Met)], vec![0]),
        ] {
            let sources: Vec<Source> = results
                .iter()
                .map(|(_, date, _)| Source::new((*date).to_owned(), String::new(), When::parse(date, &TimeZone::UTC)))
                .collect();
            let candidates: Vec<Candidate<'_>> = results
                .iter()
                .zip(&sources)
                .map(|((status, _, outcome), source)| Candidate { status: *status, source, outcome: *outcome })
                .collect();
            let place = |c: &&Candidate<'_>| sources.iter().position(|source| source.is(c.source)).expect("a source");
            let deciding: Vec<usize> = choose(&candidates, None).1.iter().map(place).collect();
            assert_eq!(deciding, expected, "{name}");
        }
    }
}
