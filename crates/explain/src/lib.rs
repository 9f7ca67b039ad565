//! Why it was decided so, and what would change it: time lines, changes of a call and what flips with them, a case that
//! pins what is on screen, and what the cases of a rule cover. The engine says what was looked at and not used.
//!
//! Nothing here does I/O or reads a clock, and nothing decides: each call is decided by the engine, as the service does.

/// What is on screen as a case for its rule.
pub mod case;
/// Pictures of time lines and courses.
pub mod chart;
/// The course of the drug.
pub mod course;
/// What the cases of a rule show.
pub mod coverage;
/// Where two decisions differ.
pub mod difference;
/// Changes of a call.
pub mod edit;
/// What of a call can be changed.
pub mod editable;
/// Changes as a link.
pub mod query;
/// Resources of a call, found and rewritten in its text.
mod rewrite;
/// The results of a measure over time.
pub mod series;
/// Tables next to pictures.
pub mod table;
/// One change of one resource.
mod transform;
