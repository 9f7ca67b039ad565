//! The explanations of criteria, with the names that the library has for what they refer to.

use domain::criteria::{Explanation, Kind, Names};
use domain::rule::{Drug, Rule};
use knowledge::Library;

/// The name of a concept in running text.
pub fn concept_name(library: &Library, id: &str) -> String {
    library.concepts.get(id).map_or(id, |concept| &concept.name).to_owned()
}

/// How a criterion of this kind is decided.
pub fn decision(kind: &Kind, rule: &Rule, drug: &Drug, library: &Library) -> Explanation {
    kind.explain(&Names { rule, drug, concept: &|id| concept_name(library, id) })
}
