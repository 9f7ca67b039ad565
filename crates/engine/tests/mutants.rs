//! The cases of the library notice when one of its rules is changed in one place.

/// Who writes FHIR here.
mod minimal;

use engine::mutants::mutants;
use knowledge::files::Files;

use minimal::Minimal;

#[test]
fn show() {
    let all = mutants(&Files::embedded(), &Files::fixtures(), &Minimal).expect("a valid library");
    let (mut changes, mut unnoticed) = (0, 0);
    for of in &all {
        println!("{}: {} changes, {} unnoticed", of.rule, of.changes, of.unnoticed.len());
        for change in &of.unnoticed {
            println!("  {}/{}.toml:{}: {}", of.drug, of.rule, change.line, change.what);
        }
        changes += of.changes;
        unnoticed += of.unnoticed.len();
    }
    println!("{changes} changes, {unnoticed} unnoticed");
}
