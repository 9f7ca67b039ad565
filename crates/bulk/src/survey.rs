//! The first pass: whose record is needed. It looks at every line, parses only what can be an order of a medicine or a
//! Medication, and notes where those stand.

use std::collections::BTreeSet;
use std::io;

use document::Document;
use fhir::resource::Resource;
use hashbrown::{HashMap, HashSet};

use super::Reading;
use super::block::{self, Piece, blocks, lines};
use super::file::ExportFile;
use super::medicine::{Made, Ordered, links, made, ordered, patient_id};
use super::parallel::in_order;
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
    has_medications: bool,
    /// Whether orders are for Medications that stand elsewhere.
    undecided: bool,
    rejects: Vec<(u64, Flaw, String)>,
    lost: Option<String>,
}

/// Reads the export once. `rejected` gets the lines that cannot be read, in the order of files and lines.
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
    let mut found = Survey { wanted, ..Survey::default() };
    let (mut patients, mut drugs) = (BTreeSet::new(), HashSet::new());
    let (mut made_of, mut undecided) = (HashMap::<String, Vec<String>>::new(), Vec::new());
    let mut place = (usize::MAX, 1);
    let look = |at: usize, buffer: &mut Vec<u8>| Look { wanted, reading, raw: &raw }.piece(files, &pieces, at, buffer);
    in_order(pieces.len(), reading.threads, look, |at, seen| {
        let Some(piece) = pieces.get(at) else { return Ok(()) };
        if place.0 != piece.file {
            place = (piece.file, 1);
        }
        let name = files.get(piece.file).map(|file| file.path.display().to_string()).unwrap_or_default();
        for (line, flaw, text) in seen.rejects {
            rejected(Reject { source: format!("{name}:{}", place.1 + line), flaw, line: text })?;
        }
        if let Some(error) = seen.lost {
            found.lost = true;
            let source = format!("{name}:{}", place.1 + seen.lines);
            rejected(Reject { source, flaw: Flaw::Lost(error), line: String::new() })?;
        }
        found.first_lines.push(place.1);
        place.1 += seen.lines;
        found.lines += seen.lines;
        patients.extend(seen.patients);
        drugs.extend(seen.drugs);
        seen.parts.into_iter().for_each(|(whole, part)| made_of.entry(part).or_default().push(whole));
        found.medications.extend(seen.has_medications.then_some(at));
        undecided.extend(seen.undecided.then_some(at));
        Ok(())
    })?;
    close(&mut drugs, &made_of);
    if !drugs.is_empty() {
        let look = |at: usize, buffer: &mut Vec<u8>| {
            let place = undecided.get(at).copied().unwrap_or_default();
            Look { wanted, reading, raw: &raw }.orders(files, &pieces, place, buffer, &drugs)
        };
        in_order(undecided.len(), reading.threads, look, |_, more: BTreeSet<String>| {
            patients.extend(more);
            Ok(())
        })?;
    }
    found.patients = patients.into_iter().collect();
    found.pieces = pieces;
    Ok(found)
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
}

impl Look<'_> {
    fn piece(&self, files: &[ExportFile], pieces: &[Piece], at: usize, buffer: &mut Vec<u8>) -> Seen {
        let mut seen = Seen::default();
        let place = pieces.get(at).and_then(|piece| Some((piece, files.get(piece.file)?)));
        let Some((piece, file)) = place else { return seen };
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
        let mut reject = |flaw: Flaw| seen.rejects.push((seen.lines, flaw, text_of(line)));
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
            return if can_matter { reject(Flaw::NoType) };
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
        match made(resource.object, self.reading.library) {
            Made::Drug => seen.drugs.push(id.to_owned()),
            Made::Of(parts) => seen.parts.extend(parts.into_iter().map(|part| (id.to_owned(), part))),
        }
    }

    fn order(&self, resource: &Resource<'_>, line: &[u8], seen: &mut Seen) {
        match ordered(resource, self.reading.library) {
            Ordered::Drug => match patient_id(resource) {
                Some(id) => seen.patients.extend([id]),
                None => seen.rejects.push((seen.lines, Flaw::NoPatient, text_of(line))),
            },
            Ordered::Elsewhere(links) => seen.undecided |= !links.is_empty(),
            Ordered::Nothing => {}
        }
    }

    /// The patients with an order for one of these Medications.
    fn orders(
        &self,
        files: &[ExportFile],
        pieces: &[Piece],
        at: usize,
        buffer: &mut Vec<u8>,
        drugs: &HashSet<String>,
    ) -> BTreeSet<String> {
        let mut patients = BTreeSet::new();
        let Some((piece, file)) = pieces.get(at).and_then(|piece| Some((piece, files.get(piece.file)?))) else {
            return patients;
        };
        // What cannot be read was told the first time.
        let _ = blocks(file, piece, buffer, |block| {
            for line in lines(block).map(<[u8]>::trim_ascii).filter(|line| self.wanted.can_concern(line, self.raw)) {
                let Ok(document) = Document::parse(str::from_utf8(line).unwrap_or_default()) else { continue };
                let Some(resource) = Resource::alone(document.root()) else { continue };
                let is_one = matches!(&*resource.kind, "MedicationRequest" | "MedicationOrder")
                    && links(&resource.object).iter().any(|link| drugs.contains(link));
                if is_one {
                    patients.extend(patient_id(&resource));
                }
            }
        });
        patients
    }
}

/// The text of a line, as far as it is one.
pub(crate) fn text_of(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}
