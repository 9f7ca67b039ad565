//! All cases of the library that comes with the program, without the FHIR model that the program writes with: so the
//! members below the engine can be tested by what the whole library says, in seconds.

mod author;

use engine::check::check;
use knowledge::files::Files;

use author::Minimal;

#[test]
fn every_case_of_the_library_holds() {
    let report = check(&Files::embedded(), &Files::fixtures(), &Minimal);
    assert_eq!(report.mistakes, [], "{} cases", report.cases);
    assert!(report.cases > 60, "only {} cases were run", report.cases);
}

/// A drug that is also a medicine of the first drug's rules, with one product.
const SECOND_DRUG: &str = r#"
name = "rituximab"
names = ["rituximab"]
[[product]]
system = "rxnorm"
code = "1657862"
display = "10 ML riTUXimab 10 MG/ML Injection"
source = "eCQM value sets 2025"
verified = true
"#;

#[test]
fn a_second_drug_never_changes_the_answers_for_the_first() {
    let mut files = Files::embedded();
    files.0.insert("rituximab/drug.toml".to_owned(), SECOND_DRUG.to_owned());
    let report = check(&files, &Files::fixtures(), &Minimal);
    assert_eq!(report.mistakes, [], "{} cases", report.cases);
}
