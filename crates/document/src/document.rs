//! A text with the place of each of its values, which is all that is kept of it: no value is copied.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::lexer::{self, Entry, Places, Stop};
use super::node::Node;

/// A JSON text, read.
pub struct Document<'t> {
    text: Cow<'t, str>,
    /// The values in the order of the text; the name of a member stands before its value.
    pub(crate) entries: Vec<Entry>,
    /// The strings with an escape in them, without it, once they were asked for; none that cannot be read.
    unescaped: Vec<OnceLock<Option<Box<str>>>>,
    /// The objects in which two names may be the same, in the order of the text.
    doubtful: Vec<u32>,
}

/// What a text may hold, so that no sender decides how much memory its values take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Levels of arrays and objects inside each other.
    pub depth: usize,
    /// Values, names of members included.
    pub values: usize,
}

/// Why a text could not be read.
#[derive(Debug)]
pub enum Unreadable {
    /// It is not JSON, with line and column.
    Syntax(serde_json::Error),
    /// It is nested deeper than so many levels.
    TooDeep(usize),
    /// It holds more than so many values.
    TooMany(usize),
    /// It is longer than two gigabytes.
    TooLong,
}

impl Limits {
    /// Bounds that no text reaches which this machine can hold otherwise.
    pub const NONE: Limits = Limits { depth: usize::MAX, values: usize::MAX };
}

impl<'t> Document<'t> {
    /// Reads a text of the program's own or one whose size is bounded elsewhere.
    pub fn parse(text: impl Into<Cow<'t, str>>) -> Result<Document<'t>, Unreadable> {
        Document::within(text, Limits::NONE)
    }

    /// Reads a text within limits.
    pub fn within(text: impl Into<Cow<'t, str>>, limits: Limits) -> Result<Document<'t>, Unreadable> {
        let text = text.into();
        count(text.len());
        match lexer::read(&text, limits) {
            Ok(Places { entries, escaped, doubtful }) => {
                let unescaped = std::iter::repeat_with(OnceLock::new).take(escaped).collect();
                Ok(Document { text, entries, unescaped, doubtful })
            }
            Err(Stop::TooDeep) => Err(Unreadable::TooDeep(limits.depth)),
            Err(Stop::TooMany) => Err(Unreadable::TooMany(limits.values)),
            Err(Stop::TooLong) => Err(Unreadable::TooLong),
            // The same grammar once more, for its words and the place.
            Err(Stop::Syntax) => Err(Unreadable::Syntax(syntax_error(&text))),
        }
    }

    /// The outermost value.
    pub fn root(&self) -> Node<'_> {
        Node::new(self, 0)
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The document with a text of its own.
    pub fn into_owned(self) -> Document<'static> {
        let Document { text, entries, unescaped, doubtful } = self;
        Document { text: Cow::Owned(text.into_owned()), entries, unescaped, doubtful }
    }

    /// A document without any value, which reads as an empty object.
    pub(crate) const fn empty() -> Document<'static> {
        Document { text: Cow::Borrowed("{}"), entries: Vec::new(), unescaped: Vec::new(), doubtful: Vec::new() }
    }

    /// The objects among these entries in which two names may be the same. Where there is none, there is nothing to
    /// compare.
    pub(crate) fn doubtful(&self, entries: Range<usize>) -> impl Iterator<Item = Node<'_>> {
        let begin = self.doubtful.partition_point(|object| (*object as usize) < entries.start);
        let objects = self.doubtful.get(begin..).unwrap_or_default().iter().map(|object| *object as usize);
        objects.take_while(move |object| *object < entries.end).map(|object| Node::new(self, object))
    }

    /// The string with this number among those that hold an escape, read from its text the first time only.
    pub(crate) fn unescaped(&self, number: usize, text: &str) -> Option<&str> {
        let read = || {
            count(text.len());
            serde_json::from_str(text).ok()
        };
        self.unescaped.get(number)?.get_or_init(read).as_deref()
    }
}

/// What serde_json says of a text that the lexer refused.
fn syntax_error(text: &str) -> serde_json::Error {
    use serde::de::Error;
    match serde_json::from_str::<&serde_json::value::RawValue>(text.trim_start_matches('\u{feff}')) {
        Err(error) => error,
        // The lexer refuses nothing that serde_json takes; a property test compares the two.
        Ok(_) => serde_json::Error::custom("the text is not JSON"),
    }
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a document of {} bytes", self.text.len())
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Syntax(error) => error.fmt(f),
            Unreadable::TooDeep(most) => write!(f, "nested more than {most} levels deep"),
            Unreadable::TooMany(most) => write!(f, "more than {most} values"),
            Unreadable::TooLong => f.write_str("longer than two gigabytes"),
        }
    }
}

impl std::error::Error for Unreadable {}

/// Its text as a JSON string.
impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Document<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Document::parse(text).map_err(serde::de::Error::custom)
    }
}

thread_local! {
    static LEXED: Cell<u64> = const { Cell::new(0) };
}

/// How many bytes of JSON this thread has lexed so far: the measure that holds "read once" to its word in a test.
pub fn lexed_bytes() -> u64 {
    LEXED.get()
}

/// Counts bytes that are lexed.
fn count(bytes: usize) {
    LEXED.set(LEXED.get().wrapping_add(u64::try_from(bytes).unwrap_or(u64::MAX)));
}

#[cfg(test)]
mod tests;
