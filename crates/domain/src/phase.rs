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
    // A supply that ran out a short time ago was perhaps filled late; a request that nobody closed is given more time.
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
mod tests {
    use super::{Phase, of_order};
    use crate::fact::{Shown, Standing};
    use crate::order::DrugOrder;
    use crate::testing::{Fact, changed, clock, drug, facts, medicine_as, order, when};
    use crate::truth::Reason;
    use Phase::{Continuation, NewStart, Prescribed, Restart, Resumption, Undetermined};
    use Shown::{Administered, Dispensed, NotTaken, Perhaps, Planned, Stated};

    fn dose(shown: Shown, day: &str) -> Fact {
        medicine_as("drug", shown, day)
    }

    /// An active request, whose supply lasts for 30 days.
    fn request(day: &str) -> Fact {
        dose(Shown::Prescribed, day)
    }

    fn standing(standing: Standing, fact: Fact) -> Fact {
        changed(fact, |m| m.standing = standing)
    }

    /// An infusion, which covers 30 days and after which a course is paused for up to 56.
    fn infusion(day: &str) -> Fact {
        changed(dose(Administered, day), |m| m.pause_days = 56)
    }

    fn found(known: &[Fact], order: &DrugOrder) -> (Phase, usize) {
        let treatment = of_order(&drug(), &facts(known), order, &clock());
        (treatment.phase, treatment.exposures.len())
    }

    fn may_go_on(known: &[Fact]) -> bool {
        of_order(&drug(), &facts(known), &order(), &clock()).may_go_on
    }

    fn all(rows: &[(&str, Vec<Fact>, Phase, usize)]) {
        for (name, known, phase, cited) in rows {
            assert_eq!(found(known, &order()), (*phase, *cited), "{name}");
        }
    }

    #[test]
    fn doses_make_a_continuation_a_resumption_or_a_restart() {
        all(&[
            ("nothing", vec![], NewStart, 0),
            ("another medicine", vec![medicine_as("other", Stated, "2026-11-01")], NewStart, 0),
            ("not taken", vec![dose(NotTaken, "2026-11-01")], NewStart, 0),
            ("planned", vec![dose(Planned, "2026-11-01")], NewStart, 0),
            ("going on", vec![dose(Stated, "")], Continuation, 1),
            ("stopped lately", vec![dose(Stated, "2026-11-01")], Continuation, 1),
            ("90 days ago", vec![dose(Dispensed, "2026-08-24")], Continuation, 1),
            ("91 days ago", vec![dose(Dispensed, "2026-08-23")], Resumption, 1),
            ("180 days ago", vec![dose(Stated, "2026-05-26")], Resumption, 1),
            ("181 days ago", vec![dose(Stated, "2026-05-25")], Restart, 1),
            (
                "handed over long ago, and the supply covers the day",
                vec![changed(dose(Dispensed, "2026-07-01"), |m| m.until = when("2026-11-22"))],
                Continuation,
                1,
            ),
            (
                "the stated supply ended 90 days ago",
                vec![changed(dose(Dispensed, "2026-05-01"), |m| m.last = when("2026-08-24"))],
                Continuation,
                1,
            ),
            ("an infusion 56 days ago", vec![infusion("2026-09-27")], Continuation, 1),
            ("an infusion 57 days ago", vec![infusion("2026-09-26")], Resumption, 1),
            ("a month that begins before the window", vec![dose(Stated, "2026-08")], Resumption, 1),
            ("a month that begins before the longer window", vec![dose(Stated, "2026-05")], Undetermined, 1),
            ("a month before it", vec![dose(Stated, "2026-04")], Restart, 1),
            ("a dose without a date", vec![dose(Dispensed, "")], Undetermined, 1),
            (
                "a dose that was broken off",
                vec![standing(Standing::Stopped, dose(Administered, "2026-11-01"))],
                Undetermined,
                1,
            ),
            ("a dose that is dated ahead", vec![dose(Administered, "2026-12-24")], Undetermined, 1),
            (
                "stopped on an unknown day, begun lately",
                vec![changed(dose(Stated, "2026-11-01"), |m| (m.last, m.until) = (None, None))],
                Continuation,
                1,
            ),
            (
                "stopped on an unknown day, begun long ago",
                vec![changed(dose(Stated, "2020-11-01"), |m| (m.last, m.until) = (None, None))],
                Undetermined,
                1,
            ),
            ("long ago and lately", vec![dose(Stated, "2020-01-01"), dose(Dispensed, "2026-11-01")], Continuation, 1),
            (
                "one event, told twice",
                vec![dose(Stated, "2026-11-01"), dose(Administered, "2026-11-01")],
                Continuation,
                1,
            ),
        ]);
    }

    #[test]
    fn a_hold_leaves_more_time() {
        let held = |day| standing(Standing::OnHold, dose(Stated, day));
        all(&[
            ("on hold for a short time", vec![held("2026-11-01")], Continuation, 1),
            ("on hold for 181 days", vec![held("2026-05-25")], Resumption, 1),
            ("on hold for 365 days", vec![held("2025-11-22")], Resumption, 1),
            ("on hold for 366 days", vec![held("2025-11-21")], Restart, 1),
        ]);
    }

    #[test]
    fn a_request_is_a_prescription_and_never_makes_a_continuation() {
        let closed = |day| standing(Standing::Completed, request(day));
        all(&[
            ("active, and its supply covers the day", vec![request("2026-11-05")], Prescribed, 1),
            ("active, and its supply ended 365 days ago", vec![request("2025-10-23")], Prescribed, 1),
            ("active, and its supply ended 366 days ago", vec![request("2025-10-22")], Restart, 1),
            ("without a date", vec![request("")], Undetermined, 1),
            ("on hold", vec![standing(Standing::OnHold, request("2026-11-05"))], Prescribed, 1),
            ("completed, and its supply ended 90 days ago", vec![closed("2026-07-25")], Prescribed, 1),
            ("completed, and its supply ended 91 days ago", vec![closed("2026-07-24")], Restart, 1),
            ("beside a dose of long ago", vec![request("2026-11-05"), dose(Stated, "2020-01-01")], Resumption, 1),
            ("closed long ago, beside such a dose", vec![closed("2020-01-01"), dose(Stated, "2020-01-01")], Restart, 1),
            ("beside a recent dose", vec![request("2026-11-05"), dose(Dispensed, "2026-11-01")], Continuation, 1),
            ("of the day of the order", vec![request("2026-11-22")], NewStart, 0),
        ]);
    }

    #[test]
    fn what_is_missing_or_unreadable_leaves_it_open() {
        let gap = || Fact::Gap("drug", Reason::NotRetrieved);
        let unreadable = || dose(Perhaps, "2026-11-01");
        all(&[
            ("unreadable", vec![unreadable()], Undetermined, 1),
            ("unreadable, and long ago", vec![unreadable(), dose(Stated, "2020-01-01")], Undetermined, 1),
            ("unreadable, and lately", vec![unreadable(), dose(Dispensed, "2026-11-02")], Continuation, 1),
            ("unreadable, and prescribed", vec![unreadable(), request("2026-11-05")], Prescribed, 1),
            ("part is missing", vec![gap()], Undetermined, 0),
            ("long ago, and part is missing", vec![dose(Stated, "2020-01-01"), gap()], Undetermined, 1),
            ("paused, and part is missing", vec![dose(Stated, "2026-07-01"), gap()], Undetermined, 1),
            ("prescribed, and part is missing", vec![request("2026-11-05"), gap()], Undetermined, 0),
            ("lately, and part is missing", vec![dose(Stated, "2026-11-01"), gap()], Continuation, 1),
        ]);
    }

    /// The strictness of a phase: whether a value below the start limit stops, warns or is within the limits.
    fn strictness(phase: Phase) -> u8 {
        match phase {
            Continuation => 0,
            Prescribed | Resumption => 1,
            NewStart | Restart | Undetermined => 2,
        }
    }

    /// Of every set of these records: taking away a dose never makes the phase less strict, adding a request never makes
    /// it a continuation, and the order of records changes nothing.
    #[test]
    fn fewer_doses_are_never_less_strict() {
        let records = [
            dose(Stated, ""),
            dose(Dispensed, "2026-11-01"),
            dose(Dispensed, "2026-07-01"),
            dose(Administered, "2020-01-01"),
            dose(Dispensed, ""),
            dose(Administered, "2026-12-24"),
            dose(Perhaps, "2026-11-01"),
            standing(Standing::Stopped, dose(Administered, "2026-11-03")),
            standing(Standing::OnHold, dose(Stated, "2026-03-01")),
            request("2026-11-05"),
            standing(Standing::Completed, request("2020-01-01")),
        ];
        let is_request = |fact: &Fact| matches!(fact, Fact::Medicine(m) if m.is_request);
        let with = |mask: usize| -> Vec<Fact> {
            records.iter().enumerate().filter(|(at, _)| mask & (1 << at) != 0).map(|(_, fact)| fact.clone()).collect()
        };
        for mask in 0..1_usize << records.len() {
            let phase = found(&with(mask), &order()).0;
            let reversed: Vec<Fact> = with(mask).into_iter().rev().collect();
            assert_eq!(found(&reversed, &order()).0, phase, "{mask:b} in another order");
            for (at, record) in records.iter().enumerate().filter(|(at, _)| mask & (1 << at) != 0) {
                let without = found(&with(mask & !(1 << at)), &order()).0;
                if is_request(record) {
                    assert!(phase != Continuation || without == Continuation, "{mask:b} with request {at}");
                } else {
                    assert!(
                        strictness(without) >= strictness(phase),
                        "{mask:b} without dose {at}: {without:?}, {phase:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_order_is_no_exposure_to_itself() {
        let own = changed(dose(Shown::Prescribed, "2026-11-01"), |m| {
            m.source = crate::fact::Source::new(order().reference, String::new(), None);
        });
        assert_eq!(found(std::slice::from_ref(&own), &order()), (NewStart, 0));
        let current = DrugOrder { is_current_treatment: true, ..order() };
        assert_eq!(found(&[own], &current), (Prescribed, 1), "but it is part of the current treatment");
    }

    /// The first dose of an order is often recorded before the order is judged again.
    #[test]
    fn the_first_dose_of_this_order_is_no_earlier_exposure() {
        let with = |first: &str| changed(dose(Administered, "2026-11-22"), |m| m.first = when(first));
        let at = |authored: &str| DrugOrder { authored: when(authored), ..order() };
        let current = DrugOrder { is_current_treatment: true, ..at("2026-11-22") };
        for (name, first, order, phase) in [
            ("on the day of the order", "2026-11-22", at("2026-11-22"), NewStart),
            ("later on that day", "2026-11-22T08:00:00Z", at("2026-11-22T07:00:00Z"), NewStart),
            ("earlier on that day", "2026-11-22T06:00:00Z", at("2026-11-22T07:00:00Z"), Continuation),
            ("the day before", "2026-11-21", at("2026-11-22"), Continuation),
            ("the day after", "2026-11-22", at("2026-11-21"), Continuation),
            ("in the month of the order", "2026-11", at("2026-11"), Continuation),
            ("without a date of the order", "2026-11-22", at(""), Continuation),
            ("without a first date", "", at("2026-11-22"), Continuation),
            ("of the current treatment", "2026-11-22", current, Continuation),
        ] {
            assert_eq!(found(&[with(first)], &order).0, phase, "{name}");
        }
    }

    /// A look at the current treatment speaks only where the drug may be taken.
    #[test]
    fn whether_the_drug_may_be_taken() {
        let held = |day| standing(Standing::OnHold, dose(Stated, day));
        let gap = || Fact::Gap("drug", Reason::NotRetrieved);
        for (name, known, expected) in [
            ("nothing", vec![], false),
            ("going on", vec![dose(Stated, "")], true),
            ("stopped lately", vec![dose(Stated, "2026-11-01")], true),
            ("stopped a while ago", vec![dose(Stated, "2026-07-01")], false),
            ("on hold for a while", vec![held("2026-07-01")], true),
            ("on hold for years, and never closed", vec![held("2020-07-01")], true),
            ("prescribed years ago, and never closed", vec![request("2020-07-01")], true),
            ("prescribed years ago", vec![standing(Standing::Completed, request("2020-07-01"))], false),
            ("prescribed", vec![request("2026-11-05")], true),
            ("completed a short time ago", vec![standing(Standing::Completed, request("2026-08-29"))], true),
            ("prescribed, taken long ago", vec![request("2026-11-05"), dose(Stated, "2020-01-01")], true),
            ("prescribed, and part is missing", vec![request("2026-11-05"), gap()], true),
            ("unreadable", vec![dose(Perhaps, "")], true),
            ("part is missing", vec![gap()], false),
        ] {
            assert_eq!(may_go_on(&known), expected, "{name}");
        }
    }

    #[test]
    fn codes_are_read_back() {
        let words: std::collections::BTreeSet<&str> = Phase::ALL.into_iter().map(Phase::words).collect();
        assert_eq!(words.len(), Phase::ALL.len());
        assert_eq!(Restart.words(), "restart");
        for phase in Phase::ALL {
            assert_eq!(Phase::from_code(phase.code()), Some(phase));
        }
        assert_eq!((NewStart.code(), Phase::from_code("start")), ("new-start", None));
    }
}
