//! The order as the rules see it: product, route, dose and interval, each of which was read, is missing or is
//! unreadable.

use rust_decimal::Decimal;

use super::fact::ConceptId;
use super::time::When;

/// One order of the drug.
#[derive(Debug, Clone)]
pub struct DrugOrder {
    /// `Type/id` of the order.
    pub reference: String,
    /// The product, as far as the library knows it.
    pub product: OrderedProduct,
    /// The route, by its id in the library.
    pub route: Reading<String>,
    /// One dose.
    pub dose: Reading<Dose>,
    /// Days between doses.
    pub interval: Reading<Decimal>,
    /// How many doses, where it says so.
    pub doses: Option<i64>,
    /// The most milligrams of one dose, where a field of the order caps a dose by weight.
    pub most_per_dose: Option<Decimal>,
    /// What it says of the dose in words, beside these fields.
    pub text: Option<OrderText>,
    /// Whether it is to be given as needed.
    pub as_needed: bool,
    /// When it was written.
    pub authored: Option<When>,
    /// Whether it is not a new order but the treatment that the patient is on: then it is an exposure itself.
    pub is_current_treatment: bool,
    /// Its own reason.
    pub reason: OrderReason,
}

/// The dose of an order in words, with what can be read in them without doubt.
#[derive(Debug, Clone, Default)]
pub struct OrderText {
    /// The words of the order.
    pub words: String,
    /// The amounts that they name.
    pub doses: Vec<Dose>,
    /// The amounts that they name as the most of one dose.
    pub caps: Vec<Dose>,
    /// The intervals that they name, in days.
    pub intervals: Vec<Decimal>,
    /// The routes that they name, by their ids.
    pub routes: Vec<String>,
}

/// The id that stands for a route by which the label never gives the drug.
pub const OTHER_ROUTE: &str = "other";

/// The reason that the order gives for itself.
#[derive(Debug, Clone, Default)]
pub struct OrderReason {
    /// The conditions of the library that it names.
    pub concepts: Vec<ConceptId>,
    /// The reason in the words of the order; `None` when the order gives none.
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
    /// The value, and the words of the order for it.
    Known(T, String),
    /// The order does not say it.
    Missing,
    /// The order says it in words that cannot be understood.
    Unreadable(String),
}

impl<T> Reading<T> {
    /// The value, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Reading::Known(value, _) => Some(value),
            Reading::Missing | Reading::Unreadable(_) => None,
        }
    }
}

/// A product of the library.
#[derive(Debug, Clone)]
pub struct Product {
    /// The URI of the code system.
    pub system: String,
    /// The code, in the form in which codes are compared.
    pub code: String,
    /// Its name in the system.
    pub display: String,
    /// The brand, where the code means one.
    pub brand: Option<String>,
    /// The only route by which it can be given, by its id.
    pub route: Option<String>,
    /// Milligrams in one syringe, pen or vial.
    pub per_unit: Option<Decimal>,
    /// Milligrams in one millilitre.
    pub concentration: Option<Decimal>,
    /// How the library lists it.
    pub listed: Listed,
}

/// How the library lists a product, for those who review the library. Nothing is decided on it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The code as the library writes it.
    pub code: String,
    /// The source in which the code was found.
    pub source: String,
    /// Whether that is a primary source.
    pub verified: bool,
}

/// The product of an order.
#[derive(Debug, Clone)]
pub struct OrderedProduct {
    /// The product in the words of the order.
    pub words: String,
    /// The product of the library, when a code of the order means one.
    pub product: Option<Product>,
    /// The brand, by the code or else by the words.
    pub brand: Option<String>,
}
