//! From a call to its cards, one way: gather, decide, write. The service, replay, the cases and the probe all go it.

/// From a parsed call to an answer.
pub mod answer;
/// The assessment as answers carry it.
pub mod assessment;
/// Cards.
pub mod card;
/// A case as a hook request.
pub mod case;
/// The check of a library against its cases.
pub mod check;
/// The one pipeline: orders, record and clock in; assessment and cards out.
pub mod decide;
/// What a clinician reads in the card of a rule.
mod detail;
/// Test patients as hook requests of today.
pub mod example;
/// What a call needs, and what is known once it is there.
pub mod gather;
/// Which changes of the rules no case notices.
pub mod mutants;
/// What a clinician reads in the card of the whole assessment.
mod overview;
/// Which prefetch value answers which query.
pub mod prefetch;
/// What a client can take of an answer.
pub mod profile;
/// The record of a decision.
pub mod record;
/// What a card says of the record itself.
mod remarks;
/// What a click does.
pub mod suggestion;
/// The card on orders that could not be checked.
pub mod unchecked;
/// Orders that may be for a drug of the library, and could not be identified.
pub mod unidentified;
/// What was looked at and not used.
pub mod unused;
