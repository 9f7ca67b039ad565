//! Lines of resources that come through standard input sorted by patient: the record of one patient is kept at a time,
//! so that a stream of any length takes the memory of its largest record, and of that no more than is allowed.

use std::io;

use bulk::{Batch, Kept, is_beside, patient_id};
use document::Document;
use fhir::resource::Resource;

/// The state of reading lines that are grouped by patient.
#[derive(Default)]
pub struct GroupedLines {
    /// The patient whose lines are coming in.
    open: Option<Open>,
    /// The Medications that stood before the first patient, and those of the open one.
    medications: Batch,
    /// Whether a line before could not be read: it may have been of the patient who comes next.
    odd: bool,
    /// The patient who came last.
    last: Option<String>,
}

struct Open {
    record: PatientRecord,
    bytes: usize,
    /// The ids of the Medications that stood among the lines.
    medications: Vec<String>,
}

/// The record of one patient, all lines of which have been read.
pub struct PatientRecord {
    /// The id of the patient.
    pub id: String,
    /// The lines.
    pub kept: Kept,
    /// How many lines were left out, because the record is larger than allowed.
    pub left_out: u64,
    /// The number of the document that ended it.
    pub last: u64,
}

/// Whether resources of this type are needed to find the orders of a patient.
pub fn is_kept(kind: &str) -> bool {
    matches!(kind, "Patient" | "MedicationRequest" | "MedicationOrder")
}

impl GroupedLines {
    /// Whether any patient came.
    pub fn is_used(&self) -> bool {
        self.last.is_some()
    }

    /// Whether this line begins another patient, so that the record of the one before is whole.
    ///
    /// # Errors
    ///
    /// The patient comes after one with a greater id, or again: then another part of the record may have been judged.
    pub fn begins(&self, resource: &Resource<'_>, source: &str) -> io::Result<bool> {
        let (Some(last), Some(id)) = (&self.last, patient_id(resource)) else { return Ok(false) };
        let is_over = id == *last && self.open.is_none();
        if id < *last || is_over {
            let rule = "the lines must be sorted by the id of their patient, as `sort` does with LC_ALL=C";
            let message = format!("{source}: a line of Patient/{id} comes after those of Patient/{last}: {rule}");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Ok(id != *last)
    }

    /// Takes a line of the open patient or of the next one. Beyond `bound` bytes only the types that name orders are
    /// kept.
    pub fn take(&mut self, resource: &Resource<'_>, document: &Document<'_>, number: u64, bound: usize) {
        let text: Box<str> = document.text().trim().into();
        let Some(id) = patient_id(resource) else {
            self.medication(resource, text);
            return;
        };
        let odd = std::mem::take(&mut self.odd);
        let open = self.open.get_or_insert_with(|| {
            self.last = Some(id.clone());
            let kept = Kept { lines: Vec::new(), unreadable: usize::from(odd) };
            Open { record: PatientRecord { id, kept, left_out: 0, last: 0 }, bytes: 0, medications: Vec::new() }
        });
        open.record.last = number;
        if is_beside(&resource.kind) {
            return;
        }
        if open.bytes + text.len() > bound && !is_kept(&resource.kind) {
            open.record.left_out += 1;
            return;
        }
        open.bytes += text.len();
        open.record.kept.lines.push(text);
    }

    fn medication(&mut self, resource: &Resource<'_>, text: Box<str>) {
        if resource.kind != "Medication" || resource.id.is_none() {
            return;
        }
        let id = resource.last_part().to_owned();
        if let Some(open) = &mut self.open {
            open.medications.push(id.clone());
        }
        self.medications.medications.entry(id).or_default().push(text);
    }

    /// A line that cannot be read may belong to the patient before it or to the one after it.
    pub fn unreadable(&mut self) {
        self.odd = true;
        if let Some(open) = &mut self.open {
            open.record.kept.unreadable += 1;
        }
    }

    /// Ends the record of the open patient and gives it to `judge`; the Medications among its lines are forgotten then.
    pub fn close<T>(&mut self, judge: impl FnOnce(&PatientRecord, &Batch) -> T) -> Option<T> {
        let Open { record, medications, .. } = self.open.take()?;
        let judged = judge(&record, &self.medications);
        for id in medications {
            if let Some(lines) = self.medications.medications.get_mut(&id) {
                lines.pop();
                if lines.is_empty() {
                    self.medications.medications.remove(&id);
                }
            }
        }
        Some(judged)
    }
}
