//! Feedback: what users did with cards, in all the forms in which clients send it. An item that cannot be read is
//! reported, and the others are still read.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::error::CallError;
use super::members;
use document::{Document, Node, Object};

/// The feedback of one body.
#[derive(Debug, Default)]
pub struct Feedback<'a> {
    /// The items that could be read.
    pub items: Vec<Item>,
    /// The items that could not be read: the error, and the JSON of the item.
    pub unreadable: Vec<(CallError, &'a str)>,
    /// Remarks for the log on members that were ignored. They never quote the sender.
    pub odd: Vec<String>,
}

/// The feedback on one card.
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    /// `card`, the UUID of the card.
    pub card: String,
    /// `outcome`.
    pub outcome: Outcome,
    /// `outcomeTimestamp`; `None` when it is missing, unreadable or in the future.
    pub at: Option<Timestamp>,
    /// The ids of `acceptedSuggestions`, UUIDs of suggestions.
    pub accepted: Vec<String>,
    /// The reason of `overrideReason`, or of the members in which some clients send it.
    pub reason: Option<Reason>,
    /// The comment of the user: free text that may name a patient, so it is never logged.
    pub comment: Option<String>,
}

/// What a user did with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The user accepted at least one suggestion.
    Accepted,
    /// The user overrode the card.
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

    /// The outcome with this code of the standard.
    pub fn from_code(code: &str) -> Option<Outcome> {
        [Outcome::Accepted, Outcome::Overridden].into_iter().find(|outcome| outcome.code() == code)
    }
}

/// An override reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reason {
    /// The URI of the code system.
    pub system: Option<String>,
    /// The code; where the client sent none, the display text.
    pub code: String,
    /// The display text.
    pub display: Option<String>,
}

/// Longest id or code that is accepted: bytes of an id, characters of a code.
const LONGEST: usize = 256;
/// Characters of a comment that are kept; the rest of a longer one is cut off.
const LONGEST_COMMENT: usize = 4096;
/// Most items of one body.
const MOST_ITEMS: usize = 10_000;
/// Most suggestions of one item.
const MOST_SUGGESTIONS: usize = 100;
/// How far the clock of a client may be ahead before its time is ignored.
const AHEAD: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);
/// The start of the names under which Epic sends a reason that the card did not offer.
const EPIC: &str = "com.epic.cdshooks.feedback.overrideReason";

impl<'a> Feedback<'a> {
    /// Reads a body that arrived at this moment.
    ///
    /// # Errors
    ///
    /// The body as a whole is wrong, or none of its items can be read; the error is then that of the first item.
    pub fn read(document: &'a Document<'a>, received: Timestamp) -> Result<Feedback<'a>, CallError> {
        let list =
            members::body(document)?.get("feedback").ok_or_else(|| CallError::field("feedback", "is missing"))?;
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
    let card = members::text(&object, "card", &format!("{path}.card"))?;
    if card.len() > LONGEST {
        return Err(wrong("card", &format!("is longer than {LONGEST} bytes")));
    }
    let outcome = Outcome::from_code(&members::string(&object, "outcome", &format!("{path}.outcome"))?)
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

/// The time of the outcome. One in the future is ignored: of two outcomes the later one counts, so it would never be
/// replaced.
fn moment(item: &Object<'_>, path: &str, received: Timestamp, odd: &mut Vec<String>) -> Option<Timestamp> {
    let text = item.string("outcomeTimestamp");
    let read = |text: &str| {
        let utc = |text: &str| text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
        text.trim().parse::<Timestamp>().ok().or_else(|| utc(text.trim()))
    };
    let problem = match text.as_deref().map(read) {
        Some(Some(at)) if at.duration_since(received) <= AHEAD => return Some(at),
        Some(Some(_)) => "lies in the future",
        Some(None) => "is not a date and time of RFC 3339",
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

/// Reason and comment, from `overrideReason` as in the standard, or from `overrideReasons` as an object or a list.
fn reasons(item: &Object<'_>) -> (Option<Reason>, Option<String>) {
    let all: Vec<Object<'_>> = ["overrideReason", "overrideReasons"].iter().flat_map(|n| item.objects(n)).collect();
    let reason = all.iter().find_map(|object| coded(object).or_else(|| of_epic(object)));
    let comment = all.iter().find_map(|object| object.string("userComment").filter(|text| !text.trim().is_empty()));
    (reason.or_else(|| of_epic(item)), comment.map(|text| text.chars().take(LONGEST_COMMENT).collect()))
}

/// A reason as a Coding, as a CodeableConcept, or as a bare code.
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
