//! One value of a document, and the members of one that is an object. Both are as cheap to copy as a reference.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use super::document::Document;
use super::lexer::Entry;

/// One JSON value.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    document: &'a Document<'a>,
    at: usize,
}

/// An object: its members in the order they came; of a repeated name the first counts.
#[derive(Clone, Copy)]
pub struct Object<'a>(Node<'a>);

static EMPTY: Document<'static> = Document::empty();

impl<'a> Node<'a> {
    pub(crate) fn new(document: &'a Document<'a>, at: usize) -> Node<'a> {
        Node { document, at }
    }

    fn entry(self) -> Option<Entry> {
        self.document.entries.get(self.at).copied()
    }

    fn first_byte(self) -> Option<u8> {
        self.document.text().as_bytes().get(self.entry()?.start as usize).copied()
    }

    /// The text of the value, as it came.
    pub fn text(self) -> &'a str {
        let text = self.document.text();
        self.entry().and_then(|entry| text.get(entry.start as usize..entry.end as usize)).unwrap_or("{}")
    }

    /// The object, if it is one.
    pub fn object(self) -> Option<Object<'a>> {
        (self.first_byte() == Some(b'{')).then_some(Object(self))
    }

    /// The items of an array; a lone object, string or number counts as an array of one, `null` as none.
    pub fn items(self) -> Items<'a> {
        let (at, end) = match (self.first_byte(), self.entry()) {
            (Some(b'['), Some(entry)) => (self.at + 1, entry.behind(self.at)),
            (Some(b'n') | None, _) | (_, None) => (0, 0),
            (Some(_), Some(_)) => (self.at, self.at + 1),
        };
        Items { document: self.document, at, end }
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        self.first_byte() == Some(b'[')
    }

    /// The string, if it is one that can be read.
    pub fn string(self) -> Option<Cow<'a, str>> {
        let text = self.text();
        let inner = text.strip_prefix('"')?.strip_suffix('"')?;
        match self.entry().and_then(Entry::escaped) {
            None => Some(Cow::Borrowed(inner)),
            Some(number) => self.document.unescaped(number, text).map(Cow::Borrowed),
        }
    }

    /// The text of the number, if it is one: decimals are read from it, never from floating point.
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

impl<'a> Object<'a> {
    /// The member; one that is `null` counts as missing.
    pub fn get(&self, name: &str) -> Option<Node<'a>> {
        self.member(name).filter(|node| !node.is_null())
    }

    /// The member, `null` included.
    pub fn member(&self, name: &str) -> Option<Node<'a>> {
        let text = self.0.document.text().as_bytes();
        let entries = &self.0.document.entries;
        let end = self.0.entry()?.behind(self.0.at);
        let mut at = self.0.at + 1;
        while at < end {
            let key = entries.get(at)?;
            if key.escaped().is_some() {
                let same = Node::new(self.0.document, at).string().is_some_and(|key| key == name);
                if same {
                    return Some(Node::new(self.0.document, at + 1));
                }
            } else if (key.end - key.start) as usize == name.len() + 2
                && text.get(key.start as usize + 1..key.end as usize - 1) == Some(name.as_bytes())
            {
                return Some(Node::new(self.0.document, at + 1));
            }
            at = entries.get(at + 1)?.behind(at + 1);
        }
        None
    }

    /// The member as a string.
    pub fn string(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name)?.string()
    }

    /// The member as an object; of an array its first object.
    pub fn object(&self, name: &str) -> Option<Object<'a>> {
        self.objects(name).next()
    }

    /// The members of an array member that are objects; a lone object counts as an array of one.
    pub fn objects(&self, name: &str) -> impl Iterator<Item = Object<'a>> + use<'a> {
        self.items(name).filter_map(Node::object)
    }

    /// The items of an array member.
    pub fn items(&self, name: &str) -> Items<'a> {
        self.member(name).map_or(Items { document: &EMPTY, at: 0, end: 0 }, Node::items)
    }

    /// All members in the order they came. A name that cannot be read is empty.
    pub fn members(&self) -> Members<'a> {
        let end = self.0.entry().map_or(0, |entry| entry.behind(self.0.at));
        Members { document: self.0.document, at: self.0.at + 1, end }
    }

    /// The object as a value.
    pub fn node(&self) -> Node<'a> {
        self.0
    }
}

/// An object without members.
impl Default for Object<'_> {
    fn default() -> Self {
        Object(Node::new(&EMPTY, 0))
    }
}

impl fmt::Debug for Object<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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

    fn next(&mut self) -> Option<Node<'a>> {
        if self.at >= self.end {
            return None;
        }
        let item = Node::new(self.document, self.at);
        self.at = item.entry()?.behind(self.at);
        Some(item)
    }
}

/// The members of an object: name and value.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    document: &'a Document<'a>,
    at: usize,
    end: usize,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Node<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let name = Node::new(self.document, self.at).string().unwrap_or_default();
        let value = Node::new(self.document, self.at + 1);
        self.at = value.entry()?.behind(self.at + 1);
        Some((name, value))
    }
}
