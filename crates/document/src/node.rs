//! One value of a document, which is as cheap to copy as a reference.

/// The members of an object.
mod object;

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

pub use self::object::{Members, Object};
use super::document::Document;
use super::lexer::Entry;

/// One JSON value.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    document: &'a Document<'a>,
    at: usize,
}

impl<'a> Node<'a> {
    #[inline]
    pub(crate) fn new(document: &'a Document<'a>, at: usize) -> Node<'a> {
        Node { document, at }
    }

    #[inline]
    fn entry(self) -> Option<Entry> {
        self.document.entries.get(self.at).copied()
    }

    #[inline]
    fn first_byte(self) -> Option<u8> {
        self.document.text().as_bytes().get(self.entry()?.start as usize).copied()
    }

    /// The text of the value, as it came.
    #[inline]
    pub fn text(self) -> &'a str {
        let text = self.document.text();
        self.entry().and_then(|entry| text.get(entry.start as usize..entry.end as usize)).unwrap_or("{}")
    }

    /// The whole text of its document.
    pub fn document_text(self) -> &'a str {
        self.document.text()
    }

    /// Where the value stands in the document's text, in bytes.
    pub fn span(self) -> Range<usize> {
        self.entry().map_or(0..0, |entry| entry.start as usize..entry.end as usize)
    }

    /// The object, if it is one.
    #[inline]
    pub fn object(self) -> Option<Object<'a>> {
        (self.first_byte() == Some(b'{')).then_some(Object(self))
    }

    /// The items of an array; a lone object, string or number counts as an array of one, `null` as none.
    #[inline]
    pub fn items(self) -> Items<'a> {
        let (at, end) = match (self.first_byte(), self.entry()) {
            (Some(b'['), Some(entry)) => (self.at + 1, entry.behind(self.at)),
            (Some(b'n') | None, _) | (_, None) => (0, 0),
            (Some(_), Some(_)) => (self.at, self.at + 1),
        };
        Items { document: self.document, at, end }
    }

    /// The bytes between the quotes of a string.
    #[inline]
    fn name(self) -> &'a [u8] {
        let text = self.document.text().as_bytes();
        let place = self.entry().map(|entry| entry.start as usize + 1..(entry.end as usize).saturating_sub(1));
        place.and_then(|place| text.get(place)).unwrap_or_default()
    }

    /// Whether it is the name of a member, and this one.
    #[inline]
    fn is_name(self, name: &str) -> bool {
        match self.entry().and_then(Entry::escaped) {
            None => self.name() == name.as_bytes(),
            Some(_) => self.string().is_some_and(|spelled| *spelled == *name),
        }
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        self.first_byte() == Some(b'[')
    }

    /// The string, if it is one that can be read.
    #[inline]
    pub fn string(self) -> Option<Cow<'a, str>> {
        let text = self.text();
        let inner = text.strip_prefix('"')?.strip_suffix('"')?;
        match self.entry().and_then(Entry::escaped) {
            None => Some(Cow::Borrowed(inner)),
            Some(number) => self.document.unescaped(number, text).map(Cow::Borrowed),
        }
    }

    /// The text of the number, if it is one: decimals are read from it, never from floating point.
    #[inline]
    pub fn number(self) -> Option<&'a str> {
        matches!(self.first_byte(), Some(b'-' | b'0'..=b'9')).then(|| self.text())
    }

    /// The boolean, if it is one.
    pub fn boolean(self) -> Option<bool> {
        match self.first_byte() {
            Some(b't') => Some(true),
            Some(b'f') => Some(false),
            _ => None,
        }
    }

    /// Whether it is `null`.
    #[inline]
    pub fn is_null(self) -> bool {
        self.first_byte() == Some(b'n')
    }

    /// Whether it is the very value that another one is, not one that says the same.
    pub fn is(self, other: Node<'_>) -> bool {
        self.at == other.at && std::ptr::eq(self.document.text(), other.document.text())
    }

    /// Feeds the value and all that is in it, without the blanks between.
    pub(crate) fn hash_values(self, hasher: &mut impl Hasher) {
        let end = self.entry().map_or(self.at, |entry| entry.behind(self.at));
        for at in self.at..end {
            let node = Node::new(self.document, at);
            match (node.first_byte(), node.entry()) {
                // How much is inside tells one nesting from another.
                (Some(open @ (b'{' | b'[')), Some(entry)) => (open, entry.behind(at) - at).hash(hasher),
                _ => node.text().hash(hasher),
            }
        }
    }

    /// A name that stands twice in one object, here or in anything inside. Most parsers take the last of such members,
    /// some the first: nobody can tell which one the sender means.
    pub fn repeated(self) -> Option<Cow<'a, str>> {
        let end = self.entry().map_or(self.at, |entry| entry.behind(self.at));
        self.document.doubtful(self.at..end).find_map(|node| Object(node).compared())
    }

    /// What kind of value it is, for an error message.
    pub fn kind(self) -> &'static str {
        match self.first_byte() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        }
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// The items of an array.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    document: &'a Document<'a>,
    at: usize,
    end: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = Node<'a>;

    #[inline]
    fn next(&mut self) -> Option<Node<'a>> {
        if self.at >= self.end {
            return None;
        }
        let item = Node::new(self.document, self.at);
        self.at = item.entry()?.behind(self.at);
        Some(item)
    }
}
