//! Changes of a call, to see what they would change: each is small, has a place, and says clearly why it cannot be made.
//! Everything else in the call stays as it was sent.

use std::fmt;

use document::Document;
use domain::time::{Clock, When};
use jiff::tz::TimeZone;
use knowledge::Library;

use super::rewrite::{add, find, remove, replace};
use super::transform;

/// One change. `at` is a resource, as `Type/id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// The value of a result: `1.9`, `<0.5`, `1900 /uL`, or an answer in words.
    Value {
        /// The result.
        at: String,
        /// The new value.
        value: String,
    },
    /// The date of a resource.
    Date {
        /// The resource.
        at: String,
        /// The new date, of any precision that FHIR has.
        date: String,
    },
    /// The dose of an order: `162 mg`.
    Dose {
        /// The order.
        at: String,
        /// The new dose with its unit.
        dose: String,
    },
    /// The interval of an order: `1 wk`.
    Interval {
        /// The order.
        at: String,
        /// The new interval: a number and `d`, `wk` or `mo`.
        every: String,
    },
    /// The route of an order.
    Route {
        /// The order.
        at: String,
        /// The id of a route of the drug, such as `intravenous`.
        route: String,
    },
    /// What an order is for.
    Use {
        /// The order.
        at: String,
        /// The id of an indication of the drug, or words.
        reason: String,
    },
    /// The body weight, in kilograms, of the day of the decision.
    Weight {
        /// Kilograms.
        kilograms: String,
    },
    /// A resource is taken out.
    Remove {
        /// The resource.
        at: String,
    },
    /// Another moment of the decision.
    Moment {
        /// The moment, such as `2026-11-22T09:00:00Z` or `2026-11-22`.
        moment: String,
    },
    /// Another policy, by a name that the workbench knows; empty for none.
    Policy {
        /// Its name.
        name: String,
    },
}

/// Why a change cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditError {
    /// Where: `Type/id`, or what is changed.
    pub at: String,
    /// What is wrong.
    pub wrong: String,
}

impl EditError {
    pub(crate) fn new(at: impl Into<String>, wrong: impl Into<String>) -> EditError {
        EditError { at: at.into(), wrong: wrong.into() }
    }
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.wrong)
    }
}

impl std::error::Error for EditError {}

/// Changes in the order in which they are made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits(pub Vec<Edit>);

/// With what changes are made.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The library that knows drugs, routes and indications.
    pub library: &'a Library,
    /// The moment of the decision before the changes.
    pub moment: &'a str,
}

/// The id of the weight that a change adds.
pub const WEIGHT: &str = "what-if-weight";

impl Edits {
    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The moment of the decision, if it is moved.
    pub fn moment(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|edit| match edit {
            Edit::Moment { moment } => Some(moment.as_str()),
            _ => None,
        })
    }

    /// The policy, if it is switched; empty for none.
    pub fn policy(&self) -> Option<&str> {
        self.0.iter().rev().find_map(|edit| match edit {
            Edit::Policy { name } => Some(name.as_str()),
            _ => None,
        })
    }

    /// Adds a change. One of the same kind at the same place is replaced.
    pub fn set(&mut self, edit: Edit) {
        match self.0.iter_mut().find(|known| known.is_in_place_of(&edit)) {
            Some(known) => *known = edit,
            None => self.0.push(edit),
        }
    }

    /// The call with the changes made.
    ///
    /// # Errors
    ///
    /// The call is not JSON, or a change cannot be made; the message says which and why.
    pub fn apply(&self, request: &str, setting: Setting<'_>) -> Result<String, EditError> {
        let moment = self.moment().unwrap_or(setting.moment);
        if clock(moment).is_none() {
            return Err(EditError::new("moment", format!("`{moment}` is neither a date nor a date and time")));
        }
        let mut text = request.to_owned();
        for edit in &self.0 {
            text = edit.apply(&text, Setting { moment, ..setting })?;
        }
        Ok(text)
    }
}

/// The moment as a clock, in universal time.
pub(crate) fn clock(moment: &str) -> Option<Clock> {
    Clock::parse(moment, &TimeZone::UTC)
}

impl Edit {
    /// The resource that it changes.
    pub fn at(&self) -> Option<&str> {
        match self {
            Edit::Value { at, .. }
            | Edit::Date { at, .. }
            | Edit::Dose { at, .. }
            | Edit::Interval { at, .. }
            | Edit::Route { at, .. }
            | Edit::Use { at, .. }
            | Edit::Remove { at } => Some(at),
            Edit::Weight { .. } | Edit::Moment { .. } | Edit::Policy { .. } => None,
        }
    }

    /// What it changes, in a few words for a list of changes.
    pub fn words(&self) -> String {
        match self {
            Edit::Value { at, value } => format!("{at}: value {value}"),
            Edit::Date { at, date } => format!("{at}: date {date}"),
            Edit::Dose { at, dose } => format!("{at}: dose {dose}"),
            Edit::Interval { at, every } => format!("{at}: every {every}"),
            Edit::Route { at, route } => format!("{at}: route {route}"),
            Edit::Use { at, reason } => format!("{at}: for {reason}"),
            Edit::Weight { kilograms } => format!("body weight {kilograms} kg"),
            Edit::Remove { at } => format!("{at}: removed"),
            Edit::Moment { moment } => format!("decided at {moment}"),
            Edit::Policy { name } if name.is_empty() => "no policy".to_owned(),
            Edit::Policy { name } => format!("policy {name}"),
        }
    }

    fn is_in_place_of(&self, other: &Edit) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other) && self.at() == other.at()
    }

    fn apply(&self, text: &str, setting: Setting<'_>) -> Result<String, EditError> {
        let document =
            Document::parse(text).map_err(|error| EditError::new("the call", format!("not JSON: {error}")))?;
        let root = document.root();
        match self {
            Edit::Moment { .. } | Edit::Policy { .. } => Ok(text.to_owned()),
            Edit::Weight { kilograms } => add(root, &transform::weight(kilograms, root, setting.moment)?),
            Edit::Remove { at } => remove(root, at).ok_or_else(|| missing(at)),
            Edit::Date { at, date } if When::parse(date, &TimeZone::UTC).is_none() => {
                Err(EditError::new(at, format!("`{date}` is not a date such as 2026-11-22")))
            }
            Edit::Value { at, .. }
            | Edit::Date { at, .. }
            | Edit::Dose { at, .. }
            | Edit::Interval { at, .. }
            | Edit::Route { at, .. }
            | Edit::Use { at, .. } => {
                let found = find(root, at);
                if found.is_empty() {
                    return Err(missing(at));
                }
                let changed = found.iter().map(|resource| {
                    let new = transform::changed(self, at, resource, setting.library)?;
                    Ok((resource.node().span(), new))
                });
                Ok(replace(text, changed.collect::<Result<Vec<_>, EditError>>()?))
            }
        }
    }
}

fn missing(at: &str) -> EditError {
    EditError::new(at, "the call holds no such resource")
}
