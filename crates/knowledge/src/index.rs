//! What a code or a word means, settled when the library is read: from system and code to value sets, from value sets
//! to concepts, and every name of every concept in one automaton. A look-up goes through its text once and allocates
//! nothing but its answer, whatever the library holds.

/// The index of a library, made when it is read.
mod build;
/// What codings and words mean together.
mod classified;
/// The codes of one code system.
mod system;
/// The words that name something, and where they are in a text.
mod words;

use hashbrown::HashMap;

pub use self::classified::Classified;
use self::system::System;
pub use self::words::Named;
use self::words::{Words, folded};
use super::codes::bare_uri;
use super::remembered::Remembered;
use domain::fact::ConceptId;

/// A value set, by its place in the alphabet of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetId(u16);

/// A concept, by its place in the alphabet of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConceptIndex(u16);

/// A product of a drug: the places of both in the library.
pub type ProductIndex = (usize, usize);

/// The index of a library.
#[derive(Debug, Default)]
pub struct Index {
    sets: HashMap<String, SetId>,
    concepts: Vec<ConceptId>,
    /// By concept: the value set of its codes.
    set_of: Vec<Option<SetId>>,
    /// By value set: the concepts that it names.
    of_set: Vec<Vec<ConceptIndex>>,
    uris: HashMap<String, usize>,
    systems: Vec<System>,
    words: Words,
    /// By answer in words, folded: the value sets that list it.
    answers: HashMap<String, Vec<SetId>>,
    of_resource: HashMap<&'static str, Vec<ConceptId>>,
    /// The value sets of panels, each with the test whose verdict some senders file under it.
    panels: Vec<(SetId, ConceptId)>,
    /// What was looked up before.
    pub remembered: Remembered,
}

impl Index {
    /// The value set with this id.
    pub fn set(&self, id: &str) -> Option<SetId> {
        self.sets.get(id).copied()
    }

    /// The id of a concept.
    pub fn concept(&self, concept: ConceptIndex) -> Option<&ConceptId> {
        self.concepts.get(usize::from(concept.0))
    }

    /// The value set of a concept's codes.
    pub fn set_of(&self, concept: ConceptIndex) -> Option<SetId> {
        self.set_of.get(usize::from(concept.0)).copied().flatten()
    }

    /// The concepts of a type of resource: what a lost part of the record could have held.
    pub fn concepts_of(&self, resource: &str) -> &[ConceptId] {
        self.of_resource.get(resource).map(Vec::as_slice).unwrap_or_default()
    }

    /// The tests of whose panels it is the code.
    pub fn tests_of_panel<'i, 'c>(
        &'i self,
        classified: &'c Classified,
    ) -> impl Iterator<Item = &'i ConceptId> + use<'i, 'c> {
        self.panels.iter().filter(|(set, _)| classified.is_in(*set)).map(|(_, id)| id)
    }

    /// The value sets that list this answer in words.
    pub fn sets_of_answer(&self, text: &str) -> &[SetId] {
        self.answers.get(&*folded(text)).map(Vec::as_slice).unwrap_or_default()
    }

    /// What codings, each with its system, and words mean together.
    pub fn classify<'t>(
        &self,
        codings: impl Iterator<Item = (&'t str, &'t str)>,
        words: impl Iterator<Item = &'t str>,
    ) -> Classified {
        let mut classified = Classified::default();
        for (uri, code) in codings {
            if let Some(system) = self.system(uri).and_then(|at| self.systems.get(at)) {
                system.classify(code, &mut classified);
            }
        }
        words.for_each(|text| self.words.classify(text, &mut classified));
        classified.normalise();
        classified
    }

    /// The concepts that what was classified means by its codes, in the order of their ids.
    pub fn concepts_by_code(&self, classified: &Classified) -> Vec<ConceptIndex> {
        let sets = classified.sets().filter_map(|set| self.of_set.get(usize::from(set.0)));
        let mut concepts: Vec<ConceptIndex> = sets.flatten().copied().collect();
        concepts.sort_unstable();
        concepts.dedup();
        concepts
    }

    /// Whether products of a drug have codes in this code system.
    pub fn knows_products_of(&self, uri: &str) -> bool {
        let system = self.system(uri).and_then(|at| self.systems.get(at));
        system.is_some_and(|system| system.exact.values().any(|meaning| !meaning.products.is_empty()))
    }

    /// Whether the code system is known, whatever the spelling of its URI.
    pub fn knows_system(&self, uri: &str) -> bool {
        self.system(uri).is_some()
    }

    /// The place of a code system among those that are known, whatever the spelling of its URI.
    fn system(&self, uri: &str) -> Option<usize> {
        let bare = bare_uri(uri);
        let known = self.uris.get(bare).copied();
        // The index holds the usual spellings as they are, so that few need to be converted.
        known.or_else(|| match bare.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => self.uris.get(&bare.to_lowercase()).copied(),
            false => None,
        })
    }
}

#[cfg(test)]
mod tests;
