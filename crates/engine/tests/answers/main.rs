//! Whole answers: what comes of the orders that a call brings, what is offered, and how much is said.

#![expect(clippy::expect_used, clippy::panic, reason = "a helper that finds a test broken ends the test")]

/// A writer of FHIR.
#[path = "../author/mod.rs"]
mod author;
/// Offers, created orders and the length of the card of the whole assessment.
mod offers;
/// Orders in other clothes.
mod orders;
/// Members that stand twice in one object.
mod repeated;
/// Answers to requests.
mod support;
