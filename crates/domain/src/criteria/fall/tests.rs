use super::{Fall, OnTreatment};
use crate::fact::{Presence, ResultStatus, Shown};
use crate::testing::{
    Fact, changed, cited, condition, course, described, find, measured, measured_as, medicine, number, preliminary,
    truth_table, when, with_status,
};
use crate::truth::Reason;

fn kind() -> Fall {
    Fall {
        concepts: vec!["measure".into(), "percent".into()],
        percent: number("10"),
        within_days: 365,
        or_condition: Some("worse".into()),
        on_treatment: None,
    }
}

fn two(earlier: &str, newest: &str) -> [Fact; 2] {
    [measured("2026-06-01", earlier), measured("2026-11-01", newest)]
}

#[test]
fn truth_by_measure() {
    let gap = Fact::Gap("measure", Reason::NotRetrieved);
    let percent = |date, value| measured_as("percent", date, value);
    truth_table(
        &kind(),
        &[
            ("a fall by a fifth", &two("2.0", "1.6"), "met"),
            ("a fall by exactly a tenth", &two("2.0", "1.8"), "met"),
            ("a fall by just less", &two("2.0", "1.8001"), "not-met"),
            ("a rise", &two("1.8", "2.0"), "not-met"),
            ("one value", &[measured("2026-11-01", "1.8")], "unknown: absent"),
            ("nothing", &[], "unknown: absent"),
            ("nothing, and part is missing", std::slice::from_ref(&gap), "unknown: not-retrieved"),
            ("one value, and part is missing", &[measured("2026-11-01", "1"), gap.clone()], "unknown: not-retrieved"),
            (
                "values of two measures are never compared",
                &[measured("2026-06-01", "2.0"), percent("2026-11-01", "1.0")],
                "unknown: absent",
            ),
            (
                "one measure that fell is enough",
                &[
                    measured("2026-06-01", "2"),
                    measured("2026-11-01", "2"),
                    percent("2026-06-01", "80"),
                    percent("2026-11-01", "60"),
                ],
                "met",
            ),
            (
                "one measure that did not fall is more than one that is unknown",
                &[percent("2026-11-01", "60"), measured("2026-06-01", "2"), measured("2026-11-01", "2")],
                "not-met",
            ),
            (
                "the largest fall counts",
                &[measured("2026-01-01", "2"), measured("2026-06-01", "1.7"), measured("2026-11-01", "1.7")],
                "met",
            ),
            (
                "the last day of the window between them",
                &[measured("2025-11-01", "2"), measured("2026-11-01", "1")],
                "met",
            ),
            ("a day more between them", &[measured("2025-10-31", "2"), measured("2026-11-01", "1")], "unknown: absent"),
            (
                "the newest on the last day of the window",
                &[measured("2025-06-01", "2"), measured("2025-11-22", "1")],
                "met",
            ),
            (
                "the newest a day before it",
                &[measured("2025-06-01", "2"), measured("2025-11-21", "1")],
                "unknown: stale",
            ),
            ("two values of one day", &[measured("2026-11-01", "2"), measured("2026-11-01", "1")], "unknown: absent"),
            (
                "a month that may be the day itself",
                &[measured("2026-11", "2"), measured("2026-11-10", "1")],
                "unknown: absent",
            ),
            ("the earlier one is open", &two("<2.0", "1.0"), "unknown: absent"),
            (
                "the earlier one is preliminary",
                &[preliminary(measured("2026-06-01", "2")), measured("2026-11-01", "1")],
                "unknown: absent",
            ),
            (
                "no fall between two, and one without a date",
                &[two("2.0", "1.95").as_slice(), &[measured("", "1")]].concat(),
                "unknown: unreadable",
            ),
            (
                "a fall between two, and one without a date",
                &[two("2.0", "1.0").as_slice(), &[measured("", "2")]].concat(),
                "met",
            ),
            ("the earlier one has no date", &[measured("", "2"), measured("2026-11-01", "1")], "unknown: absent"),
            ("the earlier one is zero", &two("0", "1.0"), "unknown: absent"),
            (
                "an incomplete list without order",
                &[two("2.0", "1.0").to_vec(), vec![Fact::Unordered("measure")]].concat(),
                "unknown: not-retrieved",
            ),
        ],
    );
}

#[test]
fn an_unusable_result_counts_when_it_may_be_the_newest() {
    let with = |extra: Fact| [two("2.0", "1.0").to_vec(), vec![extra]].concat();
    truth_table(
        &kind(),
        &[
            ("newer", &with(measured("2026-11-10", "unit")), "unknown: unit"),
            ("of unknown date", &with(measured("", "unit")), "unknown: unit"),
            ("older", &with(measured("2026-10-01", "unit")), "met"),
            ("of the same day", &with(measured("2026-11-01", "unit")), "met"),
            ("newer, but cancelled", &with(with_status(ResultStatus::Void, measured("2026-11-10", "unit"))), "met"),
            ("newer, of another measure", &with(measured_as("other", "2026-11-10", "unit")), "met"),
            ("alone", &[measured("2026-11-10", "unit")], "unknown: unit"),
        ],
    );
    let unclear = |fact| with_status(ResultStatus::Unclear, fact);
    let stable = |extra: Fact| [two("2.0", "2.0").to_vec(), vec![extra]].concat();
    truth_table(
        &kind(),
        &[
            ("newer, of unclear status", &stable(unclear(measured("2026-11-10", "2"))), "unknown: newer-unreadable"),
            ("older, of unclear status", &stable(unclear(measured("2026-10-10", "1"))), "not-met"),
            ("newer and preliminary, fallen", &stable(preliminary(measured("2026-11-10", "1"))), "unknown: not-final"),
            ("newer and preliminary, stable", &stable(preliminary(measured("2026-11-10", "2"))), "not-met"),
            (
                "newer and known by its name, fallen",
                &stable(with_status(ResultStatus::Named, measured("2026-11-10", "1"))),
                "unknown: not-final",
            ),
            ("older and preliminary, fallen", &stable(preliminary(measured("2026-10-10", "1"))), "not-met"),
        ],
    );
    assert_eq!(cited(&find(&kind(), &with(measured("2026-11-10", "unit")))), ["Observation/unit"]);
}

#[test]
fn truth_by_condition() {
    let worse = condition("worse", Presence::Active, "");
    let gap = Fact::Gap("worse", Reason::NotRetrieved);
    let with = |values: [Fact; 2], extra: &Fact| [values.to_vec(), vec![extra.clone()]].concat();
    truth_table(
        &kind(),
        &[
            ("recorded", std::slice::from_ref(&worse), "met"),
            ("recorded and over", &[condition("worse", Presence::Past, "")], "met"),
            ("refuted", &[condition("worse", Presence::Denied, "")], "unknown: absent"),
            ("recorded, without a fall", &with(two("2", "2"), &worse), "met"),
            ("no fall, and the conditions are missing", &with(two("2", "2"), &gap), "unknown: not-retrieved"),
            ("a fall, and the conditions are missing", &with(two("2", "1"), &gap), "met"),
            ("nothing, and the conditions are missing", std::slice::from_ref(&gap), "unknown: absent"),
        ],
    );
    let fallen = find(&kind(), &with(two("2", "1"), &worse));
    assert_eq!(cited(&fallen), ["Observation/1", "Observation/2", "Condition/worse"]);
    assert_eq!(fallen.words.value.as_deref(), Some("50 %"));
    let recorded = find(&kind(), &with(two("3", "2.9"), &worse));
    assert_eq!(cited(&recorded), ["Condition/worse", "Observation/2.9", "Observation/3"]);
    assert_eq!(recorded.words.value.as_deref(), Some("3.3 %"));
}

/// The order in time decides: taken for 60 days before the later value, begun at most 30 days after the earlier one,
/// ended at most 100 days before it.
#[test]
fn truth_on_treatment() {
    let kind = Fall {
        on_treatment: Some(OnTreatment {
            with: vec!["medicine".into(), "other".into()],
            for_days: 60,
            before_start_days: 30,
            ended_within_days: 100,
        }),
        ..kind()
    };
    let fell = |more: &[Fact]| [two("2.0", "1.6").to_vec(), more.to_vec()].concat();
    let since = |day: &str| changed(medicine(Shown::Stated, ""), |m| m.first = when(day));
    let worse = |date| condition("worse", Presence::Active, date);
    let prescribed = changed(medicine(Shown::Prescribed, "2026-01-01"), |m| m.until = when("2026-12-01"));
    truth_table(
        &kind,
        &[
            ("taken all along", &fell(&[since("2025-01-01")]), "met"),
            ("begun 30 days after the earlier value", &fell(&[since("2026-07-01")]), "met"),
            ("begun 31 days after it", &fell(&[since("2026-07-02")]), "unknown: absent"),
            (
                "a fall before the treatment, none on it",
                &[fell(&[since("2026-08-15")]), vec![measured("2026-08-01", "1.6")]].concat(),
                "not-met",
            ),
            (
                "a smaller fall on treatment after a larger one before it",
                &[fell(&[since("2026-08-15")]), vec![measured("2026-08-01", "1.8")]].concat(),
                "met",
            ),
            ("taken for 59 days", &fell(&[course("medicine", "2026-06-01", "2026-07-30")]), "unknown: absent"),
            ("taken for 60 days", &fell(&[course("medicine", "2026-06-01", "2026-07-31")]), "met"),
            ("ended 100 days before", &fell(&[course("medicine", "2025-06-01", "2026-02-21")]), "met"),
            ("ended 101 days before", &fell(&[course("medicine", "2025-06-01", "2026-02-20")]), "unknown: absent"),
            ("another of them", &fell(&[course("other", "2025-06-01", "2026-08-01")]), "met"),
            ("prescribed only", &fell(&[prescribed]), "unknown: absent"),
            ("nothing taken", &fell(&[]), "unknown: absent"),
            (
                "nothing taken, and part is missing",
                &fell(&[Fact::Gap("other", Reason::NotRetrieved)]),
                "unknown: not-retrieved",
            ),
            (
                "no fall on treatment, and part is missing",
                &[two("2", "2").to_vec(), vec![since("2025-01-01"), Fact::Gap("other", Reason::NotRetrieved)]].concat(),
                "unknown: not-retrieved",
            ),
            ("recorded on treatment", &[since("2026-01-01"), worse("2026-06-01")], "met"),
            ("recorded too early", &[since("2026-05-01"), worse("2026-06-01")], "unknown: absent"),
            (
                "recorded on an unknown day, and no fall",
                &[two("2", "2").to_vec(), vec![since("2026-01-01"), worse("")]].concat(),
                "unknown: boundary",
            ),
        ],
    );
    let found = find(&kind, &fell(&[since("2025-01-01")]));
    assert_eq!(cited(&found), ["Observation/1.6", "Observation/2.0", "MedicationStatement/medicine"]);
    assert_eq!(found.words.earlier.as_deref(), Some("2.0 on 1 Jun 2026"));
    assert_eq!(find(&kind, &fell(&[])).words.why, Some("no two values that fit a treatment"));
    let mut kind = kind;
    let lines = described(&mut kind);
    assert_eq!(lines[0], "reads: measure, percent, worse, medicine, other");
    assert_eq!(
        lines[6],
        "met: each on treatment with the medicine or the other: taken for 60 days before the later value, begun at most 30 days after the earlier one, ended at most 100 days before it"
    );
    assert_eq!(lines[9], "unknown: or no pair of values that fits a treatment");
    kind.on_treatment = None;
    assert_eq!(find(&kind, &[]).words.why, None, "no treatment was asked for");
}

#[test]
fn description() {
    assert_eq!(
        described(&mut kind()),
        [
            "reads: measure, percent, worse",
            "window: Some(365)",
            "shows: met, not-met, unknown",
            "of the order: false",
            "met: the measure or the percent fell by 10 % or more of an earlier value within 365 days, each compared with itself only",
            "met: or the worse is on record",
            "not met: two comparable values without such a fall",
            "unknown: fewer than two comparable values",
        ]
    );
}
