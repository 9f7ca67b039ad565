//! `POST /cds-services/{id}`: a call of a hook in, cards out.
//!
//! A small call that needs nothing from a FHIR server is answered by the worker that received it. Every other one is
//! answered on a thread outside the workers: its data may be large, and reading them must not delay the calls of others.

/// A call whose body has arrived.
mod received;
/// What an operator learns of a call.
mod report;

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::{HttpMessage, HttpRequest, HttpResponse, Resource, web};
use tokio::runtime::Handle;
use tokio::time::timeout_at;

use document::Document;

pub use self::received::grant;
use self::received::{Answer, ReceivedCall};
use self::report::refused_early;
use super::admission::AdmittedCaller;
use super::answer_body::AnswerBody;
use super::auth::Caller;
use super::error::{Refused, method_not_allowed, refused};
use super::fault::caught;
use super::large_calls::{LARGE, LargeCalls};
use super::limits;
use super::shared_state::RequestState;
use super::spans::Reads;
use super::trace::{Origin, SERVER_TIMING};

/// The URL with its methods.
pub fn resource() -> Resource {
    web::resource("/cds-services/{id}")
        .route(web::post().to(async |request, id, state, large_calls, payload| {
            caught(take(request, id, state, large_calls, payload)).await
        }))
        .default_service(web::to(async |request: HttpRequest| method_not_allowed("POST", &request)))
}

async fn take(
    request: HttpRequest,
    id: web::Path<String>,
    state: RequestState,
    large_calls: web::Data<LargeCalls>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let (started, origin) = (Instant::now(), Origin::found(&request));
    let service = state.service(&id)?;
    let admitted = AdmittedCaller::of(&request)?;
    let memory = Arc::new(admitted.memory());
    let early = |refused: &Refused| refused_early(service, &origin, refused, started);
    let body = limits::body(&request, payload, &state.settings.limits, &admitted, &memory).await.inspect_err(early)?;
    let _slot = admitted.slot().inspect_err(early)?;
    let arrived = started.elapsed();
    let caller = request.extensions().get::<Caller>().cloned();
    let (service, read, held) = (service.to_owned(), Duration::ZERO, memory.clone());
    // It is kept with the request, so that reads are reported even when the call gets no answer.
    let reads = (state.spans.is_some() && origin.span().is_some()).then(|| Arc::new(Reads::default()));
    if let Some(reads) = &reads {
        request.extensions_mut().insert(reads.clone());
    }
    let mut received = ReceivedCall {
        state: state.clone(),
        large_calls,
        service,
        caller,
        started,
        origin,
        reads,
        arrived,
        read,
        admitted,
        memory: held,
    };
    let body_bytes = body.len();
    let answer = if body_bytes < LARGE {
        let document = received.read(body)?;
        match received.answer_without_fhir_server(&document)? {
            Some(answer) => answer,
            None => on_blocking_thread(received, body_bytes, move |received| Ok((received, document))).await?,
        }
    } else {
        on_blocking_thread(received, body_bytes, move |mut received| {
            received.read(body).map(|document| (received, document))
        })
        .await?
    };
    let mut response = HttpResponse::Ok();
    if let Some(record) = answer.record {
        response.insert_header(("X-Decision-Record", record));
    }
    state.metrics.phases(&answer.phases);
    request.extensions_mut().insert(answer.phases);
    if state.settings.server_timing {
        response.insert_header((SERVER_TIMING, answer.phases.server_timing()));
    }
    Ok(response.content_type("application/json").body(AnswerBody::new(answer.json, memory)))
}

/// Answers a call on a thread outside the workers, within a time limit. A large body waits for its turn before it is read.
async fn on_blocking_thread(
    received: ReceivedCall,
    body_bytes: usize,
    read: impl FnOnce(ReceivedCall) -> Result<(ReceivedCall, Document<'static>), Refused> + Send + 'static,
) -> Result<Answer, Refused> {
    let (reading, judging) = (received.state.settings.deadline(), received.state.settings.limits.judging_ms.duration());
    let deadline = tokio::time::Instant::now() + reading;
    let (service, started, runtime) = (received.service.clone(), received.started, Handle::current());
    let origin = received.origin.clone();
    let admitted = received.admitted.clone();
    let work = web::block(move || {
        let answer = async {
            let large_calls = received.large_calls.clone();
            let waiting = Instant::now();
            let permit = large_calls.permit(body_bytes).await;
            let waited = waiting.elapsed();
            let (received, document) = read(received)?;
            received.answer_in_rounds(&document, permit, waited, deadline).await
        };
        // Nobody waits for the answer after this, so a call that still waits for something is given up here too.
        runtime.block_on(async { timeout_at(deadline + judging, answer).await })
    });
    match timeout_at(deadline + judging, work).await {
        Ok(Ok(Ok(answer))) => answer,
        Ok(Err(_)) => Err(refused(500, "exception", "a fault of the service itself; its log says where")),
        Err(_) | Ok(Ok(Err(_))) => {
            let most = (reading + judging).as_millis();
            let message = format!(
                "the call could not be answered within {most} ms (settings deadline-ms and limits.judging-ms together)"
            );
            let refused = refused(503, "timeout", message);
            admitted.was_late();
            refused_early(&service, &origin, &refused, started);
            Err(refused)
        }
    }
}
