//! A Bulk Data export in, results out: whatever its files look like, the answer is that of the records in it.

#![expect(clippy::expect_used, clippy::panic, reason = "a helper that finds a test broken ends the test")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use cds_hooks::author::{Author, NewOrder};
use cds_hooks::error::CallError;
use document::Document;
use domain::hook::Hook;
use domain::time::Clock;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::tz::TimeZone;
use knowledge::Library;
use knowledge::files::Files;
use proptest::prelude::*;
use replay::statistics::{Counts, Statistics};
use replay::{Extent, Format, Options, Streams, run};
use serde_json::{Value, json};
use terminal::TextLayout;

/// An author whose resources do not matter here.
struct Nobody;

impl Author for Nobody {
    fn service_request(&self, _: &NewOrder<'_>) -> Option<String> {
        None
    }

    fn medication_request(&self, _: &NewOrder<'_>, _: &str) -> Option<String> {
        None
    }

    fn operation_outcome(&self, error: &CallError) -> String {
        json!({"resourceType": "OperationOutcome", "issue": [{"diagnostics": error.message}]}).to_string()
    }
}

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| Library::embedded().expect("the library of the program validates"))
}

/// A folder of its own, which is gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("replay-export-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Folder {
        fs::write(self.0.join(name), bytes).expect("a file");
        self
    }

    fn path(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The result of a run.
#[derive(Debug, PartialEq, Eq)]
struct Done {
    status: u8,
    lines: Vec<String>,
    err: String,
    rejects: Vec<String>,
    statistics: Statistics,
}

impl Done {
    fn values(&self) -> Vec<Value> {
        self.lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The orders that were judged.
    fn orders(&self) -> Vec<String> {
        let orders = |line: &Value| {
            let of = line["assessment"].as_array().cloned().unwrap_or_default();
            of.iter().map(|one| one["order"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        self.values().iter().flat_map(orders).collect()
    }
}

fn replayed(paths: &[&str], extent: Extent<'_>, as_of: Option<&str>) -> Done {
    let clock = |text| Clock::parse(text, &TimeZone::UTC).expect("a moment");
    let options = Options {
        as_of: as_of.map(clock),
        format: Format::Ndjson,
        hook: Hook::OrderSign,
        layout: TextLayout { width: 80, colour: false },
        now: clock("2027-01-01T12:00:00Z"),
        author: &Nobody,
        extent,
    };
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let (mut out, mut err, mut rejects) = (Vec::new(), Vec::new(), Vec::new());
    let streams = Streams {
        stdin: &mut &b""[..],
        out: &mut out,
        err: &mut err,
        rejects: Some(&mut rejects),
        checkpoint: None,
        progress: None,
        comparison: None,
    };
    let ended = run(library(), &paths, &options, Statistics::default(), streams).expect("written");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let lines = |bytes: Vec<u8>| text(bytes).lines().map(str::to_owned).collect();
    let (status, statistics) = (ended.status, ended.statistics);
    Done { status, lines: lines(out), err: text(err), rejects: lines(rejects), statistics }
}

fn of(folder: &Folder) -> Done {
    replayed(&[&folder.path()], Extent::default(), None)
}

fn bundle(name: &str) -> Value {
    let text = Files::fixtures().0.get(&format!("bundles/{name}")).cloned().unwrap_or_else(|| panic!("no {name}"));
    serde_json::from_str(&text).expect("JSON")
}

/// The resources of a Bundle.
fn resources(name: &str) -> Vec<Value> {
    let entries = bundle(name)["entry"].as_array().cloned().expect("entries");
    entries.iter().map(|entry| entry["resource"].clone()).collect()
}

fn order_of(resources: &[Value]) -> Value {
    resources.iter().find(|r| r["resourceType"] == "MedicationRequest").cloned().expect("an order")
}

fn ndjson(resources: &[Value]) -> String {
    resources.iter().map(|resource| format!("{resource}\n")).collect()
}

/// The answer without what names the input.
fn answers(done: &Done) -> Vec<Value> {
    let mut values = done.values();
    for value in &mut values {
        value["source"] = Value::Null;
        let cards = value["cards"].as_array_mut().expect("cards");
        for card in cards {
            card["uuid"] = Value::Null;
            card["suggestions"] = Value::Null;
        }
    }
    values
}

#[test]
fn an_export_is_judged_like_a_bundle_with_the_same_record() {
    for name in ["later-results", "first-order-and-renewal", "searchset-active", "collection-draft"] {
        let (as_bundle, as_export) = (Folder::new(), Folder::new());
        as_bundle.write("bundle.json", bundle(name).to_string());
        let all = resources(name);
        let kinds: BTreeSet<String> =
            all.iter().map(|r| r["resourceType"].as_str().expect("a type").to_owned()).collect();
        for kind in kinds {
            let of_kind: Vec<Value> = all.iter().filter(|r| r["resourceType"] == kind.as_str()).cloned().collect();
            as_export.write(&format!("{kind}.000.ndjson"), ndjson(&of_kind));
        }
        let (expected, found) = (of(&as_bundle), of(&as_export));
        assert_eq!(found.status, 0, "{name}: {}", found.err);
        let all = answers(&found);
        assert!(!expected.lines.is_empty() && answers(&expected).iter().all(|line| all.contains(line)), "{name}");
        // An order that is over waits for no decision in a Bundle; in an export it had one.
        let over = if name == "first-order-and-renewal" { 1 } else { 0 };
        assert_eq!(found.lines.len(), expected.lines.len() + over, "{name}");
    }
}

#[test]
fn an_order_that_ended_since_is_judged_when_it_was_written() {
    let mut all = resources("later-results");
    let before = of(Folder::new().write("x.ndjson", ndjson(&all)));
    for order in all.iter_mut().filter(|r| r["resourceType"] == "MedicationRequest") {
        order["status"] = json!("completed");
    }
    let after = of(Folder::new().write("x.ndjson", ndjson(&all)));
    assert_eq!(after.values()[0]["asOf"], "2026-08-03T10:00:00+00:00");
    assert_eq!(answers(&after), answers(&before), "results of October are not known in August");
    let path = Folder::new();
    path.write("x.ndjson", ndjson(&all));
    let later = replayed(&[&path.path()], Extent::default(), Some("2026-11-01"));
    assert_eq!(later.values()[0]["asOf"], "2026-11-01T23:59:59+00:00");
    assert_ne!(answers(&later)[0]["cards"], answers(&after)[0]["cards"]);
}

#[test]
fn what_was_put_on_record_later_is_not_known_yet() {
    let outcome = |kind: &str, change: Value, criterion: &str| {
        let mut all = resources("later-results");
        all.push(json!({"resourceType": "Immunization", "id": "mmr", "status": "completed", "occurrenceDateTime": "2026-07-28",
            "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "03"}]},
            "patient": {"reference": "Patient/lea"}}));
        for resource in all.iter_mut().filter(|resource| resource["resourceType"] == kind) {
            resource.as_object_mut().expect("an object").extend(change.as_object().cloned().expect("members"));
        }
        let done = of(Folder::new().write("x.ndjson", ndjson(&all)));
        let criteria = done.values()[0]["assessment"][0]["criteria"].as_array().cloned().expect("criteria");
        let found = criteria.iter().find(|of| of["id"] == criterion).expect("the criterion");
        found["outcome"].as_str().expect("an outcome").to_owned()
    };
    for (kind, name, criterion) in [
        ("DiagnosticReport", "issued", "chest-ct-recorded"),
        ("Immunization", "recorded", "live-vaccine-recent"),
        ("Observation", "issued", "hbsag-negative"),
    ] {
        assert_eq!(outcome(kind, json!({name: "2026-08-03T09:00:00Z"}), criterion), "met", "{kind} before the order");
        let later = outcome(kind, json!({name: "2026-08-05T09:00:00Z"}), criterion);
        assert_eq!(later, "unknown", "{kind} after the order");
    }
}

/// The lines of some patients, with everything that a real export does to them.
fn mixed() -> Vec<String> {
    let mut lines = Vec::new();
    let mut patient = |name: &str, id: &str, change: &dyn Fn(String) -> String| {
        let all = resources(name);
        let own = all.iter().find(|r| r["resourceType"] == "Patient").and_then(|r| r["id"].as_str()).expect("an id");
        for resource in &all {
            let text = resource.to_string().replace(&format!("Patient/{own}"), &format!("Patient/{id}"));
            let mut resource: Value = serde_json::from_str(&text).expect("JSON");
            let is_patient = resource["resourceType"] == "Patient";
            resource["id"] = if is_patient {
                json!(id)
            } else {
                json!(format!("{}-{id}", resource["id"].as_str().unwrap_or("none")))
            };
            lines.push(change(resource.to_string()));
        }
    };
    patient("later-results", "plain", &|line| line);
    patient("later-results", "escaped", &|line| {
        line.replace("\"subject\"", "\"sub\\u006aect\"").replace("\"resourceType\"", "\"resource\\u0054ype\"")
    });
    patient("first-order-and-renewal", "slashed", &|line| line.replace("Patient/slashed", "Patient\\/slashed"));
    patient("later-results", "hidden", &|line| line.replace("Patient/hidden", "P\\u0061tient/h\\u0069dden"));
    patient("later-results", "absolute", &|line| {
        line.replace("Patient/absolute", "https://ehr.example/fhir/Patient/absolute/_history/3")
    });
    patient("later-results", "7f6d77e1-2b58", &|line| line.replace("Patient/7f6d77e1-2b58", "urn:uuid:7f6d77e1-2b58"));
    patient("later-results", "words", &|line| {
        let line = line.replace("http://www.nlm.nih.gov/research/umls/rxnorm", "urn:local").replace("1441527", "L-1");
        line.replace("tocilizumab 180 MG/ML", "TOCILI\\u005aUMAB")
    });
    patient("no-tocilizumab", "nobody", &|line| line);
    patient("no-tocilizumab", "plain2", &|line| line);
    // Ids that are in use elsewhere, and patients who are named by others only.
    lines.push(
        json!({"resourceType": "Observation", "id": "plain", "subject": {"reference": "Group/plain"}}).to_string(),
    );
    lines.push(json!({"resourceType": "Practitioner", "id": "plain"}).to_string());
    lines.push(json!({"resourceType": "Medication", "id": "plain", "code": {"text": "aspirin"}}).to_string());
    // Orders by reference to a Medication elsewhere, which is made of another one.
    let order = |id: &str, link: &str| {
        json!({"resourceType": "MedicationRequest", "id": id, "status": "stopped", "authoredOn": "2026-08-03",
            "subject": {"reference": "Patient/by-reference"}, "medicationReference": {"reference": link}})
    };
    lines.push(order("one", "Medication/made-of").to_string());
    lines.push(order("two", "https://ehr.example/fhir/Medication/toci").to_string());
    lines.push(order("three", "Medication/plain").to_string());
    lines.push(
        json!({"resourceType": "Medication", "id": "made-of",
        "ingredient": [{"itemReference": {"reference": "Medication/toci"}}]})
        .to_string(),
    );
    lines.push(
        json!({"resourceType": "Medication", "id": "toci", "code": {"coding": [
        {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "612865"}]}})
        .to_string(),
    );
    lines.push(json!({"resourceType": "Patient", "id": "by-reference", "birthDate": "1970-01-01"}).to_string());
    // What must not be taken for something else.
    lines.push(r#"{"note":"he said \"subject","subject":{"display":"plain } ]","reference":"Patient/nobody"},"id":"q","resourceType":"Observation"}"#.to_owned());
    lines
}

const ORDERS_OF_MIXED: [&str; 10] = [
    "MedicationRequest/toci-7f6d77e1-2b58",
    "MedicationRequest/toci-absolute",
    "MedicationRequest/one",
    "MedicationRequest/two",
    "MedicationRequest/toci-escaped",
    "MedicationRequest/toci-hidden",
    "MedicationRequest/toci-plain",
    "MedicationRequest/toci-first-slashed",
    "MedicationRequest/toci-renewal-slashed",
    "MedicationRequest/toci-words",
];

#[test]
fn what_cannot_matter_is_passed_over_without_another_answer() {
    let folder = Folder::new();
    folder.write("export.ndjson", mixed().join("\n"));
    let short = of(&folder);
    assert_eq!((short.status, short.orders()), (0, ORDERS_OF_MIXED.map(str::to_owned).to_vec()), "{}", short.err);
    for threads in [1, 5] {
        let thorough = Extent { thorough: true, threads, ..Extent::default() };
        assert_eq!(replayed(&[&folder.path()], thorough, None), short);
    }
}

fn packed(text: &str, how: u8) -> (&'static str, Vec<u8>) {
    match how % 3 {
        0 => ("", text.as_bytes().to_vec()),
        1 => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text.as_bytes()).expect("packed");
            (".gz", encoder.finish().expect("packed"))
        }
        _ => (".zst", ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same lines in any order, over any files, read in any pieces by any number of threads, with any memory.
    #[test]
    fn the_files_make_no_difference(
        places in proptest::collection::vec(0..6_usize, 300),
        order in proptest::collection::vec(any::<u32>(), 300),
        ways in proptest::collection::vec((any::<u8>(), 0..3_usize, any::<bool>()), 6),
        piece in 1..5000_u64,
        memory in prop_oneof![Just(1_usize), 1000..100_000_usize, Just(1 << 20)],
        threads in 1..5_usize,
    ) {
        static EXPECTED: OnceLock<Done> = OnceLock::new();
        let expected = EXPECTED.get_or_init(|| {
            let folder = Folder::new();
            folder.write("export.ndjson", mixed().join("\n"));
            of(&folder)
        });
        let mut lines: Vec<(u32, String)> = mixed().into_iter().zip(order).map(|(line, key)| (key, line)).collect();
        prop_assert!(lines.len() <= 300);
        lines.sort();
        let folder = Folder::new();
        for (file, (how, end, mark)) in ways.iter().enumerate() {
            let own = lines.iter().zip(&places).filter(|(_, place)| **place == file).map(|((_, line), _)| line.as_str());
            let joined = own.collect::<Vec<_>>().join(["\n", "\r\n", "\n\n \n"][*end]);
            let text = if *mark { format!("\u{feff}{joined}") } else { joined + "\n" };
            let (extension, bytes) = packed(&text, *how);
            folder.write(&format!("Part.{file}.ndjson{extension}"), bytes);
        }
        let extent = Extent { piece, memory, threads, ..Extent::default() };
        let found = replayed(&[&folder.path()], extent, None);
        prop_assert_eq!(&found, expected);
    }

    /// Whatever bytes are broken, what is passed over makes no difference, and nothing ends the run.
    #[test]
    fn broken_bytes_make_no_difference_between_the_ways_to_read(
        faults in proptest::collection::vec((any::<u32>(), prop_oneof![
            Just(b'"'), Just(b'\\'), Just(b'\n'), Just(b'{'), Just(b'}'), Just(b'u'), Just(b'x'), Just(0xe9_u8),
        ]), 0..60),
        piece in 100..20_000_u64,
        memory in prop_oneof![Just(50_000_usize), Just(1 << 20)],
    ) {
        let mut bytes = mixed().join("\n").into_bytes();
        for (at, byte) in faults {
            let at = usize::try_from(at).unwrap_or_default() % bytes.len();
            bytes[at] = byte;
        }
        let folder = Folder::new();
        folder.write("Export.ndjson", bytes);
        let short = replayed(&[&folder.path()], Extent { piece, memory, ..Extent::default() }, None);
        let thorough = Extent { thorough: true, threads: 1, ..Extent::default() };
        prop_assert_eq!(replayed(&[&folder.path()], thorough, None), short);
    }
}

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
fn pipes_sockets_and_logs_in_a_folder_are_passed_over() {
    let folder = Folder::new();
    folder.write("Part.ndjson", ndjson(&resources("later-results")));
    let made =
        std::process::Command::new("mkfifo").arg(folder.0.join("Observation.ndjson")).status().expect("mkfifo runs");
    assert!(made.success());
    folder.write("log.ndjson", "{\"exportId\":\"1\",\"timestamp\":\"2026-01-01\",\"eventId\":\"kickoff\"}\n");
    let _socket = std::os::unix::net::UnixListener::bind(folder.0.join("socket.json")).expect("a socket");
    let done = of(&folder);
    assert_eq!((done.status, done.orders().len()), (0, 1));
    for name in ["Observation.ndjson", "socket.json"] {
        assert!(done.err.contains(&format!("{name}: passed over: a named pipe, a socket or a device")), "{}", done.err);
    }
    assert!(done.err.contains("log.ndjson: passed over: the log of an export"), "{}", done.err);
}

#[test]
fn documents_and_an_export_may_lie_side_by_side() {
    let folder = Folder::new();
    folder.write("bundles.ndjson", format!("{}\n{}\n", bundle("later-results"), bundle("searchset-active")));
    folder.write("x.json", format!("{:#}", bundle("later-results")));
    folder.write("y.ndjson.gz", packed(&format!("{}\n", bundle("later-results")), 1).1);
    folder.write("z.ndjson", ndjson(&resources("later-results")));
    let done = of(&folder);
    let sources: Vec<String> =
        done.values().iter().map(|line| line["source"].as_str().unwrap_or_default().to_owned()).collect();
    let name = |source: &str| source.rsplit('/').next().unwrap_or_default().to_owned();
    let sources: Vec<String> = sources.iter().map(|source| name(source)).collect();
    assert_eq!(sources, ["bundles.ndjson:1", "bundles.ndjson:2", "x.json", "y.ndjson.gz:1", "lea"], "{}", done.err);
    assert_eq!(done.statistics.orders, 5);
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

#[test]
fn one_order_can_be_assumed_for_every_patient() {
    let folder = Folder::new();
    folder.write("export.ndjson", mixed().join("\n"));
    let mut order = order_of(&resources("later-results"));
    order["id"] = json!("assumed");
    let text = order.to_string();
    let document = Document::parse(text.as_str()).expect("JSON");
    let extent = Extent { assumed: Some(&document), ..Extent::default() };
    let newest = replayed(&[&folder.path()], extent, None);
    let patients: Vec<Value> = newest.values().iter().map(|line| line["patient"].clone()).collect();
    let everyone = [
        "7f6d77e1-2b58",
        "absolute",
        "by-reference",
        "escaped",
        "hidden",
        "nobody",
        "plain",
        "plain2",
        "slashed",
        "words",
    ];
    assert_eq!(patients, everyone, "{}", newest.err);
    assert!(newest.orders().iter().all(|order| order == "MedicationRequest/assumed"));
    let moments: Vec<Value> = newest.values().iter().map(|line| line["asOf"].clone()).collect();
    assert_eq!((&moments[6], &moments[2]), (&json!("2026-10-02T23:59:59+00:00"), &json!("2026-08-03T23:59:59+00:00")));
    let given = replayed(&[&folder.path()], extent, Some("2026-09-01"));
    assert!(given.values().iter().all(|line| line["asOf"] == "2026-09-01T23:59:59+00:00"));
}

#[test]
fn an_order_without_a_date_is_judged_at_the_newest_date_of_its_record() {
    let mut all = resources("later-results");
    for order in all.iter_mut().filter(|r| r["resourceType"] == "MedicationRequest") {
        order.as_object_mut().expect("an object").remove("authoredOn");
    }
    let done = of(Folder::new().write("x.ndjson", ndjson(&all)));
    assert_eq!(done.values()[0]["asOf"], "2026-10-02T23:59:59+00:00");
}

#[test]
fn the_parts_of_a_hospital_add_up_to_the_whole() {
    let lines = mixed();
    let of_patient =
        |line: &str, id: &str| line.contains(id) || !line.contains("subject") || line.contains("Medication\"");
    let write = |keep: &dyn Fn(&str) -> bool| {
        let folder = Folder::new();
        let kept: Vec<&str> = lines.iter().map(String::as_str).filter(|line| keep(line)).collect();
        folder.write("x.ndjson", kept.join("\n"));
        of(&folder).statistics
    };
    let whole = write(&|line| !line.contains("\\u"));
    let mut parts = write(&|line| !line.contains("\\u") && of_patient(line, "plain"));
    parts.merge(&write(&|line| !line.contains("\\u") && !line.contains("plain")));
    assert!(whole.orders > 5);
    assert_eq!(parts, whole);
}

#[test]
fn codes_and_units_that_are_not_understood_are_counted() {
    let mut all = resources("later-results");
    for resource in all.iter_mut().filter(|resource| resource["id"] == "anc") {
        resource["valueQuantity"] = json!({"value": 4.1, "unit": "heaps"});
    }
    let local = json!({"coding": [{"system": "urn:local", "code": "N-7", "display": "Jane's nails"}]});
    let of = |id: &str, code: &Value| json!({"resourceType": "Observation", "id": id, "code": code, "subject": {"reference": "Patient/lea"}});
    all.extend([of("x", &local), of("y", &local), of("z", &json!({"text": "Jane"}))]);
    let done = self::of(Folder::new().write("x.ndjson", ndjson(&all)));
    let count = |counts: &Counts, name: &str| counts.get(name).copied();
    assert_eq!(count(&done.statistics.units, "heaps"), Some(1), "{:?}", done.statistics.units);
    assert_eq!(count(&done.statistics.codes, "Observation urn:local|N-7"), Some(2), "{:?}", done.statistics.codes);
    let text = done.statistics.json().expect("JSON");
    assert!(!text.contains("Jane"), "words of a record are no statistics");
    let written: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(written["mostFrequent"]["units"], json!([["heaps", 1]]));
}

#[test]
fn only_what_speaks_is_printed_when_that_is_asked() {
    let folder = Folder::new();
    folder.write("Part.ndjson", ndjson(&resources("later-results")));
    let done = replayed(&[&folder.path()], Extent { cards_only: true, ..Extent::default() }, None);
    let line = &done.values()[0];
    assert!(
        line.get("assessment").is_none() && line["cards"].as_array().is_some_and(|cards| !cards.is_empty()),
        "{line}"
    );
    assert!(Path::new(&folder.path()).is_dir() && done.statistics.orders == 1);
}
