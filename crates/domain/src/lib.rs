//! The pure core: facts, rules and a clock go in; an assessment and advice come out.
//!
//! Nothing here does I/O, reads a clock, or knows FHIR, HTTP or JSON. Start with `assess`, which decides every
//! criterion of an order, then see `advise`, which makes advice of the outcomes.

/// What a rule says about its findings: the most urgent advice first, with its words filled in.
pub mod advise;
/// The assessment of one order.
pub mod assess;
/// The course of a medicine.
pub mod course;
/// The kinds of criteria, each with its data and how it is decided.
pub mod criteria;
/// The doses of the label, by use, route and weight.
pub mod dose_table;
/// What is known of a patient.
pub mod fact;
/// The hooks at which an assessment is asked for.
pub mod hook;
/// The indication of an order.
pub mod indication;
/// Which offers stand once all rules have spoken.
pub mod offer;
/// The order as the rules see it.
pub mod order;
/// The treatment phase of an order.
pub mod phase;
/// Exact amounts and bands.
pub mod quantity;
/// The knowledge as types.
pub mod rule;
/// The tokens in the words of the library.
pub mod template;
/// What the tests of this member share.
#[cfg(test)]
mod testing;
/// Clinical time.
pub mod time;
/// Outcomes and reasons.
pub mod truth;
/// What was looked at and not used.
pub mod unused;
/// Numbers, amounts and lists as a reader expects them.
pub mod words;
