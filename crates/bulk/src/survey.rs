//! The first pass: whose record is needed. It looks at every line, parses only what can be an order of a medicine or a
//! Medication, and notes where those stand.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use document::Document;
use fhir::resource::Resource;
use hashbrown::{HashMap, HashSet};
use parallel::in_order;

use super::Reading;
use super::block::{self, Piece, blocks, lines};
use super::file::ExportFile;
use super::medicine::{Made, Ordered, made, ordered, patient_id};

use super::raw::Raw;
use super::reject::{Flaw, Reject, not_json, outside};

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

/// What one piece holds.
#[derive(Default)]
struct Seen {
    lines: u64,
    patients: BTreeSet<String>,
    /// The ids of Medications that are a drug of the library.
    drugs: Vec<String>,
    /// Medications with what they are made of.
    parts: Vec<(String, String)>,
    /// The hashes of the ids of all Medications.
    medications: Vec<u64>,
    has_medications: bool,
    /// Whether orders are for Medications that stand elsewhere.
    undecided: bool,
    rejects: Vec<(u64, Flaw, String)>,
    lost: Option<String>,
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

/// How one piece is looked at.
struct Look<'l> {
    wanted: Wanted,
    reading: &'l Reading<'l>,
    raw: &'l Raw,
    files: &'l [ExportFile],
    pieces: &'l [Piece],
}

impl Look<'_> {
    /// A piece and its file.
    fn place(&self, at: usize) -> Option<(&Piece, &ExportFile)> {
        self.pieces.get(at).and_then(|piece| Some((piece, self.files.get(piece.file)?)))
    }

    /// Where a line of a piece stands.
    fn source(&self, at: usize, line: u64) -> String {
        let name = self.place(at).map(|(_, file)| file.path.display().to_string());
        format!("{}:{line}", name.unwrap_or_default())
    }

    fn piece(&self, at: usize, buffer: &mut Vec<u8>) -> Seen {
        let mut seen = Seen::default();
        let Some((piece, file)) = self.place(at) else { return seen };
        let read = blocks(file, piece, buffer, |block| {
            for line in lines(block) {
                self.line(line.trim_ascii(), &mut seen);
                seen.lines += 1;
            }
            (self.reading.progress)(block.len() as u64);
        });
        seen.lost = read.err().map(|error| error.to_string());
        seen
    }

    fn line(&self, line: &[u8], seen: &mut Seen) {
        if line.is_empty() {
            return;
        }
        let mut reject = |flaw: Flaw| seen.rejects.push((seen.lines, flaw, text_of(line, self.reading)));
        if let Some(flaw) = outside(line, self.raw) {
            return reject(flaw);
        }
        let can_matter = self.wanted.can_concern(line, self.raw);
        if !can_matter && !self.reading.thorough {
            return;
        }
        let read = Document::parse(str::from_utf8(line).unwrap_or_default());
        let document = match read {
            Ok(document) => document,
            Err(error) if can_matter => return reject(not_json(&error)),
            Err(_) => return,
        };
        let Some(resource) = Resource::alone(document.root()) else {
            return if can_matter {
                reject(Flaw::NoType)
            };
        };
        match self.wanted {
            Wanted::Everyone if resource.kind == "Patient" => seen.patients.extend(patient_id(&resource)),
            _ => {}
        }
        match &*resource.kind {
            "Bundle" if can_matter => reject(Flaw::Bundle),
            "Medication" => {
                seen.has_medications = true;
                if self.wanted == Wanted::Ordered {
                    self.medication(&resource, seen);
                }
            }
            _ if self.wanted == Wanted::Ordered => self.order(&resource, line, seen),
            _ => {}
        }
    }

    fn medication(&self, resource: &Resource<'_>, seen: &mut Seen) {
        if resource.id.is_none() {
            return;
        }
        let id = resource.last_part();
        seen.medications.push(hash(id));
        match made(resource.object, self.reading.library) {
            Made::Drug => seen.drugs.push(id.to_owned()),
            Made::Of(parts) => seen.parts.extend(parts.into_iter().map(|part| (id.to_owned(), part))),
        }
    }

    fn order(&self, resource: &Resource<'_>, line: &[u8], seen: &mut Seen) {
        match ordered(resource, self.reading.library) {
            Ordered::Drug => match patient_id(resource) {
                Some(id) => seen.patients.extend([id]),
                None => seen.rejects.push((seen.lines, Flaw::NoPatient, text_of(line, self.reading))),
            },
            Ordered::Elsewhere(links) => seen.undecided |= !links.is_empty(),
            Ordered::Nothing => {}
        }
    }

    /// The orders that are for Medications which stand elsewhere.
    fn orders(&self, at: usize, buffer: &mut Vec<u8>, medications: &Medications<'_>) -> Later {
        let mut later = Later::default();
        let Some((piece, file)) = self.place(at) else { return later };
        let mut number = 0;
        // The first pass reported what cannot be read.
        let _ = blocks(file, piece, buffer, |block| {
            for line in lines(block) {
                self.later(line.trim_ascii(), number, medications, &mut later);
                number += 1;
            }
        });
        later
    }

    fn later(&self, line: &[u8], number: u64, medications: &Medications<'_>, later: &mut Later) {
        if !self.wanted.can_concern(line, self.raw) {
            return;
        }
        let Ok(document) = Document::parse(str::from_utf8(line).unwrap_or_default()) else { return };
        let Some(resource) = Resource::alone(document.root()) else { return };
        let Ordered::Elsewhere(links) = ordered(&resource, self.reading.library) else { return };
        if links.iter().any(|link| medications.drugs.contains(link)) {
            match patient_id(&resource) {
                Some(id) => later.patients.extend([id]),
                None => later.rejects.push((number, Flaw::NoPatient, text_of(line, self.reading))),
            }
        } else if links.iter().any(|link| !medications.known.contains(&hash(link))) {
            later.unknown_medicines += 1;
        }
    }
}

/// The Medications of the export.
struct Medications<'m> {
    /// The ids of those that are a drug of the library.
    drugs: &'m HashSet<String>,
    /// The hashes of the ids of all.
    known: &'m HashSet<u64>,
}

/// What is decided on orders by reference, once all Medications are known.
#[derive(Default)]
struct Later {
    patients: BTreeSet<String>,
    rejects: Vec<(u64, Flaw, String)>,
    unknown_medicines: u64,
}

/// A number for an id, the same in every thread.
fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// The text of a line that cannot be read, as far as it is text and somebody keeps it.
pub(crate) fn text_of(line: &[u8], reading: &Reading<'_>) -> String {
    if reading.keep_rejects { String::from_utf8_lossy(line).into_owned() } else { String::new() }
}
