//! The moments at which orders are judged.

use domain::time::{Clock, When};
use fhir::resource::Resource;
use jiff::tz::TimeZone;

use super::Options;

/// The moment of a date; of a day, or of a month or year, the end.
pub fn moment(when: &When, zone: &TimeZone) -> Option<Clock> {
    Clock::parse(when.text(), zone).or_else(|| Clock::parse(&when.last().to_string(), zone))
}

/// Whether a report or a vaccination was put on record only after the moment, however old the event itself: then nobody
/// could know it. Where results, conditions, allergies and requests are read, this is looked at there.
pub fn is_written_later(resource: &Resource<'_>, clock: &Clock) -> bool {
    let name = match &*resource.kind {
        "DiagnosticReport" => "issued",
        "Immunization" => "recorded",
        _ => return false,
    };
    let written = resource.object.string(name).and_then(|text| When::parse(&text, clock.zone()));
    written.is_some_and(|when| clock.is_future(&when))
}

/// The members that say when something of a record happened or was written.
const DATES: [&str; 14] = [
    "authoredOn",
    "dateWritten",
    "effectiveDateTime",
    "issued",
    "recordedDate",
    "assertedDate",
    "dateAsserted",
    "onsetDateTime",
    "performedDateTime",
    "occurrenceDateTime",
    "whenHandedOver",
    "started",
    "date",
    "effectiveInstant",
];

/// The newest date of a record that is not in the future: for an order without a date of its own, so that the
/// answer does not depend on the day of the replay.
pub fn latest<'r, 'a: 'r>(resources: impl IntoIterator<Item = &'r Resource<'a>>, options: &Options<'_>) -> Clock {
    let zone = options.now.zone();
    let mut newest: Option<When> = None;
    for resource in resources {
        let own = DATES.iter().filter_map(|name| When::parse(&resource.object.string(name)?, zone));
        let periods = ["effectivePeriod", "performedPeriod"].into_iter().filter_map(|name| {
            let period = resource.object.object(name)?;
            When::parse(&period.string("end").or_else(|| period.string("start"))?, zone)
        });
        for when in own.chain(periods).filter(|when| !options.now.is_future(when)) {
            if newest.as_ref().is_none_or(|known| when.is_after(known) || (when.last() > known.last())) {
                newest = Some(when);
            }
        }
    }
    let clock = newest.and_then(|when| moment(&when, zone));
    clock.unwrap_or_else(|| options.now.clone())
}
