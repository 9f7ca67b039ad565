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
        ("one event, told twice", vec![dose(Stated, "2026-11-01"), dose(Administered, "2026-11-01")], Continuation, 1),
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
                assert!(strictness(without) >= strictness(phase), "{mask:b} without dose {at}: {without:?}, {phase:?}");
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
