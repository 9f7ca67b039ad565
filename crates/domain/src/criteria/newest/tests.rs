//! The choice among dated results, as a truth table.

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
        ("preliminary warns", vec![(Preliminary, "2026-11-20", Met), (Final, "2026-11-01", NotMet)], None, not_final),
        ("preliminary never clears", vec![(Preliminary, "2026-11-20", NotMet), (Final, "2026-11-01", Met)], None, Met),
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
        ("newest unreadable, shown before", vec![(Final, "2026-11-10", unit), (Final, "2026-11-01", Met)], None, Met),
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
        ("status unclear never clears", vec![(Unclear, "2026-11-20", NotMet), (Final, "2026-11-01", Met)], None, Met),
        ("status unclear, older", vec![(Unclear, "2026-10-20", Met), (Final, "2026-11-01", NotMet)], None, NotMet),
        ("status unclear, alone", vec![(Unclear, "2026-11-20", NotMet)], None, status),
        (
            "preliminary, not read",
            vec![(Preliminary, "2026-11-20", unit), (Final, "2026-11-01", NotMet)],
            None,
            unreadable,
        ),
        ("calculated shows it", vec![(Calculated, "2026-11-20", Met), (Final, "2026-11-01", NotMet)], None, not_final),
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
        ("still to come, shown before", vec![(Pending, "2026-11-20", absent), (Final, "2026-11-01", Met)], None, Met),
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
        ("those of one day, met first", vec![(Final, "2026-11-10", NotMet), (Final, "2026-11-10", Met)], vec![1, 0]),
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
