use super::{Advice, Applies, Coverage, Indicator, Rule, TextFor, UseReason};
use crate::order::{Dose, DrugOrder, Listed, OrderedProduct, Product, Reading};
use crate::rule::Drug;
use crate::testing::{advice, dose_row, drug, number, order};

#[test]
fn codes_are_read_back() {
    for indicator in [Indicator::Critical, Indicator::Warning, Indicator::Info] {
        assert_eq!(Indicator::from_code(indicator.code()), Some(indicator));
    }
    assert_eq!(Indicator::from_code("hard-stop"), None);
    assert!(Indicator::Critical < Indicator::Warning && Indicator::Warning < Indicator::Info);
}

#[test]
fn an_indication_has_a_name() {
    assert_eq!((drug().indication_name("lung"), drug().indication_name("none")), ("lung in words", "none"));
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn a_use_without_a_row_for_its_route_has_the_rows_of_every_use() {
    let row = |indications: &[&str], route: &str| dose_row(indications, route, "8 mg/kg", "800");
    let doses = vec![row(&["joints"], "vein"), row(&["joints"], "skin"), row(&["skull"], "vein")];
    let drug = Drug { doses, ..drug() };
    for (name, indication, route, rows) in [
        ("its own row", Some("skull"), Some("vein"), 1),
        ("without a route", Some("joints"), None, 2),
        ("by a route that it has none for", Some("skull"), Some("skin"), 1),
        ("an unknown use", None, Some("vein"), 2),
        ("nothing known", None, None, 3),
        ("a route without any", Some("skull"), Some("mouth"), 0),
    ] {
        assert_eq!(drug.dose_rows(indication, route).len(), rows, "{name}");
    }
}

#[test]
fn the_first_row_of_the_plan_that_fits_counts() {
    let drug = drug();
    let every = |of, indication, days| drug.monitoring(of, indication, days).map(|row| row.to_days);
    for (name, found, expected) in [
        ("at first", every("blood", None, 182), Some(56)),
        ("later", every("blood", Some("lung"), 183), Some(90)),
        ("no longer", every("once", None, 366), None),
        ("its use", every("other-use", Some("joints"), 10), Some(56)),
        ("another use", every("other-use", Some("lung"), 10), None),
        ("an unknown use", every("other-use", None, 10), None),
        ("nothing of the plan", every("bones", None, 10), None),
    ] {
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn what_a_rule_does_for_a_use() {
    let drug = drug();
    let (lung, joints) = (&drug.indications[0], &drug.indications[1]);
    let warning = || advice(Indicator::Warning, "");
    let told = || advice(Indicator::Info, "");
    let of = |applies: Applies, advice| Rule { applies, advice, ..Rule::default() };
    let no_lung = || Advice { except: ids(&["lung"]), ..warning() };
    for (name, rule, of_lung, of_joints) in [
        ("it warns", of(Applies::default(), vec![warning()]), (Coverage::Checked, false), (Coverage::Checked, false)),
        (
            "it informs all",
            of(Applies::default(), vec![told()]),
            (Coverage::Information, false),
            (Coverage::Information, false),
        ),
        (
            "it informs one",
            of(Applies::default(), vec![told(), no_lung()]),
            (Coverage::Information, true),
            (Coverage::Checked, false),
        ),
        ("it warns one", of(Applies::default(), vec![no_lung()]), (Coverage::Silent, true), (Coverage::Checked, false)),
        (
            "one is left out",
            of(Applies { except: ids(&["joints"]), ..Applies::default() }, vec![warning()]),
            (Coverage::Checked, false),
            (Coverage::Silent, true),
        ),
        (
            "a family",
            of(Applies { family: Some("lung".to_owned()), ..Applies::default() }, vec![warning()]),
            (Coverage::Checked, false),
            (Coverage::Silent, false),
        ),
        (
            "one only",
            of(Applies { only: ids(&["joints"]), ..Applies::default() }, vec![warning()]),
            (Coverage::Silent, false),
            (Coverage::Checked, false),
        ),
    ] {
        for (indication, expected) in [(lung, of_lung), (joints, of_joints)] {
            assert_eq!((rule.coverage(indication), rule.says_less(indication)), expected, "{name}");
        }
    }
    let uses = vec![UseReason { indications: ids(&["lung"]), because: "why".to_owned() }];
    let rule = Rule { uses, ..Rule::default() };
    assert_eq!(rule.reasons_for("lung").collect::<Vec<_>>(), ["why"]);
    assert_eq!(rule.reasons_for("joints").count(), 0);
}

#[test]
fn an_advice_concerns_some_indications_and_has_words_for_each() {
    let plain = || advice(Indicator::Info, "");
    for (name, advice, concerned) in [
        ("all", plain(), [true, true, true]),
        ("one only", Advice { indications: ids(&["lung"]), ..plain() }, [true, false, false]),
        ("all but one", Advice { except: ids(&["lung"]), ..plain() }, [false, true, true]),
    ] {
        assert_eq!([Some("lung"), Some("joints"), None].map(|id| advice.concerns(id)), concerned, "{name}");
    }
    let of = |indications: &[&str], routes: &[&str], text: &str| TextFor {
        indications: ids(indications),
        routes: ids(routes),
        text: text.to_owned(),
    };
    let texts = vec![of(&["lung"], &["vein"], "lung by vein"), of(&[], &["vein"], "by vein")];
    let advice = Advice { text: Some("all".to_owned()), texts, ..plain() };
    for (indication, route, text) in [
        (Some("lung"), Some("vein"), "lung by vein"),
        (Some("joints"), Some("vein"), "by vein"),
        (None, Some("vein"), "by vein"),
        (Some("lung"), Some("skin"), "all"),
        (Some("lung"), None, "all"),
    ] {
        assert_eq!(advice.text_for(indication, route), Some(text), "{indication:?} {route:?}");
    }
}

#[test]
fn an_indication_may_have_fewer_routes() {
    let mut drug = drug();
    assert_eq!(drug.routes_of(Some("lung")).count(), 1);
    drug.indications[0].routes = ids(&["vein"]);
    assert_eq!([Some("lung"), Some("joints"), None].map(|id| drug.routes_of(id).count()), [0, 1, 1]);
}

/// Words alone may be those of any product; a presentation that the library knows, and that has no brand of its own, is
/// one of the reference product.
#[test]
fn a_known_presentation_without_a_brand_is_the_reference_product() {
    let listed = |route: Option<&str>, per_unit: Option<&str>| {
        Some(Product {
            system: "urn:codes".to_owned(),
            code: "1".to_owned(),
            display: "one".to_owned(),
            brand: None,
            route: route.map(str::to_owned),
            per_unit: per_unit.map(number),
            concentration: None,
            listed: Listed { code: "1".to_owned(), source: String::new(), verified: false },
        })
    };
    let of = |product: Option<Product>, brand: Option<&str>| {
        let product = OrderedProduct { words: "drug".to_owned(), product, brand: brand.map(str::to_owned) };
        drug().brand_of(&product).map(str::to_owned)
    };
    for (name, product, brand, expected) in [
        ("words alone", None, None, None),
        ("an ingredient", listed(None, None), None, None),
        ("a form for a route", listed(Some("skin"), None), None, Some("Reference")),
        ("a form with an amount", listed(None, Some("162")), None, Some("Reference")),
        ("a form of a biosimilar", listed(Some("skin"), None), Some("Biosimilar"), Some("Biosimilar")),
    ] {
        assert_eq!(of(product, brand).as_deref(), expected, "{name}");
    }
}

#[test]
fn the_weight_is_needed_where_a_dose_depends_on_it() {
    let doses = vec![dose_row(&[], "vein", "8 mg/kg", "800"), dose_row(&[], "skin", "162 mg", "162")];
    let drug = Drug { doses, ..drug() };
    let known = |route: &str| Reading::Known(route.to_owned(), route.to_owned());
    for (name, route, dose, expected) in [
        ("an order that says nothing", Reading::Missing, Reading::Missing, false),
        ("a route whose doses are by weight", known("vein"), Reading::Missing, true),
        ("a route whose doses are not", known("skin"), Reading::Missing, false),
        ("a dose by weight", known("skin"), Reading::Known(Dose::PerKilogram(number("8")), String::new()), true),
        ("a dose that is not", known("skin"), Reading::Known(Dose::Milligrams(number("162")), String::new()), false),
    ] {
        assert_eq!(drug.needs_weight(&DrugOrder { route, dose, ..order() }), expected, "{name}");
    }
}
