//! Which medicine a resource is about: by code, by reference, by ingredient, and as a last resort by its words.

use std::rc::Rc;

use document::Object;

use super::dosage::Dosages;
use super::meaning::{Meaning, Meanings};
use super::resources::Resources;
use super::view::{Concept, reference};
use domain::fact::TakenProduct;
use domain::order::{OrderedProduct, Reading};
use domain::rule::Drug;
use knowledge::index::Named;

/// The resources to which a reference can point, and what their concepts mean: first those that came with the orders,
/// then those of the record.
#[derive(Clone, Copy, Debug)]
pub struct Chart<'r, 'l, 'a> {
    /// The resources that came with the orders.
    pub drafts: &'r Resources<'a>,
    /// The rest of the record.
    pub record: &'r Resources<'a>,
    /// What concepts mean.
    pub meanings: &'r Meanings<'l, 'a>,
}

/// Everything that a resource says about its medicine, by every path that FHIR allows.
pub fn medicine<'a>(object: &Object<'a>, chart: Chart<'_, '_, 'a>) -> Rc<Meaning<'a>> {
    let own = chart.meanings.of(object, "medicationCodeableConcept");
    let others = ["medicationReference", "medication"].map(|path| object.get(path));
    if others.iter().all(Option::is_none) {
        return own;
    }
    let mut said = own.said.clone();
    for node in others.into_iter().flatten() {
        let Some(target) = node.items().find_map(|item| item.object()) else { continue };
        said.add(Concept::of(&target, "concept"));
        let inner = target.object("reference").unwrap_or(target);
        if let Some(link) = inner.string("reference")
            && let Some(medication) = follow(object, &link, chart)
        {
            said.add(of_medication(object, &medication, chart));
        }
        if let Some(display) = inner.string("display") {
            said.add(Concept::of_words(display));
        }
    }
    Rc::new(chart.meanings.of_concept(said))
}

/// The reference to a Medication that has not been received, if there is one.
pub fn unresolved<'a>(object: &Object<'a>, chart: Chart<'_, '_, 'a>) -> Option<String> {
    let link = reference(object, "medicationReference")?;
    follow(object, &link, chart).is_none().then(|| link.into_owned())
}

fn follow<'a>(object: &Object<'a>, link: &str, chart: Chart<'_, '_, 'a>) -> Option<Object<'a>> {
    if let Some(id) = link.strip_prefix('#') {
        return object.objects("contained").find(|c| c.string("id").as_deref() == Some(id));
    }
    let found = chart.drafts.find(link).or_else(|| chart.record.find(link));
    found.filter(|resource| resource.kind == "Medication").map(|resource| resource.object)
}

/// The code and the ingredients of a Medication.
fn of_medication<'a>(owner: &Object<'a>, medication: &Object<'a>, chart: Chart<'_, '_, 'a>) -> Concept<'a> {
    let mut said = Concept::of(medication, "code");
    let product = medication.object("product");
    let ingredients = medication.objects("ingredient").chain(product.iter().flat_map(|p| p.objects("ingredient")));
    for ingredient in ingredients {
        for path in ["itemCodeableConcept", "item"] {
            let concept = Concept::of(&ingredient, path);
            if concept.is_empty() {
                continue;
            }
            said.add(concept);
        }
        if let Some(link) = reference(&ingredient, "itemReference")
            && let Some(inner) = follow(owner, &link, chart)
        {
            said.add(Concept::of(&inner, "code"));
        }
    }
    said
}

/// The product of the drug, if the medicine is one: by its codes, or as a last resort by its words. `place` is the
/// position of the drug in the library.
pub fn product(drug: &Drug, place: usize, said: &Meaning<'_>) -> Option<OrderedProduct> {
    let known = said.classified.products().iter().filter(|(of, _)| *of == place);
    let known = known.filter_map(|(_, at)| drug.products.get(*at));
    // Of several codings the most specific counts: a presentation before an ingredient.
    let found = known.max_by_key(|p| (p.route.is_some(), p.brand.is_some(), p.per_unit.is_some()));
    let named = said.classified.named();
    if found.is_none() && !named.contains(&Named::Drug(place)) {
        return None;
    }
    let by_words = drug.brands.iter().enumerate().find(|(at, _)| named.contains(&Named::Brand(place, *at)));
    let brand = found.and_then(|p| p.brand.clone()).or_else(|| by_words.map(|(_, brand)| brand.name.clone()));
    let words = found.map_or_else(|| said.said.shown(), |p| p.display.clone());
    Some(OrderedProduct { words, product: found.cloned(), brand })
}

/// The brand and the route of a record of the drug, if it is one.
pub fn taken_product<'a>(
    drug: &Drug,
    place: usize,
    object: &Object<'a>,
    said: &Meaning<'_>,
    meanings: &Meanings<'_, 'a>,
) -> Option<TakenProduct> {
    let product = product(drug, place, said)?;
    let route = match Dosages::of(object).route(drug, meanings, &product) {
        Reading::Known(route, _) => Some(route),
        Reading::Missing | Reading::Unreadable(_) => None,
    };
    Some(TakenProduct { brand: drug.brand_of(&product).map(str::to_owned), route })
}

/// Whether the medicine is the drug at this position in the library.
pub fn is_drug(place: usize, said: &Meaning<'_>) -> bool {
    said.classified.products().iter().any(|(of, _)| *of == place)
        || said.classified.named().contains(&Named::Drug(place))
}

#[cfg(test)]
mod tests;
