//! JSON as it comes, read once: a tolerant, borrowed look at the values of a text.
//!
//! Strict models lose a whole Bundle over one odd element. Here a member of the wrong kind is simply not there, or is
//! reported by the reader who needed it; everything else stays readable, numbers keep their text, and the text of any
//! value can be had to the letter.

/// Values, and where they stand in the text.
mod document;
/// Copies of one value told from values that say something else.
mod fingerprint;
/// The one pass over the text.
mod lexer;
/// One value, and the members of an object.
mod node;
/// References of FHIR, cut to what they point to.
pub mod reference;

pub use self::document::{Document, Limits, Unreadable, lexed_bytes};
pub use self::node::{Items, Members, Node, Object};
