//! FHIR as it comes: tolerant, borrowed readings, the patient's record, the orders, and facts made from them.

/// Bundles and their entries.
pub mod bundle;
/// Values calculated from others.
mod calculated;
/// The FHIR server as a source.
pub mod client;
/// The taking of a medicine.
mod course;
/// Route, dose and interval of an order.
mod dosage;
/// From resources to facts.
pub mod extract;
/// What is wanted of a FHIR server, and what it answered.
pub mod fetched;
/// A tolerant, borrowed look at JSON.
pub mod json;
/// Which medicine a resource speaks of.
pub mod medicine;
/// Numbers and verdicts.
mod observation;
/// The orders of a call.
pub mod order;
/// Reference ranges.
mod range;
/// How far the pages of a search reach.
pub mod reach;
/// What is known of the patient.
pub mod record;
/// What is to be said of the record itself.
pub mod remarks;
/// A resource as it came.
pub mod resource;
/// Searches as their URLs tell them.
pub mod search;
/// The data types we use.
pub mod view;
