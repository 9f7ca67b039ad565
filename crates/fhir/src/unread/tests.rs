use std::collections::BTreeSet;

use domain::fact::ConceptId;

use super::{Unread, holds};
use crate::testing::{in_hindsight, library, loinc, resource, with_record};

const ALT: &str = "alanine-aminotransferase";
const DAY: &str = r#""effectiveDateTime": "2026-11-01""#;

fn id(name: &str) -> &'static ConceptId {
    library().concepts.0.keys().find(|id| &***id == name).unwrap_or_else(|| panic!("no concept {name}"))
}

fn line(one: &Unread) -> String {
    let date = one.source.effective.as_ref().map(|when| format!(" of {}", when.text())).unwrap_or_default();
    format!("{} {}: {}{date}", one.source.reference, one.why.code(), one.source.received)
}

/// What is told of these resources for one concept, as they would be while the decision is made.
fn unread(concept: &str, resources: &[String]) -> Vec<String> {
    with_record(resources, |extraction| {
        let told = extraction.unread(&extraction.facts(), &BTreeSet::from([id(concept)]));
        told.iter().map(line).collect()
    })
}

fn observation(name: &str, members: &str) -> String {
    resource("Observation", name, &format!(r#"{DAY}, {members}"#))
}

const VALUE: &str = r#""valueQuantity": {"value": 20, "unit": "U/L"}"#;

#[test]
fn a_result_of_which_no_fact_was_made_has_its_reason() {
    let of = |code: &str, words: &str, more: &str| observation("o", &format!("{}, {more}", loinc("code", code, words)));
    let words = |words: &str, more: &str| observation("o", &format!(r#""code": {{"text": "{words}"}}, {more}"#));
    for (name, record, expected) in [
        ("a result that was read", of("1742-6", "ALT", VALUE), vec![]),
        (
            "another test by its code",
            of("777-3", "ALT", VALUE),
            vec!["Observation/o another-measure: 20 U/L of 2026-11-01"],
        ),
        (
            "a code of a disease",
            observation(
                "o",
                &format!(
                    r#""code": {{"coding": [{{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "R74.01"}}], "text": "ALT in urine"}}, {VALUE}"#
                ),
            ),
            vec!["Observation/o another-measure: 20 U/L of 2026-11-01"],
        ),
        ("another test by its name", of("777-3", "Platelets", VALUE), vec![]),
        ("a word inside another", of("777-3", "salty", VALUE), vec![]),
        ("in another unit", words("ALT in urine", VALUE), vec!["Observation/o unknown-code: 20 U/L of 2026-11-01"]),
        (
            "in a component",
            observation(
                "o",
                &format!(r#""code": {{"text": "x"}}, "component": [{{{}, {VALUE}}}]"#, loinc("code", "777-3", "ALT")),
            ),
            vec!["Observation/o another-measure: no value of 2026-11-01"],
        ),
        (
            "a report that names it",
            resource(
                "DiagnosticReport",
                "r",
                &format!(r#""status": "final", {DAY}, {}"#, loinc("code", "777-3", "ALT")),
            ),
            vec!["DiagnosticReport/r another-measure: ALT of 2026-11-01"],
        ),
        (
            "a report of it, whose results stand elsewhere",
            resource(
                "DiagnosticReport",
                "r",
                &format!(r#""status": "final", {DAY}, {}"#, loinc("code", "1742-6", "ALT")),
            ),
            vec![],
        ),
    ] {
        assert_eq!(unread(ALT, &[record]), expected, "{name}");
    }
}

/// What is used for one concept is no stray record of its neighbour.
#[test]
fn what_is_used_is_not_told_of() {
    let both = observation(
        "o",
        &format!(
            r#"{}, {VALUE}, "component": [{{{}, {VALUE}}}]"#,
            loinc("code", "1742-6", "ALT"),
            loinc("code", "777-3", "AST")
        ),
    );
    with_record(&[both], |extraction| {
        let told = |wanted: &[&str]| {
            let wanted: BTreeSet<&ConceptId> = wanted.iter().map(|name| id(name)).collect();
            extraction.unread(&extraction.facts(), &wanted).len()
        };
        assert_eq!(told(&["aspartate-aminotransferase"]), 1);
        assert_eq!(told(&["aspartate-aminotransferase", ALT]), 0);
        assert_eq!(told(&["platelet-count"]), 0, "its value is unusable, and facts hold that");
    });
}

#[test]
fn a_record_of_every_type_that_does_not_count_is_told_of() {
    let sclerosis = r#""code": {"text": "systemic sclerosis"}"#;
    let error = r#""verificationStatus": {"coding": [{"code": "entered-in-error"}]}"#;
    let medicine = r#""medicationCodeableConcept": {"text": "prednisone"}"#;
    for (concept, record, expected) in [
        (
            "systemic-sclerosis",
            resource("Condition", "c", &format!(r#"{sclerosis}, {error}, "recordedDate": "2026-11-02""#)),
            vec!["Condition/c void: systemic sclerosis of 2026-11-02"],
        ),
        ("systemic-sclerosis", resource("Condition", "c", sclerosis), vec![]),
        (
            "systemic-sclerosis",
            resource("Condition", "c", r#""code": {"text": "no systemic sclerosis"}"#),
            vec!["Condition/c denied: no systemic sclerosis"],
        ),
        (
            "glucocorticoid",
            resource(
                "MedicationRequest",
                "m",
                &format!(r#"{medicine}, "status": "cancelled", "authoredOn": "2026-11-03""#),
            ),
            vec!["MedicationRequest/m void: prednisone of 2026-11-03"],
        ),
        (
            "glucocorticoid",
            resource("MedicationOrder", "m", &format!(r#"{medicine}, "status": "entered-in-error""#)),
            vec!["MedicationOrder/m void: "],
        ),
        ("glucocorticoid", resource("MedicationRequest", "m", &format!(r#"{medicine}, "status": "stopped""#)), vec![]),
        (
            "glucocorticoid",
            resource("Medication", "m", r#""code": {"text": "prednisone"}, "status": "entered-in-error""#),
            vec![],
        ),
        ("glucocorticoid", resource("Contract", "m", &format!(r#"{medicine}, "status": "cancelled""#)), vec![]),
        (
            "tocilizumab-allergen",
            resource(
                "AllergyIntolerance",
                "a",
                r#""code": {"text": "tocilizumab"}, "verificationStatus": {"text": "entered in error"}"#,
            ),
            vec!["AllergyIntolerance/a void: tocilizumab"],
        ),
        (
            "live-vaccine",
            resource(
                "Immunization",
                "i",
                r#""vaccineCode": {"text": "MMR"}, "status": "not-done", "occurrenceDateTime": "2026-11-04""#,
            ),
            vec!["Immunization/i void: MMR of 2026-11-04"],
        ),
        ("alanine-aminotransferase", resource("Condition", "c", &loinc("code", "1742-6", "ALT")), vec![]),
    ] {
        assert_eq!(unread(concept, std::slice::from_ref(&record)), expected, "{record}");
    }
}

#[test]
fn what_was_known_only_afterwards_is_told_of_afterwards() {
    let late = observation(
        "o",
        &format!(r#""status": "final", "issued": "2026-11-23", {}, {VALUE}"#, loinc("code", "1742-6", "ALT")),
    );
    let wanted = BTreeSet::from([id(ALT)]);
    let told = in_hindsight(std::slice::from_ref(&late), |extraction| {
        extraction.unread(&extraction.facts(), &wanted).iter().map(line).collect::<Vec<_>>()
    });
    assert_eq!(told, ["Observation/o after-moment: 20 U/L of 2026-11-01"]);
    assert_eq!(unread(ALT, &[late]), [""; 0]);
}

/// Of another patient no value is told, and only what surely belongs to the concept.
#[test]
fn of_another_patient_only_the_record_is_named() {
    let told = |record: String| {
        with_record(&[record], |extraction| {
            let of_another = extraction.record.resources.iter().next().expect("a resource");
            let told = extraction.of_another_patient(of_another, &BTreeSet::from([id(ALT)]));
            told.iter().map(line).collect::<Vec<_>>()
        })
    };
    assert_eq!(
        told(observation("o", &format!("{}, {VALUE}", loinc("code", "1742-6", "ALT")))),
        ["Observation/o other-patient: "]
    );
    assert_eq!(told(observation("o", &format!("{}, {VALUE}", loinc("code", "777-3", "ALT")))), [""; 0]);
}

#[test]
fn words_are_held_as_whole_ones() {
    for (text, words, expected) in [
        ("alt", "alt", true),
        ("alt (sgpt)", "alt", true),
        ("serum alt", "alt", true),
        ("salt", "alt", false),
        ("alternative", "alt", false),
        ("salt and alt", "alt", true),
        ("alt", "", false),
    ] {
        assert_eq!(holds(text, words), expected, "{words} in {text}");
    }
}
