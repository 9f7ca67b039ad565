//! What the order itself says of its product.

use super::dose::on_order;
use super::{CriterionKind, DrugList, EVERY_OUTCOME, Earlier, Explanation, Finding, Names};
use crate::assess::Subject;
use crate::fact::ConceptId;
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

    fn concepts(&self) -> Vec<&ConceptId> {
        Vec::new()
    }

    fn window(&self) -> Option<i64> {
        None
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

    /// An order always names its product in some way, or it would not have been found.
    fn must_show(&self) -> &'static [&'static str] {
        match self {
            ProductFinding::LacksIndication(_) => EVERY_OUTCOME,
            ProductFinding::NotRecognised => &["met", "not-met"],
        }
    }

    fn is_of_order(&self) -> bool {
        true
    }
}
