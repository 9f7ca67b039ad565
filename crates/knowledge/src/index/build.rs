//! Makes the index of a library: from system and code to value sets, and all names in one automaton.

use hashbrown::HashMap;

use super::system::{Meaning, System};
use super::words::{Named, Words};
use super::{ConceptIndex, Index, SetId};
use crate::Library;
use crate::codes::bare_uri;
use crate::concepts::{ConceptKind, Medicine};
use domain::fact::ConceptId;

/// The types of resources that facts are made from.
const RESOURCES: [&str; 12] = [
    "Observation",
    "Condition",
    "AllergyIntolerance",
    "ServiceRequest",
    "DiagnosticReport",
    "Procedure",
    "ImagingStudy",
    "Immunization",
    "MedicationRequest",
    "MedicationStatement",
    "MedicationAdministration",
    "MedicationDispense",
];

impl Index {
    /// The index of a library.
    pub(crate) fn of(library: &Library) -> Index {
        let ids = library.codes.sets().enumerate();
        let sets: HashMap<String, SetId> = ids.map(|(at, (id, _))| (id.to_owned(), SetId(short(at)))).collect();
        let mut index = Index { of_set: vec![Vec::new(); sets.len()], sets, ..Index::default() };
        for (at, (id, concept)) in library.concepts.0.iter().enumerate() {
            index.concepts.push(id.clone());
            index.set_of.push(index.set(&concept.value_set));
            if let Some(of_set) = index.set(&concept.value_set).and_then(|set| index.of_set.get_mut(usize::from(set.0)))
            {
                of_set.push(ConceptIndex(short(at)));
            }
        }
        index.add_codes(library);
        index.add_words(library);
        for (id, concept) in &library.concepts.0 {
            if let ConceptKind::Test(verdicts) = &concept.kind
                && let Some(set) = verdicts.panel.as_ref().and_then(|panel| index.set(panel))
            {
                index.panels.push((set, id.clone()));
            }
        }
        for resource in RESOURCES {
            let concepts = library.find_concepts_of(resource).into_iter().map(ConceptId::from).collect();
            index.of_resource.insert(resource, concepts);
        }
        index
    }

    fn add_codes(&mut self, library: &Library) {
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (id, form, read_words) in library.codes.forms() {
            places.insert(id, self.systems.len());
            let (exact, heads) = (HashMap::new(), HashMap::new());
            self.systems.push(System { form, read_words, exact, heads, lengths: Vec::new() });
        }
        let as_written = library.codes.systems().map(|(id, uri, _)| (bare_uri(uri), id));
        for (uri, id) in library.codes.uris().chain(as_written) {
            if let Some(at) = places.get(id) {
                self.uris.insert(uri.to_owned(), *at);
            }
        }
        for (id, set) in library.codes.sets() {
            let Some(set_id) = self.set(id) else { continue };
            for code in &set.codes {
                let place = places.get(code.system.as_str()).and_then(|at| self.systems.get_mut(*at));
                place.into_iter().for_each(|system| system.add(&code.code, code.children, |m| m.accepted.push(set_id)));
            }
            for code in &set.rejects {
                let place = places.get(code.system.as_str()).and_then(|at| self.systems.get_mut(*at));
                place.into_iter().for_each(|system| system.add(&code.code, code.children, |m| m.rejected.push(set_id)));
            }
        }
        for (drug, knowledge) in library.drugs.iter().enumerate() {
            for (at, product) in knowledge.products.iter().enumerate() {
                let place = places.get(product.system.as_str()).and_then(|at| self.systems.get_mut(*at));
                let add = |meaning: &mut Meaning| meaning.products.push((drug, at));
                place.into_iter().for_each(|system| system.add(&product.code, false, add));
            }
        }
        for system in &mut self.systems {
            let mut lengths: Vec<usize> = system.heads.keys().map(String::len).collect();
            lengths.sort_unstable();
            lengths.dedup();
            system.lengths = lengths;
        }
    }

    fn add_words(&mut self, library: &Library) {
        let mut patterns: HashMap<&str, Vec<Named>> = HashMap::new();
        for (at, concept) in library.concepts.0.values().enumerate() {
            let concept_at = ConceptIndex(short(at));
            match &concept.kind {
                ConceptKind::Medication(Medicine { names, .. }) | ConceptKind::Allergy(names, _) => {
                    name(&mut patterns, names, Named::Concept(concept_at));
                }
                ConceptKind::Measurement(_) | ConceptKind::Test(_) => {
                    let Some(set) = library.codes.set(&concept.value_set) else { continue };
                    let named = if set.codes.is_empty() { Named::Measured } else { Named::Result };
                    name(&mut patterns, &set.text, named(concept_at));
                    name(&mut patterns, &set.not_text, Named::NotResult(concept_at));
                }
                ConceptKind::Condition | ConceptKind::Vaccine => {
                    let words = library.codes.set(&concept.value_set).map(|set| set.text.as_slice());
                    let is_condition = matches!(concept.kind, ConceptKind::Condition);
                    let named = if is_condition { Named::Condition } else { Named::Concept };
                    name(&mut patterns, words.unwrap_or_default(), named(concept_at));
                    let others = library.codes.set(&concept.value_set).map(|set| set.not_text.as_slice());
                    name(&mut patterns, others.unwrap_or_default(), Named::NoCondition);
                }
                ConceptKind::Order | ConceptKind::Study => {}
            }
        }
        for (at, drug) in library.drugs.iter().enumerate() {
            name(&mut patterns, &drug.names, Named::Drug(at));
            for (brand_at, brand) in drug.brands.iter().enumerate() {
                name(&mut patterns, &brand.words, Named::Brand(at, brand_at));
            }
        }
        self.words = Words::of(patterns);
        for (id, set) in library.codes.sets() {
            let Some(set_id) = self.set(id) else { continue };
            for text in &set.text {
                self.answers.entry(text.clone()).or_default().push(set_id);
            }
        }
    }
}

/// Adds words that name something.
fn name<'w>(patterns: &mut HashMap<&'w str, Vec<Named>>, words: &'w [String], named: Named) {
    for word in words.iter().filter(|word| !word.is_empty()) {
        patterns.entry(word).or_default().push(named);
    }
}

/// A position in a list of the library. No list comes near the limit of the type.
fn short(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}
