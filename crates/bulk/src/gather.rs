//! The second pass: what belongs to the patients, and the Medications that it refers to. Where it is more than the bound,
//! the patients with the greatest ids are left for another pass.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use document::Document;
use fhir::resource::Resource;
use hashbrown::HashMap;
use parallel::in_order;

use super::Reading;
use super::block::{Piece, blocks, lines};
use super::file::ExportFile;
use super::medicine::{links, parts, patient_id};

use super::raw::{self, Raw};
use super::reject::{Reject, not_json, outside};
use super::survey::{Survey, Wanted, text_of};

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

/// What one piece holds.
#[derive(Default)]
struct Found {
    kept: Vec<(u32, Box<str>)>,
    /// How much that is.
    bytes: usize,
    links: BTreeSet<String>,
    unreadable: Vec<u32>,
    rejects: Vec<Reject>,
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

/// The Medications with these ids, and those that they are made of.
fn medications(
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

/// What lets the lines of the patients through.
struct Sieve<'s> {
    asked: &'s HashMap<&'s [u8], u32>,
    from: u32,
    /// The first patient who is left for another pass.
    limit: &'s AtomicU32,
    reading: &'s Reading<'s>,
    raw: &'s Raw,
    wanted: Wanted,
    /// Whether this is the first pass of its kind, which reports what cannot be read.
    first: bool,
}

impl Sieve<'_> {
    fn piece(&self, files: &[ExportFile], survey: &Survey, at: usize, buffer: &mut Vec<u8>) -> Found {
        let mut found = Found::default();
        let place = survey.pieces.get(at).and_then(|piece| Some((piece, files.get(piece.file)?)));
        let Some((piece, file)) = place else { return found };
        let mut number = survey.first_lines.get(at).copied().unwrap_or_default();
        // The first pass reported what cannot be read.
        let _ = blocks(file, piece, buffer, |block| {
            for line in lines(block) {
                self.line(line.trim_ascii(), &mut found, || format!("{}:{number}", file.path.display()));
                number += 1;
            }
            (self.reading.progress)(block.len() as u64);
            if found.bytes > self.reading.memory {
                self.leave(&mut found);
            }
        });
        found
    }

    /// Drops the patients with the greatest ids of a piece that alone holds more than the bound: a packed file is one
    /// piece, however large.
    fn leave(&self, found: &mut Found) {
        let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
        for (at, line) in &found.kept {
            *sizes.entry(*at).or_default() += line.len() + OVERHEAD;
        }
        let mut bytes = 0;
        let beyond = sizes.into_iter().find(|(_, size)| {
            bytes += size;
            bytes > self.reading.memory / 2
        });
        let limit = beyond.map_or(u32::MAX, |(at, _)| at.max(self.from.saturating_add(1)));
        self.limit.fetch_min(limit, Ordering::Relaxed);
        found.kept.retain(|(at, _)| *at < limit);
        found.bytes = found.kept.iter().map(|(_, line)| line.len() + OVERHEAD).sum();
    }

    fn line(&self, line: &[u8], found: &mut Found, source: impl Fn() -> String) {
        let look = self.raw.belongs(line, |id| self.asked.contains_key(id));
        let can_matter = look == raw::Look::Perhaps;
        if line.is_empty() || (!can_matter && !self.reading.thorough) {
            return;
        }
        let text = str::from_utf8(line).unwrap_or_default();
        let document = match Document::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let named = self.raw.named(line).into_iter().filter_map(|id| self.asked.get(id).copied());
                let named: BTreeSet<u32> = named.collect();
                found.unreadable.extend(&named);
                let told = outside(line, self.raw).is_some() || self.wanted.can_concern(line, self.raw);
                if can_matter && !told && self.first {
                    let (source, flaw) = (source(), not_json(&error));
                    found.rejects.push(Reject { source, flaw, line: text_of(line, self.reading) });
                }
                return;
            }
        };
        let Some(resource) = Resource::alone(document.root()) else { return };
        let Some(at) = patient_id(&resource).and_then(|id| self.asked.get(id.as_bytes()).copied()) else { return };
        let is_due = at >= self.from && at < self.limit.load(Ordering::Relaxed);
        if is_due && !is_beside(&resource.kind) {
            found.links.extend(links(&resource.object));
            found.bytes += text.len() + OVERHEAD;
            found.kept.push((at, text.into()));
        }
    }
}

/// What is kept so far.
#[derive(Default)]
struct Store {
    from: usize,
    patients: Vec<Kept>,
    bytes: usize,
}

impl Store {
    /// Adds what a piece holds of the patients below the limit. The new limit: lower when there is more than the bound.
    fn take(&mut self, kept: Vec<(u32, Box<str>)>, unreadable: Vec<u32>, mut limit: u32, bound: usize) -> u32 {
        for (at, line) in kept.into_iter().filter(|(at, _)| *at < limit) {
            self.bytes += line.len() + OVERHEAD;
            self.of(at, |kept| kept.lines.push(line));
        }
        let from = self.from;
        for at in unreadable.into_iter().filter(|at| *at < limit && usize::try_from(*at).is_ok_and(|at| at >= from)) {
            self.of(at, |kept| kept.unreadable += 1);
        }
        if self.bytes > bound {
            limit = self.leave(bound / 2, limit);
        }
        limit
    }

    /// Changes what one patient has.
    fn of(&mut self, at: u32, change: impl FnOnce(&mut Kept)) {
        let place = usize::try_from(at).unwrap_or(usize::MAX).saturating_sub(self.from);
        if self.patients.len() <= place {
            self.patients.resize_with(place + 1, Kept::default);
        }
        if let Some(kept) = self.patients.get_mut(place) {
            change(kept);
        }
    }

    /// Drops the patients beyond so many bytes, but never the first one.
    fn leave(&mut self, bound: usize, limit: u32) -> u32 {
        let mut bytes = 0;
        let sizes = self.patients.iter().map(|kept| kept.lines.iter().map(|line| line.len() + OVERHEAD).sum::<usize>());
        let fit = sizes.take_while(|size| {
            bytes += size;
            bytes <= bound
        });
        let fit = fit.count().max(1);
        if fit >= self.patients.len() {
            return limit;
        }
        self.patients.truncate(fit);
        self.bytes = self.patients.iter().flat_map(|kept| &kept.lines).map(|line| line.len() + OVERHEAD).sum();
        u32::try_from(self.from + fit).unwrap_or(u32::MAX).min(limit)
    }
}
