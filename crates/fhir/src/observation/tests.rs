use super::MOST_WITHOUT_CODE;
use crate::testing::{in_hindsight, loinc, resource, with_record};
use domain::fact::{Facts, ResultStatus, Verdict};
use domain::truth::Reason;

const ALT: &str = "1742-6";
const PLATELETS: &str = "777-3";
const TUBERCULOSIS: &str = "71773-6";
const VIRUS: &str = "42595-9";
const ON_THE_FIRST: &str = r#""effectiveDateTime": "2026-11-01""#;

/// A final result of 1 November 2026.
fn result(code: &str, value: &str) -> String {
    resource(
        "Observation",
        "o",
        &format!(r#""status": "final", {ON_THE_FIRST}, {}, {value}"#, loinc("code", code, "x")),
    )
}

fn quantity(value: &str, unit: &str) -> String {
    format!(r#""valueQuantity": {{"value": {value}, "unit": "{unit}"}}"#)
}

/// The result that facts hold: as it is shown, its verdict, or the reason why it cannot be used; `-` for none.
fn read(facts: &Facts) -> String {
    let measured = facts.measurements.first();
    let measured =
        measured.map(|m| m.amount.map_or_else(|why| why.code().to_owned(), |_| m.shown.clone().unwrap_or_default()));
    let tested = facts.tests.first().map(|test| match test.verdict {
        Ok(Verdict::Positive) => "positive".to_owned(),
        Ok(Verdict::Negative) => "negative".to_owned(),
        Err(why) => why.code().to_owned(),
    });
    measured.or(tested).unwrap_or("-".to_owned())
}

fn of(code: &str, value: &str) -> String {
    with_record(&[result(code, value)], |extraction| read(&extraction.facts()))
}

#[test]
fn a_number_is_believed_within_its_bounds() {
    for (name, code, value, unit, expected) in [
        ("the least that is believed", ALT, "2", "U/L", "2 U/L"),
        ("below it", ALT, "1.9", "U/L", "implausible"),
        ("the most that is believed", ALT, "20000", "U/L", "20,000 U/L"),
        ("above it", ALT, "20000.1", "U/L", "implausible"),
        ("two decimals of a small number", ALT, "12.346", "U/L", "12.35 U/L"),
        ("one decimal from a thousand on", ALT, "1000.16", "U/L", "1,000.2 U/L"),
        ("the least number without a factor", PLATELETS, "1000", "/uL", "1,000/µL"),
        ("thousands that lack their factor", PLATELETS, "250", "/uL", "implausible"),
        ("a few in a unit with its factor", PLATELETS, "0.5", "10*3/uL", "500/µL"),
        ("none at all", PLATELETS, "0", "/uL", "0/µL"),
        ("less than nothing", PLATELETS, "-1", "10*3/uL", "implausible"),
        ("another unit", ALT, "20", "mg", "unit"),
    ] {
        assert_eq!(of(code, &quantity(value, unit)), expected, "{name}");
    }
    let with = |comparator: &str, value: &str| {
        of(ALT, &format!(r#""valueQuantity": {{"value": {value}, "unit": "U/L", "comparator": {comparator}}}"#))
    };
    for (comparator, value, expected) in [
        ("\"<\"", "1", "<1 U/L"),
        ("\"<=\"", "1", "≤1 U/L"),
        ("\">\"", "30000", ">30,000 U/L"),
        ("\"<\"", "30000", "implausible"),
        ("\">=\"", "1", "implausible"),
        ("null", "20", "20 U/L"),
        ("7", "20", "unreadable"),
        ("\"about\"", "20", "unreadable"),
    ] {
        assert_eq!(with(comparator, value), expected, "{comparator} {value}");
    }
}

/// The skin score is a whole number, or the sum of its 17 sites.
#[test]
fn a_score_is_summed_where_only_its_sites_are_given() {
    let site = |value: &str| format!(r#"{{"code": {{"text": "site"}}, "valueInteger": {value}}}"#);
    let score = |status: &str, day: &str, value: &str| {
        let members =
            format!(r#""status": "{status}", "effectiveDateTime": "{day}", "code": {{"text": "mRSS"}}, {value}"#);
        with_record(&[resource("Observation", "o", &members)], |extraction| {
            let facts = extraction.facts();
            (read(&facts), facts.measurements.first().map(|m| m.status))
        })
    };
    let sites = |values: &[&str]| {
        let values: Vec<String> = values.iter().map(|value| site(value)).collect();
        format!(r#""component": [{}]"#, values.join(","))
    };
    let (past, all) = ("2026-11-01", sites(&["1"; 17]));
    for (name, value, expected) in [
        ("a total", r#""valueInteger": 17"#.to_owned(), "17 points"),
        ("half a point", r#""valueDecimal": 10.5"#.to_owned(), "implausible"),
        ("all sites", all.clone(), "17 points (calculated)"),
        ("sites of the most points", sites(&["3"; 17]), "51 points (calculated)"),
        ("one site with more than that", sites(&[&["4"], ["3"; 16].as_slice()].concat()), "absent"),
        ("one site with less than none", sites(&[&["-1"], ["3"; 16].as_slice()].concat()), "absent"),
        ("one site with half a point", sites(&[&["1.5"], ["3"; 16].as_slice()].concat()), "absent"),
        ("a site is missing", sites(&["1"; 16]), "absent"),
    ] {
        assert_eq!(score("final", past, &value).0, expected, "{name}");
    }
    assert_eq!(score("final", past, &all).1, Some(ResultStatus::Final));
    assert_eq!(score("preliminary", past, &all).1, Some(ResultStatus::Preliminary));
    assert_eq!(score("final", "2027-11-01", &all).0, "implausible", "nobody has examined it yet");
}

#[test]
fn a_test_has_a_verdict_in_every_form() {
    let answer = |text: &str| format!(r#""valueString": "{text}""#);
    let coded = |system: &str, code: &str, text: &str| {
        format!(
            r#""valueCodeableConcept": {{"coding": [{{"system": "{system}", "code": "{code}"}}], "text": "{text}"}}"#
        )
    };
    let snomed = "http://snomed.info/sct";
    for (name, code, value, expected) in [
        ("words", TUBERCULOSIS, answer("positive"), "positive"),
        ("words that are no answer", TUBERCULOSIS, answer("see report"), "indeterminate"),
        ("a number in words is no verdict", TUBERCULOSIS, answer("20"), "indeterminate"),
        ("a code", TUBERCULOSIS, coded(snomed, "10828004", "x"), "positive"),
        ("a code that means something else", TUBERCULOSIS, coded("urn:local", "7", "positive"), "indeterminate"),
        ("yes", TUBERCULOSIS, r#""valueBoolean": true"#.to_owned(), "positive"),
        ("no", TUBERCULOSIS, r#""valueBoolean": false"#.to_owned(), "negative"),
        ("no boolean", TUBERCULOSIS, r#""valueBoolean": "yes""#.to_owned(), "unreadable"),
        ("a bare number", TUBERCULOSIS, r#""valueInteger": 7"#.to_owned(), "indeterminate"),
        ("no number", TUBERCULOSIS, r#""valueInteger": "7""#.to_owned(), "unreadable"),
        ("copies of a virus as a bare number", VIRUS, r#""valueInteger": 7"#.to_owned(), "positive"),
        ("no copies", VIRUS, r#""valueInteger": 0"#.to_owned(), "negative"),
        ("less than none", VIRUS, r#""valueInteger": -7"#.to_owned(), "implausible"),
        ("none, with a sign", VIRUS, r#""valueDecimal": -0.0"#.to_owned(), "negative"),
        ("copies in words", VIRUS, answer("50,000 IU/mL"), "positive"),
        ("below what can be counted", VIRUS, answer("<10 IU/mL"), "negative"),
        ("detected, too few to be counted", VIRUS, answer("Detected, <10 IU/mL"), "positive"),
        ("only the limit is named", VIRUS, answer("limit of detection 10"), "indeterminate"),
        ("a limit without a number", VIRUS, answer("near the limit of detection"), "indeterminate"),
    ] {
        assert_eq!(of(code, &value), expected, "{name}");
    }
}

/// A wheal is positive from 5 mm on. A comparator counts only where it leaves no doubt.
#[test]
fn a_wheal_is_positive_from_its_limit_on() {
    let wheal = |comparator: &str, value: &str| {
        let comparator =
            if comparator.is_empty() { String::new() } else { format!(r#", "comparator": "{comparator}""#) };
        of(TUBERCULOSIS, &format!(r#""valueQuantity": {{"value": {value}, "unit": "mm"{comparator}}}"#))
    };
    for (comparator, value, expected) in [
        ("", "4.9", "negative"),
        ("", "5", "positive"),
        ("", "12", "positive"),
        ("", "-1", "implausible"),
        (">", "5", "positive"),
        (">=", "5", "positive"),
        (">", "4", "comparator"),
        ("<", "5", "negative"),
        ("<", "6", "comparator"),
        ("<=", "5", "comparator"),
        ("<=", "6", "comparator"),
        ("<=", "4", "negative"),
    ] {
        assert_eq!(wheal(comparator, value), expected, "{comparator}{value} mm");
    }
}

#[test]
fn an_appointment_is_no_result() {
    let members = |status: &str, day: &str| {
        format!(r#""status": "{status}", "effectiveDateTime": "{day}", {}"#, loinc("code", ALT, "ALT"))
    };
    for (name, status, day, expected) in [
        ("registered for tomorrow", "registered", "2026-11-23", "-"),
        ("registered, and to come", "registered", "2026-11-21", "unreadable"),
        ("final, of tomorrow", "final", "2026-11-23", "unreadable"),
    ] {
        let resources = [resource("Observation", "o", &members(status, day))];
        assert_eq!(with_record(&resources, |extraction| read(&extraction.facts())), expected, "{name}");
    }
}

/// Afterwards, what was issued only after the decision is left out although it is about an earlier day.
#[test]
fn a_decision_made_again_knows_what_was_known_then() {
    let issued = |moment: &str| {
        let value = format!(r#""issued": "{moment}", {}"#, quantity("20", "U/L"));
        in_hindsight(&[result(ALT, &value)], |extraction| read(&extraction.facts()))
    };
    assert_eq!(issued("2026-11-22T08:00:00Z"), "20 U/L");
    assert_eq!(issued("2026-11-22T10:00:00Z"), "-");
}

/// A result without a code may be one of every test that has such a value. It is used for none of them.
#[test]
fn a_result_without_a_code_may_be_any() {
    let stray = |id: usize, status: &str, date: &str, value: &str| {
        let members = format!(r#""status": "{status}", "effectiveDateTime": "{date}", {value}"#);
        resource("Observation", &id.to_string(), &members)
    };
    let concerned = |resources: &[String]| {
        with_record(resources, |extraction| {
            let facts = extraction.facts();
            assert!(facts.measurements.iter().all(|m| m.amount == Err(Reason::Unreadable)));
            assert!(facts.tests.iter().all(|test| test.verdict == Err(Reason::Unreadable)));
            let measured = facts.measurements.iter().map(|m| m.concept.to_string());
            measured.chain(facts.tests.iter().map(|test| test.concept.to_string())).collect::<Vec<String>>()
        })
    };
    let weight = quantity("70", "kg");
    let found = concerned(&[stray(0, "final", "2026-11-01", &weight)]);
    assert!(found.contains(&"body-weight".to_owned()) && !found.contains(&"tuberculosis-test".to_owned()), "{found:?}");
    let found = concerned(&[stray(0, "final", "2026-11-01", r#""valueString": "positive""#)]);
    assert!(found.contains(&"tuberculosis-test".to_owned()) && !found.contains(&"body-weight".to_owned()), "{found:?}");
    for (name, status, date) in
        [("called off", "cancelled", "2026-11-01"), ("to come", "registered", "2026-11-01"), ("undated", "final", "")]
    {
        assert_eq!(concerned(&[stray(0, status, date, &weight)]), [""; 0], "{name}");
    }
    let later = [stray(0, "final", "2026-11-23", &weight)];
    assert_eq!(in_hindsight(&later, |extraction| extraction.facts().without_code), 0, "not known yet");
    let many =
        |count: usize| -> Vec<String> { (0..count).map(|id| stray(id, "final", "2026-11-01", &weight)).collect() };
    for (count, listed, is_odd) in
        [(MOST_WITHOUT_CODE, MOST_WITHOUT_CODE, false), (MOST_WITHOUT_CODE + 1, MOST_WITHOUT_CODE, true)]
    {
        with_record(&many(count), |extraction| {
            let facts = extraction.facts();
            let weights = facts.measurements.iter().filter(|m| &*m.concept == "body-weight").count();
            let odd = facts.odd.contains("tuberculosis-test");
            assert_eq!((facts.without_code, weights, odd), (count, listed, is_odd));
        });
    }
}

/// A code that nobody knows does not hide what its words name, and a code that stands in no known system may be that of a
/// test: both are known by their names only. A code that is surely one of its system means what it says.
#[test]
fn a_stray_code_or_a_name_may_mean_a_result() {
    let meant = |coding: &str, words: &str| {
        let members = format!(
            r#""status": "final", {ON_THE_FIRST}, "code": {{"coding": [{coding}], "text": "{words}"}}, {}"#,
            quantity("20", "U/L")
        );
        with_record(&[resource("Observation", "o", &members)], |extraction| {
            extraction.facts().measurements.first().map(|measured| (measured.concept.to_string(), measured.status))
        })
    };
    let of = |system: &str, code: &str| format!(r#"{{"system": "{system}", "code": "{code}"}}"#);
    for (name, coding, words, status) in [
        ("its code", of("http://loinc.org", ALT), "x", Some(ResultStatus::Final)),
        ("its code without a system", format!(r#"{{"code": "{ALT}"}}"#), "x", Some(ResultStatus::Named)),
        ("its code in a system of the sender", of("urn:local", ALT), "x", Some(ResultStatus::Named)),
        ("its code in another known system", of("http://snomed.info/sct", ALT), "x", None),
        ("a check digit that does not hold", of("urn:local", "1742-5"), "x", None),
        ("its name beside a code of the sender", of("urn:local", "7"), "ALT", Some(ResultStatus::Named)),
        ("its name beside the code of another test", of("http://loinc.org", "2345-7"), "ALT", None),
    ] {
        let expected = status.map(|status| ("alanine-aminotransferase".to_owned(), status));
        assert_eq!(meant(&coding, words), expected, "{name}");
    }
}
