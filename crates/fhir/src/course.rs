//! What a resource says about whether its medicine was taken: taken, not taken or only requested, and from when to
//! when.

use jiff::tz::TimeZone;

use document::Node;

use super::resource::Resource;
use super::view::{date, period};
use domain::fact::Taking;
use domain::time::When;

/// Whether and when a medicine was taken, by what a resource says.
pub struct Course {
    /// Whether it was taken.
    pub taking: Taking,
    /// The first day that it names.
    pub first: Option<When>,
    /// The last day that it names; `None` while the medicine is ongoing.
    pub last: Option<When>,
    /// Whether the resource says that it is ongoing.
    pub ongoing: bool,
}

impl Course {
    /// Reads any type of resource about medicines.
    pub fn of(resource: &Resource<'_>, zone: &TimeZone) -> Course {
        let object = &resource.object;
        let status = object.string("status").unwrap_or_default().to_lowercase();
        let refrain = object.get("doNotPerform").and_then(Node::boolean) == Some(true)
            || object.string("taken").is_some_and(|taken| taken == "n")
            || object.get("wasNotTaken").and_then(Node::boolean) == Some(true)
            || object.get("wasNotGiven").and_then(Node::boolean) == Some(true);
        let taking = match (&*resource.kind, status.as_str()) {
            _ if refrain => Taking::NotTaken,
            (_, "not-taken" | "not-done") => Taking::NotTaken,
            ("MedicationStatement" | "MedicationRequest" | "MedicationOrder", "completed") => Taking::Completed,
            ("MedicationStatement", "active" | "stopped" | "on-hold" | "recorded") => Taking::Taken,
            ("MedicationRequest" | "MedicationOrder", "active") => Taking::Taken,
            ("MedicationAdministration" | "MedicationDispense", "completed" | "in-progress") => Taking::Taken,
            _ => Taking::Nothing,
        };
        let names = [
            "effectiveDateTime",
            "occurenceDateTime",
            "occurrenceDateTime",
            "whenHandedOver",
            "whenPrepared",
            "authoredOn",
            "dateWritten",
        ];
        let moment = date(object, &names, zone);
        let (start, end) = ["effectivePeriod", "effectiveTimePeriod", "occurencePeriod"]
            .iter()
            .map(|name| period(object, name, zone))
            .find(|(start, end)| start.is_some() || end.is_some())
            .unwrap_or((None, None));
        let supply = object.object("dispenseRequest").and_then(|d| period(&d, "validityPeriod", zone).1);
        let open = match &*resource.kind {
            "MedicationStatement" => matches!(status.as_str(), "active" | "recorded"),
            "MedicationRequest" | "MedicationOrder" => status == "active",
            _ => false,
        };
        let ongoing = open && end.is_none() && supply.is_none();
        let asserted = date(object, &["dateAsserted"], zone);
        let first = start.or(moment.clone());
        let last = end.or(supply).or(moment).or(if ongoing { None } else { asserted });
        Course { taking, first, last, ongoing }
    }
}
