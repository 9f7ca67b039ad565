//! Route, interval, number of doses and age against the label, all of which need no body weight unless the label's
//! interval depends on it.

use rust_decimal::Decimal;

use super::dose::{UNREAD, on_order};
use super::label_dose::{Label, Labelled, OPEN};
use super::{Finding, age};
use crate::assess::Subject;
use crate::dose_table::every;
use crate::fact::{Medication, Shown, Source, Standing};
use crate::order::Reading;
use crate::rule::Route;
use crate::truth::{Outcome, Reason};
use crate::words::{joined, number};

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

    fn interval(self, days: Decimal, words: &str, subject: &Subject<'_>) -> Finding {
        let label = Label::of(subject, subject.order.route.known().map(String::as_str));
        let has_interval = label.doses.iter().all(|labelled| labelled.band.interval.is_some());
        if self != ScheduleFinding::Closer && (!label.is_of_use || !has_interval) {
            return Finding::bare(match self {
                // Nothing is wider than an interval that the label does not give; larger findings are made of this one.
                ScheduleFinding::Wider if label.is_of_use => Outcome::NotMet,
                ScheduleFinding::Wider => Outcome::Unknown(Reason::Absent),
                _ => Outcome::NotApplicable,
            });
        }
        let (shorter, longer) = label.tolerance.intervals();
        let holds = |labelled: &Labelled<'_>| match (self, labelled.band.interval) {
            (ScheduleFinding::Tighter, Some(of)) => Some(days < of.tightest.checked_mul(shorter)?),
            (ScheduleFinding::Wider, Some(of)) => Some(days > of.loosest.checked_mul(longer)?),
            _ => None,
        };
        let outcome = match self {
            ScheduleFinding::Closer => label.rows_together(|labelled| is_closer(days, labelled)),
            _ => label.together(label.doses.iter().map(holds)),
        };
        let mut finding = on_order(outcome, words.to_owned(), subject);
        if self == ScheduleFinding::Closer {
            let shown = |labelled: &Labelled<'_>| route_words(&labelled.row.route, subject);
            let mut routes: Vec<String> = label.doses.iter().map(shown).collect();
            routes.dedup();
            let closest = label.doses.iter().map(|labelled| labelled.row.closest_days).min();
            finding.words.limit = closest.map(every);
            finding.words.what = Some(joined(&routes, "or"));
            return finding;
        }
        let ends = label.doses.iter().filter_map(|labelled| labelled.band.interval);
        finding.words.limit = match self {
            ScheduleFinding::Tighter => ends.map(|of| of.tightest).min().map(every),
            _ => ends.map(|of| of.loosest).max().map(every),
        };
        if let (Ok(weight), true) = (&label.weight, label.doses.iter().any(|known| known.band.weights().is_some())) {
            finding.evidence.push(weight.source.clone());
        }
        finding.words.range = Some(label.words());
        finding
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

/// Whether doses so many days apart are closer than a row allows. The thirds of a day of an interval in hours are cut.
pub(super) fn is_closer(days: Decimal, labelled: &Labelled<'_>) -> bool {
    days.round_dp(4) < labelled.row.closest_days.round_dp(4)
}

fn route_words(id: &str, subject: &Subject<'_>) -> String {
    subject.drug.routes.iter().find(|route| route.id == id).map_or(id, |route| route.shown.as_str()).to_owned()
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

/// The most doses of the use of the order, and the days that two of them are apart; `None` for a use that goes on.
fn few_doses(subject: &Subject<'_>) -> Option<(i64, Decimal)> {
    let indication = subject.indication.id.as_deref()?;
    let row = subject.drug.doses.iter().find(|row| row.is_for(indication) && row.doses.is_some())?;
    Some((row.doses?, row.closest_days))
}

/// A use of a few doses, ordered to go on. An order without an interval is one for a single dose.
fn continuing(subject: &Subject<'_>) -> Finding {
    let Some((most, _)) = few_doses(subject) else { return Finding::bare(Outcome::NotApplicable) };
    let (outcome, words) = match (subject.order.doses, &subject.order.interval) {
        (Some(doses), _) if doses > most => (Outcome::Met, format!("{doses} doses")),
        (Some(doses), _) => (Outcome::NotMet, format!("{doses} doses")),
        (None, Reading::Known(_, words)) => (Outcome::Met, words.clone()),
        (None, Reading::Unreadable(words)) => (Outcome::Unknown(Reason::Unreadable), words.clone()),
        (None, Reading::Missing) => (Outcome::NotMet, "one dose".to_owned()),
    };
    let mut finding = on_order(outcome, words, subject);
    finding.words.limit = Some(format!("{most} doses"));
    finding
}

/// The doses given in this episode, the newest first; those of one moment are one.
fn given<'a>(subject: &Subject<'a>) -> Vec<&'a Medication> {
    let indications = &subject.drug.indications;
    let of_order = subject.indication.id.as_ref().and_then(|id| indications.iter().find(|known| known.id == *id));
    let episode = of_order.and_then(|indication| indication.within_days).unwrap_or(subject.drug.tolerance.episode_days);
    let is_given = |m: &&Medication| {
        m.concept == subject.drug.id
            && m.shown == Shown::Administered
            && m.standing != Standing::Stopped
            && m.source.reference != subject.order.reference
            && m.is_within(episode, subject.clock)
    };
    let mut given: Vec<&Medication> = subject.facts.medications.iter().filter(is_given).collect();
    given.sort_by_key(|m| m.first.as_ref().map(|when| subject.clock.minutes_since(when)));
    given.dedup_by_key(|m| m.first.as_ref().map(|when| subject.clock.minutes_since(when)));
    given
}

fn sources(given: &[&Medication]) -> Vec<Source> {
    given.iter().map(|m| m.source.clone()).collect()
}

fn too_many(subject: &Subject<'_>) -> Finding {
    let Some((most, _)) = few_doses(subject) else { return Finding::bare(Outcome::NotApplicable) };
    let given = given(subject);
    let on_record = i64::try_from(given.len()).unwrap_or(i64::MAX);
    let outcome = match subject.facts.gaps.get(&subject.drug.id) {
        _ if on_record.saturating_add(subject.order.doses.unwrap_or(1)) > most && on_record > 0 => Outcome::Met,
        Some(reason) => Outcome::Unknown(*reason),
        None => Outcome::NotMet,
    };
    let mut finding = Finding::of(outcome, sources(&given), subject);
    finding.words.value = Some(if on_record == 1 { "1 dose".to_owned() } else { format!("{on_record} doses") });
    finding.words.limit = Some(format!("{most} doses"));
    finding
}

fn too_soon(subject: &Subject<'_>) -> Finding {
    let Some((_, apart)) = few_doses(subject) else { return Finding::bare(Outcome::NotApplicable) };
    let given = given(subject);
    let least = apart.checked_mul(Decimal::from(24 * 60)).unwrap_or_default().round();
    let since = given.first().and_then(|m| m.first.as_ref()).map(|when| subject.clock.minutes_since(when));
    let outcome = match (since, subject.facts.gaps.get(&subject.drug.id)) {
        (Some((_, most)), _) if Decimal::from(most) < least => Outcome::Met,
        (Some((fewest, _)), _) if Decimal::from(fewest) < least => Outcome::Unknown(Reason::Boundary),
        (_, Some(reason)) => Outcome::Unknown(*reason),
        _ => Outcome::NotMet,
    };
    let mut finding = Finding::of(outcome, sources(given.get(..1).unwrap_or_default()), subject);
    finding.words.value = since.map(|(fewest, _)| since_words(fewest));
    finding.words.limit = Some(every(apart).trim_start_matches("every ").to_owned());
    finding
}

/// How long ago a dose was given: "3 hours ago".
fn since_words(minutes: i64) -> String {
    match minutes / 60 {
        0 => format!("{minutes} min ago"),
        1 => "1 hour ago".to_owned(),
        hours => format!("{} hours ago", number(Decimal::from(hours))),
    }
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

/// Whether doses so many days apart, as words of an order name them, are closer than the label gives them.
pub(super) fn is_interval_beyond(days: Decimal, route: Option<&str>, subject: &Subject<'_>) -> Option<bool> {
    let label = Label::of(subject, route);
    decided(label.rows_together(|labelled| is_closer(days, labelled)))
}

/// An outcome as an answer; `None` where it is open.
pub(super) fn decided(outcome: Outcome) -> Option<bool> {
    match outcome {
        Outcome::Met => Some(true),
        Outcome::NotMet => Some(false),
        Outcome::Unknown(_) | Outcome::NotApplicable => None,
    }
}

#[cfg(test)]
mod tests {
    use super::since_words;

    #[test]
    fn the_time_since_a_dose_is_in_whole_hours() {
        for (minutes, words) in
            [(59, "59 min ago"), (60, "1 hour ago"), (119, "1 hour ago"), (120, "2 hours ago"), (719, "11 hours ago")]
        {
            assert_eq!(since_words(minutes), words);
        }
    }
}
