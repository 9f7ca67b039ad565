//! A Bulk Data export as FHIR writes it: one resource a line, those of a patient scattered over files and types. Two
//! passes read it. The first finds the patients with an order for a drug of the library, the second gathers the rest of
//! their records. What cannot matter is passed over before it is parsed, so that the time goes into reading bytes, and
//! memory grows with those patients and not with the export.

/// Files in pieces, and whole lines of them.
mod block;
/// Which files of which form there are.
pub mod file;
/// The second pass: the records of those patients.
mod gather;
/// The description of an export that may lie beside it.
pub mod manifest;
/// Orders and Medications, as far as the passes must understand them.
mod medicine;
/// The value of a member in the bytes of a line.
mod member;
/// What one patient has, in an order that does not depend on the files.
pub mod patient;
/// What the bytes of a line say before it is parsed.
mod raw;
/// Lines that cannot be read.
pub mod reject;
/// The first pass: whose record is needed.
mod survey;

pub use self::file::ExportFile;
pub use self::gather::{Batch, Kept, gather, is_beside};
pub use self::medicine::patient_id;
pub use self::survey::{Survey, Wanted, survey};

use knowledge::Library;

/// How an export is read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// The library whose drugs are looked for.
    pub library: &'a Library,
    /// How many threads work.
    pub threads: usize,
    /// How many bytes of a file that is not packed are one piece of work.
    pub piece: u64,
    /// How many bytes of lines are kept at once; the patients beyond them are left for another pass.
    pub memory: usize,
    /// Whether every line is parsed, also those that cannot matter. The answer is the same.
    pub thorough: bool,
    /// Whether the text of lines that cannot be read is wanted.
    pub keep_rejects: bool,
    /// Called again and again with how many bytes were read.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

impl std::fmt::Debug for Reading<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reading with {} threads, pieces of {} bytes", self.threads, self.piece)
    }
}
