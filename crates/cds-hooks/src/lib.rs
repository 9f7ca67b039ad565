//! The CDS Hooks wire format, with the standard's own names. Nothing is decided here.

/// The trait that writes the FHIR resources of answers.
pub mod author;
/// A call of a hook.
pub mod call;
/// Cards.
pub mod card;
/// The list of services.
pub mod discovery;
/// The draft orders of a call.
pub mod drafts;
/// Errors of calls.
pub mod error;
/// Feedback on cards.
pub mod feedback;
/// Members that a body must have.
mod members;
/// Profiles of clients.
pub mod profile;
