//! The order as the rules see it: product, route, dose and interval, each read, missing or not readable.

use rust_decimal::Decimal;

use super::fact::ConceptId;
use super::time::When;

/// One order of the drug.
#[derive(Debug, Clone)]
pub struct DrugOrder {
    /// `Type/id` of the order.
    pub reference: String,
    /// The product, as far as it was recognised.
    pub product: OrderedProduct,
    /// Id of the route.
    pub route: Reading<String>,
    /// One dose.
    pub dose: Reading<Dose>,
    /// Days between doses.
    pub interval: Reading<Decimal>,
    /// When it was written.
    pub authored: Option<When>,
    /// Whether it is not a new order but the treatment that the patient is on: then it is an exposure itself.
    pub is_current_treatment: bool,
    /// What the order says it is for: condition concepts, and whether anything was said at all.
    pub reason: OrderReason,
}

/// What the order says it is for.
#[derive(Debug, Clone, Default)]
pub struct OrderReason {
    /// Condition concepts of the library.
    pub concepts: Vec<ConceptId>,
    /// The words of the reason, for a reader.
    pub words: Option<String>,
}

/// One dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dose {
    /// Milligrams.
    Milligrams(Decimal),
    /// Milligrams per kilogram of body weight.
    PerKilogram(Decimal),
}

/// Something read from the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<T> {
    /// Read; with the words of the order.
    Known(T, String),
    /// Not on the order.
    Missing,
    /// On the order, but not to be understood; with its words.
    Unreadable(String),
}

/// A product of the library.
#[derive(Debug, Clone)]
pub struct Product {
    /// The URI of the code system.
    pub system: String,
    /// The code, normalised for comparison.
    pub code: String,
    /// Its name in the system.
    pub display: String,
    /// The brand, where the code says one.
    pub brand: Option<String>,
    /// Id of the only route it can be given by.
    pub route: Option<String>,
    /// Milligrams in one syringe, pen or vial.
    pub per_unit: Option<Decimal>,
    /// Milligrams in one millilitre.
    pub concentration: Option<Decimal>,
    /// How the library lists it.
    pub listed: Listed,
}

/// How the library lists a product, for those who review it; nothing is decided on it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The code as it is written.
    pub code: String,
    /// Where it was seen.
    pub source: String,
    /// Whether it was seen in a primary source.
    pub verified: bool,
}

/// The product of an order.
#[derive(Debug, Clone)]
pub struct OrderedProduct {
    /// The words of the order for it.
    pub words: String,
    /// The product of the library, when a code says it.
    pub product: Option<Product>,
    /// The brand, from the code or else from the words.
    pub brand: Option<String>,
}
