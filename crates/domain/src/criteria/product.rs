//! What the order itself says of its product.

use super::dose::on_order;
use super::{CriterionKind, DrugList, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::truth::{Outcome, Reason};
use crate::words::joined;

/// Something about the product of the order.
#[derive(Debug)]
pub enum ProductFinding {
    /// The label of its brand lacks this indication, by its id.
    LacksIndication(String),
    /// It was found by its text only, not by a code.
    NotRecognised,
}

impl CriterionKind for ProductFinding {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let product = &subject.order.product;
        let outcome = match self {
            ProductFinding::NotRecognised if product.product.is_some() => Outcome::NotMet,
            ProductFinding::NotRecognised => Outcome::Met,
            ProductFinding::LacksIndication(indication) => {
                let brands = &subject.drug.brands;
                let brand = product.brand.as_ref().and_then(|name| brands.iter().find(|brand| brand.name == *name));
                match (brand, &product.product) {
                    (Some(brand), _) if brand.lacks.contains(indication) => Outcome::Met,
                    (Some(_), _) | (None, Some(_)) => Outcome::NotMet,
                    (None, None) => Outcome::Unknown(Reason::Absent),
                }
            }
        };
        on_order(outcome, product.brand.as_ref().unwrap_or(&product.words).clone(), subject)
    }

    fn properties(&self) -> Properties<'_> {
        // An order always names its product in some way, or it would not have been found.
        let must_show: &[&str] = match self {
            ProductFinding::LacksIndication(_) => EVERY_OUTCOME,
            ProductFinding::NotRecognised => &["met", "not-met"],
        };
        Properties { concepts: Vec::new(), window_days: None, must_show, is_of_order: true }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        let explanation = match self {
            ProductFinding::LacksIndication(id) => {
                let lacking = names.drug.brands.iter().filter(|brand| brand.lacks.contains(id));
                let brands: Vec<String> = lacking.map(|brand| brand.name.clone()).collect();
                Explanation::new(
                    format!("the product, by code or by name, is {}", joined(&brands, "or")),
                    "another brand, or a product by code without a brand",
                    "neither a known code nor a known brand name",
                )
            }
            ProductFinding::NotRecognised => Explanation::new(
                "no code of the order is on the product list",
                "a code of the order is on the product list",
                "never",
            ),
        };
        Explanation { list: Some(DrugList::Products), ..explanation }
    }
}

#[cfg(test)]
mod tests {
    use super::ProductFinding;
    use crate::order::{DrugOrder, Listed, Product};
    use crate::testing::{cited, described, find_on_order, order};

    fn lacks() -> ProductFinding {
        ProductFinding::LacksIndication("lung".to_owned())
    }

    /// An order of a brand, by a code of the product list or by its name only.
    fn of(brand: Option<&str>, by_code: bool) -> DrugOrder {
        let listed = Listed { code: "1".to_owned(), source: String::new(), verified: false };
        let product = Product {
            system: "urn:codes".to_owned(),
            code: "1".to_owned(),
            display: "one".to_owned(),
            brand: brand.map(str::to_owned),
            route: None,
            per_unit: None,
            concentration: None,
            listed,
        };
        let mut order = order();
        order.product.brand = brand.map(str::to_owned);
        order.product.product = by_code.then_some(product);
        order
    }

    #[test]
    fn truth() {
        for (name, kind, order, outcome) in [
            ("a brand that lacks it, by code", lacks(), of(Some("Biosimilar"), true), "met"),
            ("a brand that lacks it, by name", lacks(), of(Some("Biosimilar"), false), "met"),
            ("a brand that has it", lacks(), of(Some("Reference"), false), "not-met"),
            ("a brand nobody knows, by code", lacks(), of(Some("New"), true), "not-met"),
            ("a brand nobody knows, by name", lacks(), of(Some("New"), false), "unknown: absent"),
            ("no brand, by code", lacks(), of(None, true), "not-met"),
            ("neither brand nor code", lacks(), of(None, false), "unknown: absent"),
            (
                "an indication that every label has",
                ProductFinding::LacksIndication("joints".to_owned()),
                of(Some("Biosimilar"), true),
                "not-met",
            ),
            ("not recognised", ProductFinding::NotRecognised, of(Some("Reference"), false), "met"),
            ("recognised", ProductFinding::NotRecognised, of(None, true), "not-met"),
        ] {
            assert_eq!(find_on_order(&kind, &[], &order).outcome.to_string(), outcome, "{name}");
        }
    }

    #[test]
    fn description() {
        let found = |order: &DrugOrder| find_on_order(&lacks(), &[], order).words.what.unwrap_or_default();
        assert_eq!((found(&of(Some("New"), false)), found(&of(None, false))), ("New".to_owned(), "drug".to_owned()));
        assert_eq!(cited(&find_on_order(&lacks(), &[], &order())), ["MedicationRequest/order"]);
        assert_eq!(
            described(&mut lacks()),
            [
                "reads: ",
                "window: None",
                "shows: met, not-met, unknown",
                "of the order: true",
                "met: the product, by code or by name, is Biosimilar",
                "not met: another brand, or a product by code without a brand",
                "unknown: neither a known code nor a known brand name",
                "list: Products",
            ]
        );
        assert_eq!(
            described(&mut ProductFinding::NotRecognised)[2..],
            [
                "shows: met, not-met",
                "of the order: true",
                "met: no code of the order is on the product list",
                "not met: a code of the order is on the product list",
                "unknown: never",
                "list: Products",
            ]
        );
    }
}
