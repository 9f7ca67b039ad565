//! `POST /cds-services/{id}`: a call of a hook in, cards out.

use std::time::Instant;

use actix_web::{HttpRequest, HttpResponse, Resource, web};
use serde::Serialize;

use super::error::{Refused, method_not_allowed, refused};
use super::fault::caught;
use super::{State, limits};
use crate::answer::{Fetched, answer, wanted};
use crate::decide::Decision;
use crate::domain::time::Clock;
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
    let service = state.library.services.get(&id).ok_or_else(|| {
        let known: Vec<&str> = state.library.services.services.iter().map(|s| s.id.as_str()).collect();
        refused(404, "not-found", format!("there is no service `{id}`; there are {}", known.join(", ")))
    })?;
    let told = |refused: &Refused| log_early(&service.id, refused, started);
    let body = limits::body(&request, payload, &state.settings.limits).await.inspect_err(told)?;
    let call = HookCall::parse(&body, Some(&service.hook)).map_err(Refused).inspect_err(told)?;
    limits::orders(&call, &state.settings.limits).inspect_err(told)?;
    let clock = state.clock();
    let fetched = fetch(&state, &call, &clock).await;
    let answered = answer(&state.library, &call, &fetched, &clock, state.settings.public_url.as_deref());
    log(&service.id, &call, answered.as_ref(), started);
    let (decision, _) = answered.map_err(Refused)?;
    let assessment = (state.settings.assessment_extension && !decision.answer.assessment.is_empty())
        .then_some(Extension { assessment: &decision.answer.assessment });
    Ok(HttpResponse::Ok().json(Body { cards: &decision.answer.cards, extension: assessment }))
}

/// What prefetch did not bring, in rounds: what shows that the call concerns us at all comes before the rest.
async fn fetch(state: &State, call: &HookCall<'_>, clock: &Clock) -> Fetched {
    const ROUNDS: usize = 3;
    let deadline = tokio::time::Instant::now() + state.settings.deadline();
    let mut fetched = Fetched::default();
    for _ in 0..ROUNDS {
        let missing = wanted(&state.library, call, &fetched, clock);
        if missing.queries.is_empty() && missing.medications.is_empty() {
            break;
        }
        fetched.add(state.fhir.fetch(call, &missing, deadline).await);
    }
    fetched
}

/// One line for what was refused before it was read as a call: with the reason, which the clinician never sees.
fn log_early(service: &str, refused: &Refused, started: Instant) {
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let CallError { status, message: reason, .. } = &refused.0;
    tracing::warn!(service, status, reason, milliseconds, "refused");
}

/// One line a call: what was asked, how it went, how long it took; never whose record it was.
fn log(service: &str, call: &HookCall<'_>, answered: Result<&(Decision, Vec<String>), &CallError>, started: Instant) {
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let instance = if call.instance.len() <= 64 { call.instance.as_str() } else { "(too long)" };
    match answered {
        Ok((decision, problems)) => {
            let orders = decision.assessments.len();
            let cards = decision.answer.cards.len();
            tracing::info!(service, instance, orders, cards, milliseconds, "answered");
            for problem in problems {
                tracing::warn!(service, instance, problem, "odd input");
            }
        }
        Err(error) => tracing::warn!(service, instance, status = error.status, milliseconds, "refused"),
    }
}
