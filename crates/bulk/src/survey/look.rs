//! How one piece is looked at: which of its lines can be an order or a Medication, and what they say.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use document::Document;
use fhir::resource::Resource;
use hashbrown::HashSet;

use super::Wanted;
use crate::Reading;
use crate::block::{Piece, blocks, lines};
use crate::file::ExportFile;
use crate::medicine::{Made, Ordered, made, ordered, patient_id};
use crate::raw::Raw;
use crate::reject::{Flaw, not_json, outside, text_of};

/// How one piece is looked at.
pub(super) struct Look<'l> {
    pub wanted: Wanted,
    pub reading: &'l Reading<'l>,
    pub raw: &'l Raw,
    pub files: &'l [ExportFile],
    pub pieces: &'l [Piece],
}

/// What one piece holds.
#[derive(Default)]
pub(super) struct Seen {
    pub lines: u64,
    pub patients: BTreeSet<String>,
    /// The ids of Medications that are a drug of the library.
    pub drugs: Vec<String>,
    /// Medications with what they are made of.
    pub parts: Vec<(String, String)>,
    /// The hashes of the ids of all Medications.
    pub medications: Vec<u64>,
    pub has_medications: bool,
    /// Whether orders are for Medications that stand elsewhere.
    pub undecided: bool,
    pub rejects: Vec<(u64, Flaw, String)>,
    pub lost: Option<String>,
}

/// The Medications of the export.
pub(super) struct Medications<'m> {
    /// The ids of those that are a drug of the library.
    pub drugs: &'m HashSet<String>,
    /// The hashes of the ids of all.
    pub known: &'m HashSet<u64>,
}

/// What is decided on orders by reference, once all Medications are known.
#[derive(Default)]
pub(super) struct Later {
    pub patients: BTreeSet<String>,
    pub rejects: Vec<(u64, Flaw, String)>,
    pub unknown_medicines: u64,
}

impl Look<'_> {
    /// A piece and its file.
    pub fn place(&self, at: usize) -> Option<(&Piece, &ExportFile)> {
        self.pieces.get(at).and_then(|piece| Some((piece, self.files.get(piece.file)?)))
    }

    /// Where a line of a piece stands.
    pub fn source(&self, at: usize, line: u64) -> String {
        let name = self.place(at).map(|(_, file)| file.path.display().to_string());
        format!("{}:{line}", name.unwrap_or_default())
    }

    /// What one piece holds.
    pub fn piece(&self, at: usize, buffer: &mut Vec<u8>) -> Seen {
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
    pub fn orders(&self, at: usize, buffer: &mut Vec<u8>, medications: &Medications<'_>) -> Later {
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

/// A number for an id, the same in every thread.
fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}
