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
mod tests;
