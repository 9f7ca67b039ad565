//! JSON read once: tolerant access to the values of a text, without copies.
//!
//! Strict models lose a whole Bundle over one odd element. Here a member of the wrong kind is simply not there, or is
//! reported by the reader who needed it; everything else stays readable, numbers keep their text, and the text of any
//! value is available exactly as it was sent.

/// Values, and where they stand in the text.
mod document;
/// Whether two values say the same, however they are written.
mod fingerprint;
/// The one pass over the text.
mod lexer;
/// One value, and the members of an object.
mod node;
/// References of FHIR, cut to what they point to.
pub mod reference;

pub use self::document::{Document, Limits, Unreadable, lexed_bytes};
pub use self::node::{Items, Members, Node, Object};
