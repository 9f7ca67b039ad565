//! A made-up hospital. Each patient has a hidden story: the disease, the course of the orders, what blood and lung really
//! were, and how that reached the record. Two things are made from the story, independently of each other: the record, as
//! a Bulk Data export with the units, spellings, gaps and errors of real ones, and the truth on each order, by which the
//! answers of the service are measured. No rule of the library is used for either.

/// What the patient has for years.
mod besides;
/// Chance that is the same for the same seed.
mod chance;
/// Problems, medicines, allergies and vaccinations as entries of a record.
mod chart;
/// Answers compared with the truth.
pub mod check;
/// What else is so around an order.
mod events;
/// What everybody's record is full of.
mod everyday;
/// Results as laboratories send them.
mod laboratory;
/// An order for tocilizumab, and what becomes of it.
mod order;
/// The files of an export.
mod output;
/// All of one patient.
mod patient;
/// The hidden story of a patient.
mod person;
/// Blood counts and liver values before an order.
mod results;
/// Systemic sclerosis.
mod sclerosis;
/// Tests for tuberculosis and hepatitis B.
mod screening;
/// The lines of one patient.
mod sheet;
/// What is measured on treatment.
mod treatment;
/// What is true of an order.
pub mod truth;
/// The body weight.
mod weight;

pub use self::output::Packing;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use parallel::in_order;

use self::output::{Block, Files, named};
use self::patient::patient;
use self::truth::Truth;

/// The hospital that is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hospital {
    /// How many patients there are.
    pub patients: u64,
    /// Where chance begins: the same number gives the same hospital.
    pub seed: u64,
    /// How many of a hundred patients have orders.
    pub ordered: f64,
    /// How the files are packed.
    pub packing: Packing,
    /// How many threads work; the hospital does not depend on it.
    pub threads: usize,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    /// How many patients there are.
    pub patients: u64,
    /// How many orders.
    pub orders: u64,
    /// How many files.
    pub files: usize,
    /// How many bytes, as the files lie there.
    pub bytes: u64,
    /// How many lines cannot be read, on purpose.
    pub unreadable: u64,
}

/// The folder of the export in the folder that is asked for.
pub const EXPORT: &str = "export";
/// The file with the truth beside it.
pub const TRUTH: &str = "truth.ndjson";

/// How many patients are one piece of work.
const TOGETHER: u64 = 64;

/// Some patients, packed for their files.
struct Piece {
    blocks: Vec<(&'static str, Block)>,
    truths: Vec<Truth>,
    unreadable: u64,
}

/// Writes a hospital: the export into a folder of its own, and the truth beside it.
///
/// # Errors
///
/// The folder is there and not empty, or something cannot be written; the message names it.
pub fn write(hospital: &Hospital, folder: &Path) -> io::Result<Made> {
    let export = folder.join(EXPORT);
    begin(folder, &export)?;
    let path = folder.join(TRUTH);
    let mut truth = BufWriter::new(File::create_new(&path).map_err(|error| named(&path, &error))?);
    let mut files = Files::of(&export, hospital.packing);
    let medications: Vec<u8> = order::medications().iter().flat_map(|(id, body)| medication(id, body)).collect();
    files.add("Medication", &Block::of(medications, hospital.packing)?)?;
    let mut made = Made { patients: hospital.patients, ..Made::default() };
    let pieces = usize::try_from(hospital.patients.div_ceil(TOGETHER)).unwrap_or(usize::MAX);
    in_order(
        pieces,
        hospital.threads,
        |at, _| piece(hospital, at as u64),
        |_, piece| {
            let piece = piece?;
            for (kind, block) in &piece.blocks {
                files.add(kind, block)?;
            }
            for one in &piece.truths {
                let line = serde_json::to_string(one)?;
                writeln!(truth, "{line}").map_err(|error| named(&path, &error))?;
            }
            made.orders += piece.truths.len() as u64;
            made.unreadable += piece.unreadable;
            Ok(())
        },
    )?;
    truth.flush().map_err(|error| named(&path, &error))?;
    made.bytes = files.bytes;
    made.files = files.finish(&format!("{}T00:00:00Z", person::LAST))?;
    Ok(made)
}

/// Makes the folders; what lies there already is left alone.
fn begin(folder: &Path, export: &Path) -> io::Result<()> {
    let is_empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(named(folder, &error)),
    };
    if !is_empty {
        let error = io::Error::new(io::ErrorKind::AlreadyExists, "is not empty; name a new folder");
        return Err(named(folder, &error));
    }
    fs::create_dir_all(export).map_err(|error| named(export, &error))
}

fn piece(hospital: &Hospital, at: u64) -> io::Result<Piece> {
    let mut lines: BTreeMap<&'static str, Vec<u8>> = BTreeMap::new();
    let (mut truths, mut unreadable) = (Vec::new(), 0);
    for number in at * TOGETHER..((at + 1) * TOGETHER).min(hospital.patients) {
        let written = patient(hospital.seed, number, hospital.ordered);
        for (kind, more) in written.lines {
            lines.entry(kind).or_default().extend(more);
        }
        truths.extend(written.truths);
        unreadable += written.unreadable;
    }
    let pack = |(kind, lines)| Block::of(lines, hospital.packing).map(|block| (kind, block));
    Ok(Piece { blocks: lines.into_iter().map(pack).collect::<io::Result<_>>()?, truths, unreadable })
}

fn medication(id: &str, body: &serde_json::Value) -> Vec<u8> {
    let body = body.to_string();
    let members = body.strip_prefix('{').unwrap_or(&body);
    format!("{{\"resourceType\":\"Medication\",\"id\":\"{id}\",{members}\n").into_bytes()
}
