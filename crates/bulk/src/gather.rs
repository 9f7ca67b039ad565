//! The second pass: what belongs to the patients, and the Medications that it refers to. Where it is more than the bound,
//! the patients with the greatest ids are left for another pass.

/// The Medications of a pass.
mod medications;
/// What lets the lines of the patients through.
mod sieve;
/// What is kept so far.
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use hashbrown::HashMap;
use parallel::in_order;

use self::medications::medications;
use self::sieve::{Found, Sieve};
use self::store::Store;
use super::Reading;
use super::file::ExportFile;
use super::raw::Raw;
use super::reject::Reject;
use super::survey::Survey;

/// The records of some of the patients.
#[derive(Debug, Default)]
pub struct Batch {
    /// The places of these patients in the list of the survey.
    pub range: Range<usize>,
    /// What each has.
    pub patients: Vec<Kept>,
    /// The Medications to which they refer, by id.
    pub medications: BTreeMap<String, Vec<Box<str>>>,
}

/// What one patient has.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The lines, in the order of the files.
    pub lines: Vec<Box<str>>,
    /// How many lines name the patient and cannot be read.
    pub unreadable: usize,
}

/// The memory that a line takes besides its bytes.
const OVERHEAD: usize = 48;

/// Types of resources that no rule reads, however often they name the patient: bills, traces, and documents, which are
/// large.
const BESIDE: [&str; 13] = [
    "Account",
    "AuditEvent",
    "Binary",
    "Claim",
    "ClaimResponse",
    "Coverage",
    "CoverageEligibilityResponse",
    "DocumentReference",
    "ExplanationOfBenefit",
    "Invoice",
    "Media",
    "OperationOutcome",
    "Provenance",
];

/// Whether no rule reads resources of this type.
pub fn is_beside(kind: &str) -> bool {
    BESIDE.contains(&kind)
}

/// Gathers the records of the patients from a place in the survey's list on, at least of one and of as many as the bound
/// allows. `rejected` gets the lines that name a patient of the survey and cannot be read, but not those that the survey
/// reported; it gets them the first time only.
///
/// # Errors
///
/// Those of `rejected`.
pub fn gather(
    files: &[ExportFile],
    survey: &Survey,
    (from, first): (usize, bool),
    reading: &Reading<'_>,
    rejected: &mut dyn FnMut(Reject) -> io::Result<()>,
) -> io::Result<Batch> {
    let asked: HashMap<&[u8], u32> =
        survey.patients.iter().zip(0..).map(|(id, at): (&String, u32)| (id.as_bytes(), at)).collect();
    let limit = AtomicU32::new(u32::try_from(survey.patients.len()).unwrap_or(u32::MAX));
    let raw = Raw::new();
    let sieve = Sieve {
        asked: &asked,
        from: u32::try_from(from).unwrap_or(u32::MAX),
        limit: &limit,
        reading,
        raw: &raw,
        wanted: survey.wanted,
        first,
    };
    let (mut store, mut wanted) = (Store { from, ..Store::default() }, BTreeSet::new());
    let sift = |at: usize, buffer: &mut Vec<u8>| sieve.piece(files, survey, at, buffer);
    in_order(survey.pieces.len(), reading.threads, sift, |_, found: Found| {
        found.rejects.into_iter().try_for_each(&mut *rejected)?;
        wanted.extend(found.links);
        let until = store.take(found.kept, found.unreadable, limit.load(Ordering::Relaxed), reading.memory);
        // A piece that is read at this moment may have lowered it further.
        limit.fetch_min(until, Ordering::Relaxed);
        Ok(())
    })?;
    let range = from..usize::try_from(limit.into_inner()).unwrap_or(usize::MAX);
    store.patients.resize_with(range.len(), Kept::default);
    let medications = medications(files, survey, reading, wanted)?;
    Ok(Batch { range, patients: store.patients, medications })
}
