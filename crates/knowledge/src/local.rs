//! Codes of a site's own: in a value set, or for a product of a drug, which a hospital's formulary often numbers itself.

use domain::order::{Listed, Product};

use super::Library;

/// Adds a code of a site to a value set, or as a product of the drug with this id.
///
/// # Errors
///
/// The code cannot be one of its system, or there is neither.
pub(super) fn add_code(library: &mut Library, set: &str, uri: &str, code: &str, display: &str) -> Result<(), String> {
    // The code system is known from now on, even where there is no such value set.
    let added = library.codes.add_local(set, uri, code, display);
    added.or_else(|wrong| add_product(library, set, uri, code, display).ok_or(wrong))
}

fn add_product(library: &mut Library, drug: &str, uri: &str, code: &str, display: &str) -> Option<()> {
    let (system, key) = library.codes.key(uri, code)?;
    let drug = library.drugs.iter_mut().find(|known| &*known.id == drug)?;
    let words = display.to_lowercase();
    let named = drug.brands.iter().find(|brand| brand.words.iter().any(|word| words.contains(word.as_str())));
    drug.products.push(Product {
        system,
        code: key,
        display: display.to_owned(),
        brand: named.map(|brand| brand.name.clone()),
        route: None,
        per_unit: None,
        concentration: None,
        listed: Listed { code: code.to_owned(), source: "local policy".to_owned(), verified: true },
    });
    Some(())
}

#[cfg(test)]
mod tests {
    use super::add_code;
    use crate::Library;
    use crate::index::Index;

    #[test]
    fn a_local_code_is_a_product_of_the_drug() {
        let mut library = Library::embedded().expect("a valid library");
        let products = library.drugs[0].products.len();
        for (set, code, display, added) in [
            ("tocilizumab", "4711", "Tyenne pen", true),
            ("tocilizumab", "4712", "IL-6 blocker", true),
            ("c-reactive-protein", "4713", "CRP", true),
            ("nonsense", "4714", "nothing", false),
        ] {
            assert_eq!(add_code(&mut library, set, "urn:site:formulary", code, display).is_ok(), added, "{set}");
        }
        let brands: Vec<_> = library.drugs[0].products[products..].iter().map(|p| p.brand.as_deref()).collect();
        assert_eq!(brands, [Some("Tyenne"), None]);
        library.index = Index::of(&library);
        let found = |code| {
            let codings = [("urn:site:formulary", code)].into_iter();
            library.index.classify(codings, [].into_iter()).products().to_vec()
        };
        assert_eq!((found("4712"), found("4713")), (vec![(0, products + 1)], vec![]));
    }
}
