//! Makes facts of resources: each in its canonical unit, with its clinical time and source, or with the reason why it
//! is unusable.

use std::rc::Rc;

use document::{Node, Object};
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::calculated;
use super::course::{Reading, SupplyDays};
use super::dosage::{self, Dosages};
use super::meaning::{Meaning, Meanings};
use super::medicine::{Chart, is_drug, medicine, taken_product};
use super::observation::{self, Meant};
use super::order::is_order;
use super::record::Record;
use super::resource::Resource;
use super::resources::Resources;
use super::view::{Concept, code_of, date, period};
use domain::fact::{
    ConceptId, Event, Facts, Medication, Ordered, ResultStatus, Shown, Source, Standing, TakenProduct, Test,
};
use domain::time::{Clock, When};
use domain::truth::Reason;
use knowledge::concepts::ConceptKind;
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

    fn medication(&self, resource: &Resource<'a>, facts: &mut Facts) {
        let said = medicine(&resource.object, self.chart());
        if said.said.is_empty() {
            return self.unreadable(resource, facts);
        }
        let concepts = self.medication_concepts(&said);
        if concepts.is_empty() {
            return;
        }
        for concept in concepts {
            let (product, interval_days, pause_days) = self.product_taken(concept, resource, &said);
            let supply = SupplyDays::of(&self.library().courses, interval_days);
            let Some(mut reading) = Reading::of(resource, self.zone(), supply) else { return };
            if self.not_yet_known(reading.first.as_ref()) {
                return;
            }
            if self.not_yet_known(reading.end.as_ref()) {
                reading.without_end();
            }
            facts.medications.push(Medication {
                concept: concept.clone(),
                shown: reading.shown,
                standing: reading.standing,
                is_request: reading.is_request,
                first: reading.first,
                last: reading.last,
                until: reading.until,
                pause_days,
                per_day: self.per_day(concept, &resource.object, &said),
                product,
                source: self.source(resource, said.said.shown(), reading.cited),
            });
        }
    }

    /// How much is taken in a day, where the library compares the medicines of the concept.
    fn per_day(&self, concept: &ConceptId, object: &Object<'a>, said: &Meaning<'_>) -> Option<Decimal> {
        let known = self.library().concepts.get(concept)?;
        let ConceptKind::Medication(medicine) = &known.kind else { return None };
        if medicine.equivalents.is_empty() {
            return None;
        }
        let own = said.said.words.iter().map(|words| words.to_lowercase());
        let listed = said
            .said
            .codings
            .iter()
            .filter_map(|coding| self.library().codes.display(&known.value_set, &coding.system, &coding.code));
        let names: Vec<String> = own.chain(listed.map(str::to_lowercase)).collect();
        let factor = names.iter().find_map(|name| {
            medicine.equivalents.iter().find(|(word, _)| name.contains(word.as_str())).map(|(_, factor)| *factor)
        })?;
        let strength = names.iter().find_map(|name| dosage::strength(name));
        Dosages::of(object).milligrams_per_day(strength)?.checked_mul(factor)
    }

    /// The product of a drug of the library, the days that a dose of the medicine covers, and for how long after its last
    /// day a course is only paused.
    fn product_taken(
        &self,
        concept: &ConceptId,
        resource: &Resource<'a>,
        said: &Meaning<'_>,
    ) -> (Option<TakenProduct>, Option<i64>, i64) {
        let library = self.library();
        let drug = library.drugs.iter().enumerate().find(|(_, drug)| drug.id == *concept);
        let product = drug.and_then(|(place, drug)| taken_product(drug, place, &resource.object, said, self.meanings));
        // A concept of another drug's rules means to them what it meant before it became a drug of the library.
        let known = library.concepts.get(concept);
        let Some((_, drug)) = drug.filter(|_| known.is_none()) else {
            let interval = known.and_then(|concept| concept.interval_days);
            return (product, interval, library.courses.pause_days.max(interval.unwrap_or_default()));
        };
        let route = product.as_ref().and_then(|product| product.route.as_ref());
        let interval = drug.routes.iter().find(|r| Some(&r.id) == route).and_then(|route| route.interval_days);
        let is_dose = resource.kind == "MedicationAdministration";
        let pause = interval.filter(|_| is_dose).map_or(drug.course.continuation_days, |days| days.saturating_mul(2));
        (product, interval, pause)
    }

    fn service(&self, resource: &Resource<'a>, facts: &mut Facts) {
        let object = &resource.object;
        let live = ["draft", "active", "on-hold", "requested", "proposed", ""];
        let status = code_of(object, "status").unwrap_or_default();
        if !matches!(&*resource.kind, "ServiceRequest" | "ProcedureRequest" | "DiagnosticOrder")
            || !live.contains(&status.as_ref())
            || object.get("doNotPerform").and_then(Node::boolean) == Some(true)
        {
            return;
        }
        let code = self.meanings.of(object, "code");
        let authored = date(object, &["authoredOn"], self.zone());
        if self.not_yet_known(authored.as_ref()) {
            return;
        }
        for (id, _) in self.meanings.concepts(&code, |kind| matches!(kind, ConceptKind::Order)) {
            let source = self.source(resource, code.said.shown(), authored.clone());
            facts.ordered.push(Ordered { concept: id.clone(), source });
        }
    }

    /// Reads the coded conclusion of a report as a verdict, when its code is that of a test.
    fn report(&self, resource: &Resource<'a>, facts: &mut Facts) {
        let object = &resource.object;
        let conclusion = self.meanings.of(object, "conclusionCode");
        if conclusion.said.is_empty() {
            return;
        }
        let code = self.meanings.of(object, "code");
        for (id, concept, meant) in observation::results(self.meanings, &code) {
            let ConceptKind::Test(verdicts) = &concept.kind else { continue };
            let when = observation::effective(object, self.zone());
            if self.not_yet_known(when.as_ref()) {
                continue;
            }
            facts.tests.push(Test {
                concept: id.clone(),
                verdict: observation::verdict(self.meanings, verdicts, &conclusion),
                status: match (observation::status(object), meant) {
                    (ResultStatus::Void | ResultStatus::Pending, Meant::Perhaps) => continue,
                    (_, Meant::Perhaps) => ResultStatus::Named,
                    // A conclusion contradicts a status which says that there is none yet.
                    (ResultStatus::Pending, Meant::Surely) => ResultStatus::Unclear,
                    (status, Meant::Surely) => status,
                },
                source: self.source(resource, conclusion.said.shown(), when),
            });
        }
    }

    /// A study that was done or a vaccine that was given; with `planned`, one among the draft orders.
    fn event(&self, resource: &Resource<'a>, planned: bool, facts: &mut Facts) {
        let object = &resource.object;
        let status = code_of(object, "status").unwrap_or_default();
        let done = matches!(
            (&*resource.kind, status.as_ref()),
            ("DiagnosticReport", "final" | "amended" | "corrected" | "appended")
                | ("Procedure", "completed")
                | ("ImagingStudy", "available" | "started")
        );
        if !done && !planned {
            return;
        }
        let code = self.event_code(object);
        let studies = self.meanings.concepts(&code, |kind| matches!(kind, ConceptKind::Study));
        let studies: Vec<_> = studies.map(|(id, concept)| (id, self.meanings.shown(&code.said, concept))).collect();
        // A report or a procedure that names measles is no vaccine; only an order is read by its words.
        let vaccines = if planned || !code.classified.reads_words() { self.vaccines(&code) } else { Vec::new() };
        let vaccines = vaccines.into_iter().map(|(id, concept)| (id, self.vaccine_shown(&code, concept)));
        let events: Vec<(&ConceptId, String)> = studies.into_iter().chain(vaccines).collect();
        if events.is_empty() {
            return;
        }
        let names = ["performedDateTime", "occurrenceDateTime", "date", "started", "authoredOn"];
        let when = observation::effective(object, self.zone())
            .or_else(|| date(object, &names, self.zone()))
            .or_else(|| period(object, "performedPeriod", self.zone()).1);
        if self.not_yet_known(when.as_ref()) {
            return;
        }
        for (id, shown) in events {
            let source = self.source(resource, shown, when.clone());
            facts.events.push(Event { concept: id.clone(), planned, unusable: None, source });
        }
    }

    /// The codes of a study, a procedure or a vaccine, from all elements that may hold them.
    fn event_code(&self, object: &Object<'a>) -> Rc<Meaning<'a>> {
        let mut nodes = ["code", "vaccineCode", "procedureCode", "medicationCodeableConcept"]
            .into_iter()
            .filter_map(|name| object.get(name));
        match (nodes.next(), nodes.next()) {
            (Some(only), None) => self.meanings.read(only),
            (first, second) => {
                let mut code = Concept::default();
                first.into_iter().chain(second).chain(nodes).for_each(|node| code.add(Concept::read(node)));
                Rc::new(self.meanings.of_concept(code))
            }
        }
    }

    /// What else is among the draft orders: another medicine, or a vaccine.
    fn planned(&self, resource: &Resource<'a>, facts: &mut Facts) {
        if resource.kind == "Immunization" {
            return self.event(resource, true, facts);
        }
        let status = resource.object.string("status").unwrap_or_default().to_lowercase();
        // An order that is being ended plans nothing.
        let ends = matches!(status.trim(), "stopped" | "cancelled" | "completed" | "ended");
        if !is_order(resource) || ends {
            return;
        }
        self.event(resource, true, facts);
        let said = medicine(&resource.object, self.chart());
        let written = date(&resource.object, &["authoredOn"], self.zone());
        for concept in self.medication_concepts(&said) {
            let (product, ..) = self.product_taken(concept, resource, &said);
            facts.medications.push(Medication {
                concept: concept.clone(),
                shown: Shown::Planned,
                standing: Standing::Active,
                is_request: true,
                first: None,
                last: None,
                until: None,
                pause_days: 0,
                per_day: self.per_day(concept, &resource.object, &said),
                product,
                source: self.source(resource, said.said.shown(), written.clone()),
            });
        }
    }

    /// The medication concepts to which a medicine belongs, including the drugs of the library, each once: a drug may
    /// be a concept of another drug's rules too.
    pub(super) fn medication_concepts(&self, said: &Meaning<'_>) -> Vec<&'l ConceptId> {
        let mut concepts: Vec<_> = self.meanings.concepts_or_named(said, is_medicine).map(|(id, _)| id).collect();
        let drugs = self.library().drugs.iter().enumerate().filter(|(place, _)| is_drug(*place, said));
        for (_, drug) in drugs {
            if !concepts.contains(&&drug.id) {
                concepts.push(&drug.id);
            }
        }
        concepts
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

fn is_medicine(kind: &ConceptKind) -> bool {
    matches!(kind, ConceptKind::Medication(_))
}

#[cfg(test)]
mod tests;
