//! `POST /cds-services/{id}`: a call of a hook in, cards out.

use std::time::Instant;

use actix_web::{HttpMessage, HttpRequest, HttpResponse, Resource, web};
use serde::Serialize;

use super::auth::Caller;
use super::error::{Refused, method_not_allowed};
use super::fault::caught;
use super::notes::{Answered, note};
use super::{State, limits};
use crate::answer::{Recipient, answer, wanted};
use crate::decide::Decision;
use crate::domain::time::Clock;
use crate::fhir::fetched::Fetched;
use crate::hook::call::HookCall;
use crate::hook::card::{AssessmentJson, Card};
use crate::hook::error::CallError;

/// The URL with its methods.
pub fn resource() -> Resource {
    web::resource("/cds-services/{id}")
        .route(web::post().to(async |request, id, state, payload| caught(call(request, id, state, payload)).await))
        .default_service(web::to(async |request: HttpRequest| method_not_allowed("POST", &request)))
}

/// The answer, with the assessment under a name of our own.
#[derive(Serialize)]
struct Body<'a> {
    cards: &'a [Card],
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: Option<Extension<'a>>,
}

#[derive(Serialize)]
struct Extension<'a> {
    #[serde(rename = "io.github.tocilizumab-cds.assessment")]
    assessment: &'a [AssessmentJson],
}

async fn call(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<State>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let started = Instant::now();
    let service = state.service(&id)?;
    let told = |refused: &Refused| log_early(service, refused, started);
    let hook = state.library.services.get(service).map(|service| service.hook.as_str());
    let body = limits::body(&request, payload, &state.settings.limits).await.inspect_err(told)?;
    let call = HookCall::parse(&body, hook).map_err(Refused).inspect_err(told)?;
    limits::orders(&call, &state.settings.limits).inspect_err(told)?;
    let clock = state.clock();
    let caller = request.extensions().get::<Caller>().cloned();
    let fetched = fetch(&state, caller.as_ref(), &call, &clock).await;
    let recipient = Recipient {
        profile: caller.as_ref().and_then(|caller| caller.client.profile),
        public_url: state.settings.public_url.as_deref(),
    };
    let answered = answer(&state.library, &call, &fetched, &clock, &recipient);
    let decided = answered.as_ref().map(|(decision, _)| decision);
    let noted = Answered {
        service,
        client: caller.as_ref().map(|caller| &*caller.name),
        call: &call,
        body: &body,
        clock: &clock,
        recipient,
        decided,
    };
    let record = note(&state, noted, fetched);
    log(service, caller.as_ref(), &call, answered.as_ref(), record.as_deref(), started);
    let (decision, _) = answered.map_err(Refused)?;
    let assessment = (state.settings.assessment_extension && !decision.answer.assessment.is_empty())
        .then_some(Extension { assessment: &decision.answer.assessment });
    let mut response = HttpResponse::Ok();
    if let Some(record) = record {
        response.insert_header(("X-Decision-Record", record));
    }
    Ok(response.json(Body { cards: &decision.answer.cards, extension: assessment }))
}

/// What prefetch did not bring, in rounds: what shows that the call concerns us at all comes before the rest.
async fn fetch(state: &State, caller: Option<&Caller>, call: &HookCall<'_>, clock: &Clock) -> Fetched {
    const ROUNDS: usize = 3;
    let deadline = tokio::time::Instant::now() + state.settings.deadline();
    let client = caller.map(|caller| &*caller.name);
    let mut fetched = Fetched::default();
    for _ in 0..ROUNDS {
        let missing = wanted(&state.library, call, &fetched, clock);
        if missing.queries.is_empty() && missing.medications.is_empty() {
            break;
        }
        fetched.add(state.fhir.fetch(call, client, &missing, deadline).await);
    }
    fetched
}

/// One line for what was refused before it was read as a call: with the reason, which the clinician never sees.
fn log_early(service: &str, refused: &Refused, started: Instant) {
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let CallError { status, message: reason, .. } = &refused.0;
    tracing::warn!(service, status, reason, milliseconds, "refused");
}

/// One line a call: who asked what, how it went, how long it took; never whose record it was.
fn log(
    service: &str,
    caller: Option<&Caller>,
    call: &HookCall<'_>,
    answered: Result<&(Decision, Vec<String>), &CallError>,
    record: Option<&str>,
    started: Instant,
) {
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let instance = if call.instance.len() <= 64 { call.instance.as_str() } else { "(too long)" };
    let client = caller.map(|caller| &*caller.name);
    match answered {
        Ok((decision, problems)) => {
            let orders = decision.assessments.len();
            let cards = decision.answer.cards.len();
            tracing::info!(client, service, instance, orders, cards, record, milliseconds, "answered");
            for problem in problems {
                tracing::warn!(client, service, instance, problem, "odd input");
            }
        }
        Err(CallError { status, message: reason, .. }) => {
            tracing::warn!(client, service, instance, status, reason, record, milliseconds, "refused");
        }
    }
}
