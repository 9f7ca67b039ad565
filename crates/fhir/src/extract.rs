//! Makes facts of resources: each in its canonical unit, with its clinical time and source, or with the reason why it
//! is unusable.

/// Services, reports, studies and vaccines.
mod events;
/// Medicines.
mod medicines;

use jiff::tz::TimeZone;

use super::calculated;
use super::meaning::Meanings;
use super::medicine::Chart;
use super::observation;
use super::record::Record;
use super::resource::Resource;
use super::resources::Resources;
use domain::fact::{Facts, Source};
use domain::time::{Clock, When};
use domain::truth::Reason;
use knowledge::{Library, is_medication};

/// What facts are extracted from.
#[derive(Debug)]
pub struct Extraction<'r, 'l, 'a> {
    /// The patient's record.
    pub record: &'r Record<'a>,
    /// The resources that came with the orders.
    pub drafts: &'r Resources<'a>,
    /// What concepts mean.
    pub meanings: &'r Meanings<'l, 'a>,
    /// The moment of the decision.
    pub clock: &'r Clock,
    /// Whether the decision is made afterwards, as in a replay: then what was not known yet at its moment is left out.
    pub hindsight: bool,
}

impl<'l, 'a> Extraction<'_, 'l, 'a> {
    /// The facts of the record.
    pub fn facts(&self) -> Facts {
        let record = self.record;
        let mut facts = Facts {
            gaps: record.gaps.clone(),
            causes: record.causes.clone(),
            unordered: record.unordered.clone(),
            odd: record.odd.clone(),
            ..Facts::default()
        };
        facts.birth = self.birth();
        for resource in &self.record.resources {
            match &*resource.kind {
                "Observation" => observation::read(self, resource, &mut facts),
                "DiagnosticReport" => {
                    self.report(resource, &mut facts);
                    self.event(resource, false, &mut facts);
                }
                "Procedure" | "ImagingStudy" => self.event(resource, false, &mut facts),
                "Immunization" => self.immunization(resource, &mut facts),
                "Condition" => self.condition(resource, &mut facts),
                "AllergyIntolerance" => self.allergy(resource, &mut facts),
                kind if is_medication(kind) || kind == "MedicationOrder" => self.medication(resource, &mut facts),
                "ServiceRequest" | "ProcedureRequest" => self.service(resource, &mut facts),
                _ => {}
            }
        }
        for resource in self.drafts {
            self.service(resource, &mut facts);
            self.planned(resource, &mut facts);
        }
        calculated::counts(self.library(), &mut facts);
        facts.sort();
        facts
    }

    /// The library.
    pub fn library(&self) -> &'l Library {
        self.meanings.library
    }

    /// The resources that references of the record can point to.
    pub(super) fn chart(&self) -> Chart<'_, 'l, 'a> {
        Chart { drafts: self.drafts, record: &self.record.resources, meanings: self.meanings }
    }

    /// The time zone of dates without an offset.
    pub fn zone(&self) -> &TimeZone {
        self.clock.zone()
    }

    /// Whether this was not known yet at the moment of a decision that is made afterwards.
    pub fn not_yet_known(&self, when: Option<&When>) -> bool {
        self.hindsight && when.is_some_and(|when| self.clock.is_future(when))
    }

    /// Marks all concepts of this type of resource, because one such resource could not be understood.
    pub fn unreadable(&self, resource: &Resource<'_>, facts: &mut Facts) {
        for concept in self.library().index.concepts_of(&resource.kind) {
            let known = facts.gaps.entry(concept.clone()).or_insert(Reason::Unreadable);
            *known = (*known).min(Reason::Unreadable);
        }
    }

    fn birth(&self) -> Option<Result<(When, Source), Reason>> {
        let patient = self.record.resources.of_kind("Patient").next();
        let Some(patient) = patient else { return Some(Err(self.record.patient_gap.unwrap_or(Reason::Absent))) };
        let Some(text) = patient.object.string("birthDate") else {
            let odd = patient.object.get("birthDate").is_some();
            return Some(Err(if odd { Reason::Unreadable } else { Reason::Absent }));
        };
        let Some(when) = When::parse(&text, self.zone()) else { return Some(Err(Reason::Unreadable)) };
        let source = Source::new(patient.reference(), format!("born {text}"), Some(when.clone()));
        Some(Ok((when, source)))
    }

    /// Cites a resource.
    pub(super) fn source(&self, resource: &Resource<'_>, received: String, effective: Option<When>) -> Source {
        Source::new(resource.reference(), bounded(received), effective)
    }
}

/// The most characters of a record that a fact keeps, because a sender's text has no limit of its own.
const LONGEST: usize = 400;

/// Words of the record, cut at that length.
pub(crate) fn bounded(words: String) -> String {
    if words.len() <= LONGEST {
        return words;
    }
    let end = words.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST).last().unwrap_or_default();
    format!("{}…", words.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests;
