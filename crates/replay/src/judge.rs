//! From one document to what was decided on it: a request goes the way of a live call, a Bundle is a record with the
//! orders in it.

use std::cell::LazyCell;
use std::collections::HashMap;

use jiff::tz::TimeZone;

use cds_hooks::call::HookCall;
use cds_hooks::error::CallError;
use document::reference::last_part;
use document::{Document, Node, Object};
use domain::advise::cut;
use domain::hook::Hook;
use domain::time::Clock;
use domain::truth::Reason;
use engine::answer::{Recipient, answer};
use engine::card::CardContext;
use engine::decide::{Decision, Question, decide};
use fhir::fetched::Fetched;
use fhir::meaning::Meanings;
use fhir::medicine::Chart;
use fhir::order::{Found, find, is_order};
use fhir::problem::Problem;
use fhir::record::Record;
use fhir::resource::Resource;
use fhir::resources::Resources;
use knowledge::Library;

use super::Options;
use super::bundle::{Contents, contents};
use super::moment::{is_written_later, latest, moment};

/// What was decided on the orders of one patient at one moment.
#[derive(Debug)]
pub struct Judged<'l> {
    /// The hook.
    pub hook: Hook,
    /// Id of the patient, as far as it is known.
    pub patient: Option<String>,
    /// The moment.
    pub clock: Clock,
    /// Assessment and cards; both are empty without an order for us.
    pub decision: Decision<'l>,
    /// What was odd.
    pub problems: Vec<Problem>,
}

/// Judges a document. A Bundle whose orders were written at different moments comes to one result for each.
pub fn judge<'l>(
    library: &'l Library,
    document: &Document<'_>,
    source: &str,
    options: &Options<'_>,
) -> Result<Vec<Judged<'l>>, CallError> {
    let node = document.root();
    let wrong = |what: &str| {
        let message = format!("holds {what}; a hook request or a Bundle is needed, or NDJSON of either");
        CallError::plain(400, "invalid", message)
    };
    let object = node.object().ok_or_else(|| wrong(node.kind()))?;
    let kind = object.string("resourceType");
    let entries = object.get("entry").is_some_and(Node::is_array);
    match kind.as_deref() {
        Some("Bundle") => bundle(library, &object, source, options),
        Some(kind) => Err(wrong(&format!("a lone {}", cut(kind, 40)))),
        None if object.get("hook").is_some() || object.get("context").is_some() => {
            request(library, document, options).map(|judged| vec![judged])
        }
        None if entries => bundle(library, &object, source, options),
        None => Err(wrong("an object with neither `hook` nor `resourceType`")),
    }
}

fn request<'l>(library: &'l Library, document: &Document<'_>, options: &Options<'_>) -> Result<Judged<'l>, CallError> {
    let call = HookCall::read(document, None)?;
    let clock = options.as_of.as_ref().unwrap_or(&options.now);
    let recipient = Recipient { profile: None, public_url: None, author: options.author };
    let (decision, problems) = answer(library, &call, &Fetched::default(), clock, &recipient)?;
    Ok(Judged { hook: call.hook, patient: Some(call.patient_id), clock: clock.clone(), decision, problems })
}

/// The orders of one patient that are judged at one moment.
struct Group<'l, 'a> {
    patient: Option<String>,
    clock: Clock,
    orders: Vec<Found<'l, 'a>>,
}

fn bundle<'l>(
    library: &'l Library,
    bundle: &Object<'_>,
    source: &str,
    options: &Options<'_>,
) -> Result<Vec<Judged<'l>>, CallError> {
    let contents = contents(bundle);
    let all = record(library, &contents, None);
    let judged = orders(library, &contents, &all, Origin::Bundle, source, options)?;
    if judged.is_empty() {
        return Ok(vec![Judged {
            hook: options.hook.clone(),
            patient: lone_patient(&all),
            clock: options.as_of.clone().unwrap_or_else(|| options.now.clone()),
            decision: Decision::default(),
            problems: all.problems,
        }]);
    }
    Ok(judged)
}

/// Judges what an export holds of one patient: each order that was ever made, whatever became of it since, or else the
/// order that is assumed.
pub fn patient<'l>(
    library: &'l Library,
    id: &str,
    contents: &Contents<'_>,
    assumed: Option<&Document<'_>>,
    options: &Options<'_>,
) -> Result<Vec<Judged<'l>>, CallError> {
    let source = format!("Patient/{id}");
    let record = record(library, contents, Some(id));
    let Some(assumed) = assumed else {
        return orders(library, contents, &record, Origin::Export, &source, options);
    };
    let meanings = Meanings::new(library);
    let chart = Chart { drafts: &Resources::default(), record: &record.resources, meanings: &meanings };
    let zone = options.as_of.as_ref().unwrap_or(&options.now).zone();
    let order = Resource::alone(assumed.root()).and_then(|resource| find(&resource, chart, zone)).ok_or_else(|| {
        CallError::plain(400, "invalid", "the order that is assumed is not for a drug of the library")
    })?;
    let clock = options.as_of.clone().unwrap_or_else(|| latest(&contents.resources, options));
    let group = Group { patient: Some(id.to_owned()), clock, orders: vec![order] };
    Ok(vec![decided(&meanings, &group, record, &source, options)])
}

/// Whether a document is an order that can be assumed for every patient.
///
/// # Errors
///
/// It is no resource, no order, or not for a drug of the library; the message says which.
pub fn assumable(library: &Library, document: &Document<'_>, zone: &TimeZone) -> Result<(), String> {
    let resource =
        Resource::alone(document.root()).ok_or("is no resource: an order such as a MedicationRequest is needed")?;
    if !is_order(&resource) {
        return Err(format!("is a {}, and no order of a medicine", cut(&resource.kind, 40)));
    }
    let nothing = Resources::default();
    let chart = Chart { drafts: &nothing, record: &nothing, meanings: &Meanings::new(library) };
    match find(&resource, chart, zone) {
        Some(_) => Ok(()),
        None => Err("is not for a drug of the library: its medicine must stand in the order itself".to_owned()),
    }
}

/// Where orders come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// A Bundle, in which orders wait for a decision.
    Bundle,
    /// An export, in which each order had its decision when it was written.
    Export,
}

fn orders<'l>(
    library: &'l Library,
    contents: &Contents<'_>,
    all: &Record<'_>,
    origin: Origin,
    source: &str,
    options: &Options<'_>,
) -> Result<Vec<Judged<'l>>, CallError> {
    let meanings = Meanings::new(library);
    let groups = groups(&meanings, all, origin, options)?;
    let asked: Vec<&Found<'_, '_>> = groups.iter().flat_map(|group| &group.orders).collect();
    Ok(groups
        .iter()
        .map(|group| {
            let mut record = record(library, contents, group.patient.as_deref());
            let beside: Vec<Node<'_>> =
                asked.iter().filter(|found| is_beside(found, group)).map(|found| found.node).collect();
            let left_out = |resource: &Resource<'_>| beside.iter().any(|node| node.is(resource.object.node()));
            record.resources = record.resources.without(left_out);
            decided(&meanings, group, record, source, options)
        })
        .collect())
}

fn decided<'l, 'a>(
    meanings: &Meanings<'l, 'a>,
    group: &Group<'l, 'a>,
    mut record: Record<'a>,
    source: &str,
    options: &Options<'_>,
) -> Judged<'l> {
    record.resources = record.resources.without(|resource| is_written_later(resource, &group.clock));
    let decision = decide(&Question {
        orders: &group.orders,
        drafts: &Resources::default(),
        record: &record,
        meanings,
        clock: &group.clock,
        hindsight: true,
        context: CardContext {
            hook: &options.hook,
            instance: source,
            patient_id: group.patient.as_deref().unwrap_or_default(),
            user_id: None,
            encounter_id: None,
            moment: &group.clock.text(),
            public_url: None,
            service: meanings.library.services.of_hook(&options.hook),
            author: options.author,
        },
    });
    let (hook, patient, clock) = (options.hook.clone(), group.patient.clone(), group.clock.clone());
    Judged { hook, patient, clock, decision, problems: record.problems }
}

/// The record of a patient, or of all: what the Bundle lost, or says that it lacks, could have been anything.
fn record<'a>(library: &Library, contents: &Contents<'a>, patient: Option<&str>) -> Record<'a> {
    let resources = contents.resources.clone();
    let mut record = Record::of_resources(library, resources, contents.untyped, patient.unwrap_or_default());
    if contents.odd > 0 {
        record.problems.push(Problem::OddInBundle(contents.odd));
        record.incomplete(library, Reason::Unreadable);
    }
    if contents.partial {
        record.problems.push(Problem::PartialBundle);
    }
    if contents.partial || contents.lost {
        record.incomplete(library, Reason::NotRetrieved);
    }
    for concept in contents.not_asked.iter().flat_map(|kind| library.index.concepts_of(kind)) {
        record.gaps.entry(concept.clone()).or_insert(Reason::NotRetrieved);
    }
    record
}

/// The orders for drugs of the library, by patient and moment; of a Bundle the drafts and active ones.
fn groups<'l, 'a>(
    meanings: &Meanings<'l, 'a>,
    all: &Record<'a>,
    origin: Origin,
    options: &Options<'_>,
) -> Result<Vec<Group<'l, 'a>>, CallError> {
    let chart = Chart { drafts: &Resources::default(), record: &all.resources, meanings };
    let zone = options.as_of.as_ref().unwrap_or(&options.now).zone();
    let mut groups: Vec<Group<'l, 'a>> = Vec::new();
    let mut places: HashMap<(Option<String>, String), usize> = HashMap::new();
    let latest = LazyCell::new(|| match origin {
        Origin::Bundle => options.now.clone(),
        Origin::Export => latest(&all.resources, options),
    });
    for resource in &all.resources {
        let status = resource.object.string("status");
        let waits = matches!(status.as_deref().map(str::trim), None | Some("" | "draft" | "active"));
        if origin == Origin::Bundle && !waits {
            continue;
        }
        let Some(found) = find(resource, chart, zone) else { continue };
        let patient = patient_of(resource, all)?;
        let clock = options.as_of.clone().or_else(|| written(&found, zone)).unwrap_or_else(|| latest.clone());
        let place = *places.entry((patient.clone(), clock.text())).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.orders.push(found),
            None => groups.push(Group { patient, clock, orders: vec![found] }),
        }
    }
    Ok(groups)
}

/// The moment an order was written: of a day, or of a month or year, the end.
fn written(found: &Found<'_, '_>, zone: &TimeZone) -> Option<Clock> {
    moment(found.order.authored.as_ref()?, zone)
}

/// Whose order it is: its subject, or else the only patient of the Bundle.
fn patient_of(order: &Resource<'_>, all: &Record<'_>) -> Result<Option<String>, CallError> {
    match order.subject().filter(|subject| !subject.starts_with('#')) {
        Some(subject) => Ok(Some(last_part(subject).to_owned())),
        None if all.resources.of_kind("Patient").nth(1).is_some() => {
            let member = format!("{}.subject", order.kind);
            Err(CallError::field(&member, "names no patient, and the Bundle holds several"))
        }
        None => Ok(lone_patient(all)),
    }
}

/// The id of the only patient, if it has one.
fn lone_patient(all: &Record<'_>) -> Option<String> {
    let mut patients = all.resources.of_kind("Patient");
    let reference = patients.next()?.reference();
    (patients.next().is_none() && reference.contains(['/', ':'])).then(|| last_part(&reference).to_owned())
}

/// Whether an order belongs to the same decision as one of the group: written at the same moment, such as an infusion
/// to load and the injections after it. Such orders are no history to each other.
fn is_beside(other: &Found<'_, '_>, group: &Group<'_, '_>) -> bool {
    group.orders.iter().filter(|found| !found.node.is(other.node)).any(|found| {
        match (&found.order.authored, &other.order.authored) {
            (Some(one), Some(two)) => !one.is_after(two) && !two.is_after(one),
            _ => false,
        }
    })
}
