//! A tolerant, borrowed look at JSON: members as slices of the body, opened only where we look.
//!
//! Strict models lose a whole Bundle over one odd element. Here a member of the wrong kind is simply not there,
//! or is reported by the reader who needed it; everything else stays readable, and numbers keep their text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// One JSON value, not yet opened.
#[derive(Clone, Copy)]
pub struct Node<'a>(&'a str);

/// The members of an object in the order they came; of a repeated name the first counts.
#[derive(Debug, Clone, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Node<'a>)>);

impl<'a> Node<'a> {
    /// The value of a whole text; the error says line and column.
    pub fn parse(text: &'a str) -> Result<Node<'a>, serde_json::Error> {
        serde_json::from_str::<&RawValue>(text).map(|raw| Node(raw.get()))
    }

    /// The text of the value, as it came.
    pub fn text(self) -> &'a str {
        self.0
    }

    /// The object, if it is one.
    pub fn object(self) -> Option<Object<'a>> {
        self.0.starts_with('{').then(|| serde_json::Deserializer::from_str(self.0).deserialize_map(Members).ok())?
    }

    /// The items of an array; a lone object, string or number counts as an array of one, `null` as none.
    pub fn items(self) -> Vec<Node<'a>> {
        match self.0.as_bytes().first() {
            Some(b'[') => serde_json::Deserializer::from_str(self.0).deserialize_seq(Items).unwrap_or_default(),
            None | Some(b'n') => Vec::new(),
            Some(_) => vec![self],
        }
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        self.0.starts_with('[')
    }

    /// The string, if it is one.
    pub fn string(self) -> Option<Cow<'a, str>> {
        if !self.0.starts_with('"') {
            return None;
        }
        serde_json::Deserializer::from_str(self.0).deserialize_str(Text).ok()
    }

    /// The text of the number, if it is one: decimals are read from it, never from floating point.
    pub fn number(self) -> Option<&'a str> {
        matches!(self.0.as_bytes().first(), Some(b'-' | b'0'..=b'9')).then_some(self.0)
    }

    /// The boolean, if it is one.
    pub fn boolean(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// What kind of value it is, for an error message.
    pub fn kind(self) -> &'static str {
        match self.0.as_bytes().first() {
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
        f.write_str(self.0)
    }
}

impl<'a> Object<'a> {
    /// The member; one that is `null` counts as missing.
    pub fn get(&self, name: &str) -> Option<Node<'a>> {
        self.member(name).filter(|node| !node.is_null())
    }

    /// The member, `null` included.
    pub fn member(&self, name: &str) -> Option<Node<'a>> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, node)| *node)
    }

    /// The member as a string.
    pub fn string(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name)?.string()
    }

    /// The member as an object; of an array its first object.
    pub fn object(&self, name: &str) -> Option<Object<'a>> {
        self.get(name)?.items().into_iter().find_map(Node::object)
    }

    /// The members of an array member that are objects; a lone object counts as an array of one.
    pub fn objects(&self, name: &str) -> Vec<Object<'a>> {
        self.items(name).into_iter().filter_map(Node::object).collect()
    }

    /// The items of an array member.
    pub fn items(&self, name: &str) -> Vec<Node<'a>> {
        self.get(name).map(Node::items).unwrap_or_default()
    }

    /// All members in the order they came.
    pub fn members(&self) -> impl Iterator<Item = (&str, Node<'a>)> {
        self.0.iter().map(|(key, node)| (key.as_ref(), *node))
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut members = Vec::with_capacity(map.size_hint().unwrap_or(8));
        while let Some(Key(key)) = map.next_key()? {
            let raw: &'de RawValue = map.next_value()?;
            members.push((key, Node(raw.get())));
        }
        Ok(Object(members))
    }
}

struct Items;

impl<'de> Visitor<'de> for Items {
    type Value = Vec<Node<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Node<'de>>, A::Error> {
        let mut items = Vec::new();
        while let Some(raw) = seq.next_element::<&'de RawValue>()? {
            items.push(Node(raw.get()));
        }
        Ok(items)
    }
}

/// A string, borrowed where it holds no escapes.
struct Text;

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

struct Key<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text).map(Key)
    }
}

#[cfg(test)]
mod tests {
    use super::Node;

    #[test]
    fn odd_members_are_not_there_and_the_rest_is() {
        let text = r#"{"a":{"b":[1,{"c":"d\n"}]},"a":2,"n":null,"v":7.20,"s":"x","deep":[[[[1]]]]}"#;
        let object = Node::parse(text).expect("JSON").object().expect("an object");
        assert_eq!(object.object("a").expect("first wins").items("b").len(), 2);
        let inner = object.object("a").and_then(|a| a.object("b")).expect("the object in the array");
        assert_eq!(inner.string("c").expect("text"), "d\n");
        assert!(object.get("n").is_none() && object.member("n").is_some());
        assert_eq!(object.get("v").and_then(Node::number), Some("7.20"));
        assert!(object.string("v").is_none() && object.object("s").is_none());
        assert_eq!(object.items("s").len(), 1);
    }

    #[test]
    fn nesting_without_end_does_not_overflow() {
        let text = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        let node = Node::parse(&text).expect("JSON");
        assert!(node.object().is_some_and(|o| o.get("a").is_some()));
    }
}
