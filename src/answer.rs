//! From a parsed call, and what was fetched for it, to an answer: the same for the service, for replay and for cases.

use std::collections::BTreeSet;

use crate::decide::{Decision, Question, decide};
use crate::domain::time::Clock;
use crate::fhir::client::{Failure, Pages, Refusal};
use crate::fhir::json::Node;
use crate::fhir::medicine::{Medications, unresolved};
use crate::fhir::order::{Found, find, is_order, standing};
use crate::fhir::record::{Part, Record, Resource, resources};
use crate::fhir::view::last_part;
use crate::hook::call::{HookCall, PATIENT_VIEW};
use crate::hook::card::Bearer;
use crate::hook::error::CallError;
use crate::library::services::Query;
use crate::library::{Library, is_medication};

/// What the FHIR server answered, by prefetch key: the pages, or why there are none.
#[derive(Debug, Default)]
pub struct Fetched {
    /// Answers to the queries.
    pub parts: Vec<(String, Result<Pages, Failure>)>,
    /// Medications that orders refer to.
    pub medications: Vec<Result<String, Failure>>,
    /// Keys and references that were asked for.
    pub asked: Vec<String>,
    /// Why the server was not asked at all, if so.
    pub refusal: Option<Refusal>,
}

/// What a call still needs from the FHIR server.
#[derive(Debug, Default)]
pub struct Wanted<'l> {
    /// Queries that prefetch did not answer; none while no order of a drug of the library is found.
    pub queries: Vec<&'l Query>,
    /// Medications that orders refer to and nothing at hand resolves.
    pub medications: Vec<String>,
}

/// What the call still needs beyond what was fetched. A call without any order that could concern us needs nothing;
/// where no order is brought, first only what shows whether the patient is on a drug of the library.
pub fn wanted<'l>(library: &'l Library, call: &HookCall<'_>, fetched: &Fetched, clock: &Clock) -> Wanted<'l> {
    let (beside, ..) = beside(call, fetched);
    let record = record(library, call, fetched);
    let near = Medications { beside: &beside, record: &record };
    let medications = beside
        .iter()
        .filter(|resource| is_order(resource))
        .filter_map(|resource| unresolved(&resource.object, near))
        .filter(|link| !link.starts_with('#') && !link.starts_with("urn:") && !fetched.asked_for(link));
    let concerned = !orders(library, call, &beside, &record, clock).is_empty();
    let wanted = |query: &&Query| {
        let missing = call.prefetched(&query.key).is_none() && !fetched.asked_for(&query.key);
        missing && (concerned || (call.hook == PATIENT_VIEW && is_medication(&query.resource)))
    };
    Wanted { medications: medications.collect(), queries: library.services.queries.iter().filter(wanted).collect() }
}

/// Answers a call; 412 when there is an order for us and nothing at all of the record could be had. With the URL of
/// the service, cards link into its handbook.
pub fn answer(
    library: &Library,
    call: &HookCall<'_>,
    fetched: &Fetched,
    clock: &Clock,
    public_url: Option<&str>,
) -> Result<(Decision, Vec<String>), CallError> {
    let (beside, mut problems, others) = beside(call, fetched);
    let mut record = record(library, call, fetched);
    record.remarks.others += others;
    let orders = orders(library, call, &beside, &record, clock);
    if !orders.is_empty() {
        // What is missing matters only where something is decided on it.
        problems.extend(record.problems.iter().cloned());
    }
    let asked_about = !orders.is_empty() || call.hook == PATIENT_VIEW;
    if asked_about && record.answered == 0 && record.resources.is_empty() {
        let server = match fetched.refusal {
            Some(refusal) => refusal.sentence().to_owned(),
            None => vain(fetched),
        };
        let message =
            format!("nothing of the patient's record could be had: prefetch brought none of it, and {server}");
        return Err(CallError::plain(412, "not-found", message));
    }
    let moment = clock.text();
    let decision = decide(&Question {
        library,
        orders: &orders,
        beside: &beside,
        record: &record,
        clock,
        hindsight: false,
        bearer: Bearer {
            hook: &call.hook,
            instance: &call.instance,
            patient_id: &call.patient_id,
            user_id: call.user_id.as_deref(),
            encounter_id: call.encounter_id.as_deref(),
            moment: &moment,
            public_url,
            service: library.services.of_hook(&call.hook),
        },
    });
    Ok((decision, problems))
}

/// The record: prefetch first, the FHIR server for what it did not bring, and what came under keys of the sender's own.
fn record<'a>(library: &Library, call: &HookCall<'a>, fetched: &'a Fetched) -> Record<'a> {
    let queries = &library.services.queries;
    let parts: Vec<(&Query, Part<'a>)> = queries
        .iter()
        .map(|query| {
            let part = match (call.prefetched(&query.key), fetched.of(&query.key)) {
                (Some(node), _) => Part::Answered(vec![node], None),
                (None, Some(Ok(pages))) => {
                    let nodes: Result<Vec<Node<'_>>, _> = pages.bodies.iter().map(|body| Node::parse(body)).collect();
                    nodes.map_or(Part::Missing(Failure::NotJson), |nodes| Part::Answered(nodes, pages.cut))
                }
                (None, Some(Err(failure))) => Part::Missing(*failure),
                (None, None) => Part::Missing(Failure::NotAllowed(fetched.refusal.unwrap_or(Refusal::NoServer))),
            };
            (query, part)
        })
        .collect();
    let own: Vec<Node<'a>> = call
        .prefetch
        .iter()
        .filter(|(key, _)| !queries.iter().any(|query| query.key == *key))
        .map(|(_, node)| *node)
        .collect();
    Record::of_parts(library, &parts, &own, &call.patient_id)
}

impl Fetched {
    /// Whether a key or a reference was asked for already.
    fn asked_for(&self, what: &str) -> bool {
        self.asked.iter().any(|asked| asked == what)
    }

    /// Takes in what a further round brought.
    pub fn add(&mut self, more: Fetched) {
        self.parts.extend(more.parts);
        self.medications.extend(more.medications);
        self.asked.extend(more.asked);
        self.refusal = more.refusal;
    }

    fn of(&self, key: &str) -> Option<&Result<Pages, Failure>> {
        self.parts.iter().find(|(name, _)| name == key).map(|(_, answer)| answer)
    }
}

/// What every query came to, for an integrator, when it all came to nothing.
fn vain(fetched: &Fetched) -> String {
    let codes: BTreeSet<String> =
        fetched.parts.iter().filter_map(|(_, answer)| answer.as_ref().err()).map(|failure| failure.code()).collect();
    if codes.is_empty() {
        return "no FHIR server was asked".to_owned();
    }
    let codes = codes.into_iter().collect::<Vec<String>>().join(", ");
    format!("the FHIR server did not answer in time, or not with what was asked ({codes})")
}

/// The resources that came with the orders, what is odd about them, and how many are of another patient.
fn beside<'a>(call: &HookCall<'a>, fetched: &'a Fetched) -> (Vec<Resource<'a>>, Vec<String>, usize) {
    let Record { resources: mut found, mut problems, remarks, .. } = resources(&call.draft_orders, &call.patient_id);
    for problem in &mut problems {
        problem.insert_str(0, "context.draftOrders: ");
    }
    for medication in &fetched.medications {
        match medication {
            Ok(body) => found.extend(Node::parse(body).ok().and_then(Resource::alone)),
            Err(failure) => problems.push(format!("a Medication of an order was not retrieved ({})", failure.code())),
        }
    }
    (found, problems, remarks.others)
}

/// The orders that the hook asks about. A selection that leads nowhere counts as none: a miss is worse than a repeat.
fn orders<'l, 'a>(
    library: &'l Library,
    call: &HookCall<'a>,
    beside: &[Resource<'a>],
    record: &Record<'a>,
    clock: &Clock,
) -> Vec<Found<'l, 'a>> {
    let near = Medications { beside, record };
    if call.hook == PATIENT_VIEW {
        return standing(library, near, clock.zone()).into_iter().collect();
    }
    let matches = |resource: &Resource<'_>, selection: &str| last_part(&resource.reference) == last_part(selection);
    let selected = call.selections.as_ref().filter(|selections| {
        call.hook == "order-select"
            && !selections.is_empty()
            && selections.iter().all(|s| beside.iter().any(|resource| matches(resource, s)))
    });
    beside
        .iter()
        .filter(|resource| selected.is_none_or(|all| all.iter().any(|s| matches(resource, s))))
        .filter_map(|resource| find(library, resource, near, clock.zone()))
        .collect()
}
