//! The CDS Hooks wire format, with the standard's own names. Nothing is decided here.

/// Who writes the FHIR resources that answers carry.
pub mod author;
/// A call of a hook.
pub mod call;
/// Cards.
pub mod card;
/// The list of services.
pub mod discovery;
/// Errors.
pub mod error;
/// What became of cards.
pub mod feedback;
/// The kinds of clients.
pub mod profile;
