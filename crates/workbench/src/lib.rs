//! The pages of the workbench, which show people what the service decides and why. Every function here is pure: data
//! in, a page out. The HTTP layer decides where requests come from, who may see them and how long they are kept.

/// Cards as an EHR shows them.
pub mod card;
/// What a click on a suggestion changes.
pub mod change;
/// The check of a file.
pub mod check;
/// A decision that was recorded.
pub mod decision;
/// Error pages.
pub mod fault;
/// The hidden fields of every form that changes something.
pub mod form;
/// Shapes next to words, so that nothing is shown by colour alone.
mod icon;
/// What became of the cards.
pub mod numbers;
/// The head that all pages of a patient share.
pub mod page_head;
/// The first page: the list of patients.
pub mod patients;
/// The request and the answer, byte for byte.
pub mod raw;
/// What the cases show of the rules.
pub mod rules;
/// The search for rules, findings and codes.
pub mod search;
/// What happened over time.
pub mod time;
/// What if something were different.
pub mod what_if;
/// Why each order was judged as it was.
pub mod why;

/// The script of the workbench, served as a file of its own.
pub const SCRIPT: &str = include_str!("workbench.js");
