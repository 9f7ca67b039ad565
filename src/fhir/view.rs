//! Small tolerant readings of the FHIR data types we use, whatever the version or the habits of the sender.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::json::{Node, Object};
use crate::domain::time::When;
use crate::library::codes::{CodeRef, Codes};

/// A CodeableConcept: its codings and its words.
#[derive(Debug, Clone, Default)]
pub struct Concept {
    /// The codings with system and code.
    pub codings: Vec<CodeRef>,
    /// The text and the displays, in this order.
    pub words: Vec<String>,
}

impl Concept {
    /// Reads a CodeableConcept, a lone Coding or a string; one of another kind is empty.
    pub fn read(node: Node<'_>) -> Concept {
        let mut concept = Concept::default();
        for item in node.items() {
            if let Some(text) = item.string() {
                concept.say(&text);
            } else if let Some(object) = item.object() {
                concept.read_object(&object);
            }
        }
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
        if !words.is_empty() && !self.words.iter().any(|w| w == words) {
            self.words.push(words.to_owned());
        }
    }

    /// Adds the codings and words of another.
    pub fn add(&mut self, other: Concept) {
        self.codings.extend(other.codings);
        for words in &other.words {
            self.say(words);
        }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.codings.is_empty() && self.words.is_empty()
    }

    /// The value sets that it belongs to.
    pub fn sets<'c>(&self, codes: &'c Codes) -> BTreeSet<&'c str> {
        codes.sets_of(&self.codings)
    }

    /// Words for a reader: text or display, else the code.
    pub fn shown(&self) -> String {
        self.words
            .first()
            .cloned()
            .or_else(|| self.codings.first().map(|coding| coding.code.clone()))
            .unwrap_or_default()
    }

    /// Whether any of its words holds one of the names as a whole word.
    pub fn names_any(&self, names: &[String]) -> bool {
        self.words.iter().any(|words| names.iter().any(|name| holds_word(words, name)))
    }

    /// Whether it means the value set: by a code, or by one of the names where no code says otherwise.
    pub fn means(&self, codes: &Codes, set: &str, names: &[String]) -> bool {
        self.sets(codes).contains(set) || (self.names_any(names) && !codes.rejects(set, &self.codings))
    }

    /// Whether any coding has this code, whatever its system.
    pub fn has_code(&self, codes: &[&str]) -> bool {
        self.codings.iter().any(|coding| codes.contains(&coding.code.to_lowercase().as_str()))
    }
}

/// A code may come as a number where a string belongs.
fn code_text(coding: &Object<'_>) -> Option<String> {
    let node = coding.get("code")?;
    let text = node.string().map(Cow::into_owned).or_else(|| node.number().map(str::to_owned))?;
    let text = text.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// Whether the text holds the word with no letter or digit right beside it.
pub fn holds_word(text: &str, word: &str) -> bool {
    let text = text.to_lowercase();
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(word)
        .any(|(at, _)| edge(text[..at].chars().next_back()) && edge(text[at + word.len()..].chars().next()))
}

/// The text of a Reference's target.
pub fn reference<'a>(object: &Object<'a>, name: &str) -> Option<Cow<'a, str>> {
    let node = object.get(name)?.items().into_iter().next()?;
    node.object().and_then(|r| r.string("reference")).or_else(|| node.string())
}

/// The last two parts of a reference: `Type/id` of a relative or absolute one; others as they are.
pub fn tail(reference: &str) -> &str {
    if reference.starts_with("urn:") || reference.starts_with('#') {
        return reference;
    }
    let bare = reference.split("/_history/").next().unwrap_or(reference);
    match bare.rmatch_indices('/').nth(1) {
        Some((at, _)) => &bare[at + 1..],
        None => bare,
    }
}

/// The id a reference points to: its last part.
pub fn last_part(reference: &str) -> &str {
    let bare = reference.split("/_history/").next().unwrap_or(reference);
    bare.rsplit(['/', ':']).next().unwrap_or(bare)
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
    use super::{Concept, decimal, holds_word, last_part, tail};
    use crate::fhir::json::Node;

    #[test]
    fn concepts_are_read_in_every_shape() {
        for text in [
            r#"{"coding":[{"system":"s","code":"1","display":"One"}],"text":"One"}"#,
            r#"{"coding":{"system":"s","code":1,"display":"One"}}"#,
            r#"[{"coding":[{"system":"s","code":" 1 "}],"text":"One"}]"#,
            r#"{"system":"s","code":"1","display":"One"}"#,
        ] {
            let concept = Concept::read(Node::parse(text).expect("JSON"));
            assert_eq!((concept.codings[0].code.as_str(), concept.shown().as_str()), ("1", "One"), "{text}");
        }
        assert_eq!(Concept::read(Node::parse("\"words\"").expect("JSON")).shown(), "words");
        assert!(Concept::read(Node::parse("7").expect("JSON")).is_empty());
    }

    #[test]
    fn references_are_cut_to_their_end() {
        for (reference, end, id) in [
            ("Patient/1", "Patient/1", "1"),
            ("https://ehr.example/fhir/R4/Patient/1/_history/2", "Patient/1", "1"),
            ("urn:uuid:ab-c", "urn:uuid:ab-c", "ab-c"),
            ("1", "1", "1"),
        ] {
            assert_eq!((tail(reference), last_part(reference)), (end, id));
        }
    }

    #[test]
    fn words_are_whole() {
        assert!(holds_word("Tocilizumab 162 mg (Actemra)", "actemra"));
        assert!(holds_word("tocilizumab-aazg", "tocilizumab"));
        assert!(!holds_word("pretocilizumab", "tocilizumab"));
    }

    #[test]
    fn decimals_keep_their_digits() {
        assert_eq!(decimal("7.20").map(|d| d.to_string()).as_deref(), Some("7.20"));
        assert_eq!(decimal("1.9e3").map(|d| d.normalize().to_string()).as_deref(), Some("1900"));
        assert!(decimal("1e400").is_none() && decimal("x").is_none());
    }
}
