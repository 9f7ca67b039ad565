//! From one document to what was decided on it: a request goes the way of a live call, a Bundle is a record with the
//! orders in it.

use jiff::tz::TimeZone;

use super::Options;
use super::bundle::{Contents, contents};
use super::input::Document;
use crate::answer::{Recipient, answer};
use crate::decide::{Decision, Question, decide};
use crate::domain::advise::cut;
use crate::domain::time::Clock;
use crate::domain::truth::Reason;
use crate::fhir::fetched::Fetched;
use crate::fhir::json::{Node, Object};
use crate::fhir::medicine::Medications;
use crate::fhir::order::{Found, find};
use crate::fhir::record::Record;
use crate::fhir::resource::Resource;
use crate::fhir::view::{last_part, reference};
use crate::hook::call::HookCall;
use crate::hook::card::Bearer;
use crate::hook::error::CallError;
use crate::library::Library;

/// What was decided on the orders of one patient at one moment.
#[derive(Debug)]
pub struct Judged {
    /// The hook.
    pub hook: String,
    /// Id of the patient, as far as it is known.
    pub patient: Option<String>,
    /// The moment.
    pub clock: Clock,
    /// Assessment and cards; both are empty without an order for us.
    pub decision: Decision,
    /// What was odd, in words for an integrator; never patient data.
    pub problems: Vec<String>,
}

/// Judges a document. A Bundle whose orders were written at different moments comes to one result for each.
pub fn judge(library: &Library, document: &Document<'_>, options: &Options) -> Result<Vec<Judged>, CallError> {
    let text = document.text.clone()?;
    let node = Node::parse(text).map_err(|error| broken(&error, document.first_line))?;
    let wrong = |what: &str| {
        let message = format!("holds {what}; a hook request or a Bundle is needed, or NDJSON of either");
        CallError::plain(400, "invalid", message)
    };
    let object = node.object().ok_or_else(|| wrong(node.kind()))?;
    let kind = object.string("resourceType");
    let entries = object.get("entry").is_some_and(Node::is_array);
    match kind.as_deref() {
        Some("Bundle") => bundle(library, &object, &document.source, options),
        Some(kind) => Err(wrong(&format!("a lone {}", cut(kind, 40)))),
        None if object.get("hook").is_some() || object.get("context").is_some() => {
            request(library, text, options).map(|judged| vec![judged])
        }
        None if entries => bundle(library, &object, &document.source, options),
        None => Err(wrong("an object with neither `hook` nor `resourceType`")),
    }
}

/// What is wrong with the JSON, at the line of the file.
fn broken(error: &serde_json::Error, first_line: usize) -> CallError {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = error.to_string();
    let what = what.strip_suffix(&place).unwrap_or(&what);
    let line = first_line + error.line().saturating_sub(1);
    CallError::plain(400, "structure", format!("is not JSON: line {line}, column {}: {what}", error.column()))
}

fn request(library: &Library, text: &str, options: &Options) -> Result<Judged, CallError> {
    let call = HookCall::parse(text, None)?;
    let clock = options.as_of.as_ref().unwrap_or(&options.now);
    let (decision, problems) = answer(library, &call, &Fetched::default(), clock, &Recipient::default())?;
    Ok(Judged { hook: call.hook, patient: Some(call.patient_id), clock: clock.clone(), decision, problems })
}

/// The orders of one patient that are judged at one moment.
struct Group<'l, 'a> {
    patient: Option<String>,
    clock: Clock,
    orders: Vec<Found<'l, 'a>>,
}

fn bundle(library: &Library, bundle: &Object<'_>, source: &str, options: &Options) -> Result<Vec<Judged>, CallError> {
    let contents = contents(bundle);
    let all = record(library, &contents, None);
    let groups = groups(library, &all, options)?;
    if groups.is_empty() {
        return Ok(vec![Judged {
            hook: options.hook.clone(),
            patient: lone_patient(&all),
            clock: options.as_of.clone().unwrap_or_else(|| options.now.clone()),
            decision: Decision::default(),
            problems: all.problems,
        }]);
    }
    let asked: Vec<&Found<'_, '_>> = groups.iter().flat_map(|group| &group.orders).collect();
    Ok(groups
        .iter()
        .map(|group| {
            let mut record = record(library, &contents, group.patient.as_deref());
            record.resources.retain(|resource| !asked.iter().any(|found| is(resource, found) && beside(found, group)));
            decided(library, group, record, source, options)
        })
        .collect())
}

fn decided(library: &Library, group: &Group<'_, '_>, record: Record<'_>, source: &str, options: &Options) -> Judged {
    let decision = decide(&Question {
        library,
        orders: &group.orders,
        beside: &[],
        record: &record,
        clock: &group.clock,
        hindsight: true,
        bearer: Bearer {
            hook: &options.hook,
            instance: source,
            patient_id: group.patient.as_deref().unwrap_or_default(),
            user_id: None,
            encounter_id: None,
            moment: &group.clock.text(),
            public_url: None,
            service: library.services.of_hook(&options.hook),
        },
    });
    let (hook, patient, clock) = (options.hook.clone(), group.patient.clone(), group.clock.clone());
    Judged { hook, patient, clock, decision, problems: record.problems }
}

/// The record of a patient, or of all: what the Bundle lost, or says that it lacks, could have been anything.
fn record<'a>(library: &Library, contents: &Contents<'a>, patient: Option<&str>) -> Record<'a> {
    let mut record = Record::of_entries(library, contents.entries.clone(), patient.unwrap_or_default());
    if contents.odd > 0 {
        record.problems.push(format!("entries that could not be read: {}", contents.odd));
        record.incomplete(library, Reason::Unreadable);
    }
    if contents.partial {
        record.problems.push("the Bundle says that it does not hold all of the record".to_owned());
        record.incomplete(library, Reason::NotRetrieved);
    }
    record
}

/// The drafts and active orders for drugs of the library, by patient and moment.
fn groups<'l, 'a>(library: &'l Library, all: &Record<'a>, options: &Options) -> Result<Vec<Group<'l, 'a>>, CallError> {
    let near = Medications { beside: &[], record: all };
    let zone = options.as_of.as_ref().unwrap_or(&options.now).zone();
    let mut groups: Vec<Group<'l, 'a>> = Vec::new();
    for resource in &all.resources {
        let status = resource.object.string("status");
        if !matches!(status.as_deref().map(str::trim), None | Some("" | "draft" | "active")) {
            continue;
        }
        let Some(found) = find(library, resource, near, zone) else { continue };
        let patient = patient_of(resource, all)?;
        let clock = options.as_of.clone().or_else(|| written(&found, zone)).unwrap_or_else(|| options.now.clone());
        match groups.iter_mut().find(|g| g.patient == patient && g.clock.text() == clock.text()) {
            Some(group) => group.orders.push(found),
            None => groups.push(Group { patient, clock, orders: vec![found] }),
        }
    }
    Ok(groups)
}

/// The moment an order was written: of a day, or of a month or year, the end.
fn written(found: &Found<'_, '_>, zone: &TimeZone) -> Option<Clock> {
    let authored = found.order.authored.as_ref()?;
    Clock::parse(authored.text(), zone).or_else(|| Clock::parse(&authored.last().to_string(), zone))
}

/// Whose order it is: its subject, or else the only patient of the Bundle.
fn patient_of(order: &Resource<'_>, all: &Record<'_>) -> Result<Option<String>, CallError> {
    let subject = ["subject", "patient"].iter().find_map(|member| reference(&order.object, member));
    match subject.filter(|subject| !subject.starts_with('#')) {
        Some(subject) => Ok(Some(last_part(&subject).to_owned())),
        None if all.of_kind("Patient").nth(1).is_some() => {
            let member = format!("{}.subject", order.kind);
            Err(CallError::field(&member, "names no patient, and the Bundle holds several"))
        }
        None => Ok(lone_patient(all)),
    }
}

/// The id of the only patient, if it has one.
fn lone_patient(all: &Record<'_>) -> Option<String> {
    let mut patients = all.of_kind("Patient");
    let reference = &patients.next()?.reference;
    (patients.next().is_none() && reference.contains(['/', ':'])).then(|| last_part(reference).to_owned())
}

fn is(resource: &Resource<'_>, found: &Found<'_, '_>) -> bool {
    std::ptr::eq(resource.node.text(), found.node.text())
}

/// Whether an order belongs to the same decision as one of the group: written at the same moment, such as an infusion
/// to load and the injections after it. Such orders are no history to each other.
fn beside(other: &Found<'_, '_>, group: &Group<'_, '_>) -> bool {
    group.orders.iter().filter(|found| !std::ptr::eq(found.node.text(), other.node.text())).any(|found| {
        match (&found.order.authored, &other.order.authored) {
            (Some(one), Some(two)) => !one.is_after(two) && !two.is_after(one),
            _ => false,
        }
    })
}
