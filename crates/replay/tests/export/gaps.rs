//! What is broken, cut off, deleted or not there: it is told, and never taken for a record without it.

use replay::Extent;
use serde_json::{Value, json};

use crate::records::{ndjson, packed, resources};
use crate::running::{Folder, of, replayed};

#[test]
fn what_cannot_be_read_is_counted_located_and_kept() {
    let all = resources("later-results");
    let (order, others): (Vec<Value>, Vec<Value>) =
        all.into_iter().partition(|resource| resource["resourceType"] == "MedicationRequest");
    let mut text = ndjson(&others).into_bytes();
    let first = others.len() + 1;
    for bad in [
        &b"no JSON"[..],
        b"[1]",
        br#"{"resourceType":"Observation","subject":{"reference":"Patient/lea"},"code":{"text":"x"}"#,
        b"{\"resourceType\":\"Observation\",\"note\":\"\xe9\"}",
        br#"{"id":"1"}"#,
        b"",
        br#"{"resourceType":"Observation","subject":{"reference":"Patient/lea"},"code":}"#,
        br#"{"resourceType":"MedicationRequest","medicationCodeableConcept":{"text":"tocilizumab"}}"#,
        br#"{"resourceType":"MedicationRequest",,}"#,
        br#"{"resourceType":"Observation","subject":{"reference":"Patient/other"},"code":}"#,
    ] {
        text.extend_from_slice(bad);
        text.push(b'\n');
    }
    let folder = Folder::new();
    folder.write("Observation.ndjson", &text).write("MedicationRequest.ndjson", ndjson(&order));
    let done = of(&folder);
    let places: Vec<(String, String)> = done
        .rejects
        .iter()
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let source = line["source"].as_str().unwrap_or_default();
            (
                source.rsplit('/').next().unwrap_or_default().to_owned(),
                line["reason"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    // What only the second pass looks into comes last.
    let expected = [
        (0, "not-json"),
        (1, "not-an-object"),
        (3, "not-utf-8"),
        (4, "no-type"),
        (7, "no-patient"),
        (8, "not-json"),
        (2, "not-json"),
        (6, "not-json"),
    ];
    let expected = expected.map(|(line, reason)| (format!("Observation.ndjson:{}", first + line), reason.to_owned()));
    assert_eq!(places, expected, "the line of another patient does not matter");
    assert_eq!((done.status, done.statistics.all_unreadable(), done.orders().len()), (1, 8, 1), "{}", done.err);
    assert!(done.err.contains(&format!("Observation.ndjson:{}: is not UTF-8", first + 3)), "{}", done.err);
    assert!(done.err.contains("entries that could not be read: 2"), "two of them name the patient: {}", done.err);
    let criteria = done.values()[0]["assessment"][0]["criteria"].to_string();
    assert!(criteria.contains("\"reason\":\"unreadable\""), "what was in them may be anything: {criteria}");
    let thorough = replayed(&[&folder.path()], Extent { thorough: true, ..Extent::default() }, None);
    assert_eq!(thorough, done);
}

#[test]
fn a_file_that_is_cut_off_leaves_its_part_unknown() {
    let folder = Folder::new();
    let (_, mut bytes) = packed(&ndjson(&resources("later-results")).repeat(200), 1);
    bytes.truncate(bytes.len() * 3 / 4);
    folder.write("Part.ndjson.gz", bytes);
    let done = of(&folder);
    assert_eq!((done.status, done.statistics.unreadable.get("file")), (1, Some(&1)), "{}", done.err);
    assert!(
        done.lines[0].contains("\"reason\":\"not-retrieved\"") && done.err.contains("Part.ndjson.gz:"),
        "{}",
        done.err
    );
}

#[test]
fn what_the_manifest_lists_and_is_not_here_counts_as_not_retrieved() {
    let all = resources("later-results");
    let manifest = |types: &[&str], request: &str| {
        let output: Vec<Value> =
            types.iter().map(|kind| json!({"type": kind, "url": format!("https://e.org/x/{kind}.ndjson")})).collect();
        json!({"transactionTime": "2026-12-01T00:00:00Z", "request": request, "output": output}).to_string()
    };
    let folder = Folder::new();
    folder.write("Part.ndjson", ndjson(&all)).write("manifest.json", manifest(&["Part"], "https://e.org/$export"));
    let whole = of(&folder);
    assert_eq!((whole.status, whole.orders().len(), whole.err.as_str()), (0, 1, ""));
    folder.write("manifest.json", manifest(&["Part", "Condition"], "https://e.org/$export"));
    let partial = of(&folder);
    assert!(partial.err.contains("not retrieved: Condition"), "{}", partial.err);
    assert!(partial.lines[0].contains("\"reason\":\"not-retrieved\""));
    folder.write("manifest.json", manifest(&["Part"], "https://e.org/$export?_type=Patient,MedicationRequest"));
    let narrow = of(&folder);
    assert!(narrow.err.contains("Observation"), "{}", narrow.err);
    assert!(!whole.lines[0].contains("not-retrieved") && narrow.lines[0].contains("not-retrieved"));
}

#[test]
fn a_page_of_the_manifest_that_is_not_here_counts_as_not_retrieved() {
    let page = |link: Value| {
        json!({"transactionTime": "2026-12-01T00:00:00Z", "outputOrganizedBy": "Patient", "link": link,
            "output": [{"url": "https://e.org/x/Part.ndjson"}]})
    };
    let folder = Folder::new();
    let next = json!([{"relation": "next", "url": "https://e.org/x/2"}]);
    folder.write("Part.ndjson", ndjson(&resources("later-results"))).write("m1.json", page(next).to_string());
    let partial = of(&folder);
    assert!(partial.err.contains("another page"), "{}", partial.err);
    assert!(partial.lines[0].contains("not-retrieved"));
    let whole = of(folder.write("m2.json", page(json!([])).to_string()));
    assert_eq!((whole.err.as_str(), whole.lines[0].contains("not-retrieved")), ("", false));
}

#[test]
fn what_the_export_lists_as_deleted_is_no_part_of_a_record() {
    let all = resources("later-results");
    let is_result = |resource: &&Value| resource["resourceType"] == "Observation";
    let (gone, left): (Vec<Value>, Vec<Value>) = all.iter().cloned().partition(|resource| is_result(&resource));
    let urls = gone.iter().map(|resource| format!("Observation/{}", resource["id"].as_str().expect("an id")));
    let entries: Vec<Value> = urls.map(|url| json!({"request": {"method": "DELETE", "url": url}})).collect();
    let list = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries}).to_string();

    let without = Folder::new();
    without.write("Part.ndjson", ndjson(&left));
    let with = Folder::new();
    with.write("Part.ndjson", ndjson(&all)).write("deleted.ndjson", &list);
    let (without, with) = (of(&without), of(&with));
    assert_eq!(with.lines, without.lines);
    assert!(with.err.contains(&format!("deleted: {} resources", gone.len())), "{}", with.err);
    assert!(!gone.is_empty());

    let alone = of(Folder::new().write("deleted.ndjson", &list));
    assert_eq!((alone.status, alone.lines.len()), (0, 0));
    assert!(alone.err.contains("There is no export"), "{}", alone.err);
}

#[test]
fn an_order_whose_medication_is_not_here_is_told() {
    let order = |subject: Value, link: &str| {
        json!({"resourceType": "MedicationRequest", "id": link, "subject": subject,
            "medicationReference": {"reference": format!("Medication/{link}")}})
    };
    let patient = json!({"reference": "Patient/1"});
    let medication = |id: &str, text: &str| json!({"resourceType": "Medication", "id": id, "code": {"text": text}});
    let all = [
        order(patient.clone(), "gone"),
        order(patient.clone(), "other"),
        order(patient, "toci"),
        order(json!({"reference": "Group/1"}), "toci"),
        medication("other", "aspirin"),
        medication("toci", "tocilizumab"),
    ];
    let done = of(Folder::new().write("x.ndjson", ndjson(&all)));
    assert!(done.err.contains("Orders for Medications that the export does not hold: 1."), "{}", done.err);
    assert!(done.rejects.len() == 1 && done.rejects[0].contains("x.ndjson:4: is an order that names no patient"));
    assert_eq!(done.orders(), ["MedicationRequest/toci"]);
}
