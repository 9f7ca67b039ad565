use super::Quantity;
use crate::criteria::{CriterionKind, Earlier};
use crate::fact::{ResultStatus, Shown};
use crate::quantity::Band;
use crate::testing::{
    Fact, below_ten, by_indication, cited, described, find, measured, measured_as, medicine_as, number, order,
    preliminary, rule, truth_table, with_status, with_subject,
};
use crate::truth::Reason;

const DAY: &str = "2026-11-01";

fn below(limit: &str) -> Band {
    Band::new(None, Some((number(limit), false)))
}

fn above(limit: &str) -> Band {
    Band::new(Some((number(limit), false)), None)
}

fn kind(band: Band) -> Quantity {
    Quantity { unit: "/µL".to_owned(), band, ..below_ten("measure") }
}

#[test]
fn truth() {
    let gap = Fact::Gap("measure", Reason::NotRetrieved);
    truth_table(
        &kind(below("2000")),
        &[
            ("below", &[measured(DAY, "1999.9")], "met"),
            ("exactly the limit", &[measured(DAY, "2000.0")], "not-met"),
            ("above", &[measured(DAY, "2001")], "not-met"),
            ("open, wholly below", &[measured(DAY, "<1500")], "met"),
            ("open, across the limit", &[measured(DAY, ">1500")], "unknown: comparator"),
            ("the last day of the window", &[measured("2026-10-23", "1")], "met"),
            ("a day before the window", &[measured("2026-10-22", "1")], "unknown: stale"),
            ("a month that begins before the window", &[measured("2026-10", "1")], "unknown: boundary"),
            ("no date", &[measured("", "1")], "unknown: unreadable"),
            ("no date, above", &[measured("", "5000")], "unknown: unreadable"),
            ("no date, and another that agrees", &[measured("", "1"), measured(DAY, "1")], "unknown: unreadable"),
            ("no date, and another that differs", &[measured("", "1"), measured(DAY, "5000")], "unknown: conflicting"),
            ("one day, two answers", &[measured(DAY, "1"), measured(DAY, "5000")], "unknown: conflicting"),
            ("the newest counts", &[measured(DAY, "5000"), measured("2026-10-30", "1")], "not-met"),
            ("no value", &[measured(DAY, "absent")], "unknown: absent"),
            ("no usable unit", &[measured(DAY, "unit")], "unknown: unit"),
            ("not believable", &[measured(DAY, "implausible")], "unknown: implausible"),
            ("an old one without a usable unit", &[measured("2020-01-01", "unit")], "unknown: stale"),
            ("an old one without a value", &[measured("2020-01-01", "absent")], "unknown: absent"),
            ("preliminary", &[preliminary(measured(DAY, "1"))], "unknown: not-final"),
            ("preliminary, above", &[preliminary(measured(DAY, "5000"))], "unknown: status"),
            ("cancelled", &[with_status(ResultStatus::Void, measured(DAY, "1"))], "unknown: status"),
            ("another measure", &[measured_as("other", DAY, "1")], "unknown: absent"),
            ("nothing", &[], "unknown: absent"),
            ("nothing, and part is missing", std::slice::from_ref(&gap), "unknown: not-retrieved"),
            ("one, and part is missing", &[measured(DAY, "1"), gap.clone()], "met"),
            (
                "one of an incomplete list without order",
                &[measured(DAY, "1"), Fact::Unordered("measure")],
                "unknown: not-retrieved",
            ),
        ],
    );
}

#[test]
fn truth_in_multiples_of_the_upper_limit() {
    let own = Quantity { of_upper_limit: true, ..kind(above("1.5")) };
    truth_table(
        &own,
        &[
            ("above", &[measured(DAY, "61/40")], "met"),
            ("exactly one and a half", &[measured(DAY, "60/40")], "not-met"),
            ("open, across", &[measured(DAY, ">50/40")], "unknown: comparator"),
            ("no upper limit", &[measured(DAY, "61")], "unknown: no-reference-range"),
            ("an upper limit of zero", &[measured(DAY, "61/0")], "unknown: no-reference-range"),
        ],
    );
    let between = Some((number("25"), number("60")));
    truth_table(
        &Quantity { of_upper_limit: true, upper_limit_between: between, ..kind(above("1.5")) },
        &[
            ("above for every laboratory", &[measured(DAY, "91")], "met"),
            ("above for some", &[measured(DAY, "90")], "unknown: no-reference-range"),
            ("above for none", &[measured(DAY, "37")], "not-met"),
            ("its own limit comes first", &[measured(DAY, "37/20")], "met"),
        ],
    );
    let instead = Some(above("100"));
    truth_table(
        &Quantity {
            of_upper_limit: true,
            upper_limit_between: between,
            without_upper_limit: instead,
            ..kind(above("1.5"))
        },
        &[
            ("above the band that counts instead", &[measured(DAY, "101")], "met"),
            ("not above it", &[measured(DAY, "100")], "not-met"),
            ("open, across it", &[measured(DAY, ">90")], "unknown: comparator"),
            ("its own limit comes before it", &[measured(DAY, "101/100")], "not-met"),
        ],
    );
}

#[test]
fn truth_of_one_that_lasts() {
    let lasting = |band| Quantity { lasting_days: Some(28), within_days: 90, ..kind(band) };
    let band = Band::new(Some((number("40"), false)), Some((number("60"), true)));
    truth_table(
        &lasting(band),
        &[
            ("once", &[measured(DAY, "50")], "not-met"),
            ("again after 28 days", &[measured(DAY, "50"), measured("2026-10-04", "50")], "met"),
            ("again after 27 days", &[measured(DAY, "50"), measured("2026-10-05", "50")], "not-met"),
            ("higher before", &[measured(DAY, "50"), measured("2026-09-04", "90")], "met"),
            ("normal before", &[measured(DAY, "50"), measured("2026-09-04", "40")], "not-met"),
            (
                "normal in between",
                &[measured(DAY, "50"), measured("2026-10-01", "30"), measured("2026-09-01", "50")],
                "not-met",
            ),
            ("preliminary before", &[measured(DAY, "50"), preliminary(measured("2026-09-04", "50"))], "not-met"),
            ("normal now", &[measured(DAY, "30"), measured("2026-09-04", "50")], "not-met"),
        ],
    );
    let found = find(&lasting(above("40")), &[measured(DAY, "50"), measured("2026-09-04", "55")]);
    assert_eq!(cited(&found), ["Observation/50", "Observation/55"]);
    let lines = described(&mut lasting(above("40")));
    assert!(
        lines.contains(&"met: and an earlier result, at least 28 days older, reaches the lower end too".to_owned())
    );
}

#[test]
fn words_of_a_newer_result_and_of_an_assumed_limit() {
    let newer = preliminary(measured("2026-11-10", "900"));
    let found = find(&kind(below("2000")), &[newer, measured(DAY, "4200")]);
    assert_eq!(found.words.value.as_deref(), Some("900 shown"));
    assert_eq!(found.words.status, Some("preliminary"));
    assert_eq!(found.words.earlier.as_deref(), Some("4200 shown on 1 Nov 2026"));
    let between = Some((number("25"), number("60")));
    let assumed = Quantity { of_upper_limit: true, upper_limit_between: between, ..kind(above("1.5")) };
    let range = |value| find(&assumed, &[measured(DAY, value)]).words.range.unwrap_or_default();
    assert_eq!(range("130"), "no upper limit given; above 1.5 x even the highest usual one, 60/µL");
    assert_eq!(range("30"), "no upper limit given; not above 1.5 x even the lowest usual one, 25/µL");
    assert_eq!(range("70"), "no upper limit given; usual ones lie between 25 and 60/µL");
    assert_eq!(range("90"), "no upper limit given; usual ones lie between 25 and 60/µL");
    assert_eq!(range("70/40"), "limit 1.5 x upper limit");
}

#[test]
fn truth_at_a_boundary_and_before_the_first_dose() {
    truth_table(
        &Quantity { boundary: Some(number("6")), ..kind(above("6")) },
        &[
            ("at the boundary", &[measured(DAY, "6.0")], "unknown: boundary"),
            ("above it", &[measured(DAY, "6.1")], "met"),
            ("below it", &[measured(DAY, "5.9")], "not-met"),
            ("open at the boundary", &[measured(DAY, ">6")], "met"),
        ],
    );
    let dose = |date: &str| medicine_as("drug", Shown::Stated, date);
    truth_table(
        &Quantity { before_first_dose: true, ..kind(above("6")) },
        &[
            ("no dose yet", &[measured(DAY, "7")], "met"),
            ("before the first dose", &[measured(DAY, "7"), dose("2026-11-02")], "met"),
            ("on the day of the first dose", &[measured(DAY, "7"), dose(DAY)], "unknown: absent"),
            ("after the first dose", &[measured(DAY, "7"), dose("2026-10-31")], "unknown: absent"),
            ("a dose without a date", &[measured(DAY, "7"), dose("")], "unknown: absent"),
        ],
    );
    let after = [measured(DAY, "7"), dose("2026-10-31")];
    assert_eq!(find(&kind(above("6")), &after).outcome.to_string(), "met", "where it does not matter");
}

#[test]
fn the_indication_has_a_band_of_its_own() {
    let kind = Quantity { by_indication: by_indication("lung", below("1000")), ..kind(below("2000")) };
    let rule = rule(Vec::new());
    for (indication, outcome) in [(Some("lung"), "not-met"), (Some("joints"), "met"), (None, "met")] {
        let found = with_subject(&[measured(DAY, "1500")], &order(), indication, |subject| {
            kind.decide(subject, Earlier { rule: &rule, findings: &[] })
        });
        assert_eq!(found.outcome.to_string(), outcome, "{indication:?}");
    }
}

#[test]
fn the_words_are_those_of_the_result_that_decided() {
    let found = find(&kind(below("2000")), &[measured(DAY, "1500"), measured("2026-10-30", "9")]);
    assert_eq!(cited(&found), ["Observation/1500"]);
    let words = found.words;
    assert_eq!((words.value.as_deref(), words.date.as_deref()), (Some("1500 shown"), Some("1 Nov 2026")));
    assert_eq!((words.limit.as_deref(), words.range.as_deref()), (Some("2,000/µL"), Some("limit 2,000/µL")));
    assert_eq!((words.ratio, words.window_days, words.age_days), (None, Some(30), Some(21)));
    let own = Quantity { of_upper_limit: true, ..kind(above("1.5")) };
    let words = find(&own, &[measured(DAY, "61/40")]).words;
    assert_eq!(
        (words.limit.as_deref(), words.ratio.as_deref()),
        (Some("1.5 x upper limit"), Some("1.52 x upper limit"))
    );
    let hold = Band::new(Some((number("500"), true)), Some((number("1000"), true)));
    let words = find(&Quantity { unit: "mg".to_owned(), ..kind(hold) }, &[measured(DAY, "700")]).words;
    assert_eq!((words.limit.as_deref(), words.range.as_deref()), (Some("500 mg"), Some("label range 500 to 1,000 mg")));
    let nothing = find(&kind(below("2000")), &[]).words;
    assert_eq!((nothing.limit, nothing.window_days), (None, Some(30)));
}

#[test]
fn description() {
    let mut absolute = Quantity {
        by_indication: by_indication("lung", below("1000")),
        boundary: Some(number("6")),
        before_first_dose: true,
        ..kind(below("2000"))
    };
    assert_eq!(
        described(&mut absolute),
        [
            "reads: measure",
            "window: Some(30)",
            "shows: met, not-met, unknown",
            "of the order: false",
            "met: below 2,000/µL, result not older than 30 days",
            "met: in lung in words: below 1,000/µL",
            "met: only results from before the first dose count, because the drug itself changes them",
            "not met: the newest usable result lies elsewhere",
            "unknown: no usable result within 30 days, a newer one that is not final or cannot be read, or results that contradict each other",
            "unknown: exactly 6/µL, on which sources differ",
        ]
    );
    let times = |band, instead, between| {
        let mut kind =
            Quantity { of_upper_limit: true, without_upper_limit: instead, upper_limit_between: between, ..kind(band) };
        described(&mut kind)[4..6].join("; ")
    };
    let between = Some((number("25"), number("60")));
    let (first, last) =
        ("met: above 1.5 x the result's own upper limit, result not older than 30 days", "met: without an upper limit");
    assert_eq!(times(above("1.5"), None, None), format!("{first}; {last}, it stays unknown"));
    assert_eq!(times(above("1.5"), Some(above("100")), between), format!("{first}; {last}, above 100/µL"));
    assert_eq!(
        times(above("1.5"), None, between),
        format!(
            "{first}; {last}, every laboratory's limit is taken to lie between 25 and 60/µL: above 90/µL is then met, \
             at most 37.5/µL is not met, and between these it stays unknown"
        )
    );
    let both_ends = Band::new(Some((number("1"), false)), Some((number("3"), true)));
    assert_eq!(
        times(both_ends, None, between),
        format!(
            "met: above 1 to 3 x the result's own upper limit, result not older than 30 days; {last}, every \
             laboratory's limit is taken to lie between 25 and 60/µL"
        )
    );
}
