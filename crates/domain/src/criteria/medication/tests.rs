use super::{CompletedCourse, MedicationState, RecordedMedication};
use crate::fact::Shown::{Administered, Dispensed, NotTaken, Perhaps, Planned, Prescribed, Stated};
use crate::fact::{Presence, Standing};
use crate::testing::{
    Fact, Row, began, changed, cited, condition, course, described, find, find_on_order, medicine, medicine_as, order,
    tested, truth_table, when,
};
use crate::truth::Reason;

const DAY: &str = "2026-11-01";

fn kind(state: MedicationState) -> RecordedMedication {
    RecordedMedication { concepts: vec!["medicine".into(), "sister".into()], state, begun_within: None }
}

/// A dose whose interval of 30 days is over, after which the course is only paused.
fn given(day: &str) -> Fact {
    medicine(Administered, day)
}

fn on_hold(day: &str) -> Fact {
    changed(medicine(Stated, day), |m| m.standing = Standing::OnHold)
}

#[test]
fn what_was_begun_earlier_does_not_count() {
    let kind = RecordedMedication { begun_within: Some(30), ..kind(MedicationState::Current(0)) };
    let since = |day: &str| changed(medicine(Stated, ""), |m| m.first = when(day));
    truth_table(
        &kind,
        &[
            ("begun 30 days ago", &[since("2026-10-23")], "met"),
            ("begun 31 days ago", &[since("2026-10-22")], "unknown: absent"),
            ("begun on an unknown day", &[since("")], "met"),
            ("begun earlier, and another lately", &[since("2024-10-22"), since("2026-11-20")], "met"),
        ],
    );
    let lines = described(&mut { kind });
    assert_eq!(lines[5], "met: only what was begun within 30 days counts");
}

#[test]
fn truth_of_one_that_was_taken() {
    let gap = Fact::Gap("sister", Reason::NotRetrieved);
    truth_table(
        &kind(MedicationState::Taken(None)),
        &[
            ("stated", &[medicine(Stated, DAY)], "met"),
            ("going on", &[medicine(Stated, "")], "met"),
            ("handed over", &[medicine(Dispensed, DAY)], "met"),
            ("given, without a date", &[given("")], "met"),
            ("its sister", &[medicine_as("sister", Stated, DAY)], "met"),
            ("another medicine", &[medicine_as("other", Stated, DAY)], "unknown: absent"),
            ("planned only", &[medicine(Planned, DAY)], "unknown: absent"),
            ("prescribed only", &[medicine(Prescribed, DAY)], "unknown: absent"),
            ("unreadable", &[medicine(Perhaps, DAY)], "unknown: unreadable"),
            ("not taken", &[medicine(NotTaken, DAY)], "not-met"),
            ("not taken, but prescribed", &[medicine(NotTaken, DAY), medicine(Prescribed, DAY)], "unknown: absent"),
            ("taken and not taken", &[medicine(NotTaken, DAY), medicine(Stated, DAY)], "met"),
            ("nothing", &[], "unknown: absent"),
            ("not taken, and part is missing", &[medicine(NotTaken, DAY), gap.clone()], "unknown: not-retrieved"),
            ("prescribed, and part is missing", &[medicine(Prescribed, DAY), gap.clone()], "unknown: not-retrieved"),
            ("unreadable, and part is missing", &[medicine(Perhaps, DAY), gap.clone()], "unknown: not-retrieved"),
            ("taken, and part is missing", &[medicine(Stated, DAY), gap.clone()], "met"),
            (
                "the gravest gap speaks",
                &[gap.clone(), Fact::Gap("medicine", Reason::Unreadable)],
                "unknown: not-retrieved",
            ),
        ],
    );
    let prescribed = find(&kind(MedicationState::Taken(None)), &[medicine(Prescribed, DAY)]);
    assert_eq!(prescribed.words.why, Some("prescribed, no dose on record"));
    truth_table(
        &kind(MedicationState::Taken(Some(30))),
        &[
            ("the last day of the window", &[medicine(Stated, "2026-10-23")], "met"),
            ("a day before it", &[medicine(Stated, "2026-10-22")], "unknown: stale"),
            ("long ago and lately", &[medicine(Stated, "2020-01-01"), given(DAY)], "met"),
            ("a supply that covers the day", &[changed(given("2020-01-01"), |m| m.until = when("2027"))], "met"),
            ("on an unknown day", &[given("")], "met"),
        ],
    );
}

/// Whatever covers the day, or may, denies that it ended.
#[test]
fn truth_of_one_that_ended() {
    let long_ago = || medicine(Stated, "2020-01-01");
    truth_table(
        &kind(MedicationState::Ended(Some(400))),
        &[
            ("stopped", &[medicine(Stated, DAY)], "met"),
            (
                "stopped on an unknown day",
                &[changed(medicine(Stated, DAY), |m| (m.last, m.until) = (None, None))],
                "met",
            ),
            ("going on", &[medicine(Stated, "")], "not-met"),
            ("stopped, but handed over since", &[medicine(Stated, DAY), medicine(Dispensed, DAY)], "not-met"),
            ("stopped, and prescribed again", &[medicine(Stated, DAY), medicine(Prescribed, DAY)], "not-met"),
            ("a dose within its interval", &[given(DAY)], "not-met"),
            ("a dose within the pause", &[given("2026-09-01")], "unknown: stale"),
            ("a dose after the pause", &[given("2026-08-23")], "met"),
            ("on hold", &[on_hold(DAY)], "unknown: stale"),
            (
                "stopped, and an open request of long ago",
                &[medicine(Stated, DAY), medicine(Prescribed, "2024-01-01")],
                "unknown: stale",
            ),
            ("stopped, and unreadable", &[medicine(Stated, DAY), medicine(Perhaps, DAY)], "unknown: unreadable"),
            ("before the window", &[long_ago()], "unknown: stale"),
            ("prescribed only", &[medicine(Prescribed, "2024-01-01")], "unknown: absent"),
            ("unreadable only", &[medicine(Perhaps, DAY)], "unknown: unreadable"),
            ("planned", &[medicine(Planned, DAY)], "unknown: absent"),
            ("not taken", &[medicine(NotTaken, DAY)], "not-met"),
            (
                "stopped, and part is missing",
                &[medicine(Stated, DAY), Fact::Gap("sister", Reason::NotRetrieved)],
                "unknown: not-retrieved",
            ),
        ],
    );
    let still = find(&kind(MedicationState::Ended(None)), &[medicine(Stated, DAY), medicine(Dispensed, "2026-11-02")]);
    assert_eq!(
        (still.evidence.len(), still.words.date.as_deref()),
        (1, Some("2 Nov 2026")),
        "what covers the day is cited"
    );
}

#[test]
fn truth_of_one_that_is_current() {
    let rows: &[Row<'_>] = &[
        ("going on", &[medicine(Stated, "")], "met"),
        ("planned", &[medicine(Planned, "2020-01-01")], "met"),
        ("prescribed", &[medicine(Prescribed, DAY)], "met"),
        ("prescribed, and the supply is used up", &[medicine(Prescribed, "2024-01-01")], "unknown: stale"),
        (
            "a completed request",
            &[changed(medicine(Prescribed, DAY), |m| m.standing = Standing::Completed)],
            "unknown: stale",
        ),
        ("handed over", &[medicine(Dispensed, DAY)], "met"),
        ("handed over, and the supply is used up", &[medicine(Dispensed, "2026-09-01")], "unknown: stale"),
        ("the last day of the window", &[medicine(Stated, "2026-10-23")], "met"),
        ("a day before the window", &[medicine(Stated, "2026-10-22")], "unknown: absent"),
        ("a month that begins before the window", &[medicine(Stated, "2026-10")], "met"),
        ("on hold", &[on_hold("2026-09-01")], "unknown: stale"),
        ("a dose without a date", &[given("")], "unknown: unreadable"),
        ("unreadable", &[medicine(Perhaps, "")], "unknown: unreadable"),
        ("unreadable, and over in any case", &[medicine(Perhaps, "2020-01-01")], "unknown: absent"),
        ("not taken", &[medicine(NotTaken, "")], "not-met"),
        (
            "unreadable, and part is missing",
            &[medicine(Perhaps, ""), Fact::Gap("sister", Reason::NotRetrieved)],
            "unknown: not-retrieved",
        ),
    ];
    truth_table(&kind(MedicationState::Current(30)), rows);
    truth_table(
        &kind(MedicationState::Current(0)),
        &[
            ("going on", &[medicine(Stated, "")], "met"),
            ("stopped today", &[medicine(Stated, "2026-11-22")], "met"),
            ("stopped yesterday", &[medicine(Stated, "2026-11-21")], "unknown: absent"),
            ("a dose within its interval", &[given(DAY)], "unknown: absent"),
        ],
    );
}

#[test]
fn truth_of_one_that_has_gone_on_for_long_enough() {
    let since = |day: &str| changed(medicine(Stated, ""), |m| m.first = when(day));
    truth_table(
        &kind(MedicationState::GoingOn(30)),
        &[
            ("30 days", &[since("2026-10-23")], "met"),
            ("29 days", &[since("2026-10-24")], "not-met"),
            ("a month that straddles", &[since("2026-10")], "unknown: boundary"),
            ("since an unknown day", &[since("")], "unknown: boundary"),
            ("handed over twice without a gap", &[medicine(Dispensed, DAY), medicine(Dispensed, "2026-10-01")], "met"),
            ("handed over twice with a gap", &[medicine(Dispensed, DAY), medicine(Dispensed, "2026-09-01")], "not-met"),
            ("a dose within its interval", &[given(DAY)], "not-met"),
            ("stopped", &[medicine(Stated, DAY)], "unknown: absent"),
            ("prescribed only", &[medicine(Prescribed, DAY)], "unknown: absent"),
            ("unreadable", &[medicine(Perhaps, DAY)], "unknown: unreadable"),
            ("not taken", &[medicine(NotTaken, DAY)], "not-met"),
        ],
    );
    // The first of October was 52 days ago, the last one 22.
    let october = |least| find(&kind(MedicationState::GoingOn(least)), &[since("2026-10")]).outcome.to_string();
    assert_eq!(
        [22, 23, 52, 53].map(october),
        ["met", "unknown: boundary", "unknown: boundary", "not-met"],
        "a month is no day"
    );
    let begun = find(&kind(MedicationState::GoingOn(0)), &[since("2026-11-20")]);
    assert_eq!((begun.outcome.to_string().as_str(), begun.words.date.as_deref()), ("met", Some("20 Nov 2026")));
    let undated = find(&kind(MedicationState::GoingOn(0)), &[since("")]);
    assert_eq!(undated.outcome.to_string(), "met", "it goes on, since whenever that was");
}

#[test]
fn truth_of_a_completed_course() {
    let needed = CompletedCourse { minimum_days: 84, or_doses: Some(3), after: vec!["test".into(), "disease".into()] };
    let whole = || course("medicine", "2026-05-01", "2026-07-23");
    let doses = |n: usize| -> Vec<Fact> {
        ["2026-01-01", "2026-01-08", "2026-01-15"][..n].iter().map(|day| given(day)).collect()
    };
    let with = |facts: &[Fact], more: Fact| [facts.to_vec(), vec![more]].concat();
    truth_table(
        &kind(MedicationState::CourseCompleted(needed)),
        &[
            ("84 days", &[whole()], "met"),
            ("83 days", &[course("medicine", "2026-05-01", "2026-07-22")], "unknown: absent"),
            (
                "84 days with a pause, which does not count",
                &[course("medicine", "2026-05-01", "2026-05-31"), course("medicine", "2026-06-10", "2026-07-23")],
                "unknown: absent",
            ),
            ("without dates", &[course("medicine", "", "")], "unknown: absent"),
            ("stopped before its end", &[changed(whole(), |m| m.standing = Standing::Stopped)], "unknown: absent"),
            (
                "each day counts once",
                &[course("medicine", "2026-05-01", "2026-06-30"), course("medicine", "2026-06-01", "2026-07-22")],
                "unknown: absent",
            ),
            (
                "two parts",
                &[course("medicine", "2026-05-01", "2026-06-30"), course("sister", "2026-07-01", "2026-07-23")],
                "met",
            ),
            ("three doses", &doses(3), "met"),
            ("two doses", &doses(2), "unknown: absent"),
            ("a dose told twice", &with(&doses(2), given("2026-01-08")), "unknown: absent"),
            ("going on", &[whole(), medicine(Stated, "")], "not-met"),
            ("prescribed only", &[medicine(Prescribed, "2026-05-01")], "unknown: absent"),
            ("unreadable", &[medicine(Perhaps, "2026-05-01")], "unknown: unreadable"),
            ("not taken", &[medicine(NotTaken, DAY)], "not-met"),
            ("after the positive test", &[whole(), tested("2026-04-01", "positive")], "met"),
            ("until after the positive test", &[whole(), tested("2026-07-22", "positive")], "met"),
            ("before the positive test", &[whole(), tested("2026-08-01", "positive")], "unknown: absent"),
            (
                "after the first of two",
                &[whole(), tested("2026-08-01", "positive"), tested("2026-04-01", "positive")],
                "met",
            ),
            ("before a negative test", &[whole(), tested("2026-08-01", "negative")], "met"),
            ("before a positive test without a date", &[whole(), tested("", "positive")], "met"),
            ("before the condition began", &[whole(), began("2026-08-01", "2026-08-02")], "unknown: absent"),
            ("before the condition was recorded", &[whole(), began("", "2026-08-02")], "met"),
            ("before a refuted condition", &[whole(), condition("disease", Presence::Denied, "2026-08-01")], "met"),
        ],
    );
}

#[test]
fn truth_of_a_record_that_cannot_be_read() {
    truth_table(
        &kind(MedicationState::Unreadable),
        &[
            ("no status", &[medicine(Perhaps, DAY)], "met"),
            ("a dose without a date", &[given("")], "met"),
            ("no status, and over in any case", &[medicine(Perhaps, "2020-01-01")], "unknown: absent"),
            ("readable", &[medicine(Stated, "")], "unknown: absent"),
            ("not taken", &[medicine(NotTaken, DAY)], "not-met"),
            ("nothing, and part is missing", &[Fact::Gap("sister", Reason::Unreadable)], "unknown: unreadable"),
        ],
    );
}

#[test]
fn one_event_is_cited_once() {
    let taken = kind(MedicationState::Taken(None));
    let renamed = |fact, id: &str| {
        changed(fact, |m| {
            m.source = crate::testing::source("MedicationAdministration", id, DAY).with_value("medicine".into())
        })
    };
    let both = [medicine(Stated, DAY), renamed(given(DAY), "dose")];
    assert_eq!(cited(&find(&taken, &both)), ["MedicationStatement/medicine"]);
    let other_day = [medicine(Stated, DAY), medicine(Stated, "2026-10-01"), medicine_as("sister", Stated, DAY)];
    assert_eq!(cited(&find(&taken, &other_day)), ["MedicationStatement/medicine", "MedicationStatement/sister"]);
}

#[test]
fn the_order_itself_is_no_evidence() {
    let mut order = order();
    order.reference = "MedicationStatement/medicine".to_owned();
    let kind = kind(MedicationState::Current(30));
    assert_eq!(find_on_order(&kind, &[medicine(Planned, "")], &order).outcome.to_string(), "unknown: absent");
    assert_eq!(find(&kind, &[medicine(Planned, "")]).outcome.to_string(), "met");
}

#[test]
fn description() {
    assert_eq!(
        described(&mut kind(MedicationState::Current(30))),
        [
            "reads: medicine, sister",
            "window: None",
            "shows: met, not-met, unknown",
            "of the order: false",
            "met: the medicine or the sister going on, taken within the last 30 days, or among the draft orders",
            "not met: the record says that it was not taken",
            "unknown: none recorded: it may have been taken elsewhere",
            "unknown: or only a record whose status or date cannot be read",
        ]
    );
    let said = |state, line: usize| described(&mut kind(state)).swap_remove(line);
    let needed = CompletedCourse { minimum_days: 84, or_doses: Some(12), after: vec!["test".into()] };
    assert_eq!(said(MedicationState::CourseCompleted(needed.clone()), 0), "reads: medicine, sister, test");
    let met = |state| said(state, 4);
    assert_eq!(
        met(MedicationState::CourseCompleted(needed)),
        "met: a completed course of the medicine or the sister of 84 days or more or with 12 doses given, not over before the first of the test"
    );
    assert_eq!(met(MedicationState::Taken(None)), "met: the medicine or the sister taken, now or ever");
    assert_eq!(met(MedicationState::Taken(Some(30))), "met: the medicine or the sister taken, in the last 30 days");
    assert_eq!(
        met(MedicationState::Ended(None)),
        "met: the medicine or the sister was taken, now or ever, and nothing covers the day"
    );
    assert_eq!(met(MedicationState::Current(0)), "met: the medicine or the sister going on, or among the draft orders");
    assert_eq!(met(MedicationState::GoingOn(0)), "met: the medicine or the sister taken and going on");
    assert_eq!(
        met(MedicationState::GoingOn(30)),
        "met: the medicine or the sister taken for 30 days or more and going on"
    );
    let not_met = |state| said(state, 5);
    assert_eq!(not_met(MedicationState::GoingOn(0)), "not met: the record says that it was not taken");
    let began = "not met: it began later, or the record says that it was not taken";
    assert_eq!(not_met(MedicationState::GoingOn(30)), began);
    let goes_on = "not met: it goes on, or the record says that it was not taken";
    assert_eq!(not_met(MedicationState::Ended(None)), goes_on);
    let unreadable = described(&mut kind(MedicationState::Unreadable));
    assert_eq!(unreadable.len(), 7, "{unreadable:?}");
}
