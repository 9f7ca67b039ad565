//! Remarks for a clinician on the record itself, not on what is found in it: what was left out, and what is missing.

use crate::failure::Failure;
use knowledge::Library;
use knowledge::services::Query;

/// Remarks on a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Entries of another patient, which were left out.
    pub others: usize,
    /// The parts that could not be retrieved, by name, each with the failure.
    pub lost: Vec<(String, Failure)>,
    /// The parts that were read only in part, by name.
    pub partly: Vec<String>,
}

/// The name of a part for a clinician: that of the concept it asks for, else that of its resources.
pub fn name(library: &Library, query: &Query) -> String {
    let concept = query.concepts.first().and_then(|id| library.concepts.get(id));
    concept.map_or_else(|| kind(&query.resource), |concept| concept.name.clone())
}

/// A type of resource in words: `AllergyIntolerance` is "allergy intolerance".
fn kind(resource: &str) -> String {
    let mut words = String::new();
    for (at, letter) in resource.char_indices() {
        if at > 0 && letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}
