//! From a parsed call, and what was fetched for it, to an answer: the same for the service, for replay and for cases.

use std::collections::BTreeSet;

use crate::config::Profile;
use crate::decide::{Decision, Question, decide};
use crate::domain::time::Clock;
use crate::fhir::bundle::entries;
use crate::fhir::client::{Failure, Refusal};
use crate::fhir::fetched::{Fetched, Wanted};
use crate::fhir::json::Node;
use crate::fhir::medicine::{Medications, medicine, unresolved};
use crate::fhir::order::{Found, find, is_order, standing};
use crate::fhir::record::{Part, Record, resources};
use crate::fhir::resource::Resource;
use crate::fhir::view::last_part;
use crate::hook::call::{HookCall, PATIENT_VIEW};
use crate::hook::card::Bearer;
use crate::hook::error::CallError;
use crate::hook::prefetch::{Brought, Prefetched};
use crate::hook::profile;
use crate::library::services::Query;
use crate::library::{Library, is_medication};

/// For whom an answer is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Recipient<'a> {
    /// What the client can take, where that is known; else the call shows it.
    pub profile: Option<Profile>,
    /// The URL of the service, under which cards link into its handbook.
    pub public_url: Option<&'a str>,
}

/// What the call still needs beyond what was fetched. A call without any order that could concern us needs nothing;
/// where no order is brought, first only what shows whether the patient is on a drug of the library.
pub fn wanted<'l>(library: &'l Library, call: &HookCall<'_>, fetched: &Fetched, clock: &Clock) -> Wanted<'l> {
    let (beside, ..) = beside(call, fetched);
    let prefetched = Prefetched::of(library, call);
    let record = record(library, call, &prefetched, fetched);
    let near = Medications { beside: &beside, record: &record };
    let concerned = !orders(library, call, &beside, &record, clock).is_empty();
    let ordered = beside.iter().filter(|resource| is_order(resource));
    // Of what was taken only that is looked up which says nothing else of the medicine, not even its name.
    let nameless =
        |resource: &&Resource<'_>| is_medication(&resource.kind) && medicine(&resource.object, near).is_empty();
    let taken = record.resources.iter().filter(|_| concerned || call.hook == PATIENT_VIEW).filter(nameless);
    let medications: BTreeSet<String> = ordered
        .chain(taken)
        .filter_map(|resource| unresolved(&resource.object, near))
        .filter(|link| !link.starts_with('#') && !link.starts_with("urn:") && !fetched.asked_for(link))
        .collect();
    let wanted = |query: &&Query| {
        let missing = prefetched.lacks(query) && !fetched.asked_for(&query.key);
        missing && (concerned || (call.hook == PATIENT_VIEW && is_medication(&query.resource)))
    };
    Wanted {
        medications: medications.into_iter().collect(),
        queries: library.services.queries.iter().filter(wanted).collect(),
    }
}

/// Answers a call; 412 when there is an order for us and nothing at all of the record could be had.
pub fn answer(
    library: &Library,
    call: &HookCall<'_>,
    fetched: &Fetched,
    clock: &Clock,
    recipient: &Recipient<'_>,
) -> Result<(Decision, Vec<String>), CallError> {
    let (beside, mut problems, others) = beside(call, fetched);
    let mut record = record(library, call, &Prefetched::of(library, call), fetched);
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
            None => fetched.vain(),
        };
        let message =
            format!("nothing of the patient's record could be had: prefetch brought none of it, and {server}");
        return Err(CallError::plain(412, "not-found", message));
    }
    let moment = clock.text();
    let mut decision = decide(&Question {
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
            public_url: recipient.public_url,
            service: library.services.of_hook(&call.hook),
        },
    });
    decision.answer.cards = profile::fit(decision.answer.cards, profile::of(recipient.profile, call));
    Ok((decision, problems))
}

/// The record: prefetch first, the FHIR server for what it did not bring, and what came under keys of the sender's own.
pub fn record<'a>(
    library: &Library,
    call: &HookCall<'a>,
    prefetched: &Prefetched<'a>,
    fetched: &'a Fetched,
) -> Record<'a> {
    let queries = &library.services.queries;
    let hidden = queries.iter().any(|query| query.resource == "Patient" && fetched.hides(&query.key));
    let parts: Vec<(&Query, Part<'a>)> = queries
        .iter()
        .map(|query| {
            let part = match (prefetched.answer(query), fetched.of(&query.key)) {
                (Brought::Keyed(node), _) => Part::Answered(vec![node], None),
                (Brought::Besides, _) => Part::Besides,
                (Brought::Missing, Some(Ok(pages))) => {
                    let nodes: Result<Vec<Node<'_>>, _> = pages.bodies.iter().map(|body| Node::parse(body)).collect();
                    match nodes {
                        Err(_) => Part::Missing(Failure::NotJson),
                        Ok(nodes) if hidden && nodes.iter().all(is_empty) => Part::Missing(Failure::PatientHidden),
                        Ok(nodes) => Part::Answered(nodes, pages.cut),
                    }
                }
                (Brought::Missing, Some(Err(failure))) => Part::Missing(*failure),
                (Brought::Missing, None) => {
                    Part::Missing(Failure::NotAllowed(fetched.refusal.unwrap_or(Refusal::NoServer)))
                }
            };
            (query, part)
        })
        .collect();
    let missing = parts.iter().any(|(_, part)| matches!(part, Part::Missing(_)));
    let mut record = Record::of_parts(library, &parts, &prefetched.besides, &call.patient_id);
    if missing && prefetched.unproven > 0 {
        record.problems.push(format!(
            "prefetch keys of the sender's own that answer no query: {} (a searchset answers by its self link)",
            prefetched.unproven
        ));
    }
    record
}

/// Whether a page holds no match.
fn is_empty(page: &Node<'_>) -> bool {
    page.object().is_some_and(|bundle| entries(&bundle).0.is_empty())
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
            Err(failure) => problems.push(format!("a Medication was not retrieved ({})", failure.code())),
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
