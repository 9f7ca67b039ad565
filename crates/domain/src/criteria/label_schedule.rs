//! Route, interval, number of doses and age against the label, all of which need no body weight unless the label's
//! interval depends on it.

/// A use of a few doses.
mod few_doses;
/// The interval between doses.
mod interval;

use self::few_doses::{continuing, too_many, too_soon};
pub(super) use self::interval::is_interval_beyond;
use super::dose::{UNREAD, on_order};
use super::label_dose::{Label, OPEN};
use super::{Finding, age};
use crate::assess::Subject;
use crate::order::Reading;
use crate::rule::Route;
use crate::truth::{Outcome, Reason};
use crate::words::joined;

/// How the order compares with the label in all but the dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleFinding {
    /// The doses follow each other faster than the label gives them at any weight.
    Closer,
    /// They follow each other faster than the label gives them at this weight.
    Tighter,
    /// They follow each other more slowly.
    Wider,
    /// The route is none by which the label gives the drug for this use.
    Route,
    /// The order goes on, for a use of a few doses.
    Continuing,
    /// With the doses on record it is more than the label's number.
    TooMany,
    /// The last dose on record is too recent for the next one.
    TooSoon,
    /// The patient is younger than the label's age.
    UnderAge,
}

impl ScheduleFinding {
    pub(super) fn decide(self, subject: &Subject<'_>) -> Finding {
        let order = subject.order;
        match self {
            ScheduleFinding::Closer | ScheduleFinding::Tighter | ScheduleFinding::Wider => match &order.interval {
                Reading::Known(days, words) => self.interval(*days, words, subject),
                // That an interval is missing or unreadable is reported once.
                _ if self == ScheduleFinding::Tighter => Finding::bare(Outcome::NotApplicable),
                Reading::Missing => Finding::bare(Outcome::Unknown(Reason::Absent)),
                Reading::Unreadable(words) => on_order(Outcome::Unknown(Reason::Unreadable), words.clone(), subject),
            },
            ScheduleFinding::Route => route(subject),
            ScheduleFinding::Continuing => continuing(subject),
            ScheduleFinding::TooMany => too_many(subject),
            ScheduleFinding::TooSoon => too_soon(subject),
            ScheduleFinding::UnderAge => under_age(subject),
        }
    }

    /// What shows it, what shows that it is absent, and what leaves it open.
    pub(super) fn explain(self) -> (&'static str, &'static str, &'static str) {
        match self {
            ScheduleFinding::Closer => {
                ("doses follow each other faster than the label gives them at any weight", "they do not", OPEN)
            }
            ScheduleFinding::Tighter => (
                "doses follow each other faster than the label gives them at this weight, by more than a tenth",
                "they do not",
                OPEN,
            ),
            ScheduleFinding::Wider => (
                "doses follow each other more slowly than the label gives them, by more than a tenth",
                "they do not",
                OPEN,
            ),
            ScheduleFinding::Route => (
                "the route is none by which the label gives the drug for this use",
                "the label gives it by this route",
                UNREAD,
            ),
            ScheduleFinding::Continuing => (
                "the order repeats its dose without an end, or more often than the label does in a use of a few doses",
                "it asks for one dose, or for no more than the label",
                "the interval is not readable in its field",
            ),
            ScheduleFinding::TooMany => (
                "in a use of a few doses, the doses given in this episode and those of the order are more than the label's",
                "they are not more",
                "the doses given could not be retrieved in full",
            ),
            ScheduleFinding::TooSoon => (
                "in a use of a few doses, the last one was given less than the label's time ago",
                "it was given longer ago, or none is on record",
                "the time of the last dose is not known, or the doses could not be retrieved in full",
            ),
            ScheduleFinding::UnderAge => (
                "the patient is younger than the label's age for this use",
                "the patient is not younger",
                "no date of birth that can be used, or the use is not known",
            ),
        }
    }
}

fn route(subject: &Subject<'_>) -> Finding {
    let (id, words) = match &subject.order.route {
        Reading::Known(id, words) => (id, words),
        Reading::Missing => return Finding::bare(Outcome::Unknown(Reason::Absent)),
        Reading::Unreadable(words) => return on_order(Outcome::Unknown(Reason::Unreadable), words.clone(), subject),
    };
    let labelled: Vec<&Route> = subject.drug.routes_of(subject.indication.id.as_deref()).collect();
    let outcome = if labelled.iter().all(|known| known.id != *id) { Outcome::Met } else { Outcome::NotMet };
    let mut finding = on_order(outcome, words.clone(), subject);
    let shown: Vec<String> = labelled.iter().map(|known| known.shown.clone()).collect();
    finding.words.limit = Some(String::new());
    finding.words.what = Some(joined(&shown, "or"));
    finding
}

fn under_age(subject: &Subject<'_>) -> Finding {
    let route = subject.order.route.known().map(String::as_str);
    let label = Label::of(subject, route);
    let youngest = label.doses.iter().map(|labelled| labelled.row.age_from).min();
    let Some(years) = youngest.filter(|_| label.is_of_use) else { return Finding::bare(Outcome::NotApplicable) };
    let mut finding = age::below(years, subject);
    finding.words.limit = Some(format!("{years} years"));
    finding
}
