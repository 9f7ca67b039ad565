//! `POST /cds-services/{id}`: a call of a hook in, cards out.

use std::time::Instant;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use serde::Serialize;

use super::State;
use super::error::{Refused, method_not_allowed};
use crate::answer::{Fetched, answer, wanted};
use crate::decide::Decision;
use crate::domain::time::Clock;
use crate::hook::call::HookCall;
use crate::hook::card::{AssessmentJson, Card};
use crate::hook::error::CallError;

/// The URL with its methods.
pub fn resource() -> Resource {
    web::resource("/cds-services/{id}")
        .route(web::post().to(call))
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
    body: Result<web::Bytes, actix_web::Error>,
) -> Result<HttpResponse, Refused> {
    let started = Instant::now();
    let service = state.library.services.get(&id).ok_or_else(|| {
        let known: Vec<&str> = state.library.services.services.iter().map(|s| s.id.as_str()).collect();
        refused(404, "not-found", format!("there is no service `{id}`; there are {}", known.join(", ")))
    })?;
    media_type(&request)?;
    let body = body.map_err(|error| match error.as_response_error().status_code().as_u16() {
        413 => {
            let limit = state.settings.limits.body_bytes;
            refused(413, "too-long", format!("the body is larger than {limit} bytes (setting limits.body-bytes)"))
        }
        _ => refused(400, "structure", "the body did not arrive whole".to_owned()),
    })?;
    let text = std::str::from_utf8(&body).map_err(|error| {
        refused(400, "structure", format!("the body is not UTF-8 from byte {} on", error.valid_up_to()))
    })?;
    let call = HookCall::parse(text, Some(&service.hook)).map_err(Refused)?;
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
        fetched.add(state.fhir.fetch(call, None, &missing, deadline).await);
    }
    fetched
}

fn refused(status: u16, code: &'static str, message: String) -> Refused {
    Refused(CallError::plain(status, code, message))
}

/// JSON in any of its media types, or no word about it.
fn media_type(request: &HttpRequest) -> Result<(), Refused> {
    let Some(value) = request.headers().get(CONTENT_TYPE) else { return Ok(()) };
    let text = value.to_str().unwrap_or_default().to_lowercase();
    match text.split(';').next().unwrap_or_default().trim() {
        "application/json" | "application/fhir+json" | "application/json+fhir" | "text/json" => Ok(()),
        other => Err(refused(415, "not-supported", format!("Content-Type must be application/json, not `{other}`"))),
    }
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
