//! Lines that cannot be read: what is wrong with each, and where it stands.

use std::fmt;

use document::{Document, Unreadable};
use fhir::resource::type_of;

use super::Reading;
use super::raw::Raw;

/// One line that cannot be read, or a file that cannot be read from a line on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// `file:line`, or the file alone.
    pub source: String,
    /// What is wrong.
    pub flaw: Flaw,
    /// The line; empty where nobody keeps it.
    pub line: String,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It is not UTF-8.
    NotUtf8,
    /// It is not JSON; the words of the parser.
    NotJson(String),
    /// It is JSON, but no object.
    NotAnObject,
    /// It has no type.
    NoType,
    /// It is a Bundle among resources.
    Bundle,
    /// It is an order for a drug of the library without its patient.
    NoPatient,
    /// The rest of a file cannot be read.
    Lost(String),
}

impl Flaw {
    /// The stable code, by which they are counted.
    pub fn code(&self) -> &'static str {
        match self {
            Flaw::NotUtf8 => "not-utf-8",
            Flaw::NotJson(_) => "not-json",
            Flaw::NotAnObject => "not-an-object",
            Flaw::NoType => "no-type",
            Flaw::Bundle => "bundle",
            Flaw::NoPatient => "no-patient",
            Flaw::Lost(_) => "file",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::NotUtf8 => f.write_str("is not UTF-8"),
            Flaw::NotJson(error) => write!(f, "is not JSON: {error}"),
            Flaw::NotAnObject => f.write_str("is JSON, but no object"),
            Flaw::NoType => f.write_str("has no resourceType"),
            Flaw::Bundle => f.write_str("is a Bundle among resources"),
            Flaw::NoPatient => f.write_str("is an order that names no patient"),
            Flaw::Lost(error) => write!(f, "cannot be read from here on: {error}"),
        }
    }
}

/// What is wrong with a line, as far as every line is looked at: its first and last byte, its text, and whether it names
/// a type. `None` for a line that may be a resource.
pub fn outside(line: &[u8], raw: &Raw) -> Option<Flaw> {
    let Ok(text) = str::from_utf8(line) else { return Some(Flaw::NotUtf8) };
    if text.starts_with('{') && text.ends_with('}') && (raw.has_type(line) || raw.hides(line)) {
        return None;
    }
    match Document::parse(text) {
        Err(error) => Some(not_json(&error)),
        Ok(document) => match document.root().object() {
            None => Some(Flaw::NotAnObject),
            Some(object) => type_of(&object).is_none().then_some(Flaw::NoType),
        },
    }
}

/// What is wrong with a line that could not be parsed.
pub fn not_json(error: &Unreadable) -> Flaw {
    Flaw::NotJson(match error {
        // It was parsed alone, so serde's line number would be confused with that of the file.
        Unreadable::Syntax(error) => error.to_string().replace(" at line 1 column ", ", column "),
        error => error.to_string(),
    })
}

/// The text of a line that cannot be read, as far as it is text and somebody keeps it.
pub(crate) fn text_of(line: &[u8], reading: &Reading<'_>) -> String {
    if reading.keep_rejects { String::from_utf8_lossy(line).into_owned() } else { String::new() }
}
