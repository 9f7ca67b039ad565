//! What a criterion names: concepts of a certain kind, indications, routes and the plan of its drug, each of which must be
//! there.

use std::sync::Arc;

use super::Id;
use crate::concepts::ConceptKind;
use crate::table::Table;
use domain::fact::ConceptId;

/// A kind of concept that a criterion may name: its word in messages, and how it is recognised.
pub(super) type Wanted = (&'static str, fn(&ConceptKind) -> bool);
pub(super) const MEASUREMENT: Wanted = ("measurement", |kind| matches!(kind, ConceptKind::Measurement(_)));
pub(super) const TEST: Wanted = ("test", |kind| matches!(kind, ConceptKind::Test(_)));
pub(super) const CONDITION: Wanted = ("condition", |kind| matches!(kind, ConceptKind::Condition));
pub(super) const MEDICATION: Wanted = ("medication", |kind| matches!(kind, ConceptKind::Medication(_)));
pub(super) const ORDER: Wanted = ("service among the orders", |kind| matches!(kind, ConceptKind::Order));
/// Whose doses are compared in one medicine.
pub(super) const COMPARED: Wanted =
    ("medication with `equivalents`", |kind| matches!(kind, ConceptKind::Medication(m) if !m.equivalents.is_empty()));
pub(super) const POSITIVE_OR_PRESENT: Wanted =
    ("test or condition", |kind| matches!(kind, ConceptKind::Test(_) | ConceptKind::Condition));
pub(super) const ALLERGY: Wanted = ("allergy", |kind| matches!(kind, ConceptKind::Allergy(..)));
pub(super) const ANY_CONCEPT: Wanted = ("concept", |_| true);

impl Table<'_, '_, '_> {
    pub(super) fn concept(&mut self, key: &'static str, wanted: Wanted) -> ConceptId {
        let id = self.required(key);
        id.map_or_else(|| Arc::from(""), |id| self.known_concept(id, wanted))
    }

    pub(super) fn concept_if_any(&mut self, key: &'static str, wanted: Wanted) -> Option<ConceptId> {
        let id = self.optional(key)?;
        Some(self.known_concept(id, wanted))
    }

    pub(super) fn concepts(&mut self, key: &'static str, wanted: Wanted) -> Vec<ConceptId> {
        let ids: Option<Vec<Id>> = self.required(key);
        if ids.as_ref().is_some_and(Vec::is_empty) {
            self.refuse::<()>(&format!("`{key}` is empty"));
        }
        ids.into_iter().flatten().map(|id| self.known_concept(id, wanted)).collect()
    }

    pub(super) fn known_concept(&mut self, id: Id, (word, is): Wanted) -> ConceptId {
        match self.context.concepts.get(id.get_ref()) {
            None => {
                let of_kind = self.context.concepts.0.iter().filter(|(_, concept)| is(&concept.kind));
                let known: Vec<&str> = of_kind.map(|(id, _)| &**id).collect();
                self.reader.note_unknown(id.span().start, "concept", id.get_ref(), known);
            }
            Some(concept) if !is(&concept.kind) => {
                self.reader.note_at(&id, &format!("concept `{id}` is not a {word}"));
            }
            Some(_) => {}
        }
        Arc::from(id.into_inner())
    }

    pub(super) fn indication(&mut self, id: Id) -> String {
        let mut known = self.context.drug.indications.iter().map(|indication| indication.id.as_str());
        if !known.any(|known| known == id.get_ref()) {
            let known = self.context.drug.indications.iter().map(|indication| indication.id.as_str());
            self.reader.note_unknown(id.span().start, "indication", id.get_ref(), known);
        }
        id.into_inner()
    }

    /// A medicine: a concept, or the drug itself.
    pub(super) fn medicine(&mut self, id: Id) -> ConceptId {
        if *id.get_ref() == *self.context.drug.id {
            return self.context.drug.id.clone();
        }
        self.known_concept(id, MEDICATION)
    }

    /// What the drug's plan says how often to watch.
    pub(super) fn monitored(&mut self, of: Id) -> String {
        let plan = &self.context.drug.monitoring;
        if !plan.iter().any(|row| row.of == *of.get_ref()) {
            let known: Vec<&str> = plan.iter().map(|row| row.of.as_str()).collect();
            self.reader.note_unknown(of.span().start, "monitoring", of.get_ref(), known);
        }
        of.into_inner()
    }

    pub(super) fn route(&mut self, id: Id) -> String {
        if !self.context.drug.routes.iter().any(|route| route.id == *id.get_ref()) {
            let known: Vec<&str> = self.context.drug.routes.iter().map(|route| route.id.as_str()).collect();
            self.reader.note_unknown(id.span().start, "route", id.get_ref(), known);
        }
        id.into_inner()
    }
}
