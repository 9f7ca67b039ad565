//! FHIR as it comes: tolerant, borrowed readings, the patient's record, the orders, and facts made from them.

/// Values calculated from others.
mod calculated;
/// The taking of a medicine.
mod course;
/// Route, dose and interval of an order.
mod dosage;
/// From resources to facts.
pub mod extract;
/// Why a part could not be had.
pub mod failure;
/// What is wanted of a FHIR server, and what it answered.
pub mod fetched;
/// What concepts mean.
pub mod meaning;
/// Which medicine a resource speaks of.
pub mod medicine;
/// Numbers and verdicts.
mod observation;
/// The orders of a call.
pub mod order;
/// What one answer holds.
pub mod page;
/// What came of a search, page by page.
pub mod pages;
/// What was odd about the data.
pub mod problem;
/// Reference ranges.
mod range;
/// How far the pages of a search reach.
pub mod reach;
/// What is known of the patient.
pub mod record;
/// Why a server is not asked at all.
pub mod refusal;
/// What is to be said of the record itself.
pub mod remarks;
/// A resource as it came.
pub mod resource;
/// The resources of one patient, each once.
pub mod resources;
/// What a search found.
pub mod search;
/// The data types we use.
pub mod view;
