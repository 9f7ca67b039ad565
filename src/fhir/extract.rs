//! From resources to facts: each in its canonical unit, with its clinical time and source, or with why it is unusable.

use jiff::tz::TimeZone;

use super::calculated;
use super::course::Course;
use super::json::{Node, Object};
use super::medicine::{Medications, medicine, product};
use super::observation;
use super::order::is_order;
use super::record::Record;
use super::resource::Resource;
use super::view::{Concept, date, period};
use crate::domain::fact::{
    Allergy, Condition, Event, Facts, Medication, Ordered, Presence, Source, Standing, Taking, Test,
};
use crate::domain::time::{Clock, When};
use crate::domain::truth::Reason;
use crate::library::concepts::ConceptKind;
use crate::library::{Library, is_medication};

/// What an extraction looks through.
#[derive(Debug)]
pub struct Extraction<'l, 'r, 'a> {
    /// The library.
    pub library: &'l Library,
    /// The patient's record.
    pub record: &'r Record<'a>,
    /// What came with the orders.
    pub beside: &'r [Resource<'a>],
    /// The moment of the decision.
    pub clock: &'r Clock,
    /// Whether the record is looked at from later: then what was not yet known at the moment is left out.
    pub hindsight: bool,
}

impl<'a> Extraction<'_, '_, 'a> {
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
            match resource.kind.as_str() {
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
        for resource in self.beside {
            self.service(resource, &mut facts);
            self.planned(resource, &mut facts);
        }
        calculated::counts(self.library, &mut facts);
        facts.sort();
        facts
    }

    /// The zone in which dates without offset are read.
    pub fn zone(&self) -> &TimeZone {
        self.clock.zone()
    }

    /// Whether this was not yet known at the moment of a decision that is looked at from later.
    pub fn not_yet_known(&self, when: Option<&When>) -> bool {
        self.hindsight && when.is_some_and(|when| self.clock.is_future(when))
    }

    /// Marks the concepts of this kind of resource: one of them could not be understood.
    pub fn unreadable(&self, resource: &Resource<'_>, facts: &mut Facts) {
        for concept in self.library.concepts_of(&resource.kind) {
            let known = facts.gaps.entry(concept.into()).or_insert(Reason::Unreadable);
            *known = (*known).min(Reason::Unreadable);
        }
    }

    fn birth(&self) -> Option<Result<(When, Source), Reason>> {
        let patient = self.record.of_kind("Patient").next();
        let Some(patient) = patient else { return Some(Err(self.record.patient_gap.unwrap_or(Reason::Absent))) };
        let Some(text) = patient.object.string("birthDate") else {
            let odd = patient.object.get("birthDate").is_some();
            return Some(Err(if odd { Reason::Unreadable } else { Reason::Absent }));
        };
        let Some(when) = When::parse(&text, self.zone()) else { return Some(Err(Reason::Unreadable)) };
        let source = Source {
            reference: patient.reference.clone(),
            received: format!("born {text}"),
            effective: Some(when.clone()),
        };
        Some(Ok((when, source)))
    }

    fn source(&self, resource: &Resource<'_>, received: String, effective: Option<When>) -> Source {
        Source { reference: resource.reference.clone(), received, effective }
    }

    fn condition(&self, resource: &Resource<'_>, facts: &mut Facts) {
        let object = &resource.object;
        if has(object, "verificationStatus", &["entered-in-error"]) || has(object, "status", &["entered-in-error"]) {
            return;
        }
        let code = Concept::of(object, "code");
        if code.is_empty() {
            return self.unreadable(resource, facts);
        }
        let onset = date(object, &["onsetDateTime"], self.zone()).or(period(object, "onsetPeriod", self.zone()).0);
        let recorded = date(object, &["recordedDate", "dateRecorded", "assertedDate"], self.zone());
        if self.not_yet_known(recorded.as_ref().or(onset.as_ref())) {
            return;
        }
        let abated =
            date(object, &["abatementDateTime"], self.zone()).or(period(object, "abatementPeriod", self.zone()).1);
        let ends_later = abated.as_ref().is_some_and(|when| self.clock.is_future(when));
        let over = if has(object, "clinicalStatus", &["inactive", "resolved", "remission"]) {
            !(self.hindsight && ends_later)
        } else {
            // An entry that says it is active is believed over a date of its end beside it.
            let said_active = has(object, "clinicalStatus", &["active", "recurrence", "relapse"]);
            abated.is_some() && !ends_later && !said_active
        };
        let presence = if has(object, "verificationStatus", &["refuted"]) {
            Presence::Denied
        } else if over {
            Presence::Past
        } else {
            Presence::Active
        };
        let sets = code.sets(&self.library.codes);
        for (id, concept) in &self.library.concepts.0 {
            if matches!(concept.kind, ConceptKind::Condition) && sets.contains(concept.value_set.as_str()) {
                // The later of the two: a condition that was recorded again was seen again.
                let seen = match (&onset, &recorded) {
                    (Some(onset), Some(recorded)) if recorded.is_after(onset) => Some(recorded.clone()),
                    (onset, recorded) => onset.clone().or(recorded.clone()),
                };
                let source = self.source(resource, code.shown(), seen);
                facts.conditions.push(Condition {
                    concept: id.clone(),
                    presence,
                    onset: onset.clone(),
                    recorded: recorded.clone(),
                    source,
                });
            }
        }
    }

    fn allergy(&self, resource: &Resource<'_>, facts: &mut Facts) {
        let object = &resource.object;
        if has(object, "verificationStatus", &["entered-in-error"]) || has(object, "status", &["entered-in-error"]) {
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
        let sets = code.sets(&self.library.codes);
        for (id, concept) in &self.library.concepts.0 {
            let ConceptKind::Allergy(names, denied_by) = &concept.kind else { continue };
            let names_it = code.means(&self.library.codes, &concept.value_set, names);
            let denies = denied_by.as_ref().is_some_and(|set| sets.contains(set.as_str()));
            let presence = match (names_it, denies) {
                (true, _) if refuted => Presence::Denied,
                (true, _) if over => Presence::Past,
                (true, _) => Presence::Active,
                (false, true) if !refuted && !over => Presence::Denied,
                _ => continue,
            };
            let source = self.source(resource, code.shown(), when.clone());
            facts.allergies.push(Allergy { concept: id.clone(), presence, source });
        }
    }

    fn medication(&self, resource: &Resource<'a>, facts: &mut Facts) {
        let near = Medications { beside: self.beside, record: self.record };
        let said = medicine(&resource.object, near);
        if said.is_empty() {
            return self.unreadable(resource, facts);
        }
        let taking = Course::of(resource, self.zone());
        if self.not_yet_known(taking.first.as_ref()) || taking.taking == Taking::Nothing {
            return;
        }
        for concept in self.medication_concepts(&said) {
            let ended_later = self.not_yet_known(taking.last.as_ref());
            facts.medications.push(Medication {
                concept: concept.into(),
                taking: if ended_later && taking.taking == Taking::Completed { Taking::Taken } else { taking.taking },
                first_taken: taking.first.clone(),
                last_taken: taking.last.clone().filter(|_| !ended_later).or(taking.first.clone()),
                ongoing: taking.ongoing || ended_later,
                asked_for: matches!(resource.kind.as_str(), "MedicationRequest" | "MedicationOrder"),
                source: self.source(resource, said.shown(), taking.last.clone().or(taking.first.clone())),
            });
        }
    }

    fn service(&self, resource: &Resource<'_>, facts: &mut Facts) {
        let object = &resource.object;
        let live = ["draft", "active", "on-hold", "requested", "proposed", ""];
        let status = object.string("status").unwrap_or_default();
        if !matches!(resource.kind.as_str(), "ServiceRequest" | "ProcedureRequest" | "DiagnosticOrder")
            || !live.contains(&status.as_ref())
            || object.get("doNotPerform").and_then(Node::boolean) == Some(true)
        {
            return;
        }
        let code = Concept::of(object, "code");
        let authored = date(object, &["authoredOn"], self.zone());
        if self.not_yet_known(authored.as_ref()) {
            return;
        }
        let sets = code.sets(&self.library.codes);
        for (id, concept) in &self.library.concepts.0 {
            if matches!(concept.kind, ConceptKind::Order) && sets.contains(concept.value_set.as_str()) {
                let source = self.source(resource, code.shown(), authored.clone());
                facts.ordered.push(Ordered { concept: id.clone(), source });
            }
        }
    }

    /// A report's coded conclusion is a verdict, when its code is that of a test.
    fn report(&self, resource: &Resource<'_>, facts: &mut Facts) {
        let object = &resource.object;
        let conclusion = Concept::of(object, "conclusionCode");
        if conclusion.is_empty() {
            return;
        }
        let sets = Concept::of(object, "code").sets(&self.library.codes);
        for (id, concept) in &self.library.concepts.0 {
            let ConceptKind::Test(verdicts) = &concept.kind else { continue };
            if !sets.contains(concept.value_set.as_str()) {
                continue;
            }
            let when = observation::effective(object, self.zone());
            if self.not_yet_known(when.as_ref()) {
                continue;
            }
            facts.tests.push(Test {
                concept: id.clone(),
                verdict: observation::verdict(self.library, verdicts, &conclusion),
                standing: observation::standing(object),
                source: self.source(resource, conclusion.shown(), when),
            });
        }
    }

    /// A study that was done or a vaccine that was given; with `planned`, one that stands among the drafts.
    fn event(&self, resource: &Resource<'_>, planned: bool, facts: &mut Facts) {
        let object = &resource.object;
        let status = object.string("status").unwrap_or_default();
        let done = matches!(
            (resource.kind.as_str(), status.as_ref()),
            ("DiagnosticReport", "final" | "amended" | "corrected" | "appended")
                | ("Procedure" | "Immunization", "completed")
                | ("ImagingStudy", "available" | "started")
        );
        if !done && !planned {
            return;
        }
        let mut code = Concept::of(object, "code");
        for name in ["vaccineCode", "procedureCode", "medicationCodeableConcept"] {
            code.add(Concept::of(object, name));
        }
        let names = ["performedDateTime", "occurrenceDateTime", "date", "started", "authoredOn"];
        let when = observation::effective(object, self.zone())
            .or_else(|| date(object, &names, self.zone()))
            .or_else(|| period(object, "performedPeriod", self.zone()).1);
        if self.not_yet_known(when.as_ref()) {
            return;
        }
        let sets = code.sets(&self.library.codes);
        for (id, concept) in &self.library.concepts.0 {
            if matches!(concept.kind, ConceptKind::Study | ConceptKind::Vaccine)
                && sets.contains(concept.value_set.as_str())
            {
                let source = self.source(resource, code.shown(), when.clone());
                facts.events.push(Event { concept: id.clone(), planned, source });
            }
        }
    }

    /// What else stands among the drafts: another medicine, or a vaccine.
    fn planned(&self, resource: &Resource<'a>, facts: &mut Facts) {
        if resource.kind == "Immunization" {
            return self.event(resource, true, facts);
        }
        if !is_order(resource) {
            return;
        }
        self.event(resource, true, facts);
        let near = Medications { beside: self.beside, record: self.record };
        let said = medicine(&resource.object, near);
        for concept in self.medication_concepts(&said).into_iter().filter(|id| !self.is_drug(id)) {
            facts.medications.push(Medication {
                concept: concept.into(),
                taking: Taking::Planned,
                first_taken: None,
                last_taken: None,
                ongoing: false,
                asked_for: true,
                source: self.source(resource, said.shown(), date(&resource.object, &["authoredOn"], self.zone())),
            });
        }
    }

    fn is_drug(&self, concept: &str) -> bool {
        self.library.drugs.iter().any(|drug| &*drug.id == concept)
    }

    /// The medication concepts that a medicine belongs to, the drugs of the library among them.
    fn medication_concepts(&self, said: &Concept) -> Vec<&str> {
        let concepts = self.library.concepts.0.iter().filter(|(_, concept)| match &concept.kind {
            ConceptKind::Medication(names) => said.means(&self.library.codes, &concept.value_set, names),
            _ => false,
        });
        let drugs = self.library.drugs.iter().filter(|drug| product(drug, &self.library.codes, said).is_some());
        concepts.map(|(id, _)| &**id).chain(drugs.map(|drug| &*drug.id)).collect()
    }

    /// A skin test that was placed is often stored as an immunization; without a reading it is no answer.
    fn immunization(&self, resource: &Resource<'_>, facts: &mut Facts) {
        let sets = Concept::of(&resource.object, "vaccineCode").sets(&self.library.codes);
        for (id, concept) in &self.library.concepts.0 {
            let ConceptKind::Test(verdicts) = &concept.kind else { continue };
            if !verdicts.placed.as_ref().is_some_and(|set| sets.contains(set.as_str())) {
                continue;
            }
            let when = date(&resource.object, &["occurrenceDateTime", "date"], self.zone());
            if self.not_yet_known(when.as_ref()) {
                continue;
            }
            facts.tests.push(Test {
                concept: id.clone(),
                verdict: Err(Reason::Absent),
                standing: Standing::Unusable,
                source: self.source(resource, "placed, no reading on record".to_owned(), when),
            });
        }
    }
}

/// Whether a status, as a code or as a CodeableConcept, is one of these.
fn has(object: &Object<'_>, name: &str, codes: &[&str]) -> bool {
    let status = Concept::of(object, name);
    status.has_code(codes) || status.words.iter().any(|w| codes.contains(&w.to_lowercase().as_str()))
}
