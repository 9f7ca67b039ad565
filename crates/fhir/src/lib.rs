//! Tolerant readings of FHIR as EHRs send it, the patient's record, the orders, and the facts made from them.

/// Allergies and intolerances.
mod allergy;
/// Values calculated from others.
mod calculated;
/// Conditions.
mod condition;
/// Whether and when a medicine was taken.
mod course;
/// Route, dose and interval of an order.
mod dosage;
/// What the text of an order says of the dose.
mod dosage_text;
/// Which drafts of a call are orders of a drug of the library.
pub mod draft;
/// From resources to facts.
pub mod extract;
/// Why a part of the record could not be retrieved.
pub mod failure;
/// What a call needs from a FHIR server, and what it answered.
pub mod fetched;
/// What concepts mean.
pub mod meaning;
/// Which medicine a resource is about.
pub mod medicine;
/// Numbers and verdicts.
mod observation;
/// The orders of a call.
pub mod order;
/// One page of an answer.
pub mod page;
/// The pages of a search.
pub mod pages;
/// What was odd about the data.
pub mod problem;
/// Reference ranges.
mod range;
/// How far the pages of a search reach.
pub mod reach;
/// The reason that an order gives.
mod reason;
/// What is known of the patient.
pub mod record;
/// Why a server is not asked at all.
pub mod refusal;
/// Remarks on the record itself.
pub mod remarks;
/// One resource.
pub mod resource;
/// The resources of one patient, each once.
pub mod resources;
/// What a search found.
pub mod search;
/// What the status of an entry says.
mod status;
/// What the tests of this member share.
#[cfg(test)]
mod testing;
/// Resources of which no fact was made.
pub mod unread;
/// Vaccines that were given.
mod vaccine;
/// Readings of FHIR's data types.
pub mod view;
