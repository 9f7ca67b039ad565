//! The codes that resources speak in, and those among them that mean nothing to the library.

use std::collections::{BTreeMap, BTreeSet};

use super::report::{OtherCode, SoundsLike};
use crate::fhir::medicine::{Medications, medicine, product};
use crate::fhir::resource::Resource;
use crate::fhir::view::Concept;
use crate::library::concepts::ConceptKind;
use crate::library::{Library, is_medication};

/// What a resource is about: its codes, and those of its components.
pub fn of<'a>(resource: &Resource<'a>, near: Medications<'_, 'a>) -> Vec<Concept> {
    let object = &resource.object;
    if is_medication(&resource.kind) {
        return vec![medicine(object, near)];
    }
    let mut said = vec![Concept::of(object, if resource.kind == "Immunization" { "vaccineCode" } else { "code" })];
    said.extend(object.objects("component").iter().map(|component| Concept::of(component, "code")));
    if let Some(first) = said.first_mut().filter(|_| resource.kind == "AllergyIntolerance") {
        first.add(Concept::of(object, "substance"));
        object.objects("reaction").iter().for_each(|reaction| first.add(Concept::of(reaction, "substance")));
    }
    said
}

/// Whether the library knows it, be it as something that only looks like what the rules need.
pub fn is_known(library: &Library, said: &Concept) -> bool {
    let in_words = |names: &[String]| said.names_any(names);
    !said.sets(&library.codes).is_empty()
        || library.codes.sets().any(|(set, _)| library.codes.rejects(set, &said.codings))
        || library.drugs.iter().any(|drug| product(drug, &library.codes, said).is_some())
        || library.concepts.0.values().any(|concept| match &concept.kind {
            ConceptKind::Medication(names) | ConceptKind::Allergy(names, _) => in_words(names),
            ConceptKind::Measurement(_) => said.words.iter().any(|w| library.codes.text_holds(&concept.value_set, w)),
            _ => false,
        })
}

/// The codes that mean nothing to the library, those first that sound like something, then the most frequent.
pub fn others<'a>(library: &Library, resources: &[&Resource<'a>], near: Medications<'_, 'a>) -> Vec<OtherCode> {
    let mut found: BTreeMap<(String, String, String), (usize, Option<SoundsLike>)> = BTreeMap::new();
    for resource in resources {
        for said in of(resource, near).iter().filter(|said| !said.is_empty() && !is_known(library, said)) {
            let (system, code) = said.codings.first().map(|c| (c.system.clone(), c.code.clone())).unwrap_or_default();
            let display = said.words.first().cloned().unwrap_or_default();
            let sounds = || sounds_like(library, &resource.kind, said);
            found.entry((system, code, display)).or_insert_with(|| (0, sounds())).0 += 1;
        }
    }
    let code =
        |((system, code, display), (count, sounds_like))| OtherCode { system, code, display, count, sounds_like };
    let mut others: Vec<OtherCode> = found.into_iter().map(code).collect();
    others.sort_by_key(|other| (other.sounds_like.is_none(), std::cmp::Reverse(other.count)));
    others
}

/// The concept of this type of resource whose name stands in the words, that with the longest name.
fn sounds_like(library: &Library, kind: &str, said: &Concept) -> Option<SoundsLike> {
    let heard: BTreeSet<String> = said.words.iter().flat_map(|words| words_of(words)).collect();
    let candidates = library.concepts_of(kind).into_iter().filter_map(|id| library.concepts.get(id));
    let alike = candidates.filter(|concept| {
        let title = library.codes.set(&concept.value_set).map_or("", |set| set.title.as_str());
        let stands = |name: &str| {
            let words = words_of(name);
            !words.is_empty() && words.is_subset(&heard)
        };
        stands(&concept.name) || stands(title)
    });
    let found = alike.max_by_key(|concept| concept.name.len())?;
    Some(SoundsLike { name: found.name.clone(), value_set: found.value_set.clone() })
}

/// The words of a name, without case and without plural.
fn words_of(text: &str) -> BTreeSet<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '%').filter(|word| !word.is_empty());
    words.map(|word| word.strip_suffix('s').filter(|stem| stem.len() > 3).unwrap_or(word).to_owned()).collect()
}
