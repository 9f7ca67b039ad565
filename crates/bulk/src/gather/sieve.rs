//! What lets the lines of the patients through, and leaves patients for another pass where one piece holds too much.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};

use document::Document;
use fhir::resource::Resource;
use hashbrown::HashMap;

use super::{OVERHEAD, is_beside};
use crate::Reading;
use crate::block::{blocks, lines};
use crate::file::ExportFile;
use crate::medicine::{links, patient_id};
use crate::raw::{self, Raw};
use crate::reject::{Reject, not_json, outside, text_of};
use crate::survey::{Survey, Wanted};

/// What lets the lines of the patients through.
pub(super) struct Sieve<'s> {
    pub asked: &'s HashMap<&'s [u8], u32>,
    pub from: u32,
    /// The first patient who is left for another pass.
    pub limit: &'s AtomicU32,
    pub reading: &'s Reading<'s>,
    pub raw: &'s Raw,
    pub wanted: Wanted,
    /// Whether this is the first pass of its kind, which reports what cannot be read.
    pub first: bool,
}

/// What one piece holds.
#[derive(Default)]
pub(super) struct Found {
    pub kept: Vec<(u32, Box<str>)>,
    /// How much that is.
    bytes: usize,
    pub links: BTreeSet<String>,
    pub unreadable: Vec<u32>,
    pub rejects: Vec<Reject>,
}

impl Sieve<'_> {
    /// What one piece holds of the patients.
    pub fn piece(&self, files: &[ExportFile], survey: &Survey, at: usize, buffer: &mut Vec<u8>) -> Found {
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
