//! The members of a value that is an object. It is as cheap to copy as a reference.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use super::{Items, Node};
use crate::document::Document;
use crate::lexer::{Entry, name_hash};

/// An object: its members in the order they came; of a repeated name the first counts.
#[derive(Clone, Copy)]
pub struct Object<'a>(pub(super) Node<'a>);

static EMPTY: Document<'static> = Document::empty();

impl<'a> Object<'a> {
    /// The member; one that is `null` counts as missing.
    #[inline]
    pub fn get(&self, name: &str) -> Option<Node<'a>> {
        self.member(name).filter(|node| !node.is_null())
    }

    /// The member, `null` included.
    #[inline]
    pub fn member(&self, name: &str) -> Option<Node<'a>> {
        self.hashed_member(name, name_hash(name))
    }

    fn hashed_member(&self, name: &str, hash: u32) -> Option<Node<'a>> {
        let document = self.0.document;
        let end = self.0.entry()?.behind(self.0.at);
        let mut at = self.0.at + 1;
        while at < end {
            let (key, value) = (document.entries.get(at)?, document.entries.get(at + 1)?);
            if (key.may_be(hash) || key.escaped().is_some()) && Node::new(document, at).is_name(name) {
                return Some(Node::new(document, at + 1));
            }
            at = value.behind(at + 1);
        }
        None
    }

    /// The members of these names, `null` included, found in one pass.
    #[inline]
    pub fn first<const N: usize>(&self, names: [&str; N]) -> [Option<Node<'a>>; N] {
        let hashed = names.map(|name| (name, name_hash(name)));
        let mut found = [None; N];
        for (key, value) in self.keys() {
            let Some(entry) = key.entry() else { continue };
            for (slot, (name, hash)) in found.iter_mut().zip(hashed) {
                if (entry.may_be(hash) || entry.escaped().is_some()) && slot.is_none() && key.is_name(name) {
                    *slot = Some(value);
                }
            }
        }
        found
    }

    /// A name that stands twice in this object; what is inside its members does not count.
    pub fn repeated(&self) -> Option<Cow<'a, str>> {
        self.0.document.doubtful(self.0.at..self.0.at + 1).find_map(|node| Object(node).compared())
    }

    /// A name that stands twice. Where no two names have the same hash, none does.
    pub(super) fn compared(self) -> Option<Cow<'a, str>> {
        const FEW: usize = 64;
        let mut seen = [0_u32; FEW];
        for (count, (key, _)) in self.keys().enumerate() {
            let hash = key.entry().and_then(Entry::name_hash);
            let (Some(hash), Some((before, [slot, ..]))) = (hash, seen.split_at_mut_checked(count)) else {
                return self.compared_by_name();
            };
            if before.contains(&hash) {
                return self.compared_by_name();
            }
            *slot = hash;
        }
        None
    }

    /// The same for many names, for names with escapes, and where two hashes are the same.
    #[cold]
    fn compared_by_name(&self) -> Option<Cow<'a, str>> {
        let mut seen = HashSet::new();
        self.members().map(|(name, _)| name).find(|name| !seen.insert(name.clone()))
    }

    /// The names, as values, and the values.
    #[inline]
    fn keys(&self) -> impl Iterator<Item = (Node<'a>, Node<'a>)> + use<'a> {
        let document = self.0.document;
        let end = self.0.entry().map_or(0, |entry| entry.behind(self.0.at));
        let mut at = self.0.at + 1;
        std::iter::from_fn(move || {
            let value = document.entries.get(at + 1).filter(|_| at < end)?;
            let pair = (Node::new(document, at), Node::new(document, at + 1));
            at = value.behind(at + 1);
            Some(pair)
        })
    }

    /// The member as a string.
    #[inline]
    pub fn string(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name)?.string()
    }

    /// The member as an object; of an array its first object.
    #[inline]
    pub fn object(&self, name: &str) -> Option<Object<'a>> {
        self.objects(name).next()
    }

    /// The members of an array member that are objects; a lone object counts as an array of one.
    pub fn objects(&self, name: &str) -> impl Iterator<Item = Object<'a>> + use<'a> {
        self.items(name).filter_map(Node::object)
    }

    /// The items of an array member.
    #[inline]
    pub fn items(&self, name: &str) -> Items<'a> {
        self.member(name).map_or(Items { document: &EMPTY, at: 0, end: 0 }, Node::items)
    }

    /// All members in the order they came. A name that cannot be read is empty.
    #[inline]
    pub fn members(&self) -> Members<'a> {
        let end = self.0.entry().map_or(0, |entry| entry.behind(self.0.at));
        Members { document: self.0.document, at: self.0.at + 1, end }
    }

    /// The text of the object with these members replaced, added or, with `None`, left out; all others to the letter as
    /// they came. The values are JSON.
    pub fn with(&self, changes: &[(&str, Option<String>)]) -> String {
        let mut text = String::with_capacity(self.0.text().len() + 64);
        for (name, node) in self.members() {
            match changes.iter().find(|(changed, _)| *changed == name) {
                Some((_, Some(value))) => write_member(&mut text, &name, value),
                Some((_, None)) => {}
                None => write_member(&mut text, &name, node.text()),
            }
        }
        for (name, value) in changes {
            if let (Some(value), None) = (value, self.member(name)) {
                write_member(&mut text, name, value);
            }
        }
        if text.is_empty() {
            text.push('{');
        }
        text.push('}');
        text
    }

    /// The object as a value.
    pub fn node(&self) -> Node<'a> {
        self.0
    }
}

/// Writes a member behind those that are there.
fn write_member(text: &mut String, name: &str, value: &str) {
    text.push(if text.is_empty() { '{' } else { ',' });
    text.push_str(&serde_json::Value::from(name).to_string());
    text.push(':');
    text.push_str(value);
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

/// The members of an object: name and value.
#[derive(Debug, Clone)]
pub struct Members<'a> {
    document: &'a Document<'a>,
    at: usize,
    end: usize,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Node<'a>);

    #[inline]
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
