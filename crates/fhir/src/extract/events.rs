//! Services among the orders, reports with a conclusion, and studies and vaccines that were done.

use std::rc::Rc;

use document::{Node, Object};

use super::Extraction;
use crate::meaning::Meaning;
use crate::observation::{self, Meant};
use crate::resource::Resource;
use crate::view::{Concept, code_of, date, period};
use domain::fact::{ConceptId, Event, Facts, Ordered, ResultStatus, Test};
use knowledge::concepts::ConceptKind;

impl<'a> Extraction<'_, '_, 'a> {
    pub(super) fn service(&self, resource: &Resource<'a>, facts: &mut Facts) {
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
    pub(super) fn report(&self, resource: &Resource<'a>, facts: &mut Facts) {
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
    pub(super) fn event(&self, resource: &Resource<'a>, planned: bool, facts: &mut Facts) {
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
}
