//! Small tolerant readings of FHIR's data types, for every version and for what senders do differently.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::resource::target;
use document::{Node, Object};
use domain::time::When;
use knowledge::codes::CodeRef;

/// A CodeableConcept: its codings and its words.
#[derive(Debug, Clone, Default)]
pub struct Concept {
    /// The codings with system and code.
    pub codings: Vec<CodeRef>,
    /// The text and the displays, in this order.
    pub words: Vec<String>,
}

impl Concept {
    /// Reads a CodeableConcept, a Coding or a string; any other type of value is empty.
    pub fn read(node: Node<'_>) -> Concept {
        let mut concept = Concept::default();
        for item in node.items() {
            if let Some(text) = item.string() {
                concept.say(&text);
            } else if let Some(object) = item.object() {
                concept.read_object(&object);
            }
        }
        concept.tidy();
        concept
    }

    /// A concept that has only words.
    pub fn of_words(words: &str) -> Concept {
        let mut concept = Concept::default();
        concept.say(words);
        concept
    }

    /// Reads the member as a CodeableConcept or an array of them.
    pub fn of(object: &Object<'_>, name: &str) -> Concept {
        object.get(name).map(Concept::read).unwrap_or_default()
    }

    fn read_object(&mut self, object: &Object<'_>) {
        if let Some(text) = object.string("text") {
            self.say(&text);
        }
        for coding in object.objects("coding") {
            self.read_coding(&coding);
        }
        if object.get("coding").is_none() {
            self.read_coding(object);
        }
    }

    fn read_coding(&mut self, coding: &Object<'_>) {
        if let Some(code) = code_text(coding) {
            let system = coding.string("system").unwrap_or_default().into_owned();
            self.codings.push(CodeRef { system, code });
        }
        if let Some(display) = coding.string("display") {
            self.say(&display);
        }
    }

    fn say(&mut self, words: &str) {
        let words = words.trim();
        if !words.is_empty() {
            self.words.push(words.to_owned());
        }
    }

    /// Removes what is said twice.
    fn tidy(&mut self) {
        if self.words.len() > 1 {
            let mut seen = HashSet::new();
            let first: Vec<bool> = self.words.iter().map(|words| seen.insert(words.as_str())).collect();
            let mut first = first.into_iter();
            self.words.retain(|_| first.next().unwrap_or(true));
        }
    }

    /// Adds the codings and words of another.
    pub fn add(&mut self, other: Concept) {
        self.codings.extend(other.codings);
        self.words.extend(other.words);
        self.tidy();
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.codings.is_empty() && self.words.is_empty()
    }

    /// Words for a reader: text or display, else the code.
    pub fn shown(&self) -> String {
        self.words
            .first()
            .cloned()
            .or_else(|| self.codings.first().map(|coding| coding.code.clone()))
            .unwrap_or_default()
    }

    /// Whether any coding has this code, whatever its system.
    pub fn has_code(&self, codes: &[&str]) -> bool {
        self.codings.iter().any(|coding| codes.contains(&coding.code.to_lowercase().as_str()))
    }
}

/// A code, which some senders write as a number instead of a string.
fn code_text(coding: &Object<'_>) -> Option<String> {
    let node = coding.get("code")?;
    let text = node.string().map(Cow::into_owned).or_else(|| node.number().map(str::to_owned))?;
    let text = text.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The text of the target of the Reference under this name.
pub fn reference<'a>(object: &Object<'a>, name: &str) -> Option<Cow<'a, str>> {
    target(object.get(name)?)
}

/// The first of these members that is a date of any precision.
pub fn date(object: &Object<'_>, names: &[&str], zone: &TimeZone) -> Option<When> {
    names.iter().find_map(|name| When::parse(&object.string(name)?, zone))
}

/// The start and end of a Period.
pub fn period(object: &Object<'_>, name: &str, zone: &TimeZone) -> (Option<When>, Option<When>) {
    match object.object(name) {
        Some(period) => (date(&period, &["start"], zone), date(&period, &["end"], zone)),
        None => (None, None),
    }
}

/// The exact decimal of a JSON number's text.
pub fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    if text.contains(['e', 'E']) { Decimal::from_scientific(text).ok() } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::{Concept, decimal};
    use document::Document;

    #[test]
    fn concepts_are_read_in_every_shape() {
        for text in [
            r#"{"coding":[{"system":"s","code":"1","display":"One"}],"text":"One"}"#,
            r#"{"coding":{"system":"s","code":1,"display":"One"}}"#,
            r#"[{"coding":[{"system":"s","code":" 1 "}],"text":"One"}]"#,
            r#"{"system":"s","code":"1","display":"One"}"#,
        ] {
            let document = Document::parse(text).expect("JSON");
            let concept = Concept::read(document.root());
            assert_eq!((concept.codings[0].code.as_str(), concept.shown().as_str()), ("1", "One"), "{text}");
        }
        let read = |text: &str| Concept::read(Document::parse(text).expect("JSON").root());
        assert_eq!(read("\"words\"").shown(), "words");
        assert!(read("7").is_empty());
    }

    #[test]
    fn decimals_keep_their_digits() {
        assert_eq!(decimal("7.20").map(|d| d.to_string()).as_deref(), Some("7.20"));
        assert_eq!(decimal("1.9e3").map(|d| d.normalize().to_string()).as_deref(), Some("1900"));
        assert!(decimal("1e400").is_none() && decimal("x").is_none());
    }
}
