//! All cases of the library that comes with the program, without the FHIR model that the program writes with: so the
//! members below the engine can be tested by what the whole library says, in seconds.

/// Who writes FHIR here.
mod minimal;

use engine::check::check;
use knowledge::files::Files;

use minimal::Minimal;

#[test]
fn every_case_of_the_library_holds() {
    let report = check(&Files::embedded(), &Files::fixtures(), &Minimal);
    assert_eq!(report.mistakes, [], "{} cases", report.cases);
    assert!(report.cases > 60, "only {} cases were run", report.cases);
}
