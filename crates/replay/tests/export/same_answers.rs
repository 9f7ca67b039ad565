//! However an export lies in its files and however it is read, the answers are those of the records in it.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use proptest::prelude::*;
use replay::Extent;
use serde_json::Value;

use crate::records::{bundle, mixed, ndjson, packed, resources};
use crate::running::{Done, Folder, answers, of, replayed};

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

const ORDERS_OF_MIXED: [&str; 11] = [
    "MedicationRequest/toci-7f6d77e1-2b58",
    "MedicationRequest/toci-absolute",
    "MedicationRequest/toci-blanks",
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
