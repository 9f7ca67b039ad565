//! The choice among dated results.
//!
//! Status is looked at before the date, so that a newer result that was entered in error hides nothing. A result that is
//! not final, or that is known by its name only, may warn and never clears. A newer result that cannot be read makes the
//! answer unknown: it is never passed over in favour of an older one that is fine. Results of one moment that disagree
//! decide nothing.

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
    let settled = settled(all);
    let dates: Latest = settled.newest.iter().filter_map(|c| c.source.effective.as_ref()).collect();
    let is_newer = |c: &&Candidate<'_>| c.source.effective.as_ref().is_none_or(|when| !dates.is_after(when));
    let newer: Vec<&Candidate<'_>> =
        ResultStatus::NOT_FINAL.iter().flat_map(|status| newest(all, *status)).filter(is_newer).collect();
    let (outcome, deciding) = with_newer(settled, &newer).unwrap_or_else(|| without_value(all));
    (with_gap(outcome, gap), deciding)
}

/// What the final results say, and which of them decided.
struct Settled<'a> {
    /// `None` when there is no final result.
    outcome: Option<Outcome>,
    /// The newest of them.
    newest: Vec<&'a Candidate<'a>>,
    deciding: Vec<&'a Candidate<'a>>,
}

/// The newest final results decide. Where one of them cannot be read, the newest ones that can are cited beside it; and
/// what these show stays shown.
fn settled<'a>(all: &'a [Candidate<'a>]) -> Settled<'a> {
    let newest = newest(all, ResultStatus::Final);
    if newest.is_empty() {
        return Settled { outcome: None, newest, deciding: Vec::new() };
    }
    let outcome = together(&newest);
    if !is_unread(outcome) {
        return Settled { outcome: Some(outcome), deciding: sorted(newest.clone()), newest };
    }
    let is_read = |c: &&Candidate<'_>| c.status == ResultStatus::Final && !is_unread(c.outcome);
    let read = newest_of(all.iter().filter(is_read).collect());
    let shown = together(&read) == Outcome::Met;
    let (first, then) = if shown { (&read, &newest) } else { (&newest, &read) };
    let deciding = beside(sorted(first.clone()), then);
    Settled { outcome: Some(if shown { Outcome::Met } else { outcome }), newest, deciding }
}

/// What newer results that are not final add; `None` when there is neither a final result nor one of these.
fn with_newer<'a>(settled: Settled<'a>, newer: &[&'a Candidate<'a>]) -> Option<(Outcome, Vec<&'a Candidate<'a>>)> {
    let of = |wanted: &dyn Fn(&Candidate<'_>) -> bool| -> Vec<&'a Candidate<'a>> {
        newer.iter().filter(|c| wanted(c)).copied().collect()
    };
    let first = |reason, found: Vec<&'a Candidate<'a>>| {
        Some((Outcome::Unknown(reason), beside(sorted(found), &settled.deciding)))
    };
    let shows = of(&|c| c.status != ResultStatus::Pending && c.outcome == Outcome::Met);
    // A result that is known by its name only may be another test, so that it has to be readable to count.
    let unread = of(&|c| match c.status {
        ResultStatus::Unclear => true,
        ResultStatus::Preliminary => is_unread(c.outcome) && c.outcome != Outcome::Unknown(Reason::Absent),
        _ => false,
    });
    // A result that is still to come is dated; a request without a date may be of any age.
    let pending = of(&|c| {
        let awaited = c.status == ResultStatus::Preliminary && c.outcome == Outcome::Unknown(Reason::Absent);
        (c.status == ResultStatus::Pending || awaited) && c.source.effective.is_some()
    });
    let values = of(&|c| c.status != ResultStatus::Pending);
    match settled.outcome {
        Some(Outcome::Met) => Some((Outcome::Met, settled.deciding)),
        _ if !shows.is_empty() => first(Reason::NotFinal, shows),
        Some(Outcome::NotMet) if !unread.is_empty() => first(Reason::NewerUnreadable, unread),
        Some(Outcome::NotMet) if !pending.is_empty() => first(Reason::Pending, pending),
        Some(Outcome::Unknown(Reason::Stale)) if !values.is_empty() => first(not_final(&values), values),
        Some(outcome) => Some((outcome, settled.deciding)),
        None if !values.is_empty() => first(not_final(&values), values),
        // Nothing final stands behind it, so that nothing is known yet.
        None if !pending.is_empty() => first(Reason::Status, pending),
        None => None,
    }
}

/// Why results that are not final and show nothing do not count.
fn not_final(found: &[&Candidate<'_>]) -> Reason {
    let named = found.iter().all(|c| c.status == ResultStatus::Named);
    if named { Reason::Code } else { Reason::Status }
}

/// Where nothing but results that were called off is on record.
fn without_value<'a>(all: &'a [Candidate<'a>]) -> (Outcome, Vec<&'a Candidate<'a>>) {
    let void = sorted(newest(all, ResultStatus::Void));
    let empty = void.iter().all(|c| c.outcome == Outcome::Unknown(Reason::Absent));
    (Outcome::Unknown(if empty { Reason::Absent } else { Reason::Status }), void)
}

/// Whether the outcome says that a result is there and that its value cannot be read, or says nothing.
fn is_unread(outcome: Outcome) -> bool {
    use Reason::{Absent, Implausible, Indeterminate, Unit, Unreadable, Withheld};
    matches!(outcome, Outcome::Unknown(Unreadable | Withheld | Implausible | Unit | Indeterminate | Absent))
}

/// What shows the finding comes first, then what cannot be read.
fn sorted<'a>(mut found: Vec<&'a Candidate<'a>>) -> Vec<&'a Candidate<'a>> {
    let rank = |c: &Candidate<'_>| match c.outcome {
        Outcome::Met => 0,
        Outcome::Unknown(_) => 1,
        Outcome::NotMet | Outcome::NotApplicable => 2,
    };
    found.sort_by(|a, b| (rank(a), &a.source.reference).cmp(&(rank(b), &b.source.reference)));
    found
}

/// The first ones, and those of the others that are not among them.
fn beside<'a>(mut first: Vec<&'a Candidate<'a>>, others: &[&'a Candidate<'a>]) -> Vec<&'a Candidate<'a>> {
    for other in others {
        if !first.iter().any(|c| std::ptr::eq(*c, *other)) {
            first.push(other);
        }
    }
    first
}

/// A missing part of the record could hold a newer answer: then it is not known that there is none, or that it is old.
fn with_gap(outcome: Outcome, gap: Option<Reason>) -> Outcome {
    use Reason::{Absent, Code, Pending, Stale, Status};
    match (outcome, gap) {
        (Outcome::Unknown(Absent | Stale | Status | Code | Pending), Some(gap)) => Outcome::Unknown(gap),
        (outcome, _) => outcome,
    }
}

/// The results of this status that no other of the same status is surely newer than. An undated one is never surely
/// older.
fn newest<'a>(all: &'a [Candidate<'a>], status: ResultStatus) -> Vec<&'a Candidate<'a>> {
    newest_of(all.iter().filter(|c| c.status == status).collect())
}

fn newest_of<'a>(mut all: Vec<&'a Candidate<'a>>) -> Vec<&'a Candidate<'a>> {
    let latest: Latest = all.iter().filter_map(|c| c.source.effective.as_ref()).collect();
    all.retain(|c| c.source.effective.as_ref().is_none_or(|when| !latest.is_after(when)));
    all
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
    use ResultStatus::{Calculated, Final, Named, Pending, Preliminary, Unclear, Void};
    use jiff::tz::TimeZone;

    /// Rows of: results as (status, date, what it says alone), a gap, and the answer of them together.
    #[test]
    fn truth_table() {
        let stale = Unknown(Reason::Stale);
        let unit = Unknown(Reason::Unit);
        let conflicting = Unknown(Reason::Conflicting);
        let status = Unknown(Reason::Status);
        let lost = Some(Reason::NotRetrieved);
        let (not_final, unreadable) = (Unknown(Reason::NotFinal), Unknown(Reason::NewerUnreadable));
        let absent = Unknown(Reason::Absent);
        for (name, results, gap, expected) in [
            ("none", vec![], None, Unknown(Reason::Absent)),
            ("none, part lost", vec![], lost, Unknown(Reason::NotRetrieved)),
            ("one", vec![(Final, "2026-11-10", NotMet)], lost, NotMet),
            ("newer wins", vec![(Final, "2026-11-10", NotMet), (Final, "2026-11-01", Met)], None, NotMet),
            ("newer error", vec![(Void, "2026-11-20", Met), (Final, "2026-11-01", NotMet)], None, NotMet),
            ("only an error", vec![(Void, "2026-11-20", Met)], None, status),
            ("only an empty one", vec![(Void, "2026-11-20", Unknown(Reason::Absent))], None, Unknown(Reason::Absent)),
            ("preliminary alone", vec![(Preliminary, "2026-11-20", Met)], None, not_final),
            ("preliminary alone, not shown", vec![(Preliminary, "2026-11-20", NotMet)], None, status),
            (
                "preliminary warns",
                vec![(Preliminary, "2026-11-20", Met), (Final, "2026-11-01", NotMet)],
                None,
                not_final,
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
            (
                "newest unreadable, shown before",
                vec![(Final, "2026-11-10", unit), (Final, "2026-11-01", Met)],
                None,
                Met,
            ),
            (
                "newest unreadable, an old one before",
                vec![(Final, "2026-11-10", unit), (Final, "2026-01-01", stale)],
                None,
                unit,
            ),
            ("status unclear", vec![(Unclear, "2026-11-20", NotMet), (Final, "2026-11-01", NotMet)], None, unreadable),
            (
                "status unclear, shows it",
                vec![(Unclear, "2026-11-20", Met), (Final, "2026-11-01", NotMet)],
                None,
                not_final,
            ),
            (
                "status unclear, not read",
                vec![(Unclear, "2026-11-20", unit), (Final, "2026-11-01", NotMet)],
                None,
                unreadable,
            ),
            (
                "status unclear never clears",
                vec![(Unclear, "2026-11-20", NotMet), (Final, "2026-11-01", Met)],
                None,
                Met,
            ),
            ("status unclear, older", vec![(Unclear, "2026-10-20", Met), (Final, "2026-11-01", NotMet)], None, NotMet),
            ("status unclear, alone", vec![(Unclear, "2026-11-20", NotMet)], None, status),
            (
                "preliminary, not read",
                vec![(Preliminary, "2026-11-20", unit), (Final, "2026-11-01", NotMet)],
                None,
                unreadable,
            ),
            (
                "calculated shows it",
                vec![(Calculated, "2026-11-20", Met), (Final, "2026-11-01", NotMet)],
                None,
                not_final,
            ),
            ("named shows it", vec![(Named, "2026-11-20", Met), (Final, "2026-11-01", NotMet)], None, not_final),
            (
                "named, not read: perhaps another test",
                vec![(Named, "2026-11-20", unit), (Final, "2026-11-01", NotMet)],
                None,
                NotMet,
            ),
            ("named alone", vec![(Named, "2026-11-20", NotMet)], None, Unknown(Reason::Code)),
            ("named alone, part lost", vec![(Named, "2026-11-20", NotMet)], lost, Unknown(Reason::NotRetrieved)),
            (
                "still to come",
                vec![(Pending, "2026-11-20", absent), (Final, "2026-11-01", NotMet)],
                None,
                Unknown(Reason::Pending),
            ),
            (
                "preliminary without a value",
                vec![(Preliminary, "2026-11-20", absent), (Final, "2026-11-01", NotMet)],
                None,
                Unknown(Reason::Pending),
            ),
            ("still to come, without a date", vec![(Pending, "", absent), (Final, "2026-11-01", NotMet)], None, NotMet),
            (
                "still to come, shown before",
                vec![(Pending, "2026-11-20", absent), (Final, "2026-11-01", Met)],
                None,
                Met,
            ),
            ("still to come, alone", vec![(Pending, "2026-11-20", absent)], None, Unknown(Reason::Status)),
            (
                "called off, with a value",
                vec![(Void, "2026-11-20", Met), (Pending, "2026-11-20", absent)],
                None,
                Unknown(Reason::Status),
            ),
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
                "one that cannot be read, and the newest that can",
                vec![(Final, "2026-11-01", NotMet), (Final, "2026-11-10", unit), (Final, "2026-10-01", NotMet)],
                vec![1, 0],
            ),
            (
                "what is shown, and a newer one that cannot be read",
                vec![(Final, "2026-11-10", unit), (Final, "2026-11-01", Met)],
                vec![1, 0],
            ),
            (
                "a newer one of unclear status first",
                vec![(Final, "2026-11-01", NotMet), (Unclear, "2026-11-10", NotMet)],
                vec![1, 0],
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
                vec![0, 1],
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
            ("unusable ones alone", vec![(Void, "2026-11-10", NotMet), (Void, "2026-11-01", Met)], vec![0]),
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
