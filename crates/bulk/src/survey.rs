//! The first pass: whose record is needed. It looks at every line, parses only what can be an order of a medicine or a
//! Medication, and notes where those stand.

/// How one piece is looked at.
mod look;

use std::collections::BTreeSet;
use std::io;

use hashbrown::{HashMap, HashSet};
use parallel::in_order;

use self::look::{Later, Look, Medications, Seen};
use super::Reading;
use super::block::{self, Piece};
use super::file::ExportFile;
use super::raw::Raw;
use super::reject::{Flaw, Reject};

/// Whose record is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wanted {
    /// That of every patient with an order for a drug of the library.
    #[default]
    Ordered,
    /// That of every patient.
    Everyone,
}

impl Wanted {
    /// Whether a line can be a part of what the first pass looks for.
    pub(crate) fn can_concern(self, line: &[u8], raw: &Raw) -> bool {
        raw.is_medicine(line) || (self == Wanted::Everyone && raw.is_patient(line)) || raw.hides(line)
    }
}

/// What the first pass found.
#[derive(Debug, Default)]
pub struct Survey {
    /// The ids of the patients whose record is needed, in order.
    pub patients: Vec<String>,
    /// How many lines the export has.
    pub lines: u64,
    /// Whether files could not be read to their end, so that the records have gaps.
    pub lost: bool,
    /// How many orders are for a Medication that the export does not hold, so that nobody knows what they are for.
    pub unknown_medicines: u64,
    /// Whose record is wanted.
    pub(crate) wanted: Wanted,
    /// The pieces of the files.
    pub(crate) pieces: Vec<Piece>,
    /// By piece: the number of its first line in its file.
    pub(crate) first_lines: Vec<u64>,
    /// The pieces that hold Medications.
    pub(crate) medications: Vec<usize>,
}

/// Reads the export once, and those pieces again that hold orders by reference. `rejected` gets the lines that cannot be
/// read, in the order of files and lines, those that only the second look shows after the others.
///
/// # Errors
///
/// Those of `rejected`.
pub fn survey(
    files: &[ExportFile],
    wanted: Wanted,
    reading: &Reading<'_>,
    rejected: &mut dyn FnMut(Reject) -> io::Result<()>,
) -> io::Result<Survey> {
    let pieces = block::pieces(files, reading.piece);
    let raw = Raw::new();
    let look = Look { wanted, reading, raw: &raw, files, pieces: &pieces };
    let mut notes = Notes { survey: Survey { wanted, ..Survey::default() }, ..Notes::default() };
    in_order(
        pieces.len(),
        reading.threads,
        |at, buffer| look.piece(at, buffer),
        |at, seen| notes.first_look(&look, at, seen, rejected),
    )?;
    close(&mut notes.drugs, &notes.made_of);
    let again = std::mem::take(&mut notes.undecided);
    let (drugs, known) = (std::mem::take(&mut notes.drugs), std::mem::take(&mut notes.known));
    let medications = Medications { drugs: &drugs, known: &known };
    let place = |at: usize| again.get(at).copied().unwrap_or_default();
    in_order(
        again.len(),
        reading.threads,
        |at, buffer| look.orders(place(at), buffer, &medications),
        |at, later| notes.second_look(&look, place(at), later, rejected),
    )?;
    let patients = notes.patients.into_iter().collect();
    Ok(Survey { patients, pieces, ..notes.survey })
}

/// What was noted while reading.
#[derive(Default)]
struct Notes {
    survey: Survey,
    patients: BTreeSet<String>,
    /// The ids of Medications that are a drug of the library.
    drugs: HashSet<String>,
    /// The hashes of the ids of all Medications.
    known: HashSet<u64>,
    /// By Medication: those that are made of it.
    made_of: HashMap<String, Vec<String>>,
    /// The pieces with orders for Medications that stand elsewhere.
    undecided: Vec<usize>,
    /// The file of the last piece, and the number of the line behind it.
    end: (usize, u64),
}

impl Notes {
    fn first_look(
        &mut self,
        look: &Look<'_>,
        at: usize,
        seen: Seen,
        rejected: &mut dyn FnMut(Reject) -> io::Result<()>,
    ) -> io::Result<()> {
        let file = look.pieces.get(at).map_or(usize::MAX, |piece| piece.file);
        let first = if at > 0 && self.end.0 == file { self.end.1 } else { 1 };
        self.end = (file, first + seen.lines);
        self.survey.first_lines.push(first);
        self.survey.lines += seen.lines;
        for (line, flaw, text) in seen.rejects {
            rejected(Reject { source: look.source(at, first + line), flaw, line: text })?;
        }
        if let Some(error) = seen.lost {
            self.survey.lost = true;
            let source = look.source(at, first + seen.lines);
            rejected(Reject { source, flaw: Flaw::Lost(error), line: String::new() })?;
        }
        self.patients.extend(seen.patients);
        self.drugs.extend(seen.drugs);
        self.known.extend(seen.medications);
        seen.parts.into_iter().for_each(|(whole, part)| self.made_of.entry(part).or_default().push(whole));
        self.survey.medications.extend(seen.has_medications.then_some(at));
        self.undecided.extend(seen.undecided.then_some(at));
        Ok(())
    }

    fn second_look(
        &mut self,
        look: &Look<'_>,
        at: usize,
        later: Later,
        rejected: &mut dyn FnMut(Reject) -> io::Result<()>,
    ) -> io::Result<()> {
        self.patients.extend(later.patients);
        self.survey.unknown_medicines += later.unknown_medicines;
        let first = self.survey.first_lines.get(at).copied().unwrap_or_default();
        later.rejects.into_iter().try_for_each(|(line, flaw, text)| {
            rejected(Reject { source: look.source(at, first + line), flaw, line: text })
        })
    }
}

/// Adds what is made of a drug.
fn close(drugs: &mut HashSet<String>, made_of: &HashMap<String, Vec<String>>) {
    let mut waiting: Vec<String> = drugs.iter().cloned().collect();
    while let Some(part) = waiting.pop() {
        for whole in made_of.get(&part).into_iter().flatten() {
            if drugs.insert(whole.clone()) {
                waiting.push(whole.clone());
            }
        }
    }
}
