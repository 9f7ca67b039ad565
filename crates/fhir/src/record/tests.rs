use super::{Part, Record};
use crate::failure::Failure;
use crate::page::{Bundle, Page};
use crate::pages::Cut;
use crate::resource::Resource;
use crate::testing::{document, library};
use domain::truth::Reason;
use knowledge::services::Query;

fn query(key: &str) -> &'static Query {
    library().services.queries.iter().find(|query| query.key == key).unwrap_or_else(|| panic!("no query {key}"))
}

/// The record of one answered query, in lines: its resources, and what else is known of it.
fn answered(key: &str, pages: &[&str], cut: Option<Cut>) -> Vec<String> {
    let documents: Vec<_> = pages.iter().map(|text| document(text)).collect();
    let pages = documents.iter().map(|document| Page::read(document.root())).collect();
    lines(&Record::of_parts(library(), vec![(query(key), Part::Answered(pages, cut))], Vec::new(), "p"))
}

fn lines(record: &Record<'_>) -> Vec<String> {
    let mut lines: Vec<String> = record.resources.iter().map(Resource::reference).collect();
    lines.extend((record.answered > 0).then(|| format!("answered {}", record.answered)));
    lines.extend(record.gaps.iter().take(1).map(|(id, why)| format!("gap {id}: {}", why.code())));
    lines.extend(record.patient_gap.map(|why| format!("no patient: {}", why.code())));
    lines.extend(record.causes.values().next().map(|cause| format!("because: {cause}")));
    lines.extend(record.unordered.iter().next().map(|id| format!("in no order: {id}")));
    lines.extend(record.odd.iter().next().map(|id| format!("odd: {id}")));
    lines.extend(record.remarks.lost.iter().map(|(name, failure)| format!("lost {name}: {}", failure.code())));
    lines.extend(record.remarks.partly.iter().map(|name| format!("in part: {name}")));
    lines.extend((record.remarks.others > 0).then(|| format!("others: {}", record.remarks.others)));
    lines.extend(record.problems.iter().map(|problem| format!("log: {problem}")));
    lines
}

fn bundle(members: &str, entries: &[&str]) -> String {
    let entries: Vec<String> = entries.iter().map(|resource| format!(r#"{{"resource": {resource}}}"#)).collect();
    format!(r#"{{"resourceType": "Bundle", "type": "searchset", {members} "entry": [{}]}}"#, entries.join(","))
}

const ALT: &str = r#"{"resourceType": "Observation", "id": "alt"}"#;
const OF_ANOTHER: &str = r#"{"resourceType": "Observation", "id": "b", "subject": {"reference": "Patient/q"}}"#;
const GAP: &str = "gap alanine-aminotransferase: not-retrieved";

/// Asked and answered, asked without success, and answered in part are never mixed up.
#[test]
fn an_answer_may_be_whole_or_in_part_or_none() {
    for (name, key, pages, cut, expected) in [
        ("found", "alt", vec![bundle("", &[ALT])], None, vec!["Observation/alt", "answered 1"]),
        ("nothing found", "alt", vec![bundle("", &[])], None, vec!["answered 1"]),
        ("null", "alt", vec!["null".to_owned()], None, vec!["answered 1"]),
        ("no page", "alt", vec![], None, vec![GAP, "lost ALT: failed-at-client"]),
        (
            "no answer",
            "alt",
            vec!["7".to_owned()],
            None,
            vec![GAP, "lost ALT: failed-at-client", "log: alt: neither a resource nor null"],
        ),
        (
            "in part, in no order",
            "alt",
            vec![bundle(r#""total": 9,"#, &[ALT])],
            None,
            vec![
                "Observation/alt",
                GAP,
                "because: read only in part",
                "in no order: alanine-aminotransferase",
                "in part: ALT",
                "log: alt: read in part: prefetch brought one page of more",
            ],
        ),
        (
            "in part, and why",
            "conditions",
            vec![bundle(r#""total": 9,"#, &[])],
            Some(Cut::Limit),
            vec![
                "gap active-gi-perforation-or-diverticulitis: not-retrieved",
                "because: read only in part",
                "in part: condition",
                "log: conditions: read in part: more pages than limits.fhir-pages",
            ],
        ),
        (
            "two members of one name",
            "alt",
            vec![r#"{"resourceType": "Bundle", "type": "a", "type": "b"}"#.to_owned()],
            None,
            vec![
                "gap alanine-aminotransferase: unreadable",
                "because: two values of one name",
                "lost ALT: repeated-member",
                "log: alt: an object with two members of one name",
            ],
        ),
        (
            "another type",
            "alt",
            vec![r#"{"resourceType": "Condition", "id": "c"}"#.to_owned()],
            None,
            vec![
                "Condition/c",
                GAP,
                "because: wrong answer",
                "lost ALT: other-resource",
                "log: alt: a resource of another type",
            ],
        ),
        (
            "an error among the entries",
            "alt",
            vec![bundle("", &[ALT, r#"{"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}"#])],
            None,
            vec![
                "Observation/alt",
                GAP,
                "because: server reported an error",
                "lost ALT: operation-outcome",
                "log: alt: an error stands among the entries",
            ],
        ),
        (
            "entries that are no resources",
            "alt",
            vec![bundle("", &[ALT, "7", "7"])],
            None,
            vec![
                "Observation/alt",
                "answered 1",
                "gap alanine-aminotransferase: unreadable",
                "odd: alanine-aminotransferase",
                "log: alt: 2 entries could not be read",
            ],
        ),
        (
            "entries without a type",
            "alt",
            vec![bundle("", &[ALT, "{}"])],
            None,
            vec![
                "Observation/alt",
                "answered 1",
                "gap alanine-aminotransferase: unreadable",
                "odd: alanine-aminotransferase",
                "log: 1 entries could not be read as resources",
            ],
        ),
        (
            "an entry with two members of one name",
            "alt",
            vec![bundle("", &[r#"{"resourceType": "Observation", "id": "a", "id": "b"}"#])],
            None,
            vec![
                "answered 1",
                "gap alanine-aminotransferase: unreadable",
                "in no order: alanine-aminotransferase",
                "odd: alanine-aminotransferase",
                "log: alt: 1 entries could not be read",
            ],
        ),
        (
            "results of another patient",
            "alt",
            vec![bundle("", &[ALT, OF_ANOTHER, OF_ANOTHER])],
            None,
            vec!["Observation/alt", "answered 1", "others: 2", "log: 2 resources of another patient were left out"],
        ),
        (
            "the patient",
            "patient",
            vec![r#"{"resourceType": "Patient", "id": "p"}"#.to_owned()],
            None,
            vec!["Patient/p", "answered 1"],
        ),
        (
            "another patient",
            "patient",
            vec![r#"{"resourceType": "Patient", "id": "q"}"#.to_owned()],
            None,
            vec![
                "no patient: not-retrieved",
                "lost patient: other-resource",
                "others: 1",
                "log: 1 resources of another patient were left out",
            ],
        ),
    ] {
        let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
        assert_eq!(answered(key, &pages, cut), expected, "{name}");
    }
}

#[test]
fn parts_are_told_together_and_can_be_forgiven() {
    let page = document(OF_ANOTHER);
    let besides = vec![Page::read(page.root())];
    let missing = |key, failure| (query(key), Part::Missing(failure));
    let part = bundle(r#""total": 9,"#, &[ALT]);
    let part = document(&part);
    let in_part = || Part::Answered(vec![Page::read(part.root())], None);
    let parts = vec![
        missing("platelets", Failure::TimedOut),
        missing("alt", Failure::TimedOut),
        (query("ast"), Part::Besides),
        (query("crp"), Part::Besides),
        (query("neutrophils"), in_part()),
        (query("leukocytes"), in_part()),
    ];
    let mut record = Record::of_parts(library(), parts, besides, "p");
    assert_eq!(record.answered, 2);
    let log: Vec<String> = record.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        log,
        [
            "neutrophils: read in part: prefetch brought one page of more",
            "leukocytes: read in part: prefetch brought one page of more",
            "not retrieved (timed-out): platelets, alt",
            "1 resources of another patient were left out"
        ]
    );
    let lost = |record: &Record<'_>| record.remarks.lost.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!((lost(&record), record.remarks.partly.len()), (vec!["platelets".to_owned(), "ALT".to_owned()], 2));
    record.forgive(library(), query("alt"));
    record.forgive(library(), query("neutrophils"));
    assert_eq!((lost(&record), record.remarks.partly), (vec!["platelets".to_owned()], vec!["leukocytes".to_owned()]));
    assert!(record.gaps.contains_key("alanine-aminotransferase"), "the gap stays");
}

#[test]
fn a_bundle_of_a_record_may_hold_other_patients_and_no_odd_entries() {
    let patient = r#"{"resourceType": "Patient", "id": "p"}"#;
    let record = |resources: &[&str], untyped: usize| {
        let text = format!("[{}]", resources.join(","));
        let document = document(&text);
        let resources = document.root().items().filter_map(Resource::alone).collect();
        lines(&Record::of_resources(library(), resources, untyped, "p"))
    };
    assert_eq!(record(&[patient, ALT], 0), ["Patient/p", "Observation/alt", "answered 1"]);
    assert_eq!(record(&[ALT], 0), ["Observation/alt", "answered 1", "no patient: absent"]);
    let with_another = record(&[patient, OF_ANOTHER], 0);
    assert_eq!(with_another, ["Patient/p", "answered 1", "log: 1 resources of another patient were left out"]);
    let odd = record(&[patient], 2);
    assert_eq!(odd[1..3], ["answered 1", "gap abatacept: unreadable"]);
    assert_eq!(odd.last().map(String::as_str), Some("log: 2 entries could not be read as resources"));
}

/// What is lost may be worse than what was known to be missing.
#[test]
fn an_incomplete_record_is_so_in_every_part() {
    let mut record = Record { patient_gap: Some(Reason::Absent), ..Record::default() };
    record.incomplete(library(), Reason::NotRetrieved);
    for concept in ["alanine-aminotransferase", "systemic-sclerosis", "tocilizumab-allergen", "glucocorticoid"] {
        let known = record.gaps.get(concept).copied();
        assert!(known == Some(Reason::NotRetrieved) || !library().concepts.0.contains_key(concept), "{concept}");
    }
    assert_eq!(record.patient_gap, Some(Reason::NotRetrieved.min(Reason::Absent)));
}

#[test]
fn orders_of_another_patient_are_set_apart() {
    let order = |id: &str, subject: &str| {
        format!(r#"{{"resourceType": "MedicationRequest", "id": "{id}", "subject": {{"reference": "{subject}"}}}}"#)
    };
    let [own, by_entry, other] = [order("1", "Patient/p"), order("2", "urn:uuid:p"), order("3", "Patient/q")];
    let text = format!(
        r#"{{"resourceType": "Bundle", "entry": [7, {{"resource": {{}}}},
            {{"fullUrl": "urn:uuid:p", "resource": {{"resourceType": "Patient", "id": "p"}}}},
            {{"resource": {own}}}, {{"resource": {by_entry}}}, {{"resource": {other}}}]}}"#
    );
    let document = document(&text);
    let (record, others) = Record::of_orders(Bundle::read(&document.root().object().expect("an object")), "p");
    assert_eq!(
        lines(&record),
        [
            "Patient/p",
            "MedicationRequest/1",
            "MedicationRequest/2",
            "others: 1",
            "log: 1 entries could not be read",
            "log: 1 resources of another patient were left out",
            "log: 1 entries could not be read as resources"
        ]
    );
    assert_eq!(others.iter().map(Resource::reference).collect::<Vec<_>>(), ["MedicationRequest/3"]);
    let empty = Record::of_orders(Bundle::default(), "p");
    assert_eq!((lines(&empty.0).len(), empty.1.len()), (0, 0));
}
