//! The codes of resources, and those among them that mean nothing to the library.

use std::collections::{BTreeMap, BTreeSet};

use std::rc::Rc;

use fhir::meaning::Meaning;
use fhir::medicine::{Chart, medicine};
use fhir::resource::Resource;
use fhir::resources::Resources;
use fhir::view::Concept;
use knowledge::index::Named;
use knowledge::{Library, is_medication};

use super::report::{OtherCode, SoundsLike};

/// What a resource is about: its codes, and those of its components.
pub fn of<'a>(resource: &Resource<'a>, chart: Chart<'_, '_, 'a>) -> Vec<Rc<Meaning<'a>>> {
    let object = &resource.object;
    if is_medication(&resource.kind) {
        return vec![medicine(object, chart)];
    }
    if resource.kind == "AllergyIntolerance" {
        let mut said = Concept::of(object, "code");
        said.add(Concept::of(object, "substance"));
        object.objects("reaction").for_each(|reaction| said.add(Concept::of(&reaction, "substance")));
        return vec![Rc::new(chart.meanings.of_concept(said))];
    }
    let code = if resource.kind == "Immunization" { "vaccineCode" } else { "code" };
    let components = object.objects("component").map(|component| chart.meanings.of(&component, "code"));
    std::iter::once(chart.meanings.of(object, code)).chain(components).collect()
}

/// Whether the library knows it, even if only as something that merely looks like what the rules need.
fn is_known(meaning: &Meaning<'_>) -> bool {
    // A result that is known by its name only can warn, and needs its code for the rest.
    let by_name = |named: &Named| !matches!(named, Named::Result(_));
    !meaning.classified.is_unknown() || meaning.classified.named().iter().any(by_name)
}

/// The codes that mean nothing to the library, those first that sound like something, then the most frequent.
pub fn others<'a>(resources: &Resources<'a>, chart: Chart<'_, '_, 'a>) -> Vec<OtherCode> {
    let mut found: BTreeMap<(String, String, String), (usize, Option<SoundsLike>)> = BTreeMap::new();
    for resource in resources {
        for meaning in of(resource, chart).iter().filter(|said| !said.said.is_empty() && !is_known(said)) {
            let said = &meaning.said;
            let (system, code) =
                said.codings.first().map(|c| (c.system.to_string(), c.code.to_string())).unwrap_or_default();
            let display = said.words.first().map(ToString::to_string).unwrap_or_default();
            let sounds = || sounds_like(chart.meanings.library, &resource.kind, said);
            found.entry((system, code, display)).or_insert_with(|| (0, sounds())).0 += 1;
        }
    }
    let code =
        |((system, code, display), (count, sounds_like))| OtherCode { system, code, display, count, sounds_like };
    let mut others: Vec<OtherCode> = found.into_iter().map(code).collect();
    others.sort_by_key(|other| (other.sounds_like.is_none(), std::cmp::Reverse(other.count)));
    others
}

/// The concept of this type of resource whose name occurs in the words; of several, the one with the longest name.
fn sounds_like(library: &Library, kind: &str, said: &Concept<'_>) -> Option<SoundsLike> {
    let heard: BTreeSet<String> = said.words.iter().flat_map(|words| words_of(words)).collect();
    let candidates = library.index.concepts_of(kind).iter().filter_map(|id| library.concepts.get(id));
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
