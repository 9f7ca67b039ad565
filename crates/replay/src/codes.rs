//! The codes of a record that mean nothing to the library: the list that an integrator works through. Words of
//! a record are never in it, because people write names into them.

use fhir::meaning::{Meaning, Meanings};
use fhir::resource::Resource;
use knowledge::Library;

use super::statistics::Counts;

/// The members that say what a resource of this type is about, of the types that rules read.
fn member(kind: &str) -> Option<&'static str> {
    match kind {
        "Observation" | "Condition" | "AllergyIntolerance" | "Procedure" | "DiagnosticReport" | "ServiceRequest" => {
            Some("code")
        }
        "Immunization" => Some("vaccineCode"),
        "MedicationRequest" | "MedicationStatement" | "MedicationAdministration" | "MedicationDispense" => {
            Some("medicationCodeableConcept")
        }
        _ => None,
    }
}

/// How often each code that is not understood occurs in a record, as `Type system|code`.
pub fn not_understood(resources: &[Resource<'_>], library: &Library) -> Counts {
    let meanings = Meanings::new(library);
    let mut counts = Counts::new();
    let mut count = |kind: &str, meaning: &Meaning<'_>| {
        let is_known = !meaning.classified.is_unknown() || !meaning.classified.named().is_empty();
        if let Some(coding) = meaning.said.codings.first().filter(|_| !is_known) {
            *counts.entry(format!("{kind} {}|{}", coding.system, coding.code)).or_default() += 1;
        }
    };
    for resource in resources {
        let Some(member) = member(&resource.kind) else { continue };
        count(&resource.kind, &meanings.of(&resource.object, member));
        for component in resource.object.objects("component") {
            count(&resource.kind, &meanings.of(&component, "code"));
        }
    }
    counts
}
