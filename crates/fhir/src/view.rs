//! Small tolerant readings of FHIR's data types, for every version and for what senders do differently.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use super::resource::target;
use document::{Node, Object};
use domain::time::When;
use hashbrown::HashSet;

/// A CodeableConcept: its codings and its words, borrowed from the document where they hold no escapes.
#[derive(Debug, Clone, Default)]
pub struct Concept<'a> {
    /// The codings with system and code.
    pub codings: Vec<Coding<'a>>,
    /// The text and the displays, in this order.
    pub words: Vec<Cow<'a, str>>,
}

/// A code with the URI of its system, as a resource carries them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coding<'a> {
    /// The URI of the code system.
    pub system: Cow<'a, str>,
    /// The code.
    pub code: Cow<'a, str>,
    /// The name that the sender gives to the code.
    pub display: Option<Cow<'a, str>>,
}

impl<'a> Concept<'a> {
    /// Reads a CodeableConcept, a Coding or a string; any other type of value is empty.
    pub fn read(node: Node<'a>) -> Concept<'a> {
        let mut concept = Concept::default();
        for item in node.items() {
            if let Some(text) = item.string() {
                concept.say(text);
            } else if let Some(object) = item.object() {
                concept.read_object(&object);
            }
        }
        concept.tidy();
        concept
    }

    /// A concept that has only words.
    pub fn of_words(words: Cow<'a, str>) -> Concept<'a> {
        let mut concept = Concept::default();
        concept.say(words);
        concept
    }

    /// Reads the member as a CodeableConcept or an array of them.
    pub fn of(object: &Object<'a>, name: &str) -> Concept<'a> {
        object.get(name).map(Concept::read).unwrap_or_default()
    }

    fn read_object(&mut self, object: &Object<'a>) {
        if let Some(text) = object.string("text") {
            self.say(text);
        }
        match object.get("coding") {
            Some(codings) => codings.items().filter_map(Node::object).for_each(|coding| self.read_coding(&coding)),
            None => self.read_coding(object),
        }
    }

    fn read_coding(&mut self, coding: &Object<'a>) {
        let display = coding.string("display").map(trimmed).filter(|display| !display.is_empty());
        if let Some(code) = code_text(coding) {
            let system = coding.string("system").unwrap_or_default();
            self.codings.push(Coding { system, code, display: display.clone() });
        }
        if let Some(display) = display {
            self.say(display);
        }
    }

    fn say(&mut self, words: Cow<'a, str>) {
        let words = trimmed(words);
        if !words.is_empty() {
            self.words.push(words);
        }
    }

    /// Removes what is said twice.
    fn tidy(&mut self) {
        match self.words.as_slice() {
            [] | [_] => {}
            [one, other] if one != other => {}
            _ => {
                let mut seen = HashSet::new();
                self.words.retain(|words| seen.insert(words.clone()));
            }
        }
    }

    /// Adds the codings and words of another.
    pub fn add(&mut self, other: Concept<'a>) {
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
        let code = || self.codings.first().map(|coding| &coding.code);
        self.words.first().or_else(code).cloned().unwrap_or_default().into_owned()
    }

    /// Whether any coding has this code, whatever its system.
    pub fn has_code(&self, codes: &[&str]) -> bool {
        self.codings.iter().any(|coding| codes.contains(&coding.code.to_lowercase().as_str()))
    }
}

/// A code, which some senders write as a number instead of a string.
fn code_text<'a>(coding: &Object<'a>) -> Option<Cow<'a, str>> {
    let node = coding.get("code")?;
    let text = trimmed(node.string().or_else(|| node.number().map(Cow::Borrowed))?);
    (!text.is_empty()).then_some(text)
}

/// Text without blanks around it.
pub fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
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

/// The exact decimal of a JSON number's text; `None` for one with more digits than a decimal holds, because rounding
/// could carry it over a limit.
pub fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let Some((base, exponent)) = text.split_once(['e', 'E']) else { return exact(text) };
    let (mut value, exponent) = (exact(base)?.normalize(), exponent.parse::<i32>().ok()?);
    let scale = i64::from(value.scale()) - i64::from(exponent);
    if value.is_zero() {
        return Some(value);
    }
    if scale >= 0 {
        let scale = u32::try_from(scale).ok().filter(|scale| *scale <= Decimal::MAX_SCALE)?;
        value.set_scale(scale).ok()?;
        return Some(value);
    }
    // A whole number with zeros behind it: written out, the digits are counted again.
    let zeros = usize::try_from(-scale).ok().filter(|zeros| *zeros <= 29)?;
    value.set_scale(0).ok()?;
    exact(&format!("{value}{}", "0".repeat(zeros)))
}

/// The number with all its digits. Zeros at the end of a fraction carry no value.
fn exact(text: &str) -> Option<Decimal> {
    let without_zeros = || {
        let (whole, fraction) = text.split_once('.')?;
        let fraction = fraction.trim_end_matches('0');
        let all = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
        Decimal::from_str_exact(&all).ok()
    };
    Decimal::from_str_exact(text).ok().or_else(without_zeros)
}

/// A code such as a status as it is compared: without blanks around it, in lower case.
pub fn code_of<'a>(object: &Object<'a>, name: &str) -> Option<Cow<'a, str>> {
    let text = trimmed(object.string(name)?);
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    Some(if is_lower { text } else { Cow::Owned(text.to_lowercase()) })
}

#[cfg(test)]
mod tests;
