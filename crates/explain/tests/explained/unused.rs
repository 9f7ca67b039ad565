//! What was looked at and not used, on the test patients and on records made up for one reason each.

use domain::unused::Unused;
use engine::answer::{Explained, answer_json, looking_back};

use crate::support::{MOMENT, decided, fixture, library, with_call, with_resources};

/// One line for each record that was not used: concept, record, reason, and the record that was used instead.
fn told(explained: &Explained<'_>) -> Vec<String> {
    let unused = explained.decision.assessments.iter().flat_map(|assessed| assessed.unused.iter().flatten());
    unused.map(line).collect()
}

fn line(unused: &Unused) -> String {
    let by = unused.by.as_ref().map(|by| format!(" by {}", by.reference)).unwrap_or_default();
    format!("{} {} {}{by}", unused.concept, unused.source.reference, unused.why.code())
}

#[test]
fn the_test_patients_say_what_was_not_used() {
    let library = library();
    for (name, expected) in [
        ("textbook", "forced-vital-capacity-percent Observation/fvc-earlier superseded by Observation/fvc"),
        ("textbook", "mycophenolate MedicationStatement/mmf ended"),
        ("patients/neutrophils-62-percent", "absolute-neutrophil-count Observation/anc unit"),
        ("patients/neutrophils-1.9-per-ul", "absolute-neutrophil-count Observation/anc implausible"),
        ("patients/neutrophils-144-days-old", "absolute-neutrophil-count Observation/anc too-old"),
        ("patients/neutrophils-0.9-entered-in-error", "absolute-neutrophil-count Observation/anc-newer void"),
        ("patients/neutrophils-0.9-preliminary", "absolute-neutrophil-count Observation/anc-newer not-final"),
        (
            "patients/neutrophils-0.9-preliminary",
            "absolute-neutrophil-count Observation/anc left-open by Observation/anc-newer",
        ),
        ("patients/platelets-large-ratio", "platelet-count Observation/platelets-large-ratio another-measure"),
        ("patients/crp-from-spinal-fluid", "c-reactive-protein Observation/crp another-measure"),
        ("patients/crp-text-no-unit", "c-reactive-protein Observation/crp unit"),
        ("patients/igra-indeterminate", "tuberculosis-test Observation/igra indeterminate"),
        (
            "patients/hepatitis-c-code-called-hbsag",
            "hepatitis-b-surface-antigen Observation/hcv-antibody another-measure",
        ),
        ("patients/rituximab-request-cancelled", "rituximab MedicationRequest/rituximab void"),
        ("patients/alt-52-no-range", "alanine-aminotransferase Observation/alt no-reference-range"),
    ] {
        let told = told(&decided(&library, &fixture(name), MOMENT));
        assert!(told.iter().any(|line| line == expected), "{name}: no `{expected}` in {told:#?}");
    }
}

#[test]
fn records_say_why_they_were_not_used() {
    let library = library();
    let count = |more: &str| format!(r#"{{"resourceType":"Observation","id":"x",{more}}}"#);
    let final_ = r#""status":"final","effectiveDateTime":"2026-11-20""#;
    let value =
        r#""valueQuantity":{"value":0.4,"unit":"10*3/uL","system":"http://unitsofmeasure.org","code":"10*3/uL"}"#;
    let code = r#""code":{"coding":[{"system":"http://loinc.org","code":"751-8"}]}"#;
    let mine = r#""subject":{"reference":"Patient/toci-patient"}"#;
    let neutrophils = |why: &str| format!("absolute-neutrophil-count Observation/x {why}");
    for (name, resource, expected) in [
        (
            "another patient's",
            count(&format!(r#"{final_},{value},{code},"subject":{{"reference":"Patient/other"}}"#)),
            neutrophils("other-patient"),
        ),
        (
            "tomorrow's",
            count(&format!(r#""status":"final","effectiveDateTime":"2026-11-23",{value},{code},{mine}"#)),
            neutrophils("after-moment"),
        ),
        (
            "a name without a code, and no unit",
            count(&format!(r#"{final_},"valueQuantity":{{"value":0.4}},"code":{{"text":"Neutrophils"}},{mine}"#)),
            neutrophils("unknown-code"),
        ),
        (
            "a percentage by its own code",
            count(&format!(
                r#"{final_},"valueQuantity":{{"value":62,"unit":"%"}},"code":{{"coding":[{{"system":"http://loinc.org","code":"770-8","display":"Neutrophils/100 leukocytes"}}]}},{mine}"#
            )),
            neutrophils("another-measure"),
        ),
        (
            "one to come",
            count(&format!(r#""status":"registered","effectiveDateTime":"2026-11-20",{code},{mine}"#)),
            neutrophils("awaited"),
        ),
        (
            "a refuted pneumonia in words",
            r#"{"resourceType":"Condition","id":"x","code":{"text":"No sepsis"},"subject":{"reference":"Patient/toci-patient"}}"#
                .to_owned(),
            "serious-infection Condition/x denied".to_owned(),
        ),
    ] {
        let request = with_resources(&fixture("textbook"), &[&resource]);
        let told = told(&decided(&library, &request, MOMENT));
        assert!(told.contains(&expected), "{name}: no `{expected}` in {told:#?}");
    }
}

/// Of another patient only the reference is shown.
#[test]
fn a_value_of_another_patient_is_not_shown() {
    let library = library();
    let other = r#"{"resourceType":"Observation","id":"x","status":"final","effectiveDateTime":"2026-11-20","valueQuantity":{"value":0.4321,"unit":"10*3/uL"},"code":{"coding":[{"system":"http://loinc.org","code":"751-8"}]},"subject":{"reference":"Patient/other"}}"#;
    let explained = decided(&library, &with_resources(&fixture("textbook"), &[other]), MOMENT);
    assert!(!format!("{explained:?}").contains("0.4321"));
}

/// When a past moment is looked at, what was not known yet is left out, and listed as such.
#[test]
fn what_was_known_only_later_is_told() {
    let library = library();
    let told = with_call(&fixture("textbook"), |call, fetched, recipient| {
        let clock = crate::support::clock("2026-11-01T09:00:00Z");
        told(&looking_back(&library, call, fetched, &clock, recipient).expect("an answer"))
    });
    for expected in
        ["absolute-neutrophil-count Observation/anc after-moment", "platelet-count Observation/platelets after-moment"]
    {
        assert!(told.iter().any(|line| line == expected), "no `{expected}` in {told:#?}");
    }
}

/// Explaining changes nothing: cards and findings are the same to the letter, and only those who ask get more.
#[test]
fn explaining_changes_no_answer() {
    let library = library();
    for name in ["textbook", "patients/neutrophils-0.9-preliminary", "patients/rituximab-68-days-ago"] {
        with_call(&fixture(name), |call, fetched, recipient| {
            let clock = crate::support::clock(MOMENT);
            let (plain, _) = engine::answer::answer(&library, call, fetched, &clock, recipient).expect("an answer");
            let mut explained = decided(&library, &fixture(name), MOMENT).decision;
            let json = |decision: &_| String::from_utf8(answer_json(decision, true).expect("JSON")).expect("text");
            let (short, long) = (json(&plain), json(&explained));
            assert!(!short.contains("notUsed") && long.contains(r#""notUsed":[{"concept":"#), "{name}: {long}");
            explained.assessments.iter_mut().for_each(|assessed| assessed.unused = None);
            assert_eq!(json(&explained), short, "{name}");
        });
    }
}

/// However often a sender repeats a result, what is listed stays bounded.
#[test]
fn what_is_told_is_bounded() {
    let library = library();
    let results: Vec<String> = (0..2000)
        .map(|n| {
            format!(
                r#"{{"resourceType":"Observation","id":"old-{n}","status":"final","effectiveDateTime":"2026-10-{:02}","valueQuantity":{{"value":{n},"unit":"/uL"}},"code":{{"coding":[{{"system":"http://loinc.org","code":"751-8"}}]}},"subject":{{"reference":"Patient/toci-patient"}}}}"#,
                n % 28 + 1
            )
        })
        .collect();
    let results: Vec<&str> = results.iter().map(String::as_str).collect();
    let told = told(&decided(&library, &with_resources(&fixture("textbook"), &results), MOMENT));
    assert_eq!(told.len(), domain::unused::MOST);
}
