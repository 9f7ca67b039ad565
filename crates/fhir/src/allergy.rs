//! Allergies and intolerances, and entries that deny them.

use super::extract::Extraction;
use super::resource::Resource;
use super::status::Status;
use super::view::{Concept, date};
use domain::fact::{Allergy, ConceptId, Facts, Presence};
use knowledge::concepts::ConceptKind;

/// Every status of an allergy, clinical and of verification, in all versions of FHIR.
const STATUSES: &[&str] = &[
    "active",
    "inactive",
    "resolved",
    "confirmed",
    "unconfirmed",
    "presumed",
    "provisional",
    "differential",
    "unknown",
    "refuted",
    "entered-in-error",
    "55561003",
    "73425007",
    "413322009",
];

impl<'a> Extraction<'_, '_, 'a> {
    /// The facts of an AllergyIntolerance.
    pub(super) fn allergy(&self, resource: &Resource<'a>, facts: &mut Facts) {
        let object = &resource.object;
        let statuses =
            ["verificationStatus", "clinicalStatus", "status"].map(|name| Status::read(object, name, STATUSES));
        let is_any = |codes: &[&str]| statuses.iter().any(|status| status.is_any(codes));
        if is_any(&["entered-in-error"]) {
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
        let (refuted, over) = (is_any(&["refuted"]), is_any(&["inactive", "resolved", "73425007", "413322009"]));
        let unreadable = statuses.contains(&Status::Unreadable);
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
                (false, true) if !refuted && !over && !unreadable => Presence::Denied,
                _ => continue,
            };
            let source = self.source(resource, self.meanings.shown(&code.said, concept), when.clone());
            let unreadable = unreadable && presence == Presence::Active;
            facts.allergies.push(Allergy { concept: id.clone(), presence, unreadable, source });
        }
    }
}
