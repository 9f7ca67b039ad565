//! The Medications to which the records of a pass refer.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use document::Document;
use fhir::resource::Resource;
use parallel::in_order;

use crate::Reading;
use crate::block::{Piece, blocks, lines};
use crate::file::ExportFile;
use crate::medicine::parts;
use crate::raw::Raw;
use crate::survey::Survey;

/// The Medications with these ids, and those that they are made of.
pub(super) fn medications(
    files: &[ExportFile],
    survey: &Survey,
    reading: &Reading<'_>,
    mut wanted: BTreeSet<String>,
) -> io::Result<BTreeMap<String, Vec<Box<str>>>> {
    let raw = Raw::new();
    let mut known: BTreeMap<String, Vec<Box<str>>> = BTreeMap::new();
    while !wanted.is_empty() && !survey.medications.is_empty() {
        let mut next = BTreeSet::new();
        let find = |at: usize, buffer: &mut Vec<u8>| {
            let place = survey.medications.get(at).and_then(|at| survey.pieces.get(*at));
            place.map(|piece| medications_of(files, piece, &raw, &wanted, buffer)).unwrap_or_default()
        };
        in_order(survey.medications.len(), reading.threads, find, |_, found| {
            for (id, text, parts) in found {
                next.extend(parts);
                known.entry(id).or_default().push(text);
            }
            Ok(())
        })?;
        next.retain(|id| !wanted.contains(id) && !known.contains_key(id));
        wanted = next;
    }
    Ok(known)
}

/// The Medications of a piece that are wanted: id, text, and the ids of what it is made of.
fn medications_of(
    files: &[ExportFile],
    piece: &Piece,
    raw: &Raw,
    wanted: &BTreeSet<String>,
    buffer: &mut Vec<u8>,
) -> Vec<(String, Box<str>, Vec<String>)> {
    let mut found = Vec::new();
    let Some(file) = files.get(piece.file) else { return found };
    // The first pass reported what cannot be read.
    let _ = blocks(file, piece, buffer, |block| {
        let can_be = |line: &&[u8]| raw.is_medicine(line) || raw.hides(line);
        for line in lines(block).map(<[u8]>::trim_ascii).filter(can_be) {
            let text = str::from_utf8(line).unwrap_or_default();
            let Ok(document) = Document::parse(text) else { continue };
            let Some(resource) = Resource::alone(document.root()) else { continue };
            if resource.kind == "Medication" && resource.id.is_some() && wanted.contains(resource.last_part()) {
                found.push((resource.last_part().to_owned(), text.into(), parts(&resource.object)));
            }
        }
    });
    found
}
