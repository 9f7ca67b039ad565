//! The workbench: what the service decides and why, as pages for people. Every function here is pure: data in, a page
//! out. Where requests come from, who may see them and how long they are kept is decided where pages are served.

/// Cards as an EHR shows them.
pub mod card;
/// What a click on a suggestion changes.
pub mod change;
/// The check of a file.
pub mod check;
/// A decision that was recorded.
pub mod decision;
/// Errors as pages.
pub mod fault;
/// What belongs to every form that changes something.
pub mod form;
/// Shapes next to words, so that nothing is shown by colour alone.
mod icon;
/// What became of the cards.
pub mod numbers;
/// What a page is about: a test patient or what was pasted.
pub mod page_head;
/// The first page: whom one can look at.
pub mod patients;
/// What was asked and answered, to the letter.
pub mod raw;
/// What the cases show of the rules.
pub mod rules;
/// Rules, findings and codes by a word.
pub mod search;
/// What happened over time.
pub mod time;
/// What if something were different.
pub mod what_if;
/// Why each order was judged as it was.
pub mod why;

/// The script of the workbench, served as a file of its own.
pub const SCRIPT: &str = include_str!("workbench.js");
