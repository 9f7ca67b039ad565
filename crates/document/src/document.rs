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
mod tests {
    use proptest::prelude::*;

    use super::{Document, Limits, Unreadable};
    use crate::Node;

    #[test]
    fn odd_members_are_not_there_and_the_rest_is() {
        let text = r#"{"a":{"b":[1,{"c":"d\n"}]},"a":2,"n":null,"v":7.20,"s":"x","deep":[[[[1]]]],"\u0065":[]}"#;
        let document = Document::parse(text).expect("JSON");
        let object = document.root().object().expect("an object");
        assert_eq!(object.object("a").expect("first wins").items("b").count(), 2);
        let inner = object.object("a").and_then(|a| a.object("b")).expect("the object in the array");
        assert_eq!(inner.string("c").expect("text"), "d\n");
        assert!(object.get("n").is_none() && object.member("n").is_some());
        assert_eq!(object.get("v").and_then(Node::number), Some("7.20"));
        assert!(object.string("v").is_none() && object.object("s").is_none());
        assert_eq!(object.items("s").count(), 1);
        assert!(object.get("e").is_some_and(Node::is_array), "a name with an escape");
        assert_eq!(object.get("deep").map(Node::text), Some("[[[[1]]]]"));
        let names: Vec<String> = object.members().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["a", "a", "n", "v", "s", "deep", "e"]);
    }

    #[test]
    fn a_name_that_stands_twice_is_found() {
        let many: Vec<String> = (0..40).map(|n| format!("\"m{n}\":{n}")).collect();
        let many = many.join(",");
        for (text, name) in [
            ("{}".to_owned(), None),
            (r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}"#.to_owned(), None),
            (r#"{"a":1,"b":2,"a":1}"#.to_owned(), Some("a")),
            (r#"{"a":1,"\u0061":2}"#.to_owned(), Some("a")),
            (r#"{"x":[{"y":{"b":1,"b":null}}]}"#.to_owned(), Some("b")),
            (format!("{{{many}}}"), None),
            (format!(r#"{{{many},"m7":0}}"#), Some("m7")),
        ] {
            let document = Document::parse(text.as_str()).expect("JSON");
            assert_eq!(document.root().repeated().as_deref(), name, "{text}");
        }
        let inside = Document::parse(r#"{"a":{"b":1,"b":2}}"#).expect("JSON");
        assert!(inside.root().object().expect("an object").repeated().is_none(), "not in the object itself");
    }

    proptest! {
        /// Names of every length, many of which begin alike: members and repeated names are found as by comparing all.
        #[test]
        fn members_are_found_by_name(names in prop::collection::vec("(value)?[ab]{0,3}(Quantity)?[ab]?", 0..30)) {
            let members: Vec<String> = names.iter().enumerate().map(|(n, name)| format!("\"{name}\":{n}")).collect();
            let text = format!("{{{}}}", members.join(","));
            let document = Document::parse(text.as_str()).expect("JSON");
            let object = document.root().object().expect("an object");
            for name in &names {
                let first = names.iter().position(|other| other == name).map(|at| at.to_string());
                prop_assert_eq!(object.member(name).map(Node::text), first.as_deref());
                let [found] = object.first([name]);
                prop_assert_eq!(found.map(Node::text), first.as_deref());
            }
            prop_assert!(object.member("other").is_none());
            let twice = (1..names.len()).find(|at| names[..*at].contains(&names[*at])).map(|at| names[at].as_str());
            let (in_object, in_all) = (object.repeated(), document.root().repeated());
            prop_assert_eq!((in_object.as_deref(), in_all.as_deref()), (twice, twice));
        }
    }

    #[test]
    fn the_mark_of_utf_8_is_skipped() {
        let document = Document::parse("\u{feff} {\"a\":1}").expect("JSON");
        assert_eq!(document.root().object().and_then(|o| o.get("a")).map(Node::text), Some("1"));
        assert_eq!(document.root().text(), "{\"a\":1}");
        let error = Document::parse("\u{feff}{\"a\": }").expect_err("not JSON");
        assert_eq!(error.to_string(), "expected value at line 1 column 7");
        assert!(Document::parse("{\u{feff}}").is_err(), "only at the start");
    }

    #[test]
    fn nesting_without_end_does_not_overflow() {
        let text = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
        let document = Document::parse(text.as_str()).expect("JSON");
        assert!(document.root().object().is_some_and(|o| o.get("a").is_some()));
        for (depth, most, fits) in [(3, 3, true), (4, 3, false), (1, 0, false), (0, 0, true)] {
            let text = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
            let read = Document::within(text, Limits { depth: most, values: 100 });
            assert_eq!(read.is_ok(), fits, "{depth} levels of {most}");
        }
        let many = Document::within("[1,2,3]", Limits { depth: 9, values: 3 });
        assert!(matches!(many, Err(Unreadable::TooMany(3))));
    }

    #[test]
    fn what_is_not_json_is_said_with_its_place() {
        for (text, said) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("{\n\"a\": }", "expected value at line 2 column 6"),
            ("[1,]", "expected value at line 1 column 4"),
            ("{} x", "trailing characters at line 1 column 4"),
        ] {
            assert_eq!(Document::parse(text).expect_err(text).to_string(), said);
        }
    }

    #[test]
    fn what_is_not_changed_stays_to_the_letter() {
        let document = Document::parse(r#"{"a":7.20,"x":{"é":[null,1e2]},"b":1,"c":"\u00e9"}"#).expect("JSON");
        let object = document.root().object().expect("an object");
        let changes = [("b", Some("2".to_owned())), ("c", None), ("d", Some("[3]".to_owned()))];
        assert_eq!(object.with(&changes), r#"{"a":7.20,"x":{"é":[null,1e2]},"b":2,"d":[3]}"#);
        assert_eq!(object.with(&["a", "x", "b", "c"].map(|name| (name, None))), "{}");
    }
}
