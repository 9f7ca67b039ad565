//! One run under way: each document is judged when it has come, lines of resources when the record of their patient is
//! whole, and the files of an export when all are known.

use std::io;
use std::path::Path;

use bulk::manifest::Manifest;
use bulk::{ExportFile, patient_id};
use cds_hooks::error::CallError;
use document::Document;
use fhir::resource::Resource;
use knowledge::Library;

use super::Options;
use super::deleted::DeletedResources;
use super::export::{self, MissingData};
use super::grouped::{GroupedLines, PatientRecord, is_kept};
use super::input::{Input, InputSink};
use super::judge;
use super::output::Output;
use super::rejects::Rejects;

pub(crate) struct Run<'r> {
    pub(crate) library: &'r Library,
    pub(crate) options: &'r Options<'r>,
    pub(crate) output: Output<'r>,
    pub(crate) rejects: Rejects<'r>,
    pub(crate) documents: u64,
    pub(crate) unreadable: usize,
    pub(crate) files: Vec<ExportFile>,
    pub(crate) manifests: Vec<Manifest>,
    pub(crate) deleted: DeletedResources,
    pub(crate) grouped: GroupedLines,
}

impl<'r> Run<'r> {
    /// A run that has read nothing yet.
    pub(crate) fn new(
        library: &'r Library,
        options: &'r Options<'r>,
        output: Output<'r>,
        rejects: Rejects<'r>,
    ) -> Run<'r> {
        Run {
            library,
            options,
            output,
            rejects,
            documents: 0,
            unreadable: 0,
            files: Vec::new(),
            manifests: Vec::new(),
            deleted: DeletedResources::default(),
            grouped: GroupedLines::default(),
        }
    }

    /// Takes a single resource from a line of standard input. When it begins another patient, the record before it is
    /// complete and is judged.
    fn resource(&mut self, resource: &Resource<'_>, document: &Document<'_>, source: &str) -> io::Result<()> {
        if self.grouped.begins(resource, source)? {
            self.close()?;
        }
        self.grouped.take(resource, document, self.documents, self.options.extent.memory);
        Ok(())
    }

    /// Judges the record of the patient whose lines came in.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        let Run { grouped, library, options, output, manifests, deleted, .. } = self;
        let judged = grouped.close(|whole, batch| {
            let known = output.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.has_document(whole.last));
            if known {
                return Ok(());
            }
            let PatientRecord { id, kept, left_out, last } = whole;
            if *left_out > 0 {
                let what = format!("Patient/{id}: {left_out} lines are beyond the bound of --memory");
                writeln!(output.err, "{what}; what they may have held counts as not retrieved")?;
            }
            let mut printed = output.printed();
            let not_asked = export::not_asked(library, manifests);
            let gaps = MissingData { lost: *left_out > 0, not_asked, deleted };
            export::patient(id, (kept, batch), &gaps, (library, options), &mut printed)?;
            output.write(&printed)?;
            if let Some(checkpoint) = &mut output.checkpoint {
                checkpoint.document(*last);
            }
            output.out.flush()?;
            output.keep(false)
        });
        judged.unwrap_or(Ok(()))
    }
}

impl InputSink for Run<'_> {
    fn document(&mut self, input: Input<'_>) -> io::Result<()> {
        self.documents += 1;
        let Input { source, document, live } = input;
        if document.as_ref().is_ok_and(|document| self.deleted.take(document)) {
            return Ok(());
        }
        if let (Ok(document), true) = (&document, live) {
            let resource = Resource::alone(document.root()).filter(|resource| resource.kind != "Bundle");
            // An order of nobody, and a patient without a name, are refused below.
            if let Some(resource) =
                resource.filter(|resource| patient_id(resource).is_some() || !is_kept(&resource.kind))
            {
                return self.resource(&resource, document, &source);
            }
        }
        if live && document.is_err() {
            self.grouped.unreadable();
        } else {
            self.close()?;
        }
        let known = self.output.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.has_document(self.documents));
        if known {
            return Ok(());
        }
        let mut printed = self.output.printed();
        let judged = document.and_then(|document| match self.options.extent.assumed {
            None => judge::judge(self.library, &document, &source, self.options),
            // Its own orders would be judged, which is not what was asked.
            Some(_) => Err(CallError::plain(400, "invalid", format!("no order can be assumed here: {ASSUMED_FOR}"))),
        });
        match judged {
            Ok(all) => all.iter().try_for_each(|judged| printed.add_result(&source, judged, self.options))?,
            Err(error) => {
                self.unreadable += 1;
                printed.refuse(&source, &error, self.options)?;
            }
        }
        self.output.write(&printed)?;
        if let Some(checkpoint) = &mut self.output.checkpoint {
            checkpoint.document(self.documents);
        }
        if live { self.output.out.flush() } else { self.output.keep(false) }
    }

    fn export(&mut self, file: ExportFile) {
        self.files.push(file);
    }

    fn manifest(&mut self, manifest: Manifest) {
        self.manifests.push(manifest);
    }

    fn passed_over(&mut self, path: &Path, why: &str) -> io::Result<()> {
        writeln!(self.output.err, "{}: passed over: {why}", path.display())
    }
}

/// Of what an order can be assumed, and how a Bundle becomes that.
pub(crate) const ASSUMED_FOR: &str = "it is assumed for the patients of a Bulk Data export, or of resources that come through `-` one \
                           a line, sorted by patient; of a Bundle `jq -c '.entry[].resource'` writes such lines";
