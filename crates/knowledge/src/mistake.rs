//! A mistake in the library, with file and line, and the reader that collects all of them at once.

use std::fmt;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// Something wrong in a file of the library.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mistake {
    /// The file, relative to the library.
    pub file: String,
    /// The line, from 1; 0 when it concerns the whole file.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

/// Reads one file and collects its mistakes.
pub struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    mistakes: &'a mut Vec<Mistake>,
}

/// The bytes of a file that a value takes.
pub type Place = std::ops::Range<usize>;

impl<'a> Reader<'a> {
    /// A reader of one file.
    pub fn new(file: &'a str, text: &'a str, mistakes: &'a mut Vec<Mistake>) -> Reader<'a> {
        Reader { file, text, mistakes }
    }

    /// The top-level members in the order of the file. Syntax errors are noted.
    pub fn members(&mut self) -> Vec<(String, Spanned<DeValue<'a>>)> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            self.note(at, error.message());
        }
        in_order(table.into_inner())
    }

    /// Reads one value; `None` when it does not fit, which is noted.
    pub fn value<T: DeserializeOwned>(&mut self, value: Spanned<DeValue<'a>>) -> Option<T> {
        let start = value.span().start;
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(read) => Some(read),
            Err(error) => {
                let at = error.span().map_or(start, |span| span.start);
                self.note(at, &plain(error.message()));
                None
            }
        }
    }

    /// The members of a table in the order of the file. Another type of value is noted.
    pub fn table(&mut self, value: Spanned<DeValue<'a>>) -> Vec<(String, Spanned<DeValue<'a>>)> {
        let at = value.span().start;
        match value.into_inner() {
            DeValue::Table(table) => in_order(table),
            other => {
                self.note(at, &format!("expected a table, found {}", other.type_str()));
                Vec::new()
            }
        }
    }

    /// The items of an array of tables, each with its place. What does not fit is noted and left out.
    pub fn array<T: DeserializeOwned>(&mut self, value: Spanned<DeValue<'a>>) -> Vec<(T, Place)> {
        let at = value.span().start;
        match value.into_inner() {
            DeValue::Array(array) => array
                .into_iter()
                .filter_map(|item| {
                    let place = item.span();
                    Some((self.value(item)?, place))
                })
                .collect(),
            other => {
                self.note(at, &format!("expected an array, found {}", other.type_str()));
                Vec::new()
            }
        }
    }

    /// The line of an offset of the file, from 1.
    pub fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().iter().take(at);
        1 + before.filter(|b| **b == b'\n').count()
    }

    /// Notes a mistake at an offset of the file.
    pub fn note(&mut self, at: usize, message: &str) {
        let line = self.line(at);
        let message = message.replace('\n', " ");
        self.mistakes.push(Mistake { file: self.file.to_owned(), line, message });
    }

    /// Notes that a word names nothing of what it could name, and which name was probably meant.
    pub fn note_unknown<'k>(&mut self, at: usize, what: &str, word: &str, known: impl IntoIterator<Item = &'k str>) {
        self.note(at, &format!("unknown {what} `{word}`{}", meant(word, known)));
    }

    /// How many mistakes were noted so far.
    pub fn count(&self) -> usize {
        self.mistakes.len()
    }

    /// Notes a mistake about a value, at its line.
    pub fn note_at<T>(&mut self, value: &Spanned<T>, message: &str) {
        self.note(value.span().start, message);
    }

    /// Notes a mistake about a word, at the line of its first occurrence in or after the place.
    pub fn note_word(&mut self, place: &Place, word: &str, message: &str) {
        let start = place.start.min(self.text.len());
        let at = self.text.get(start..).and_then(|rest| rest.find(word)).map_or(start, |o| start + o);
        self.note(at, message);
    }

    /// Notes a mistake that concerns the whole file.
    pub fn note_file(&mut self, message: &str) {
        let message = message.to_owned();
        self.mistakes.push(Mistake { file: self.file.to_owned(), line: 0, message });
    }
}

/// Which of the known words was probably meant, as the end of a message; nothing where none is like it.
pub(super) fn meant<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let distance = |known: &&str| strsim::osa_distance(word, known);
    let nearest = known.into_iter().min_by_key(distance);
    let is_near = |known: &&str| distance(known) <= (word.chars().count() / 3).max(1);
    nearest.filter(is_near).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default()
}

/// A message of a reader of types in the words of an author of rules.
fn plain(message: &str) -> String {
    let message = message.replace("a Decimal type representing a fixed-point number", "a number, such as \"2000\"");
    let mut named = message.split('`').skip(1).step_by(2);
    match named.next() {
        Some(word) if message.starts_with("unknown ") && !message.contains("did you mean") => {
            format!("{message}{}", meant(word, named))
        }
        _ => message,
    }
}

fn in_order<'a>(table: DeTable<'a>) -> Vec<(String, Spanned<DeValue<'a>>)> {
    let mut members: Vec<_> =
        table.into_iter().map(|(key, value)| (key.span().start, key.into_inner().into_owned(), value)).collect();
    members.sort_by_key(|(start, _, _)| *start);
    members.into_iter().map(|(_, key, value)| (key, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::{meant, plain};

    #[test]
    fn the_word_that_was_meant() {
        for (word, found) in [
            ("pregnacy", "; did you mean `pregnancy`?"),
            ("platelets", "; did you mean `platelet`?"),
            ("sepsis", ""),
            ("", ""),
        ] {
            assert_eq!(meant(word, ["pregnancy", "platelet"]), found, "{word}");
        }
        assert_eq!(meant("x", []), "");
    }

    #[test]
    fn messages_without_jargon() {
        let number = "invalid value: string \"2000x\", expected a Decimal type representing a fixed-point number";
        assert_eq!(plain(number), "invalid value: string \"2000x\", expected a number, such as \"2000\"");
        let field = "unknown field `mett`, expected one of `met`, `unknown`";
        assert_eq!(plain(field), format!("{field}; did you mean `met`?"));
        let other = "invalid type: map, expected `met`";
        assert_eq!(plain(other), other);
    }
}
