//! The four answers a criterion can give, and why an answer is missing.
//!
//! "Unknown" is a value with a reason, so that it can never be read as yes or no.

use std::fmt;

/// What usable data say about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Usable data show the finding.
    Met,
    /// Usable data show that the finding is absent.
    NotMet,
    /// No usable data decide it.
    Unknown(Reason),
    /// The criterion does not concern this order.
    NotApplicable,
}

/// Why a criterion is unknown, the gravest reason first. Where several apply, the gravest is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The part of the record could not be retrieved: refused, failed, timed out, or no access.
    NotRetrieved,
    /// A resource could not be understood.
    Unreadable,
    /// The record says that a value exists but is not shown to us.
    Withheld,
    /// Usable records contradict each other.
    Conflicting,
    /// The value lies outside the bounds of what is believable.
    Implausible,
    /// No unit, a unit that does not convert, or a unit and a code that disagree.
    Unit,
    /// The limit lies within the values that `<x` or `>x` allows.
    Comparator,
    /// The result brings no upper limit, and the verdict depends on it.
    NoReferenceRange,
    /// A newer result that is not final, or is known by its name only, shows the finding.
    NotFinal,
    /// A result that is newer than the one that could be read cannot be read.
    NewerUnreadable,
    /// Only preliminary, cancelled, pending or otherwise unusable results.
    Status,
    /// Only results that are known by their name, or by the code of a panel.
    Code,
    /// The last final result shows nothing, and a newer one is still to come.
    Pending,
    /// A test without a clear answer.
    Indeterminate,
    /// A partial date, or a limit on which sources differ.
    Boundary,
    /// On record in words alone, or as a diagnosis that is still to be confirmed.
    Unconfirmed,
    /// Older than the window.
    Stale,
    /// The record was retrieved and has none.
    Absent,
}

impl Reason {
    /// Every reason, in the order of gravity.
    pub const ALL: [Reason; 18] = [
        Reason::NotRetrieved,
        Reason::Unreadable,
        Reason::Withheld,
        Reason::Conflicting,
        Reason::Implausible,
        Reason::Unit,
        Reason::Comparator,
        Reason::NoReferenceRange,
        Reason::NotFinal,
        Reason::NewerUnreadable,
        Reason::Status,
        Reason::Code,
        Reason::Pending,
        Reason::Indeterminate,
        Reason::Boundary,
        Reason::Unconfirmed,
        Reason::Stale,
        Reason::Absent,
    ];

    /// The stable code, as it appears in assessments and in the library.
    pub fn code(self) -> &'static str {
        match self {
            Reason::NotRetrieved => "not-retrieved",
            Reason::Unreadable => "unreadable",
            Reason::Withheld => "withheld",
            Reason::Conflicting => "conflicting",
            Reason::Implausible => "implausible",
            Reason::Unit => "unit",
            Reason::Comparator => "comparator",
            Reason::NoReferenceRange => "no-reference-range",
            Reason::NotFinal => "not-final",
            Reason::NewerUnreadable => "newer-unreadable",
            Reason::Status => "status",
            Reason::Code => "code",
            Reason::Pending => "pending",
            Reason::Indeterminate => "indeterminate",
            Reason::Boundary => "boundary",
            Reason::Unconfirmed => "unconfirmed",
            Reason::Stale => "stale",
            Reason::Absent => "absent",
        }
    }

    /// The reason with this code.
    pub fn from_code(code: &str) -> Option<Reason> {
        Reason::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// A few words for a card, at most 40 characters.
    pub fn words(self) -> &'static str {
        match self {
            Reason::NotRetrieved => "could not be retrieved",
            Reason::Unreadable => "record could not be understood",
            Reason::Withheld => "result withheld",
            Reason::Conflicting => "results conflict",
            Reason::Implausible => "value not believable",
            Reason::Unit => "unit missing or not usable",
            Reason::Comparator => "limit lies inside the open value",
            Reason::NoReferenceRange => "no upper limit given",
            Reason::NotFinal => "shown, but not by a final, coded result",
            Reason::NewerUnreadable => "a newer result cannot be read",
            Reason::Status => "result not final",
            Reason::Code => "known by its name or panel only",
            Reason::Pending => "a newer result is pending",
            Reason::Indeterminate => "result indeterminate",
            Reason::Boundary => "date or value at the limit",
            Reason::Unconfirmed => "on record, not confirmed",
            Reason::Stale => "last result too old",
            Reason::Absent => "none on record",
        }
    }
}

impl Outcome {
    /// The stable code of the outcome, without its reason.
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Met => "met",
            Outcome::NotMet => "not-met",
            Outcome::Unknown(_) => "unknown",
            Outcome::NotApplicable => "not-applicable",
        }
    }

    /// Kleene's conjunction: not-met wins, then unknown.
    pub fn all(parts: impl IntoIterator<Item = Outcome>) -> Outcome {
        fold(parts, Outcome::NotMet, Outcome::Met)
    }

    /// Kleene's disjunction: met wins, then unknown.
    pub fn any(parts: impl IntoIterator<Item = Outcome>) -> Outcome {
        fold(parts, Outcome::Met, Outcome::NotMet)
    }
}

/// The outcome is `winner` if any part is; else unknown for the gravest reason of a part; else `otherwise`. Parts that
/// do not apply do not count.
fn fold(parts: impl IntoIterator<Item = Outcome>, winner: Outcome, otherwise: Outcome) -> Outcome {
    let mut unknown: Option<Reason> = None;
    let mut seen = false;
    for part in parts {
        match part {
            Outcome::NotApplicable => continue,
            Outcome::Unknown(reason) => unknown = Some(unknown.map_or(reason, |u| u.min(reason))),
            part if part == winner => return winner,
            _ => {}
        }
        seen = true;
    }
    match (unknown, seen) {
        (Some(reason), _) => Outcome::Unknown(reason),
        (None, true) => otherwise,
        (None, false) => Outcome::NotApplicable,
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Unknown(reason) => write!(f, "unknown: {}", reason.code()),
            other => f.write_str(other.code()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Reason};
    use Outcome::{Met, NotApplicable, NotMet, Unknown};

    #[test]
    fn kleene_truth_tables() {
        let unknown = Unknown(Reason::Absent);
        for (a, b, all, any) in [
            (Met, Met, Met, Met),
            (Met, NotMet, NotMet, Met),
            (Met, unknown, unknown, Met),
            (NotMet, NotMet, NotMet, NotMet),
            (NotMet, unknown, NotMet, unknown),
            (unknown, unknown, unknown, unknown),
            (NotApplicable, Met, Met, Met),
            (NotApplicable, unknown, unknown, unknown),
            (NotApplicable, NotApplicable, NotApplicable, NotApplicable),
        ] {
            for (x, y) in [(a, b), (b, a)] {
                assert_eq!(Outcome::all([x, y]), all, "all of {x}, {y}");
                assert_eq!(Outcome::any([x, y]), any, "any of {x}, {y}");
            }
        }
    }

    #[test]
    fn the_gravest_reason_speaks() {
        let both = [Unknown(Reason::Absent), Unknown(Reason::NotRetrieved)];
        assert_eq!(Outcome::all(both), Unknown(Reason::NotRetrieved));
    }

    #[test]
    fn codes_are_read_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(reason));
            assert!(reason.words().chars().count() <= 40);
        }
    }
}
