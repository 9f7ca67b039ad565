//! The checklist of CDS Hooks (`docs/conformance.toml`), row by row against the running binary: every row has one test
//! whose name begins with its id, and no test stands without a row.

use std::collections::BTreeSet;

use crate::architecture::sources;

/// Rows B.
mod discovery;
/// Rows G.
mod feedback;
/// Rows H.
mod lifecycle;
/// Rows D.
mod prefetch;
/// Rows C.
mod request;
/// Rows E.
mod response;
/// Rows F.
mod security;
/// Rows A.
mod transport;

#[test]
fn every_row_names_its_test() {
    let table: toml::Table = include_str!("../../docs/conformance.toml").parse().expect("a table");
    let mut named = BTreeSet::new();
    for row in table["row"].as_array().expect("rows") {
        let (id, test) = (row["id"].as_str().expect("an id"), row["test"].as_str().expect("a test"));
        assert!(test.starts_with(&format!("{}_", id.to_lowercase())), "{id}: {test}");
        assert!(named.insert(test.to_owned()), "{id}: {test} appears twice");
    }
    let sources = sources("tests/program/conformance");
    let tests = sources.iter().flat_map(|(_, code)| code.split("#[test]\nfn ").skip(1));
    let tests: BTreeSet<String> = tests.filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())).collect();
    assert_eq!(tests, named, "the tests, and those that the rows name");
}
