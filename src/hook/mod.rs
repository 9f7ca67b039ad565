//! The CDS Hooks wire format, with the standard's own names.

/// A call of a hook.
pub mod call;
/// Cards, and the assessment beside them.
pub mod card;
/// What a clinician reads in a card.
mod detail;
/// The list of services.
pub mod discovery;
/// Errors as OperationOutcome.
pub mod error;
/// What became of cards.
pub mod feedback;
/// Which prefetch value answers which query.
pub mod prefetch;
/// What a client can take of an answer.
pub mod profile;
/// What a card says of the record itself.
pub mod remarks;
/// What a click does.
pub mod suggestion;
