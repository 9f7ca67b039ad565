//! From one document to what was decided on it: a request goes the way of a live call, a Bundle is a record with the
//! orders in it.

/// The orders of a document.
mod orders;

use std::cell::OnceCell;

use jiff::tz::TimeZone;

use cds_hooks::call::HookCall;
use cds_hooks::error::CallError;
use cds_hooks::profile::SummaryHook;
use document::{Document, Node, Object};
use domain::fact::Facts;
use domain::hook::Hook;
use domain::time::Clock;
use domain::truth::Reason;
use domain::words::cut;
use engine::answer::{Explained, Recipient, answer, explained};
use engine::card::CardContext;
use engine::decide::{Decision, Question, decide};
use engine::unused;
use fhir::fetched::Fetched;
use fhir::meaning::Meanings;
use fhir::medicine::Chart;
use fhir::order::{Found, find, is_order};
use fhir::problem::Problem;
use fhir::record::Record;
use fhir::resource::{Resource, type_of};
use fhir::resources::Resources;
use knowledge::Library;

use self::orders::{Group, WrittenOrder, as_written, groups, is_beside, single_patient, written_orders};
use super::Options;
use super::bundle::{Contents, contents};
use super::moment::{is_written_later, latest};

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
    /// What is known of the patient, where it was asked for.
    pub facts: Option<Facts>,
    /// What was odd.
    pub problems: Vec<Problem>,
}

/// Judges a document. A Bundle whose orders were written at different moments has one result for each moment.
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
    let kind = type_of(&object);
    let entries = object.get("entry").is_some_and(Node::is_array);
    match kind.as_deref() {
        Some("Bundle") => bundle(library, &object, source, options),
        Some(kind) => Err(wrong(&format!("a single {}", cut(kind, 40)))),
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
    let fetched = Fetched::default();
    let (decision, facts, problems) = if options.extent.explained {
        let Explained { decision, facts, problems, .. } = explained(library, &call, &fetched, clock, &recipient)?;
        (decision, Some(facts), problems)
    } else {
        let (decision, problems) = answer(library, &call, &fetched, clock, &recipient)?;
        (decision, None, problems)
    };
    Ok(Judged { hook: call.hook, patient: Some(call.patient_id), clock: clock.clone(), decision, facts, problems })
}

fn bundle<'l>(
    library: &'l Library,
    bundle: &Object<'_>,
    source: &str,
    options: &Options<'_>,
) -> Result<Vec<Judged<'l>>, CallError> {
    let contents = contents(bundle);
    let all = record(library, &contents, None);
    let waits = |resource: &&Resource<'_>| {
        let status = resource.object.string("status");
        matches!(status.as_deref().map(str::trim), None | Some("" | "draft" | "active"))
    };
    let waiting = all.resources.iter().filter(waits);
    let waiting = waiting.map(|of| WrittenOrder { resource: of.clone(), node: of.object.node() }).collect();
    let judged = orders(library, &contents, &all, waiting, &|| options.now.clone(), source, options)?;
    if judged.is_empty() {
        return Ok(vec![Judged {
            hook: options.hook.clone(),
            patient: single_patient(&all),
            clock: options.as_of.clone().unwrap_or_else(|| options.now.clone()),
            decision: Decision::default(),
            facts: None,
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
        let texts: Vec<Option<Document<'_>>> = record.resources.iter().map(as_written).collect();
        let newest = OnceCell::new();
        let undated = || newest.get_or_init(|| latest(&contents.resources, options)).clone();
        return orders(library, contents, &record, written_orders(&record, &texts), &undated, &source, options);
    };
    let meanings = Meanings::new(library);
    let chart = Chart { drafts: &Resources::default(), record: &record.resources, meanings: &meanings };
    let zone = options.as_of.as_ref().unwrap_or(&options.now).zone();
    let order = Resource::alone(assumed.root()).and_then(|resource| find(&resource, chart, zone)).ok_or_else(|| {
        CallError::plain(400, "invalid", "the order that is assumed is not for a drug of the library")
    })?;
    let clock = options.as_of.clone().unwrap_or_else(|| latest(&contents.resources, options));
    let group = Group { patient: Some(id.to_owned()), clock, orders: vec![order], written: Vec::new() };
    Ok(vec![decided(&meanings, &group, record, contents, &source, options)])
}

/// Whether a document is an order that can be assumed for every patient.
///
/// # Errors
///
/// It is not a resource, not an order, or not for a drug of the library; the message says which.
pub fn assumable(library: &Library, document: &Document<'_>, zone: &TimeZone) -> Result<(), String> {
    let resource =
        Resource::alone(document.root()).ok_or("is not a resource: an order such as a MedicationRequest is needed")?;
    if !is_order(&resource) {
        return Err(format!(
            "is a {}, and not an order of a medicine that is still to be given",
            cut(&resource.kind, 40)
        ));
    }
    let nothing = Resources::default();
    let chart = Chart { drafts: &nothing, record: &nothing, meanings: &Meanings::new(library) };
    match find(&resource, chart, zone) {
        Some(_) => Ok(()),
        None => Err("is not for a drug of the library: the order itself must name its medicine".to_owned()),
    }
}

/// Judges those of the written orders that are for a drug of the library, each at its own moment; `undated` is that of
/// orders without a date.
fn orders<'l, 'a>(
    library: &'l Library,
    contents: &Contents<'a>,
    all: &Record<'a>,
    written: Vec<WrittenOrder<'a>>,
    undated: &dyn Fn() -> Clock,
    source: &str,
    options: &Options<'_>,
) -> Result<Vec<Judged<'l>>, CallError> {
    let meanings = Meanings::new(library);
    let groups = groups(&meanings, all, written, undated, options)?;
    let asked: Vec<(&Found<'_, '_>, &WrittenOrder<'_>)> =
        groups.iter().flat_map(|group| group.orders.iter().zip(&group.written)).collect();
    Ok(groups
        .iter()
        .map(|group| {
            let mut record = record(library, contents, group.patient.as_deref());
            let beside: Vec<Node<'_>> =
                asked.iter().filter(|(found, _)| is_beside(found, group)).map(|(_, written)| written.node).collect();
            let is_beside = |node: Node<'_>| beside.iter().any(|of| of.is(node));
            // The record holds its own orders as they were at that moment.
            let changed: Vec<&WrittenOrder<'_>> =
                group.written.iter().filter(|of| !of.node.is(of.resource.object.node())).collect();
            record.resources = record.resources.without(|resource| {
                let node = resource.object.node();
                is_beside(node) || changed.iter().any(|of| of.node.is(node))
            });
            for own in changed.iter().filter(|of| !is_beside(of.node)) {
                record.resources.add(own.resource.clone());
            }
            decided(&meanings, group, record, contents, source, options)
        })
        .collect())
}

fn decided<'l, 'a>(
    meanings: &Meanings<'l, 'a>,
    group: &Group<'l, 'a>,
    mut record: Record<'a>,
    contents: &Contents<'a>,
    source: &str,
    options: &Options<'_>,
) -> Judged<'l> {
    record.resources = record.resources.without(|resource| is_written_later(resource, &group.clock));
    let question = Question {
        orders: &group.orders,
        unchecked: &[],
        unidentified: &[],
        unclear: 0,
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
    };
    let (decision, facts) = if options.extent.explained {
        let (decision, facts) = unused::explain(&question, &of_others(contents, question.context.patient_id));
        (decision, Some(facts))
    } else {
        (decide(&question), None)
    };
    let (hook, patient, clock) = (options.hook.clone(), group.patient.clone(), group.clock.clone());
    Judged { hook, patient, clock, decision, facts, problems: record.problems }
}

/// The resources of a Bundle that belong to other patients.
fn of_others<'a>(contents: &Contents<'a>, patient: &str) -> Vec<Resource<'a>> {
    let others = contents.resources.iter().filter(|of| of.kind != "Patient" && !of.concerns(patient));
    others.cloned().collect()
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
