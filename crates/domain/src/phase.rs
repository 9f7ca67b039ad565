//! The treatment phase of an order: whether it starts a first course, goes on with a treatment or resumes one.
//!
//! The label's limits for a start concern a first course only. Mistaking a renewal for a start warns without need, and
//! mistaking a start for a renewal misses a low count. Therefore "undetermined" is a phase of its own, and a request
//! alone never makes a continuation.

use super::course::{Course, cited};
use super::fact::{Facts, Medication, Shown, Source, Standing};
use super::order::DrugOrder;
use super::rule::Drug;
use super::time::Clock;
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
    /// Taken, and paused for longer than a continuation allows, but not for so long that everything begins anew.
    Resumption,
    /// Taken or requested, but so long ago that everything begins anew.
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
    let is_dose = |m: &Medication| m.is_taken() && !m.is_ahead(clock);
    let is_current = |m: &Medication| {
        is_dose(m) && (m.covers(clock) == Outcome::Met || m.is_within(m.pause_days.min(limits.continuation_days), clock))
    };
    let is_resumed = |m: &Medication| {
        let on_hold = m.standing == Standing::OnHold && m.is_within(limits.resumption_after_hold_days, clock);
        is_dose(m) && (on_hold || m.is_within(limits.resumption_days, clock))
    };
    // A supply that ran out a short time ago is one that was perhaps filled late.
    let is_prescribed = |m: &Medication| {
        let ran_out = || m.until.as_ref().is_some_and(|until| clock.days_since(until).0 <= limits.continuation_days);
        m.shown == Shown::Prescribed && (m.covers(clock) != Outcome::NotMet || ran_out())
    };
    // A dose without a known day may have been given lately, and so may one of a record that cannot be read.
    let is_open = |m: &Medication| {
        m.shown == Shown::Perhaps
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
    let may_go_on = match phase {
        Phase::Continuation | Phase::Prescribed => true,
        _ => matches!(course.covers_now(), Outcome::Met | Outcome::Unknown(_)),
    };
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

/// Whether a dose may be the first one of this very order: on the same day, and not certainly before it was written.
fn by_this_order(medication: &Medication, order: &DrugOrder) -> bool {
    match (&medication.first, &order.authored) {
        (Some(first), Some(authored)) if medication.shown != Shown::Prescribed => {
            let one_day =
                first.first() == first.last() && (first.first(), first.last()) == (authored.first(), authored.last());
            one_day && !order.is_current_treatment && !authored.is_after(first)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Phase, phase};
    use crate::fact::{Medication, Taking};
    use crate::order::DrugOrder;
    use crate::testing::{Fact, clock, drug, facts, medicine_as, order, when};
    use crate::truth::Reason;
    use Taking::{Completed, NotTaken, Nothing, Planned, Taken};

    fn dose(taking: Taking, day: &str) -> Fact {
        medicine_as("drug", taking, day)
    }

    fn changed(fact: Fact, change: impl FnOnce(&mut Medication)) -> Fact {
        let Fact::Medicine(mut medication) = fact else { panic!("a medicine") };
        change(&mut medication);
        Fact::Medicine(medication)
    }

    fn found(known: &[Fact], order: &DrugOrder) -> (Phase, usize) {
        let (phase, exposures) = phase(&drug(), &facts(known), order, &clock());
        (phase, exposures.len())
    }

    #[test]
    fn truth() {
        let gap = Fact::Gap("drug", Reason::NotRetrieved);
        let asked_for = changed(dose(Taken, ""), |m| m.asked_for = true);
        for (name, known, expected) in [
            ("no exposure", vec![], (Phase::NewStart, 0)),
            ("another medicine", vec![medicine_as("other", Taken, "2026-11-01")], (Phase::NewStart, 0)),
            ("ongoing", vec![dose(Taken, "")], (Phase::Continuation, 1)),
            ("taken lately", vec![dose(Taken, "2026-11-01")], (Phase::Continuation, 1)),
            ("a whole course lately", vec![dose(Completed, "2026-11-01")], (Phase::Continuation, 1)),
            ("on the last day of the window", vec![dose(Taken, "2026-08-24")], (Phase::Continuation, 1)),
            ("a day before the window", vec![dose(Taken, "2026-08-23")], (Phase::Restart, 1)),
            ("a month that begins before the window", vec![dose(Taken, "2026-08")], (Phase::Undetermined, 1)),
            ("a month before the window", vec![dose(Taken, "2026-07")], (Phase::Restart, 1)),
            ("no date", vec![changed(dose(Taken, ""), |m| m.ongoing = false)], (Phase::Undetermined, 1)),
            ("not taken", vec![dose(NotTaken, "2026-11-01")], (Phase::NewStart, 0)),
            ("cancelled", vec![dose(Nothing, "2026-11-01")], (Phase::NewStart, 0)),
            ("planned", vec![dose(Planned, "2026-11-01")], (Phase::NewStart, 0)),
            ("asked for only", vec![asked_for], (Phase::Undetermined, 1)),
            (
                "asked for, long ago",
                vec![changed(dose(Taken, "2020-01-01"), |m| (m.asked_for, m.ongoing) = (true, true))],
                (Phase::Restart, 1),
            ),
            (
                "long ago and lately",
                vec![dose(Taken, "2020-01-01"), dose(Taken, "2026-11-01")],
                (Phase::Continuation, 1),
            ),
            ("part is missing", vec![gap.clone()], (Phase::Undetermined, 0)),
            ("long ago, and part is missing", vec![dose(Taken, "2020-01-01"), gap.clone()], (Phase::Undetermined, 1)),
            ("lately, and part is missing", vec![dose(Taken, "2026-11-01"), gap], (Phase::Continuation, 1)),
        ] {
            assert_eq!(found(&known, &order()), expected, "{name}");
        }
    }

    #[test]
    fn the_order_is_no_exposure_to_itself() {
        let own = changed(dose(Taken, "2026-11-01"), |m| {
            m.source = crate::fact::Source::new(order().reference, String::new(), None);
        });
        assert_eq!(found(std::slice::from_ref(&own), &order()), (Phase::NewStart, 0));
        let current = DrugOrder { is_current_treatment: true, ..order() };
        assert_eq!(found(&[own], &current), (Phase::Continuation, 1), "but the current treatment is one");
    }

    #[test]
    fn an_active_request_proves_the_current_treatment_only() {
        let asked_for = changed(dose(Taken, ""), |m| m.asked_for = true);
        let current = DrugOrder { is_current_treatment: true, ..order() };
        assert_eq!(found(&[asked_for], &current), (Phase::Continuation, 1));
    }

    /// The first dose of an order is often recorded before the order is judged again.
    #[test]
    fn the_first_dose_of_this_order_is_no_earlier_exposure() {
        let with = |first: &str| changed(dose(Taken, "2026-11-22"), |m| m.first_taken = when(first));
        let at = |authored: &str| DrugOrder { authored: when(authored), ..order() };
        let current = DrugOrder { is_current_treatment: true, ..at("2026-11-22") };
        for (name, first, order, phase) in [
            ("on the day of the order", "2026-11-22", at("2026-11-22"), Phase::NewStart),
            ("later on that day", "2026-11-22T08:00:00Z", at("2026-11-22T07:00:00Z"), Phase::NewStart),
            ("earlier on that day", "2026-11-22T06:00:00Z", at("2026-11-22T07:00:00Z"), Phase::Continuation),
            ("the day before", "2026-11-21", at("2026-11-22"), Phase::Continuation),
            ("the day after", "2026-11-22", at("2026-11-21"), Phase::Continuation),
            ("in the month of the order", "2026-11", at("2026-11"), Phase::Continuation),
            ("without a date of the order", "2026-11-22", at(""), Phase::Continuation),
            ("without a first date", "", at("2026-11-22"), Phase::Continuation),
            ("of the current treatment", "2026-11-22", current, Phase::Continuation),
        ] {
            assert_eq!(found(&[with(first)], &order).0, phase, "{name}");
        }
    }

    #[test]
    fn codes_are_read_back() {
        let words: std::collections::BTreeSet<&str> = Phase::ALL.into_iter().map(Phase::words).collect();
        assert_eq!(words.len(), Phase::ALL.len());
        assert_eq!(Phase::Restart.words(), "restart");
        for phase in Phase::ALL {
            assert_eq!(Phase::from_code(phase.code()), Some(phase));
        }
        assert_eq!((Phase::NewStart.code(), Phase::from_code("start")), ("new-start", None));
    }
}
