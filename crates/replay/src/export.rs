//! A Bulk Data export: its orders, each judged when it was written on what was known then. Patients are judged side by
//! side and reported in the order of their ids.

use std::collections::BTreeSet;
use std::io;

use bulk::manifest::Manifest;
use bulk::patient::PatientLines;
use bulk::reject::Reject;
use bulk::{Batch, ExportFile, Kept, Reading, Survey, Wanted, gather, survey};
use knowledge::Library;
use parallel::in_order;

use super::bundle::Contents;
use super::codes::not_understood;
use super::deleted::DeletedResources;
use super::output::{Output, PendingResults};
use super::progress::{Progress, Unit};
use super::rejects::Rejects;
use super::{Options, judge};

/// How many patients are one piece of work.
const TOGETHER: usize = 4;

/// An export that is to be replayed.
pub struct Export<'r> {
    /// The knowledge.
    pub library: &'r Library,
    /// How to replay.
    pub options: &'r Options<'r>,
    /// Its files.
    pub files: Vec<ExportFile>,
    /// The manifests of the export.
    pub manifests: Vec<Manifest>,
    /// What was deleted since.
    pub deleted: &'r DeletedResources,
    /// Called with how far the reading is.
    pub progress: Option<&'r Progress>,
}

/// What records lack.
pub struct MissingData<'r> {
    /// Whether parts of them could not be read.
    pub lost: bool,
    /// The types that the export was not asked for.
    pub not_asked: Vec<String>,
    /// What was deleted since.
    pub deleted: &'r DeletedResources,
}

/// Judges the orders of one patient, on all that is kept of the record.
pub fn patient(
    id: &str,
    (kept, batch): (&Kept, &Batch),
    gaps: &MissingData<'_>,
    (library, options): (&Library, &Options<'_>),
    printed: &mut PendingResults,
) -> io::Result<()> {
    let lines = PatientLines::of(kept, batch);
    let mut resources = lines.resources();
    resources.retain(|resource| !gaps.deleted.has(resource));
    let contents = Contents {
        resources,
        odd: kept.unreadable,
        lost: gaps.lost,
        not_asked: &gaps.not_asked,
        ..Contents::default()
    };
    let source = format!("Patient/{id}");
    match judge::patient(library, id, &contents, options.extent.assumed, options) {
        Ok(all) => {
            if !all.is_empty() {
                printed.statistics.not_understood(&not_understood(&contents.resources, library));
            }
            all.iter().try_for_each(|judged| printed.add_result(&source, judged, options))
        }
        Err(error) => printed.refuse(&source, &error, options),
    }
}

/// The types of resources that rules need and that the export was not asked for.
pub fn not_asked(library: &Library, manifests: &[Manifest]) -> Vec<String> {
    let needed: Vec<&str> = library.services.queries.iter().map(|query| query.resource.as_str()).collect();
    let not_asked: BTreeSet<&str> = manifests.iter().flat_map(|manifest| manifest.not_asked(&needed)).collect();
    not_asked.into_iter().map(str::to_owned).collect()
}

impl Export<'_> {
    /// Judges its orders and writes what was found.
    ///
    /// # Errors
    ///
    /// The results cannot be written. An unreadable line is not an error.
    pub fn replay(mut self, output: &mut Output<'_>, rejects: &mut Rejects<'_>) -> io::Result<()> {
        let Options { extent, .. } = self.options;
        self.files.retain(|file| !self.manifests.iter().any(|manifest| manifest.is_beside(file)));
        let told = |bytes: u64| self.progress.into_iter().for_each(|progress| progress.add(bytes));
        let reading = Reading {
            library: self.library,
            threads: extent.threads,
            piece: extent.piece,
            memory: extent.memory,
            thorough: extent.thorough,
            keep_rejects: rejects.keeps(),
            progress: &told,
        };
        let mut gaps = self.gaps(output)?;
        self.begin("finding patients", Unit::Bytes, self.bytes());
        let wanted = if extent.assumed.is_some() { Wanted::Everyone } else { Wanted::Ordered };
        let found = survey(&self.files, wanted, &reading, &mut |reject| self.reject(&reject, rejects, output))?;
        gaps.lost |= found.lost;
        self.report(&found, output)?;
        let mut from = match &mut output.checkpoint {
            Some(checkpoint) => {
                let known = checkpoint.patient(&self.described())?;
                known.map_or(0, |last| found.patients.partition_point(|id| id.as_str() <= last))
            }
            None => 0,
        };
        let mut first = true;
        while from < found.patients.len() || (first && !found.patients.is_empty()) {
            self.begin("gathering records", Unit::Bytes, self.bytes());
            let reject = &mut |reject| self.reject(&reject, rejects, output);
            let batch = gather(&self.files, &found, (from, first), &reading, reject)?;
            self.judge(&found.patients, &batch, &gaps, output)?;
            (from, first) = (batch.range.end, false);
        }
        self.clear();
        Ok(())
    }

    fn reject(&self, reject: &Reject, rejects: &mut Rejects<'_>, output: &mut Output<'_>) -> io::Result<()> {
        self.clear();
        rejects.take(reject, output.err)
    }

    /// Tells what the first pass found wrong with the export as a whole.
    fn report(&self, found: &Survey, output: &mut Output<'_>) -> io::Result<()> {
        self.clear();
        if found.lost {
            let what = "Files of the export could not be read to their end";
            writeln!(output.err, "{what}: what they may have held counts as not retrieved.")?;
        }
        if found.unknown_medicines > 0 {
            let what = format!("Orders for Medications that the export does not hold: {}.", found.unknown_medicines);
            writeln!(output.err, "{what} Whether they are for a drug of the library is not known.")?;
        }
        if self.options.extent.assumed.is_some() && found.patients.is_empty() {
            writeln!(output.err, "The export holds no Patient, so that there is nobody to assume the order for.")?;
        }
        Ok(())
    }

    /// Takes the line of the progress away, before something else is written there.
    fn clear(&self) {
        self.progress.into_iter().for_each(Progress::end);
    }

    fn judge(&self, ids: &[String], batch: &Batch, gaps: &MissingData<'_>, output: &mut Output<'_>) -> io::Result<()> {
        let ids = ids.get(batch.range.clone()).unwrap_or_default();
        self.begin("judging orders", Unit::Patients, Some(ids.len() as u64));
        let groups = ids.len().div_ceil(TOGETHER);
        let of = |at: usize| at * TOGETHER..((at + 1) * TOGETHER).min(ids.len());
        let compared = output.comparison.is_some();
        let work = |at: usize, _: &mut Vec<u8>| {
            let mut printed = PendingResults::new(compared);
            let written = of(at).try_for_each(|place| match ids.get(place) {
                Some(id) => self.patient(id, place, batch, gaps, &mut printed),
                None => Ok(()),
            });
            written.map(|()| printed)
        };
        in_order(groups, self.options.extent.threads, work, |at, printed| {
            output.write(&printed?)?;
            self.progress.into_iter().for_each(|progress| progress.add(of(at).len() as u64));
            if let (Some(checkpoint), Some(last)) = (&mut output.checkpoint, of(at).last().and_then(|at| ids.get(at))) {
                checkpoint.judged(last);
            }
            output.keep(false)
        })
    }

    fn patient(
        &self,
        id: &str,
        place: usize,
        batch: &Batch,
        gaps: &MissingData<'_>,
        printed: &mut PendingResults,
    ) -> io::Result<()> {
        let Some(kept) = batch.patients.get(place) else { return Ok(()) };
        patient(id, (kept, batch), gaps, (self.library, self.options), printed)
    }

    /// What the manifests say is missing, reported once.
    fn gaps(&self, output: &mut Output<'_>) -> io::Result<MissingData<'_>> {
        let not_asked = not_asked(self.library, &self.manifests);
        let mut gaps = MissingData { lost: false, not_asked, deleted: self.deleted };
        let deleted = self.deleted.count();
        if deleted > 0 {
            writeln!(output.err, "Left out, because the export lists them as deleted: {deleted} resources.")?;
        }
        // Each page but the last of a chain names the next.
        let going_on = self.manifests.iter().filter(|manifest| manifest.goes_on()).count();
        if going_on > 0 && going_on >= self.manifests.len() {
            gaps.lost = true;
            let words = "The manifest says that another page of it follows, which is not here";
            writeln!(output.err, "{words}: what its files hold counts as not retrieved.")?;
        }
        for manifest in &self.manifests {
            let missing = manifest.missing(&self.files);
            if !missing.is_empty() {
                gaps.lost = true;
                let names = missing.join(", ");
                let words = "files that the manifest lists are not here, so that their part of the records counts as not retrieved";
                writeln!(output.err, "{words}: {names}")?;
            }
            if manifest.errors() > 0 {
                writeln!(output.err, "The server lists {} files with errors of its own.", manifest.errors())?;
            }
        }
        if !gaps.not_asked.is_empty() {
            let types = gaps.not_asked.join(", ");
            writeln!(
                output.err,
                "The export was not asked for types that the rules need; they count as not retrieved: {types}"
            )?;
        }
        Ok(gaps)
    }

    fn begin(&self, what: &'static str, unit: Unit, all: Option<u64>) {
        self.progress.into_iter().for_each(|progress| progress.begin(what, unit, all));
    }

    /// How many bytes there are to read, where no file is packed.
    fn bytes(&self) -> Option<u64> {
        let plain = self.files.iter().all(|file| file.packing == bulk::file::Packing::Plain);
        plain.then(|| self.files.iter().map(|file| file.bytes).sum())
    }

    /// The files in a few words, which differ when any of them changes its place or its size.
    fn described(&self) -> String {
        let files = self.files.iter().map(|file| format!("{} {}", file.path.display(), file.bytes));
        files.collect::<Vec<_>>().join("\n")
    }
}
