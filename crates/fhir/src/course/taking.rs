//! How far a medicine came, by the type and the status of its record.

use document::Node;

use crate::resource::Resource;
use domain::fact::{Shown, Standing};

/// How far the medicine came, and whether it goes on. A status that cannot be read leaves open whether it was taken.
pub(super) fn taking(resource: &Resource<'_>) -> Option<(Shown, Standing)> {
    let object = &resource.object;
    let is = |name: &str, value: bool| object.get(name).and_then(Node::boolean) == Some(value);
    let not_taken = is("doNotPerform", true)
        || is("wasNotTaken", true)
        || is("wasNotGiven", true)
        || object.string("taken").is_some_and(|taken| taken == "n");
    let status = object.string("status").unwrap_or_default().trim().to_lowercase();
    if not_taken || matches!(status.as_str(), "not-taken" | "not-done") {
        return Some((Shown::NotTaken, Standing::Stopped));
    }
    let handed_over = || object.get("whenHandedOver").is_some();
    match (&*resource.kind, status.as_str()) {
        (_, "entered-in-error" | "cancelled" | "draft" | "intended" | "declined" | "revoked" | "rejected") => None,
        ("MedicationStatement", "active" | "recorded") => Some((Shown::Stated, Standing::Active)),
        ("MedicationStatement", "on-hold") => Some((Shown::Stated, Standing::OnHold)),
        ("MedicationStatement", "completed") => Some((Shown::Stated, Standing::Completed)),
        ("MedicationStatement", "stopped") => Some((Shown::Stated, Standing::Stopped)),
        ("MedicationRequest" | "MedicationOrder", "active") => Some((Shown::Prescribed, Standing::Active)),
        ("MedicationRequest" | "MedicationOrder", "on-hold") => Some((Shown::Prescribed, Standing::OnHold)),
        ("MedicationRequest" | "MedicationOrder", "completed" | "ended") => {
            Some((Shown::Prescribed, Standing::Completed))
        }
        ("MedicationRequest" | "MedicationOrder" | "MedicationDispense", "stopped") => None,
        ("MedicationDispense", "completed") => Some((Shown::Dispensed, Standing::Active)),
        ("MedicationDispense", "in-progress") if handed_over() => Some((Shown::Dispensed, Standing::Active)),
        // Ready to be picked up, or not even that.
        ("MedicationDispense", "in-progress" | "preparation" | "on-hold") => {
            Some((Shown::Prescribed, Standing::Active))
        }
        ("MedicationAdministration", "completed" | "in-progress") => Some((Shown::Administered, Standing::Active)),
        // Broken off: some of it was given.
        ("MedicationAdministration", "stopped" | "on-hold") => Some((Shown::Administered, Standing::Stopped)),
        // Missing, unknown or not understood.
        _ => Some((Shown::Perhaps, Standing::Active)),
    }
}
