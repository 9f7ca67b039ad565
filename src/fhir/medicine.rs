//! Which medicine a resource speaks of: by code, by reference, by ingredient, and at last by its words.

use super::json::Object;
use super::record::Record;
use super::resource::Resource;
use super::view::{Concept, reference, tail};
use crate::domain::order::{OrderedProduct, Product};
use crate::domain::rule::Drug;
use crate::library::codes::Codes;

/// Where a reference to a Medication may lead: the orders' own Bundle first, then the record.
#[derive(Clone, Copy, Debug)]
pub struct Medications<'r, 'a> {
    /// The entries that came with the orders.
    pub beside: &'r [Resource<'a>],
    /// The rest of the record.
    pub record: &'r Record<'a>,
}

/// All that a resource says of its medicine, through every path that FHIR allows.
pub fn medicine<'a>(object: &Object<'a>, near: Medications<'_, 'a>) -> Concept {
    let mut said = Concept::of(object, "medicationCodeableConcept");
    for path in ["medicationReference", "medication"] {
        let Some(node) = object.get(path) else { continue };
        let Some(target) = node.items().into_iter().find_map(|item| item.object()) else { continue };
        said.add(Concept::of(&target, "concept"));
        let inner = target.object("reference").unwrap_or_else(|| target.clone());
        if let Some(link) = inner.string("reference")
            && let Some(medication) = follow(object, &link, near)
        {
            said.add(of_medication(object, &medication, near));
        }
        if let Some(display) = inner.string("display") {
            said.add(Concept { words: vec![display.trim().to_owned()], ..Concept::default() });
        }
    }
    said
}

/// The reference to a Medication that nothing at hand resolves, if there is one.
pub fn unresolved<'a>(object: &Object<'a>, near: Medications<'_, 'a>) -> Option<String> {
    let link = reference(object, "medicationReference")?;
    follow(object, &link, near).is_none().then(|| link.into_owned())
}

fn follow<'a>(object: &Object<'a>, link: &str, near: Medications<'_, 'a>) -> Option<Object<'a>> {
    if let Some(id) = link.strip_prefix('#') {
        return object.objects("contained").into_iter().find(|c| c.string("id").as_deref() == Some(id));
    }
    let end = tail(link);
    near.beside
        .iter()
        .find(|r| r.reference == end || r.full_url.as_deref() == Some(link))
        .or_else(|| near.record.find(link))
        .filter(|r| r.kind == "Medication")
        .map(|r| r.object.clone())
}

/// The code and the ingredients of a Medication.
fn of_medication<'a>(owner: &Object<'a>, medication: &Object<'a>, near: Medications<'_, 'a>) -> Concept {
    let mut said = Concept::of(medication, "code");
    let product = medication.object("product");
    let ingredients =
        medication.objects("ingredient").into_iter().chain(product.iter().flat_map(|p| p.objects("ingredient")));
    for ingredient in ingredients {
        for path in ["itemCodeableConcept", "item"] {
            let concept = Concept::of(&ingredient, path);
            if concept.is_empty() {
                continue;
            }
            said.add(concept);
        }
        if let Some(link) = reference(&ingredient, "itemReference")
            && let Some(inner) = follow(owner, &link, near)
        {
            said.add(Concept::of(&inner, "code"));
        }
    }
    said
}

/// The product of the drug, if the medicine is one: by its codes, or at last by its words.
pub fn product(drug: &Drug, codes: &Codes, said: &Concept) -> Option<OrderedProduct> {
    let keys: Vec<(String, String)> =
        said.codings.iter().filter_map(|coding| codes.key(&coding.system, &coding.code)).collect();
    let known = |p: &&Product| keys.iter().any(|(system, code)| *system == p.system && *code == p.code);
    // Of several codings the one that says most counts: a presentation before an ingredient.
    let found =
        drug.products.iter().filter(known).max_by_key(|p| (p.route.is_some(), p.brand.is_some(), p.per_unit.is_some()));
    if found.is_none() && !said.names_any(&drug.names) {
        return None;
    }
    let by_words = drug.brands.iter().find(|brand| said.names_any(&brand.words)).map(|b| b.name.clone());
    let brand = found.and_then(|p| p.brand.clone()).or(by_words);
    let words = found.map_or_else(|| said.shown(), |p| p.display.clone());
    Some(OrderedProduct { words, product: found.cloned(), brand })
}
