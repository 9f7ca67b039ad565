//! The page on the files of the library explains every key that the library uses, so that an author need not read Rust.

use std::collections::BTreeSet;

use domain::criteria::KindName;
use domain::phase::Phase;
use domain::truth::Reason;
use knowledge::files::Files;
use toml::{Table, Value};

const PAGE: &str = include_str!("../../../docs/rules.md");

/// Tables whose keys are ids that an author chooses.
const OF_IDS: [&str; 8] =
    ["criteria", "suggestions", "routes", "brands", "reason-words", "indication", "prefetch", "unless-ordered-each"];
/// Files whose tables are named by ids.
const FILES_OF_IDS: [&str; 4] = ["concepts.toml", "code-systems.toml", "units.toml", "tocilizumab/noticed.toml"];

#[test]
fn every_key_of_the_library_is_explained() {
    let mut keys = BTreeSet::new();
    for (path, text) in &Files::embedded().0 {
        let table: Table = text.parse().expect("TOML");
        collect(&table, FILES_OF_IDS.contains(&path.as_str()), &mut keys);
    }
    keys.extend(KindName::ALL.iter().map(|kind| kind.key().to_owned()));
    keys.extend(Reason::ALL.iter().map(|reason| reason.code().to_owned()));
    keys.extend(Phase::ALL.iter().map(|phase| phase.code().to_owned()));
    assert!(keys.len() > 150, "{keys:?}");
    let explained = words();
    let missing: Vec<&String> = keys.iter().filter(|key| !explained.contains(key.as_str())).collect();
    assert!(missing.is_empty(), "docs/rules.md does not explain: {missing:?}");
}

/// What the page sets as code, word by word.
fn words() -> BTreeSet<&'static str> {
    let code = PAGE.split('`').skip(1).step_by(2);
    code.flat_map(|code| code.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')).collect()
}

/// Adds the keys of a table and of all within it, but for those that are ids.
fn collect(table: &Table, is_of_ids: bool, keys: &mut BTreeSet<String>) {
    for (key, value) in table {
        if !is_of_ids {
            keys.insert(key.clone());
        }
        // A merge patch is a piece of FHIR.
        for inner in tables(value).into_iter().filter(|_| key != "merge") {
            // Of a key that has both forms, such as `indication`, a list holds tables with keys of ours.
            collect(inner, !is_of_ids && value.is_table() && OF_IDS.contains(&key.as_str()), keys);
        }
    }
}

fn tables(value: &Value) -> Vec<&Table> {
    match value {
        Value::Table(table) => vec![table],
        Value::Array(items) => items.iter().filter_map(Value::as_table).collect(),
        _ => Vec::new(),
    }
}
