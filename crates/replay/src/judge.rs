//! From one document to what was decided on it: a request goes the way of a live call, a Bundle is a record with the
//! orders in it.

use jiff::tz::TimeZone;

use cds_hooks::call::HookCall;
use cds_hooks::error::CallError;
use cds_hooks::profile::SummaryHook;
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
use fhir::order::{Found, find};
use fhir::problem::Problem;
use fhir::record::Record;
use fhir::resource::Resource;
use fhir::resources::Resources;
use knowledge::Library;

use super::Options;
use super::bundle::{Contents, contents};

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
    let recipient = Recipient { profile: None, public_url: None, summary: SummaryHook::Both, author: options.author };
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
    let meanings = Meanings::new(library);
    let all = record(library, &contents, None);
    let groups = groups(&meanings, &all, options)?;
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
            let left_out = |resource: &Resource<'_>| {
                let node = resource.object.node();
                asked.iter().any(|found| node.is(found.node) && is_beside(found, group))
            };
            record.resources = record.resources.without(left_out);
            decided(&meanings, group, record, source, options)
        })
        .collect())
}

fn decided<'l, 'a>(
    meanings: &Meanings<'l, 'a>,
    group: &Group<'l, 'a>,
    record: Record<'a>,
    source: &str,
    options: &Options<'_>,
) -> Judged<'l> {
    let decision = decide(&Question {
        orders: &group.orders,
        unchecked: &[],
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
            summary: SummaryHook::Both,
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
        record.incomplete(library, Reason::NotRetrieved);
    }
    record
}

/// The drafts and active orders for drugs of the library, by patient and moment.
fn groups<'l, 'a>(
    meanings: &Meanings<'l, 'a>,
    all: &Record<'a>,
    options: &Options<'_>,
) -> Result<Vec<Group<'l, 'a>>, CallError> {
    let chart = Chart { drafts: &Resources::default(), record: &all.resources, meanings };
    let zone = options.as_of.as_ref().unwrap_or(&options.now).zone();
    let mut groups: Vec<Group<'l, 'a>> = Vec::new();
    for resource in &all.resources {
        let status = resource.object.string("status");
        if !matches!(status.as_deref().map(str::trim), None | Some("" | "draft" | "active")) {
            continue;
        }
        let Some(found) = find(resource, chart, zone) else { continue };
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
