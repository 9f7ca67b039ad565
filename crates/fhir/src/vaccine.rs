//! Vaccines that were given, by code or else by words. What may be a live vaccine and cannot be read is kept as that.

use super::extract::Extraction;
use super::meaning::Meaning;
use super::resource::Resource;
use super::status::Status;
use super::view::date;
use document::Node;
use domain::fact::{ConceptId, Event, Facts, ResultStatus, Test};
use domain::time::{Age, When};
use domain::truth::Reason;
use knowledge::concepts::{Concept, ConceptKind};

/// How many days back an entry without a known code is still mentioned. No interval after a live vaccine is longer.
const WORTH_A_WORD: i64 = 60;

impl<'l, 'a> Extraction<'_, 'l, 'a> {
    /// The facts of an Immunization.
    pub(super) fn immunization(&self, resource: &Resource<'a>, facts: &mut Facts) {
        let object = &resource.object;
        let status = Status::read(object, "status", &["completed", "not-done", "entered-in-error"]);
        let refused =
            ["wasNotGiven", "notGiven"].into_iter().any(|name| object.get(name).and_then(Node::boolean) == Some(true));
        let when = date(object, &["occurrenceDateTime", "date"], self.zone());
        if refused || status.is_any(&["not-done", "entered-in-error"]) || self.not_yet_known(when.as_ref()) {
            return;
        }
        let unusable = (!status.is_any(&["completed"])).then_some(Reason::Unreadable);
        let code = self.meanings.of(object, "vaccineCode");
        if code.said.is_empty() {
            return self.unreadable_vaccine(resource, when, facts);
        }
        let vaccines = self.vaccines(&code);
        for (id, concept) in &vaccines {
            let source = self.source(resource, self.vaccine_shown(&code, concept), when.clone());
            facts.events.push(Event { concept: (*id).clone(), planned: false, unusable, source });
        }
        let is_tuberculin = self.tuberculin(resource, &code, when.as_ref(), facts);
        let is_recent = when.as_ref().is_none_or(|when| self.clock.age(when, WORTH_A_WORD) != Age::Older);
        if vaccines.is_empty() && !is_tuberculin && !code.classified.is_coded() && is_recent {
            facts.not_understood.push(self.source(resource, code.said.shown(), when));
        }
    }

    /// The vaccines that a code means, or its words where it has no code that says what it is.
    pub(super) fn vaccines(&self, code: &Meaning<'_>) -> Vec<(&'l ConceptId, &'l Concept)> {
        let is_vaccine = |kind: &ConceptKind| matches!(kind, ConceptKind::Vaccine);
        match code.classified.reads_words() {
            true => self.meanings.concepts_or_named(code, is_vaccine).collect(),
            false => self.meanings.concepts(code, is_vaccine).collect(),
        }
    }

    /// The name of a vaccine, which says when it was read from words alone.
    pub(super) fn vaccine_shown(&self, code: &Meaning<'_>, concept: &Concept) -> String {
        match code.classified.reads_words() {
            true => format!("“{}”, not coded", code.said.shown()),
            false => self.meanings.shown(&code.said, concept),
        }
    }

    /// A vaccine of which nothing can be read may be any vaccine.
    fn unreadable_vaccine(&self, resource: &Resource<'a>, when: Option<When>, facts: &mut Facts) {
        let vaccines = self.library().concepts.0.iter().filter(|(_, c)| matches!(c.kind, ConceptKind::Vaccine));
        let source = self.source(resource, "vaccine not readable".to_owned(), when);
        for (id, _) in vaccines {
            let unusable = Some(Reason::Unreadable);
            facts.events.push(Event { concept: id.clone(), planned: false, unusable, source: source.clone() });
        }
    }

    /// Placing a skin test is often recorded as an immunization. Without a result it is no answer.
    fn tuberculin(&self, resource: &Resource<'a>, code: &Meaning<'_>, when: Option<&When>, facts: &mut Facts) -> bool {
        if code.classified.is_unknown() {
            return false;
        }
        let mut found = false;
        for (id, concept) in &self.library().concepts.0 {
            let ConceptKind::Test(verdicts) = &concept.kind else { continue };
            if !verdicts.placed.as_ref().is_some_and(|set| self.meanings.is_in(code, set)) {
                continue;
            }
            found = true;
            facts.tests.push(Test {
                concept: id.clone(),
                verdict: Err(Reason::Absent),
                status: ResultStatus::Void,
                source: self.source(resource, "placed, no reading on record".to_owned(), when.cloned()),
            });
        }
        found
    }
}
