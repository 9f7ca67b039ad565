//! Feedback: what became of cards, read as clients spell it. An item that cannot be read is named and never takes
//! the others with it.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::error::CallError;
use document::{Document, Node, Object};

/// The items of a body.
#[derive(Debug, Default)]
pub struct Feedback<'a> {
    /// Those that could be read.
    pub items: Vec<Item>,
    /// Those that could not: why, and the text of the item.
    pub unreadable: Vec<(CallError, &'a str)>,
    /// What was odd about those that could be read; never what was written in them.
    pub odd: Vec<String>,
}

/// What became of one card.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    /// Its uuid, as sent.
    pub card: String,
    /// What the user did.
    pub outcome: Outcome,
    /// When; nothing when that was not said so that it can be believed.
    pub at: Option<Timestamp>,
    /// Uuids of the suggestions that were taken.
    pub accepted: Vec<String>,
    /// Why it was overridden.
    pub reason: Option<Reason>,
    /// What the user wrote: free text that may name a patient, so it is never logged.
    pub comment: Option<String>,
}

/// What a user did with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A suggestion was taken.
    Accepted,
    /// The card was put aside.
    Overridden,
}

impl Outcome {
    /// The code of the standard.
    pub fn code(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Overridden => "overridden",
        }
    }

    /// The outcome of a code of the standard.
    pub fn from_code(code: &str) -> Option<Outcome> {
        [Outcome::Accepted, Outcome::Overridden].into_iter().find(|outcome| outcome.code() == code)
    }
}

/// A reason for overriding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reason {
    /// Its code system.
    pub system: Option<String>,
    /// Its code.
    pub code: String,
    /// Its words.
    pub display: Option<String>,
}

/// Longest id or code that is taken.
const LONGEST: usize = 256;
/// Longest comment that is taken; the rest of a longer one is left out.
const LONGEST_COMMENT: usize = 4096;
/// Most items of one body.
const MOST_ITEMS: usize = 10_000;
/// Most suggestions of one item.
const MOST_SUGGESTIONS: usize = 100;
/// How far a client's clock may run ahead of ours before what it says of the time is not believed.
const AHEAD: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);
/// The names under which Epic writes a reason that is not one of the card's own.
const EPIC: &str = "com.epic.cdshooks.feedback.overrideReason";

impl<'a> Feedback<'a> {
    /// Reads a body that arrived at this moment. The error is of the body as a whole, or the first of its items when
    /// none of them can be read.
    pub fn read(document: &'a Document<'a>, received: Timestamp) -> Result<Feedback<'a>, CallError> {
        let node = document.root();
        let Some(object) = node.object() else {
            let message = format!("the body must be a JSON object, not {}", node.kind());
            return Err(CallError::plain(400, "structure", message));
        };
        let list = object.get("feedback").ok_or_else(|| CallError::field("feedback", "is missing"))?;
        if !list.is_array() {
            return Err(CallError::field("feedback", format!("must be an array, not {}", list.kind())));
        }
        let items = list.items().count();
        if items > MOST_ITEMS {
            let message = format!("feedback: holds {items} items; {MOST_ITEMS} may come in one body");
            return Err(CallError::plain(413, "too-long", message));
        }
        let mut feedback = Feedback::default();
        for (index, node) in list.items().enumerate() {
            let path = format!("feedback[{index}]");
            match item(node, &path, received, &mut feedback.odd) {
                Ok(item) => feedback.items.push(item),
                Err(error) => feedback.unreadable.push((error, node.text())),
            }
        }
        match feedback.unreadable.first() {
            Some((error, _)) if feedback.items.is_empty() => Err(error.clone()),
            _ => Ok(feedback),
        }
    }
}

fn item(node: Node<'_>, path: &str, received: Timestamp, odd: &mut Vec<String>) -> Result<Item, CallError> {
    let wrong = |member: &str, message: &str| CallError::field(&format!("{path}.{member}"), message);
    let Some(object) = node.object() else {
        return Err(CallError::field(path, format!("must be an object, not {}", node.kind())));
    };
    let text = |member: &str| match object.get(member) {
        None => Err(wrong(member, "is missing")),
        Some(node) => node.string().ok_or_else(|| wrong(member, &format!("must be a string, not {}", node.kind()))),
    };
    let card = text("card")?;
    if card.trim().is_empty() {
        return Err(wrong("card", "is empty"));
    }
    if card.len() > LONGEST {
        return Err(wrong("card", &format!("is longer than {LONGEST} bytes")));
    }
    let outcome = Outcome::from_code(&text("outcome")?)
        .ok_or_else(|| wrong("outcome", "must be `accepted` or `overridden`, and is neither"))?;
    let (accepted, reason, comment) = match outcome {
        Outcome::Accepted => (suggestions(&object, path, odd), None, None),
        Outcome::Overridden => {
            let (reason, comment) = reasons(&object);
            (Vec::new(), reason, comment)
        }
    };
    Ok(Item { card: card.into_owned(), outcome, at: moment(&object, path, received, odd), accepted, reason, comment })
}

/// When it was, if that can be believed: of two outcomes the later counts, so one from the future would stand for ever.
fn moment(item: &Object<'_>, path: &str, received: Timestamp, odd: &mut Vec<String>) -> Option<Timestamp> {
    let text = item.string("outcomeTimestamp");
    let read = |text: &str| {
        let utc = |text: &str| text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
        text.trim().parse::<Timestamp>().ok().or_else(|| utc(text.trim()))
    };
    let problem = match text.as_deref().map(read) {
        Some(Some(at)) if at.duration_since(received) <= AHEAD => return Some(at),
        Some(Some(_)) => "lies in the future",
        Some(None) => "is no date and time of RFC 3339",
        None => "is missing or no string",
    };
    odd.push(format!("{path}.outcomeTimestamp: {problem}; the time of receipt counts"));
    None
}

fn suggestions(item: &Object<'_>, path: &str, odd: &mut Vec<String>) -> Vec<String> {
    let listed = item.items("acceptedSuggestions");
    if listed.clone().next().is_none() {
        odd.push(format!("{path}.acceptedSuggestions: names none, so which one was accepted is not known"));
    }
    let mut ids = Vec::new();
    for node in listed {
        let id = node.object().and_then(|object| object.string("id")).or_else(|| node.string());
        match id.filter(|id| !id.trim().is_empty() && id.len() <= LONGEST && ids.len() < MOST_SUGGESTIONS) {
            Some(id) => ids.push(id.into_owned()),
            None => odd.push(format!("{path}.acceptedSuggestions: an item has no id that can be taken")),
        }
    }
    ids
}

/// Reason and comment: the standard's `overrideReason`, or `overrideReasons` as an object or a list.
fn reasons(item: &Object<'_>) -> (Option<Reason>, Option<String>) {
    let all: Vec<Object<'_>> = ["overrideReason", "overrideReasons"].iter().flat_map(|n| item.objects(n)).collect();
    let reason = all.iter().find_map(|object| coded(object).or_else(|| of_epic(object)));
    let comment = all.iter().find_map(|object| object.string("userComment").filter(|text| !text.trim().is_empty()));
    (reason.or_else(|| of_epic(item)), comment.map(|text| text.chars().take(LONGEST_COMMENT).collect()))
}

/// A Coding, or one inside a CodeableConcept, or its code alone.
fn coded(object: &Object<'_>) -> Option<Reason> {
    let node = object.items("reason").next()?;
    let Some(reason) = node.object() else {
        return Some(Reason { code: bounded(node.string())?, ..Reason::default() });
    };
    let coding = reason.object("coding").unwrap_or(reason);
    let display = bounded(coding.string("display")).or_else(|| bounded(reason.string("text")));
    let code = bounded(coding.string("code")).or_else(|| display.clone())?;
    Some(Reason { system: bounded(coding.string("system")), code, display })
}

fn of_epic(object: &Object<'_>) -> Option<Reason> {
    let extension = object.object("extension")?;
    let part = |name: &str| bounded(extension.string(&format!("{EPIC}.{name}")));
    let display = part("reasonTitle").or_else(|| part("reasonDisplay"));
    let code = part("reasonCategory").or_else(|| display.clone())?;
    Some(Reason { system: Some(EPIC.to_owned()), code, display })
}

fn bounded(text: Option<Cow<'_, str>>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty()).map(|text| text.trim().chars().take(LONGEST).collect())
}
