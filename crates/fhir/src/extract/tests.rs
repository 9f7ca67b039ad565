use super::{Extraction, LONGEST, bounded};
use crate::meaning::Meanings;
use crate::record::Record;
use crate::resources::Resources;
use crate::testing::{clock, facts_beside, in_hindsight, library, loinc, resource, with_record};
use domain::fact::Facts;
use domain::truth::Reason;

/// What facts hold beside results, in lines.
fn lines(facts: &Facts) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(facts.conditions.iter().map(|c| format!("{} {:?} {:?}", c.concept, c.presence, c.certainty)));
    lines.extend(facts.medications.iter().map(|m| format!("{} {:?}", m.concept, m.shown)));
    lines.extend(facts.allergies.iter().map(|a| format!("{} {:?}", a.concept, a.presence)));
    lines.extend(facts.ordered.iter().map(|o| format!("{} ordered", o.concept)));
    let events = facts.events.iter().map(|e| (e, if e.planned { "planned" } else { "done" }));
    lines.extend(events.map(|(e, when)| format!("{} {when}", e.concept)));
    lines.extend(facts.not_understood.iter().map(|source| format!("not understood: {}", source.received)));
    lines
}

fn of(kind: &str, members: &str) -> Vec<String> {
    with_record(&[resource(kind, "x", members)], |extraction| lines(&extraction.facts()))
}

fn drafted(kind: &str, members: &str) -> Vec<String> {
    lines(&facts_beside(&[resource(kind, "x", members)]))
}

#[test]
fn a_service_is_ordered_while_it_is_still_to_come() {
    let scan = loinc("code", "24627-2", "CT chest");
    let ordered = ["chest-ct-order ordered"];
    for status in ["draft", "active", "on-hold", "requested", "proposed", ""] {
        assert_eq!(of("ServiceRequest", &format!(r#"{scan}, "status": "{status}""#)), ordered, "{status}");
    }
    for (name, kind, more) in [
        ("done", "ServiceRequest", r#""status": "completed""#),
        ("not to be done", "ServiceRequest", r#""status": "active", "doNotPerform": true"#),
        ("another resource", "Task", r#""status": "active""#),
    ] {
        assert_eq!(of(kind, &format!("{scan}, {more}")), [""; 0], "{name}");
        let drafted = drafted(kind, &format!("{scan}, {more}"));
        assert!(!drafted.contains(&ordered[0].to_owned()), "{name}, as a draft: {drafted:?}");
    }
}

/// An order may name a vaccine in words. A report or a procedure that names measles is no vaccine.
#[test]
fn a_vaccine_in_words_counts_only_where_it_is_ordered_or_given() {
    let (words, code) = (r#""code": {"text": "measles"}"#, r#""vaccineCode": {"text": "measles"}"#);
    let ordered = r#""medicationCodeableConcept": {"text": "MMR"}"#;
    for (name, found, expected) in [
        ("a procedure", of("Procedure", &format!(r#"{words}, "status": "completed""#)), vec![]),
        ("a report", of("DiagnosticReport", &format!(r#"{words}, "status": "final""#)), vec![]),
        ("given", of("Immunization", &format!(r#"{code}, "status": "completed""#)), vec!["live-vaccine done"]),
        ("a draft vaccination", drafted("Immunization", code), vec!["live-vaccine planned"]),
        ("a draft order", drafted("MedicationRequest", ordered), vec!["live-vaccine planned"]),
        (
            "a draft order that is stopped",
            drafted("MedicationRequest", &format!(r#"{ordered}, "status": "stopped""#)),
            vec![],
        ),
        ("a draft that orders nothing", drafted("Condition", words), vec![]),
        ("a medicine list", of("MedicationStatement", &format!(r#"{ordered}, "status": "active""#)), vec![]),
    ] {
        assert_eq!(found, expected, "{name}");
    }
}

/// Recent entries without a known code may be a live vaccine, and are worth a word.
#[test]
fn a_vaccine_that_is_not_understood_is_told_of() {
    let given = |code: &str, date: &str| {
        of("Immunization", &format!(r#""vaccineCode": {code}, "status": "completed", "occurrenceDateTime": "{date}""#))
    };
    let local = r#"{"coding": [{"system": "urn:local", "code": "7"}], "text": "shot"}"#;
    let listed = r#"{"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "999"}], "text": "shot"}"#;
    let skin_test = r#"{"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "96"}]}"#;
    for (name, code, date, expected) in [
        ("lately", local, "2026-11-01", vec!["not understood: shot"]),
        ("on an unknown day", local, "", vec!["not understood: shot"]),
        ("long ago", local, "2026-01-01", vec![]),
        ("a known live vaccine", r#"{"text": "MMR"}"#, "2026-11-01", vec!["live-vaccine done"]),
        ("a skin test", skin_test, "2026-11-01", vec![]),
        ("a code of the list of all vaccines", listed, "2026-11-01", vec![]),
    ] {
        assert_eq!(given(code, date), expected, "{name}");
    }
}

#[test]
fn a_condition_is_there_or_over_or_denied() {
    let sclerosis = r#""code": {"text": "systemic sclerosis"}"#;
    let status = |clinical: &str, verification: &str| {
        format!(
            r#""clinicalStatus": {{"coding": [{{"code": "{clinical}"}}]}}, "verificationStatus": {{"coding": [{{"code": "{verification}"}}]}}"#
        )
    };
    for (name, members, expected) in [
        ("no status", sclerosis.to_owned(), vec!["systemic-sclerosis Active Words"]),
        (
            "resolved",
            format!("{sclerosis}, {}", status("resolved", "confirmed")),
            vec!["systemic-sclerosis Past Words"],
        ),
        ("ended", format!(r#"{sclerosis}, "abatementDateTime": "2026-01-01""#), vec!["systemic-sclerosis Past Words"]),
        (
            "ends later",
            format!(r#"{sclerosis}, "abatementDateTime": "2027-01-01""#),
            vec!["systemic-sclerosis Active Words"],
        ),
        (
            "ended, and active",
            format!(r#"{sclerosis}, {}, "abatementDateTime": "2026-01-01""#, status("active", "confirmed")),
            vec!["systemic-sclerosis Active Words"],
        ),
        (
            "resolved, and ends later",
            format!(r#"{sclerosis}, {}, "abatementDateTime": "2027-01-01""#, status("resolved", "confirmed")),
            vec!["systemic-sclerosis Past Words"],
        ),
        ("refuted", format!("{sclerosis}, {}", status("active", "refuted")), vec!["systemic-sclerosis Denied Words"]),
        (
            "history of it, and refuted",
            format!(r#""code": {{"text": "history of systemic sclerosis"}}, {}"#, status("active", "refuted")),
            vec!["systemic-sclerosis Denied Words"],
        ),
        (
            "history of it",
            format!(r#""code": {{"text": "history of systemic sclerosis"}}, {}"#, status("active", "confirmed")),
            vec!["systemic-sclerosis Past Words"],
        ),
        ("entered in error", format!("{sclerosis}, {}", status("active", "entered-in-error")), vec![]),
        (
            "not understood",
            format!(r#""code": {{"text": "q"}}, {}"#, status("active", "confirmed")),
            vec!["not understood: q"],
        ),
        (
            "not understood, and over",
            format!(r#""code": {{"text": "q"}}, {}"#, status("resolved", "confirmed")),
            vec![],
        ),
    ] {
        assert_eq!(of("Condition", &members), expected, "{name}");
    }
    let later = format!(r#"{sclerosis}, {}, "abatementDateTime": "2027-01-01""#, status("resolved", "confirmed"));
    let again = in_hindsight(&[resource("Condition", "x", &later)], |extraction| lines(&extraction.facts()));
    assert_eq!(again, ["systemic-sclerosis Active Words"], "it was not over yet");
}

/// A condition that was recorded again was seen again.
#[test]
fn a_condition_was_last_seen_on_the_later_of_its_dates() {
    let seen = |onset: &str, recorded: &str| {
        let members = format!(
            r#""code": {{"text": "systemic sclerosis"}}, "onsetDateTime": "{onset}", "recordedDate": "{recorded}""#
        );
        with_record(&[resource("Condition", "x", &members)], |extraction| {
            extraction
                .facts()
                .conditions
                .iter()
                .find_map(|c| c.source.effective.as_ref().map(|when| when.text().to_owned()))
        })
    };
    for (onset, recorded, expected) in [
        ("2020-01-01", "2024-01-01", "2024-01-01"),
        ("2024-01-01", "2020-01-01", "2024-01-01"),
        ("2024-01-01", "", "2024-01-01"),
        ("", "2020-01-01", "2020-01-01"),
    ] {
        assert_eq!(seen(onset, recorded).as_deref(), Some(expected), "{onset} {recorded}");
    }
}

/// What a card calls a coded condition: what its author calls it, or else the code that counts.
#[test]
fn a_coded_condition_is_called_what_its_author_calls_it() {
    let coding = |code: &str, display: &str| {
        format!(r#"{{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "{code}", "display": "{display}"}}"#)
    };
    let (crest, bare, fever) = (coding("M34.1", "CREST, by code"), coding("M34.1", ""), coding("R50.9", "Fever"));
    for (name, codings, text, expected) in [
        ("a text and one coding", crest.clone(), "CREST since 2020", "CREST since 2020"),
        ("a coding", crest.clone(), "", "CREST, by code"),
        ("a code alone", bare.clone(), "", "CR(E)ST syndrome"),
        ("a text for two codings", format!("{fever},{crest}"), "Referral", "CREST, by code"),
        ("a code alone, beside another", format!("{fever},{bare}"), "Referral", "CR(E)ST syndrome"),
    ] {
        let members = format!(r#""code": {{"coding": [{codings}], "text": "{text}"}}"#);
        let called = with_record(&[resource("Condition", "x", &members)], |extraction| {
            let facts = extraction.facts();
            let found = facts.conditions.iter().find(|condition| &*condition.concept == "systemic-sclerosis");
            found.expect("the condition").source.received.clone()
        });
        assert_eq!(called, expected, "{name}");
    }
}

#[test]
fn an_allergy_is_there_or_over_or_denied() {
    let (drug, none) = (
        r#""code": {"text": "tocilizumab"}"#,
        r#""code": {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}"#,
    );
    let status = |clinical: &str, verification: &str| {
        format!(r#""clinicalStatus": {{"text": "{clinical}"}}, "verificationStatus": {{"text": "{verification}"}}"#)
    };
    for (name, code, statuses, expected) in [
        ("active", drug, status("active", "confirmed"), Some("Active")),
        ("resolved", drug, status("resolved", "confirmed"), Some("Past")),
        ("refuted", drug, status("active", "refuted"), Some("Denied")),
        ("refuted, and resolved", drug, status("resolved", "refuted"), Some("Denied")),
        ("entered in error", drug, status("active", "entered-in-error"), None),
        ("a status that is unknown", drug, status("maybe", "confirmed"), Some("Active")),
        ("no known allergy", none, status("active", "confirmed"), Some("Denied")),
        ("no known allergy, once", none, status("resolved", "confirmed"), None),
        ("no known allergy, refuted", none, status("active", "refuted"), None),
        ("no known allergy, perhaps", none, status("maybe", "confirmed"), None),
    ] {
        let found = of("AllergyIntolerance", &format!("{code}, {statuses}"));
        let of_drug = found.iter().find_map(|line| line.strip_prefix("tocilizumab-allergen "));
        assert_eq!(of_drug, expected, "{name}: {found:?}");
    }
}

/// What a sender writes has no limit of its own.
#[test]
fn long_words_are_cut_between_letters() {
    let (short, long) = ("ä".repeat(LONGEST / 2), "ä".repeat(LONGEST));
    assert_eq!(bounded(short.clone()), short);
    assert_eq!(bounded(long), format!("{short}…"));
}

/// What is missing of a record is known to whoever decides on its facts.
#[test]
fn facts_know_what_is_missing() {
    let concept = |id: &str| library().concepts.0.keys().find(|known| &***known == id).expect("a concept").clone();
    let (nothing, meanings, clock) = (Resources::default(), Meanings::new(library()), clock());
    let record = Record {
        gaps: [(concept("platelet-count"), Reason::NotRetrieved)].into(),
        causes: [(concept("platelet-count"), "no answer in time")].into(),
        unordered: [concept("leukocytes")].into(),
        odd: [concept("body-weight")].into(),
        ..Record::default()
    };
    let extraction =
        Extraction { record: &record, drafts: &nothing, meanings: &meanings, clock: &clock, hindsight: false };
    let facts = extraction.facts();
    assert_eq!((&facts.gaps, &facts.causes), (&record.gaps, &record.causes));
    assert_eq!((&facts.unordered, &facts.odd), (&record.unordered, &record.odd));
}
