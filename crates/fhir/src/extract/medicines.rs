//! Medicines: taken, given, dispensed, asked for, and those planned among the draft orders.

use document::Object;
use rust_decimal::Decimal;

use super::Extraction;
use crate::course::{Reading, SupplyDays};
use crate::dosage::{self, Dosages};
use crate::meaning::Meaning;
use crate::medicine::{is_drug, medicine, taken_product};
use crate::order::is_order;
use crate::resource::Resource;
use crate::view::date;
use domain::fact::{ConceptId, Facts, Medication, Shown, Standing, TakenProduct};
use knowledge::concepts::ConceptKind;

impl<'l, 'a> Extraction<'_, 'l, 'a> {
    pub(super) fn medication(&self, resource: &Resource<'a>, facts: &mut Facts) {
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

    /// What else is among the draft orders: another medicine, or a vaccine.
    pub(super) fn planned(&self, resource: &Resource<'a>, facts: &mut Facts) {
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
    pub(crate) fn medication_concepts(&self, said: &Meaning<'_>) -> Vec<&'l ConceptId> {
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

fn is_medicine(kind: &ConceptKind) -> bool {
    matches!(kind, ConceptKind::Medication(_))
}
