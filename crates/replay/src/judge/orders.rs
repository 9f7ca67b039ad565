//! The orders of a document: as each was when it was written, and which of them are judged together.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use cds_hooks::error::CallError;
use document::reference::last_part;
use document::{Document, Node};
use domain::time::Clock;
use fhir::meaning::Meanings;
use fhir::medicine::Chart;
use fhir::order::{Found, find};
use fhir::record::Record;
use fhir::resource::Resource;
use fhir::resources::Resources;

use crate::Options;
use crate::moment::moment;

/// The orders of one patient that are judged at one moment.
pub(super) struct Group<'l, 'a> {
    pub(super) patient: Option<String>,
    pub(super) clock: Clock,
    pub(super) orders: Vec<Found<'l, 'a>>,
    /// The same orders as resources, and the position of each in the record.
    pub(super) written: Vec<WrittenOrder<'a>>,
}

/// An order as it was when it was written.
#[derive(Debug, Clone)]
pub(super) struct WrittenOrder<'a> {
    pub(super) resource: Resource<'a>,
    /// Its position in the record, in its present version.
    pub(super) node: Node<'a>,
}

/// The text of an order as it was when it was written, if its status has changed since: nobody knew then that it would
/// be completed or stopped.
pub(super) fn as_written(resource: &Resource<'_>) -> Option<Document<'static>> {
    if !matches!(&*resource.kind, "MedicationRequest" | "MedicationOrder") {
        return None;
    }
    let status = resource.object.string("status")?;
    if matches!(status.trim().to_ascii_lowercase().as_str(), "" | "draft" | "active" | "entered-in-error") {
        return None;
    }
    Document::parse(resource.object.with(&[("status", Some("\"active\"".to_owned()))])).ok()
}

/// The orders of a record as they were when they were written. `texts` are those that have changed since, by the place
/// of the resource in the record.
pub(super) fn written_orders<'a>(record: &Record<'a>, texts: &'a [Option<Document<'static>>]) -> Vec<WrittenOrder<'a>> {
    let written = record.resources.iter().zip(texts).map(|(of, text)| {
        let then = text.as_ref().and_then(|text| Resource::read(text.root().object()?, of.full_url.clone()));
        WrittenOrder { resource: then.unwrap_or_else(|| of.clone()), node: of.object.node() }
    });
    written.collect()
}

/// The orders for drugs of the library, by patient and moment.
pub(super) fn groups<'l, 'a>(
    meanings: &Meanings<'l, 'a>,
    all: &Record<'a>,
    orders: Vec<WrittenOrder<'a>>,
    undated: &dyn Fn() -> Clock,
    options: &Options<'_>,
) -> Result<Vec<Group<'l, 'a>>, CallError> {
    let chart = Chart { drafts: &Resources::default(), record: &all.resources, meanings };
    let zone = options.as_of.as_ref().unwrap_or(&options.now).zone();
    let mut groups: Vec<Group<'l, 'a>> = Vec::new();
    let mut places: HashMap<(Option<String>, String), usize> = HashMap::new();
    for order in orders {
        let Some(found) = find(&order.resource, chart, zone) else { continue };
        let patient = patient_of(&order.resource, all)?;
        let clock = options.as_of.clone().or_else(|| written(&found, zone)).unwrap_or_else(undated);
        let place = *places.entry((patient.clone(), clock.text())).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => {
                group.orders.push(found);
                group.written.push(order);
            }
            None => groups.push(Group { patient, clock, orders: vec![found], written: vec![order] }),
        }
    }
    Ok(groups)
}

/// The moment an order was written: of a day, or of a month or year, the end.
fn written(found: &Found<'_, '_>, zone: &TimeZone) -> Option<Clock> {
    moment(found.order.authored.as_ref()?, zone)
}

/// Whether an order belongs to the same decision as one of the group: written at the same moment, such as an infusion
/// to load and the injections after it. Such orders are no history to each other.
pub(super) fn is_beside(other: &Found<'_, '_>, group: &Group<'_, '_>) -> bool {
    group.orders.iter().filter(|found| !found.node.is(other.node)).any(|found| {
        match (&found.order.authored, &other.order.authored) {
            (Some(one), Some(two)) => !one.is_after(two) && !two.is_after(one),
            _ => false,
        }
    })
}

/// Whose order it is: its subject, or else the only patient of the Bundle.
fn patient_of(order: &Resource<'_>, all: &Record<'_>) -> Result<Option<String>, CallError> {
    match order.subject().filter(|subject| !subject.starts_with('#')) {
        Some(subject) => Ok(Some(last_part(subject).to_owned())),
        None if all.resources.of_kind("Patient").nth(1).is_some() => {
            let member = format!("{}.subject", order.kind);
            Err(CallError::field(&member, "names no patient, and the Bundle holds several"))
        }
        None => Ok(single_patient(all)),
    }
}

/// The id of the only patient, if it has one.
pub(super) fn single_patient(all: &Record<'_>) -> Option<String> {
    let mut patients = all.resources.of_kind("Patient");
    let reference = patients.next()?.reference();
    (patients.next().is_none() && reference.contains(['/', ':'])).then(|| last_part(&reference).to_owned())
}
