//! The checklist of CDS Hooks (`docs/conformance.toml`), row by row against the running binary: every row has one test
//! whose name begins with its id, and no test stands without a row.

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
fn every_row_has_one_test() {
    let table: toml::Table = include_str!("../../docs/conformance.toml").parse().expect("a table");
    let rows = table["row"].as_array().expect("rows").iter();
    let mut ids: Vec<String> = rows.map(|row| row["id"].as_str().expect("an id").to_lowercase()).collect();
    let mut tested: Vec<String> = Vec::new();
    for (_, code) in sources("tests/conformance") {
        for (before, function) in
            code.split("#[test]\nfn ").skip(1).map(|rest| rest.split_once('_').unwrap_or((rest, "")))
        {
            if !function.is_empty() && before.ends_with(|c: char| c.is_ascii_digit()) {
                tested.push(before.to_owned());
            }
        }
    }
    ids.sort();
    tested.sort();
    assert_eq!(tested, ids, "the rows with a test, and the rows");
}
