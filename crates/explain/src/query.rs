//! Changes as the query of a link, short enough to be shared. A link holds what was changed and nothing of the record
//! it was changed in, so that it is for the test patients of the library: the values that someone enters for a real
//! patient belong in no address.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::edit::{Edit, EditError, Edits};

/// What stays as it is in a link: what names, numbers, dates and references are made of.
const KEPT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b':').remove(b',');

/// The most changes that a link may hold.
const MOST: usize = 100;

/// A kind of change, as links and forms name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EditKind {
    /// The key in a link and in a form.
    pub key: &'static str,
    /// What it changes, for a form.
    pub words: &'static str,
    /// Whether it is about one resource.
    pub has_place: bool,
}

/// Every kind of change.
pub const KINDS: [EditKind; 10] = [
    EditKind { key: "value", words: "value of a result", has_place: true },
    EditKind { key: "date", words: "date", has_place: true },
    EditKind { key: "dose", words: "dose of the order", has_place: true },
    EditKind { key: "every", words: "interval of the order", has_place: true },
    EditKind { key: "route", words: "route of the order", has_place: true },
    EditKind { key: "use", words: "use of the order", has_place: true },
    EditKind { key: "remove", words: "removed", has_place: true },
    EditKind { key: "weight", words: "body weight in kilograms", has_place: false },
    EditKind { key: "now", words: "moment of the decision", has_place: false },
    EditKind { key: "policy", words: "policy", has_place: false },
];

impl Edit {
    /// A change by the key of its kind, as a form sends it. `at` does not matter where the kind has no place.
    ///
    /// # Errors
    ///
    /// There is no such kind, or it needs a resource and `at` is not `Type/id`.
    pub fn new(key: &str, at: &str, value: &str) -> Result<Edit, EditError> {
        let kind = KINDS.iter().find(|kind| kind.key == key).ok_or_else(|| {
            let keys: Vec<&str> = KINDS.iter().map(|kind| kind.key).collect();
            EditError::new(key, format!("there is no such change; known are {}", keys.join(", ")))
        })?;
        let is_reference = at.split_once('/').is_some_and(|(kind, id)| !kind.is_empty() && !id.is_empty());
        if kind.has_place && !is_reference {
            return Err(EditError::new(key, format!("`{at}` is not a resource such as Observation/anc")));
        }
        let (at, value) = (at.to_owned(), value.to_owned());
        Ok(match kind.key {
            "value" => Edit::Value { at, value },
            "date" => Edit::Date { at, date: value },
            "dose" => Edit::Dose { at, dose: value },
            "every" => Edit::Interval { at, every: value },
            "route" => Edit::Route { at, route: value },
            "use" => Edit::Use { at, reason: value },
            "remove" => Edit::Remove { at },
            "weight" => Edit::Weight { kilograms: value },
            "now" => Edit::Moment { moment: value },
            _ => Edit::Policy { name: value },
        })
    }

    /// The key of its kind, its place and its value.
    fn parts(&self) -> (&'static str, &str, &str) {
        match self {
            Edit::Value { at, value } => ("value", at, value),
            Edit::Date { at, date } => ("date", at, date),
            Edit::Dose { at, dose } => ("dose", at, dose),
            Edit::Interval { at, every } => ("every", at, every),
            Edit::Route { at, route } => ("route", at, route),
            Edit::Use { at, reason } => ("use", at, reason),
            Edit::Remove { at } => ("remove", at, ""),
            Edit::Weight { kilograms } => ("weight", "", kilograms),
            Edit::Moment { moment } => ("now", "", moment),
            Edit::Policy { name } => ("policy", "", name),
        }
    }
}

impl Edits {
    /// The changes as the query of a link, without the question mark: `value.Observation/anc=1.9&weight=70`.
    pub fn to_query(&self) -> String {
        let part = |edit: &Edit| {
            let (key, at, value) = edit.parts();
            let dot = if at.is_empty() { "" } else { "." };
            format!("{key}{dot}{}={}", escaped(at), escaped(value))
        };
        self.0.iter().map(part).collect::<Vec<_>>().join("&")
    }

    /// Reads the query of a link. Parameters that are not changes are left to the caller.
    ///
    /// # Errors
    ///
    /// A change that cannot be read; the message names it.
    pub fn from_query(query: &str) -> Result<Edits, EditError> {
        let mut edits = Edits::default();
        for part in query.trim_start_matches('?').split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (key, at) = name.split_once('.').unwrap_or((name, ""));
            if !KINDS.iter().any(|kind| kind.key == key) {
                continue;
            }
            if edits.0.len() == MOST {
                return Err(EditError::new("the link", format!("it holds more than {MOST} changes")));
            }
            edits.set(Edit::new(key, &unescaped(at)?, &unescaped(value)?)?);
        }
        Ok(edits)
    }
}

fn escaped(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, KEPT).into()
}

fn unescaped(text: &str) -> Result<String, EditError> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(Cow::into_owned).map_err(|_| EditError::new("the link", format!("`{text}` is not UTF-8")))
}
