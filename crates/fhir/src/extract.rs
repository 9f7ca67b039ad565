//! Makes facts of resources: each in its canonical unit, with its clinical time and source, or with the reason why it
//! is unusable.

use std::rc::Rc;

use document::{Node, Object};
use jiff::tz::TimeZone;

use super::calculated;
use super::course::Course;
use super::meaning::{Meaning, Meanings};
use super::medicine::{Chart, is_drug, medicine};
use super::observation;
use super::order::is_order;
use super::record::Record;
use super::resource::Resource;
use super::resources::Resources;
use super::view::{Concept, date, period};
use domain::fact::{
    Allergy, ConceptId, Condition, Event, Facts, Medication, Ordered, Presence, ResultStatus, Source, Taking, Test,
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
                "Immunization" => {
                    self.immunization(resource, &mut facts);
                    self.event(resource, false, &mut facts);
                }
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
    fn chart(&self) -> Chart<'_, 'l, 'a> {
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

    fn source(&self, resource: &Resource<'_>, received: String, effective: Option<When>) -> Source {
        Source::new(resource.reference(), bounded(received), effective)
    }

    fn condition(&self, resource: &Resource<'a>, facts: &mut Facts) {
        let object = &resource.object;
        let code = self.meanings.of(object, "code");
        let concepts: Vec<_> = self.meanings.concepts(&code, |kind| matches!(kind, ConceptKind::Condition)).collect();
        if (concepts.is_empty() && !code.said.is_empty()) || is_error(object) {
            return;
        }
        if code.said.is_empty() {
            return self.unreadable(resource, facts);
        }
        let onset = date(object, &["onsetDateTime"], self.zone()).or(period(object, "onsetPeriod", self.zone()).0);
        let recorded = date(object, &["recordedDate", "dateRecorded", "assertedDate"], self.zone());
        if self.not_yet_known(recorded.as_ref().or(onset.as_ref())) {
            return;
        }
        let presence = self.presence(object);
        for (id, _) in concepts {
            // The later of both dates, because a condition that was recorded again was seen again.
            let seen = match (&onset, &recorded) {
                (Some(onset), Some(recorded)) if recorded.is_after(onset) => Some(recorded.clone()),
                (onset, recorded) => onset.clone().or(recorded.clone()),
            };
            facts.conditions.push(Condition {
                concept: id.clone(),
                presence,
                onset: onset.clone(),
                recorded: recorded.clone(),
                source: self.source(resource, code.said.shown(), seen),
            });
        }
    }

    /// Whether a condition is there, is over, or is denied.
    fn presence(&self, object: &Object<'a>) -> Presence {
        let abated =
            date(object, &["abatementDateTime"], self.zone()).or(period(object, "abatementPeriod", self.zone()).1);
        let ends_later = abated.as_ref().is_some_and(|when| self.clock.is_future(when));
        let status = Concept::of(object, "clinicalStatus");
        let is_over = if is_any(&status, &["inactive", "resolved", "remission"]) {
            !(self.hindsight && ends_later)
        } else {
            // A status of active counts more than an end date in the same entry.
            let is_active = is_any(&status, &["active", "recurrence", "relapse"]);
            abated.is_some() && !ends_later && !is_active
        };
        if has(object, "verificationStatus", &["refuted"]) {
            Presence::Denied
        } else if is_over {
            Presence::Past
        } else {
            Presence::Active
        }
    }

    fn allergy(&self, resource: &Resource<'a>, facts: &mut Facts) {
        let object = &resource.object;
        if is_error(object) {
            return;
        }
        let mut code = Concept::of(object, "code");
        code.add(Concept::of(object, "substance"));
        for reaction in object.objects("reaction") {
            code.add(Concept::of(&reaction, "substance"));
        }
        if code.is_empty() {
            return self.unreadable(resource, facts);
        }
        let when = date(object, &["recordedDate", "assertedDate", "onsetDateTime"], self.zone());
        if self.not_yet_known(when.as_ref()) {
            return;
        }
        let refuted = has(object, "verificationStatus", &["refuted"]) || has(object, "status", &["refuted"]);
        let over = has(object, "clinicalStatus", &["inactive", "resolved"])
            || has(object, "status", &["inactive", "resolved"]);
        let code = self.meanings.of_concept(code);
        let named: Vec<&ConceptId> = {
            let allergies = self.meanings.concepts_or_named(&code, |kind| matches!(kind, ConceptKind::Allergy(..)));
            allergies.map(|(id, _)| id).collect()
        };
        for (id, concept) in &self.library().concepts.0 {
            let ConceptKind::Allergy(_, denied_by) = &concept.kind else { continue };
            let denies = denied_by.as_ref().is_some_and(|set| self.meanings.is_in(&code, set));
            let presence = match (named.contains(&id), denies) {
                (true, _) if refuted => Presence::Denied,
                (true, _) if over => Presence::Past,
                (true, _) => Presence::Active,
                (false, true) if !refuted && !over => Presence::Denied,
                _ => continue,
            };
            let source = self.source(resource, code.said.shown(), when.clone());
            facts.allergies.push(Allergy { concept: id.clone(), presence, source });
        }
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
        let taking = Course::of(resource, self.zone());
        if self.not_yet_known(taking.first.as_ref()) || taking.taking == Taking::Nothing {
            return;
        }
        for concept in concepts {
            let ended_later = self.not_yet_known(taking.last.as_ref());
            facts.medications.push(Medication {
                concept: concept.clone(),
                taking: if ended_later && taking.taking == Taking::Completed { Taking::Taken } else { taking.taking },
                first_taken: taking.first.clone(),
                last_taken: taking.last.clone().filter(|_| !ended_later).or(taking.first.clone()),
                ongoing: taking.ongoing || ended_later,
                asked_for: matches!(&*resource.kind, "MedicationRequest" | "MedicationOrder"),
                source: self.source(resource, said.said.shown(), taking.last.clone().or(taking.first.clone())),
            });
        }
    }

    fn service(&self, resource: &Resource<'a>, facts: &mut Facts) {
        let object = &resource.object;
        let live = ["draft", "active", "on-hold", "requested", "proposed", ""];
        let status = object.string("status").unwrap_or_default();
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
        for (id, concept) in self.meanings.concepts(&code, |kind| matches!(kind, ConceptKind::Test(_))) {
            let ConceptKind::Test(verdicts) = &concept.kind else { continue };
            let when = observation::effective(object, self.zone());
            if self.not_yet_known(when.as_ref()) {
                continue;
            }
            facts.tests.push(Test {
                concept: id.clone(),
                verdict: observation::verdict(self.meanings, verdicts, &conclusion),
                status: observation::status(object),
                source: self.source(resource, conclusion.said.shown(), when),
            });
        }
    }

    /// A study that was done or a vaccine that was given; with `planned`, one among the draft orders.
    fn event(&self, resource: &Resource<'a>, planned: bool, facts: &mut Facts) {
        let object = &resource.object;
        let status = object.string("status").unwrap_or_default();
        let done = matches!(
            (&*resource.kind, status.as_ref()),
            ("DiagnosticReport", "final" | "amended" | "corrected" | "appended")
                | ("Procedure" | "Immunization", "completed")
                | ("ImagingStudy", "available" | "started")
        );
        if !done && !planned {
            return;
        }
        let code = self.event_code(object);
        let is_event = |kind: &ConceptKind| matches!(kind, ConceptKind::Study | ConceptKind::Vaccine);
        let concepts: Vec<&ConceptId> = self.meanings.concepts(&code, is_event).map(|(id, _)| id).collect();
        if concepts.is_empty() {
            return;
        }
        let names = ["performedDateTime", "occurrenceDateTime", "date", "started", "authoredOn"];
        let when = observation::effective(object, self.zone())
            .or_else(|| date(object, &names, self.zone()))
            .or_else(|| period(object, "performedPeriod", self.zone()).1);
        if self.not_yet_known(when.as_ref()) {
            return;
        }
        for id in concepts {
            let source = self.source(resource, code.said.shown(), when.clone());
            facts.events.push(Event { concept: id.clone(), planned, source });
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
        if !is_order(resource) {
            return;
        }
        self.event(resource, true, facts);
        let said = medicine(&resource.object, self.chart());
        for (concept, _) in self.meanings.concepts_or_named(&said, is_medicine) {
            facts.medications.push(Medication {
                concept: concept.clone(),
                taking: Taking::Planned,
                first_taken: None,
                last_taken: None,
                ongoing: false,
                asked_for: true,
                source: self.source(resource, said.said.shown(), date(&resource.object, &["authoredOn"], self.zone())),
            });
        }
    }

    /// The medication concepts to which a medicine belongs, including the drugs of the library, each once: a drug may
    /// be a concept of another drug's rules too.
    fn medication_concepts(&self, said: &Meaning<'_>) -> Vec<&'l ConceptId> {
        let mut concepts: Vec<_> = self.meanings.concepts_or_named(said, is_medicine).map(|(id, _)| id).collect();
        let drugs = self.library().drugs.iter().enumerate().filter(|(place, _)| is_drug(*place, said));
        for (_, drug) in drugs {
            if !concepts.contains(&&drug.id) {
                concepts.push(&drug.id);
            }
        }
        concepts
    }

    /// Placing a skin test is often recorded as an immunization. Without a result it is no answer.
    fn immunization(&self, resource: &Resource<'a>, facts: &mut Facts) {
        let code = self.meanings.of(&resource.object, "vaccineCode");
        if code.classified.is_unknown() {
            return;
        }
        for (id, concept) in &self.library().concepts.0 {
            let ConceptKind::Test(verdicts) = &concept.kind else { continue };
            if !verdicts.placed.as_ref().is_some_and(|set| self.meanings.is_in(&code, set)) {
                continue;
            }
            let when = date(&resource.object, &["occurrenceDateTime", "date"], self.zone());
            if self.not_yet_known(when.as_ref()) {
                continue;
            }
            facts.tests.push(Test {
                concept: id.clone(),
                verdict: Err(Reason::Absent),
                status: ResultStatus::Unusable,
                source: self.source(resource, "placed, no reading on record".to_owned(), when),
            });
        }
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

/// Whether a record was entered in error.
fn is_error(object: &Object<'_>) -> bool {
    has(object, "verificationStatus", &["entered-in-error"]) || has(object, "status", &["entered-in-error"])
}

/// Whether a status, as a code or as a CodeableConcept, is one of these.
fn has(object: &Object<'_>, name: &str, codes: &[&str]) -> bool {
    is_any(&Concept::of(object, name), codes)
}

/// Whether a status is one of these, by code or in words.
fn is_any(status: &Concept<'_>, codes: &[&str]) -> bool {
    status.has_code(codes) || status.words.iter().any(|w| codes.contains(&w.to_lowercase().as_str()))
}
