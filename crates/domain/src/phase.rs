//! The treatment phase of an order: whether it starts a first course, goes on with a treatment or resumes one.
//!
//! The label's limits for a start concern a first course only. Mistaking a renewal for a start warns without need, and
//! mistaking a start for a renewal misses a low count. Therefore "undetermined" is a phase of its own, and a request
//! alone never makes a continuation.

use super::course::{Course, cited};
use super::fact::{Facts, Medication, Shown, Source, Standing};
use super::order::DrugOrder;
use super::rule::Drug;
use super::time::{Clock, When};
use super::truth::Outcome;

/// The treatment phase of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The medication history was retrieved and holds nothing of the drug.
    NewStart,
    /// Requested before, but nothing shows that a dose was taken.
    Prescribed,
    /// Taken, and going on or paused for a short time only.
    Continuation,
    /// Taken, and paused for longer than a continuation allows, but not for so long that a new course begins.
    Resumption,
    /// Taken or requested, but so long ago that a new course begins.
    Restart,
    /// The medication history could not be retrieved in full. The limits for a start are used, and the card says so.
    Undetermined,
}

impl Phase {
    /// Every phase.
    pub const ALL: [Phase; 6] = [
        Phase::NewStart,
        Phase::Prescribed,
        Phase::Continuation,
        Phase::Resumption,
        Phase::Restart,
        Phase::Undetermined,
    ];

    /// The phases in which a treatment begins, or may begin: all that is asked before a first dose is asked there.
    pub const STARTS: [Phase; 5] =
        [Phase::NewStart, Phase::Prescribed, Phase::Resumption, Phase::Restart, Phase::Undetermined];

    /// The stable code, as it appears in assessments and in the library.
    pub fn code(self) -> &'static str {
        match self {
            Phase::NewStart => "new-start",
            Phase::Prescribed => "prescribed",
            Phase::Continuation => "continuation",
            Phase::Resumption => "resumption",
            Phase::Restart => "restart",
            Phase::Undetermined => "undetermined",
        }
    }

    /// The phase with this code.
    pub fn from_code(code: &str) -> Option<Phase> {
        Phase::ALL.into_iter().find(|phase| phase.code() == code)
    }

    /// The phase in running text.
    pub fn words(self) -> &'static str {
        match self {
            Phase::NewStart => "new start",
            Phase::Prescribed => "ordered before, no dose on record",
            Phase::Continuation => "continuation",
            Phase::Resumption => "resumption after a pause",
            Phase::Restart => "restart",
            Phase::Undetermined => "assumed to be a new start (medication history not fully available)",
        }
    }

    /// The phase in the headline of a card, where there is no room for the reason.
    pub fn in_headline(self) -> &'static str {
        match self {
            Phase::Undetermined => "assumed new start",
            phase => phase.words(),
        }
    }
}

/// The phase of an order, and what it rests on.
#[derive(Debug)]
pub struct Treatment {
    /// The phase.
    pub phase: Phase,
    /// The records that show the phase, the latest first.
    pub exposures: Vec<Source>,
    /// Whether the drug may be taken at the moment, so that a look at the treatment has something to say.
    pub may_go_on: bool,
}

/// The phase of an order. More proof of doses never makes it stricter, and a request never makes it a continuation.
pub fn of_order(drug: &Drug, facts: &Facts, order: &DrugOrder, clock: &Clock) -> Treatment {
    let course = earlier_course(drug, facts, order, clock);
    let limits = drug.course;
    let is_broken_off = |m: &Medication| m.shown == Shown::Administered && m.standing == Standing::Stopped;
    let is_dose = |m: &Medication| m.is_taken() && !m.is_ahead(clock) && !is_broken_off(m);
    let is_current = |m: &Medication| {
        is_dose(m)
            && (m.covers(clock) == Outcome::Met || m.is_within(m.pause_days.min(limits.continuation_days), clock))
    };
    let is_resumed = |m: &Medication| {
        let on_hold = m.standing == Standing::OnHold && m.is_within(limits.resumption_after_hold_days, clock);
        is_dose(m) && (on_hold || m.is_within(limits.resumption_days, clock))
    };
    // A supply that ran out a short time ago may have been filled late; a request that nobody closed is given more time.
    let is_prescribed = |m: &Medication| {
        let is_closed = matches!(m.standing, Standing::Completed | Standing::Stopped);
        let after = if is_closed { limits.continuation_days } else { limits.resumption_after_hold_days };
        let holds = |until: &When| clock.days_since(until).0 <= after;
        m.shown == Shown::Prescribed && m.until.as_ref().is_some_and(holds)
    };
    // A dose without a known day may have been given lately, and so may one of a record that cannot be read. A dose that
    // was broken off may have been hardly any.
    let is_open = |m: &Medication| {
        m.shown == Shown::Perhaps
            || is_broken_off(m)
            || (m.shown == Shown::Prescribed && m.until.is_none())
            || (m.is_taken() && (m.is_ahead(clock) || m.may_be_within(limits.resumption_days, clock)))
    };
    let found = |holds: &dyn Fn(&Medication) -> bool| course.records(holds);
    let (taken, prescribed) = (course.taken(), found(&is_prescribed));
    let gap = facts.gaps.contains_key(&drug.id);
    let steps: [(Phase, Vec<&Medication>, bool); 5] = [
        (Phase::Continuation, found(&is_current), true),
        (Phase::Resumption, found(&is_resumed), !gap),
        // A prescription that still holds speaks against a treatment that ended long ago.
        (if taken.is_empty() { Phase::Prescribed } else { Phase::Resumption }, prescribed, !gap),
        (Phase::Undetermined, found(&is_open), !gap),
        (Phase::Restart, found(&|m| m.is_taken() || m.shown == Shown::Prescribed), !gap),
    ];
    let shown = steps.into_iter().find(|(_, records, counts)| *counts && !records.is_empty());
    let (phase, records) = match shown {
        Some((phase, records, _)) => (phase, records),
        None if gap => (Phase::Undetermined, taken),
        None => (Phase::NewStart, Vec::new()),
    };
    let may_go_on = matches!(phase, Phase::Continuation | Phase::Prescribed)
        || matches!(course.covers_now(), Outcome::Met | Outcome::Unknown(_));
    Treatment { phase, exposures: cited(&records), may_go_on }
}

/// All records of the drug but this very order, and its own first dose.
fn earlier_course<'a>(drug: &Drug, facts: &'a Facts, order: &DrugOrder, clock: &'a Clock) -> Course<'a> {
    Course::of(facts, clock, |m| {
        m.concept == drug.id
            && m.shown != Shown::Planned
            && (order.is_current_treatment || m.source.reference != order.reference)
            && !by_this_order(m, order)
    })
}

/// Whether a record may be this very order as the EHR stored it, or its first dose: of the same day, and not certainly
/// from before it was written.
fn by_this_order(medication: &Medication, order: &DrugOrder) -> bool {
    match (&medication.first, &order.authored) {
        (Some(first), Some(authored)) => {
            let one_day =
                first.first() == first.last() && (first.first(), first.last()) == (authored.first(), authored.last());
            one_day && !order.is_current_treatment && !authored.is_after(first)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
