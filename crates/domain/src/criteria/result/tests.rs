use super::TestResult;
use crate::fact::{Presence, ResultStatus, Verdict};
use crate::testing::{Fact, cited, condition, described, find, number, preliminary, tested, truth_table, with_status};
use crate::truth::Reason;

const DAY: &str = "2026-11-01";

fn kind(is: Verdict) -> TestResult {
    TestResult { concept: "test".into(), is, within_days: 30, or_condition: None, ever: false, positive_from: None }
}

#[test]
fn truth_of_a_positive_one() {
    let gap = Fact::Gap("test", Reason::NotRetrieved);
    truth_table(
        &kind(Verdict::Positive),
        &[
            ("positive", &[tested(DAY, "positive")], "met"),
            ("positive long ago", &[tested("2001-01-01", "positive")], "met"),
            ("positive at an unknown time", &[tested("", "positive")], "met"),
            ("negative", &[tested(DAY, "negative")], "not-met"),
            ("negative on the last day of the window", &[tested("2026-10-23", "negative")], "not-met"),
            ("negative a day before the window", &[tested("2026-10-22", "negative")], "unknown: stale"),
            ("negative in a month that begins before", &[tested("2026-10", "negative")], "unknown: boundary"),
            ("negative at an unknown time", &[tested("", "negative")], "unknown: unreadable"),
            ("without a verdict", &[tested(DAY, "indeterminate")], "unknown: indeterminate"),
            ("without a verdict, long ago", &[tested("2001-01-01", "indeterminate")], "unknown: stale"),
            ("without a reading", &[tested("2001-01-01", "absent")], "unknown: absent"),
            ("withheld, at an unknown time", &[tested("", "withheld")], "unknown: withheld"),
            ("the newest counts", &[tested(DAY, "negative"), tested("2026-10-30", "positive")], "not-met"),
            ("one day, two answers", &[tested(DAY, "negative"), tested(DAY, "positive")], "unknown: conflicting"),
            ("preliminary", &[preliminary(tested(DAY, "positive"))], "unknown: not-final"),
            ("cancelled", &[with_status(ResultStatus::Void, tested(DAY, "positive"))], "unknown: status"),
            (
                "positive, and a newer one without a verdict",
                &[tested(DAY, "indeterminate"), tested("2026-10-30", "positive")],
                "met",
            ),
            ("nothing", &[], "unknown: absent"),
            ("nothing, and part is missing", std::slice::from_ref(&gap), "unknown: not-retrieved"),
            ("positive, and part is missing", &[tested(DAY, "positive"), gap.clone()], "met"),
            (
                "an incomplete list without order",
                &[tested(DAY, "negative"), Fact::Unordered("test")],
                "unknown: not-retrieved",
            ),
        ],
    );
    let other = TestResult { concept: "other".into(), ..kind(Verdict::Positive) };
    assert_eq!(find(&other, &[tested(DAY, "positive")]).outcome.to_string(), "unknown: absent");
}

/// A result that may not clear alone is told with the final one before it.
#[test]
fn the_final_test_before_is_told() {
    let earlier = |known: &[Fact]| find(&kind(Verdict::Positive), known).words.earlier;
    let newest = || preliminary(tested(DAY, "positive"));
    let before = |date: &str| tested(date, "negative");
    assert_eq!(earlier(&[newest(), before("2026-10-30")]).as_deref(), Some("negative on 30 Oct 2026"));
    assert_eq!(earlier(&[newest(), preliminary(before("2026-10-30"))]), None, "that one is not final either");
    assert_eq!(earlier(&[tested(DAY, "positive")]), None);
    let found = find(&kind(Verdict::Positive), &[newest(), before("2026-10-30")]);
    assert_eq!(found.words.status, Some("preliminary"));
}

#[test]
fn truth_of_a_negative_one() {
    truth_table(
        &kind(Verdict::Negative),
        &[
            ("negative", &[tested(DAY, "negative")], "met"),
            ("positive", &[tested(DAY, "positive")], "not-met"),
            ("negative long ago", &[tested("2001-01-01", "negative")], "unknown: stale"),
            ("nothing", &[], "unknown: absent"),
        ],
    );
}

#[test]
fn truth_of_one_that_was_ever_positive() {
    let negative = tested("2026-11-01", "negative");
    let ever = TestResult { ever: true, ..kind(Verdict::Positive) };
    truth_table(
        &ever,
        &[
            ("before a negative one", &[negative.clone(), tested("2019-03-01", "positive")], "met"),
            ("a preliminary one before", &[negative.clone(), preliminary(tested("2019-03-01", "positive"))], "not-met"),
            ("negative only", std::slice::from_ref(&negative), "not-met"),
            ("nothing", &[], "unknown: absent"),
        ],
    );
    let found = find(&ever, &[negative, tested("2019-03-01", "positive")]);
    assert_eq!((cited(&found), found.words.date.as_deref()), (vec!["Observation/positive"], Some("1 Mar 2019")));
}

#[test]
fn truth_with_a_condition_that_means_the_same() {
    let kind = TestResult { or_condition: Some("disease".into()), ..kind(Verdict::Positive) };
    let disease = condition("disease", Presence::Active, "");
    let gap = Fact::Gap("disease", Reason::NotRetrieved);
    truth_table(
        &kind,
        &[
            ("recorded", std::slice::from_ref(&disease), "met"),
            ("recorded and over", &[condition("disease", Presence::Past, "")], "met"),
            ("recorded, with a negative test", &[tested(DAY, "negative"), disease.clone()], "met"),
            ("refuted", &[condition("disease", Presence::Denied, "")], "unknown: absent"),
            (
                "refuted, with a negative test",
                &[tested(DAY, "negative"), condition("disease", Presence::Denied, "")],
                "not-met",
            ),
            ("another condition", &[condition("other", Presence::Active, "")], "unknown: absent"),
            (
                "a negative test, and the conditions are missing",
                &[tested(DAY, "negative"), gap.clone()],
                "unknown: not-retrieved",
            ),
            ("a positive test, and the conditions are missing", &[tested(DAY, "positive"), gap.clone()], "met"),
            ("nothing, and the conditions are missing", std::slice::from_ref(&gap), "unknown: not-retrieved"),
        ],
    );
    let by_condition = find(&kind, &[tested(DAY, "negative"), disease.clone()]);
    assert_eq!(cited(&by_condition), ["Condition/disease", "Observation/negative"]);
    let unread = find(&kind, &[tested(DAY, "negative"), gap]);
    assert_eq!(cited(&unread), [""; 0], "no record shows why it is not known");
    let by_both = find(&kind, &[tested(DAY, "positive"), disease.clone()]);
    assert_eq!(cited(&by_both), ["Observation/positive", "Condition/disease"]);
    assert_eq!(by_both.words.window_days, Some(30));
}

#[test]
fn description() {
    let mut positive = TestResult {
        or_condition: Some("disease".into()),
        positive_from: Some((number("5"), "mm".to_owned())),
        ..kind(Verdict::Positive)
    };
    assert_eq!(
        described(&mut positive),
        [
            "reads: test, disease",
            "window: Some(30)",
            "shows: met, not-met, unknown",
            "of the order: false",
            "met: the newest the test is positive, of whatever age (a number from 5 mm on is positive)",
            "met: or the disease is on record",
            "not met: the newest the test is negative and not older than 30 days",
            "unknown: no test, or one that is too old, not final, indeterminate or without a reading; a newer one that cannot be read; or tests that contradict each other",
        ]
    );
    assert_eq!(
        described(&mut kind(Verdict::Negative))[4..6],
        [
            "met: the newest the test is negative and not older than 30 days",
            "not met: the newest the test is positive, of whatever age",
        ]
    );
}
