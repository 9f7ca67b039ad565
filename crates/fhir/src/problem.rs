//! Problems in the data of a call, for an integrator who reads the log. They never hold patient data.

use std::fmt;

use super::failure::Failure;
use super::pages::Cut;

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The parts of these keys could not be retrieved.
    NotRetrieved(Failure, Vec<String>),
    /// The value of this key answers no query.
    NoAnswer(String, &'static str),
    /// Entries under this key hold no resource.
    OddEntries(String, usize),
    /// Entries of the orders hold no resource.
    OddOrders(usize),
    /// Entries of the Bundle that is replayed hold no resource.
    OddInBundle(usize),
    /// There is an error among the entries under this key.
    ErrorAmongEntries(String),
    /// The value of this key is of another type than was asked for.
    OtherType(String),
    /// Not everything of this key was read.
    ReadInPart(String, Cut),
    /// Resources of another patient were left out.
    OtherPatient(usize),
    /// Entries have no type.
    Untyped(usize),
    /// Values under keys that the sender chose answer no query.
    UnprovenKeys(usize),
    /// So many Medications to which resources refer could not be read from the server.
    NoMedication(Failure, usize),
    /// The Bundle that is replayed says that it does not hold all of the record.
    PartialBundle,
    /// The same problem, in the orders of the call.
    OfOrders(Box<Problem>),
}

impl Problem {
    /// Whether it means that something exists which could not be read.
    pub fn is_unreadable_entry(&self) -> bool {
        matches!(self, Problem::OddEntries(..) | Problem::OddOrders(_) | Problem::OddInBundle(_) | Problem::Untyped(_))
    }

    /// Whether a list of queries shows it already, with its query.
    pub fn is_told_by_query(&self) -> bool {
        matches!(self, Problem::NotRetrieved(..) | Problem::ReadInPart(..))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NotRetrieved(failure, keys) => {
                write!(f, "not retrieved ({}): {}", failure.code(), keys.join(", "))
            }
            Problem::NoAnswer(key, why) => write!(f, "{key}: {why}"),
            Problem::OddEntries(key, entries) => write!(f, "{key}: {entries} entries could not be read"),
            Problem::OddOrders(entries) => write!(f, "{entries} entries could not be read"),
            Problem::OddInBundle(entries) => write!(f, "entries that could not be read: {entries}"),
            Problem::ErrorAmongEntries(key) => write!(f, "{key}: an error stands among the entries"),
            Problem::OtherType(key) => write!(f, "{key}: a resource of another type"),
            Problem::ReadInPart(key, cut) => write!(f, "{key}: read in part: {}", cut.code()),
            Problem::OtherPatient(resources) => write!(f, "{resources} resources of another patient were left out"),
            Problem::Untyped(entries) => write!(f, "{entries} entries could not be read as resources"),
            Problem::UnprovenKeys(keys) => write!(
                f,
                "prefetch keys of the sender's own that answer no query: {keys} (a searchset answers by its self link)"
            ),
            Problem::NoMedication(failure, 1) => write!(f, "a Medication was not retrieved ({})", failure.code()),
            Problem::NoMedication(failure, n) => write!(f, "{n} Medications were not retrieved ({})", failure.code()),
            Problem::PartialBundle => f.write_str("the Bundle says that it does not hold all of the record"),
            Problem::OfOrders(problem) => write!(f, "context.draftOrders: {problem}"),
        }
    }
}
