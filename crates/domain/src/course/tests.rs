use super::{Course, cited};
use crate::fact::{Medication, Shown, Standing};
use crate::testing::{Fact, changed, clock, course, facts, medicine, referred_to, when};

/// The spans of these courses, each as its first and last day.
fn spans(known: &[Fact], longest_pause: i64) -> Vec<String> {
    let (facts, clock) = (facts(known), clock());
    let course = Course::of(&facts, &clock, |_| true);
    course.spans(longest_pause).iter().map(|(first, last)| format!("{first} {last}")).collect()
}

#[test]
fn a_short_pause_does_not_break_a_course() {
    let of = |from: &str, to: &str| course("medicine", from, to);
    let parts = [of("2026-01-01", "2026-01-31"), of("2026-02-10", "2026-03-31")];
    let (whole, two) = (vec!["2026-01-01 2026-03-31"], vec!["2026-01-01 2026-01-31", "2026-02-10 2026-03-31"]);
    for (longest_pause, expected) in [(10, whole.clone()), (9, two)] {
        assert_eq!(spans(&parts, longest_pause), expected, "{longest_pause} days");
    }
    let inside = [of("2026-01-01", "2026-03-31"), of("2026-02-01", "2026-02-28")];
    assert_eq!(spans(&inside, 0), whole, "one within another");
    assert_eq!(spans(&[], 0), [""; 0]);
}

/// Several records may name one dose. Two prescriptions of one day are two.
#[test]
fn a_dose_is_cited_once() {
    let record = |shown: Shown, reference: &str, day: &str| referred_to(reference, medicine(shown, day));
    let count = |known: &[Fact]| {
        let facts = facts(known);
        cited(&facts.medications.iter().collect::<Vec<&Medication>>()).len()
    };
    let (given, prescribed) = (Shown::Administered, Shown::Prescribed);
    for (name, known, expected) in [
        ("a dose, twice", [record(given, "a", "2026-11-01"), record(given, "b", "2026-11-01")], 1),
        ("doses of two days", [record(given, "a", "2026-11-01"), record(given, "b", "2026-11-02")], 2),
        ("doses of one month", [record(given, "a", "2026-11"), record(given, "b", "2026-11")], 2),
        ("prescriptions of one day", [record(prescribed, "a", "2026-11-01"), record(prescribed, "b", "2026-11-01")], 2),
        ("one prescription, twice", [record(prescribed, "a", "2026-11-01"), record(prescribed, "a", "2026-11-01")], 1),
    ] {
        assert_eq!(count(&known), expected, "{name}");
    }
}

/// What was broken off on a day that nobody knows may still be going on as another record.
#[test]
fn an_undated_dose_that_was_broken_off_leaves_it_open() {
    let stopped = |shown| {
        changed(medicine(shown, "2026-11-01"), |m| (m.standing, m.until, m.last) = (Standing::Stopped, None, None))
    };
    let now = |known: Fact| {
        let (facts, clock) = (facts(&[known]), clock());
        Course::of(&facts, &clock, |_| true).covers_now().to_string()
    };
    assert_eq!(now(stopped(Shown::Administered)), "unknown: unreadable");
    assert_eq!(now(stopped(Shown::Stated)), "not-met");
    assert_eq!(now(changed(medicine(Shown::Stated, ""), |m| m.first = when("2026-01-01"))), "met");
}
