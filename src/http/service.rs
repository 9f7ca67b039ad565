//! `POST /cds-services/{id}`: a call of a hook in, cards out.
//!
//! A small call that needs nothing from a FHIR server is answered by the worker that received it. Every other one is
//! answered on a thread outside the workers: its data may be large, and reading them must not delay the calls of others.

/// What an operator learns of a call.
mod report;
/// A call whose body has arrived.
mod taken;

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::{HttpMessage, HttpRequest, HttpResponse, Resource, web};
use tokio::runtime::Handle;
use tokio::time::timeout_at;

use document::Document;

use self::report::refused_early;
pub use self::taken::grant;
use self::taken::{Answer, Taken};
use super::admission::Visitor;
use super::auth::Caller;
use super::error::{Refused, method_not_allowed, refused};
use super::fault::caught;
use super::heavy::{Heavy, LARGE};
use super::limits;
use super::live::Current;
use super::sent::Sent;
use super::spans::Reads;
use super::trace::{Origin, SERVER_TIMING};

/// The URL with its methods.
pub fn resource() -> Resource {
    web::resource("/cds-services/{id}")
        .route(
            web::post()
                .to(async |request, id, state, heavy, payload| caught(take(request, id, state, heavy, payload)).await),
        )
        .default_service(web::to(async |request: HttpRequest| method_not_allowed("POST", &request)))
}

async fn take(
    request: HttpRequest,
    id: web::Path<String>,
    state: Current,
    heavy: web::Data<Heavy>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let (started, origin) = (Instant::now(), Origin::found(&request));
    let service = state.service(&id)?;
    let visitor = Visitor::of(&request)?;
    let memory = Arc::new(visitor.memory());
    let early = |refused: &Refused| refused_early(service, &origin, refused, started);
    let body = limits::body(&request, payload, &state.settings.limits, &visitor, &memory).await.inspect_err(early)?;
    let _place = visitor.place().inspect_err(early)?;
    let arrived = started.elapsed();
    let caller = request.extensions().get::<Caller>().cloned();
    let (service, read, held) = (service.to_owned(), Duration::ZERO, memory.clone());
    // It is kept with the request, so that reads are reported even when the call gets no answer.
    let reads = (state.spans.is_some() && origin.span().is_some()).then(|| Arc::new(Reads::default()));
    if let Some(reads) = &reads {
        request.extensions_mut().insert(reads.clone());
    }
    let mut taken = Taken {
        state: state.clone(),
        heavy,
        service,
        caller,
        started,
        origin,
        reads,
        arrived,
        read,
        visitor,
        memory: held,
    };
    let body_bytes = body.len();
    let answer = if body_bytes < LARGE {
        let document = taken.read(body)?;
        match taken.at_once(&document)? {
            Some(answer) => answer,
            None => beside(taken, body_bytes, move |taken| Ok((taken, document))).await?,
        }
    } else {
        beside(taken, body_bytes, move |mut taken| taken.read(body).map(|document| (taken, document))).await?
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
    Ok(response.content_type("application/json").body(Sent::new(answer.json, memory)))
}

/// Answers a call on a thread outside the workers, within a time limit. A large body waits for its turn before it is read.
async fn beside(
    taken: Taken,
    body_bytes: usize,
    read: impl FnOnce(Taken) -> Result<(Taken, Document<'static>), Refused> + Send + 'static,
) -> Result<Answer, Refused> {
    let (reading, judging) = (taken.state.settings.deadline(), taken.state.settings.limits.judging_ms.duration());
    let deadline = tokio::time::Instant::now() + reading;
    let (service, started, runtime) = (taken.service.clone(), taken.started, Handle::current());
    let origin = taken.origin.clone();
    let visitor = taken.visitor.clone();
    let work = web::block(move || {
        let answer = async {
            let heavy = taken.heavy.clone();
            let waiting = Instant::now();
            let turn = heavy.turn(body_bytes).await;
            let waited = waiting.elapsed();
            let (taken, document) = read(taken)?;
            taken.in_rounds(&document, turn, waited, deadline).await
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
            visitor.was_late();
            refused_early(&service, &origin, &refused, started);
            Err(refused)
        }
    }
}
