//! `POST /cds-services/{id}/feedback`: what became of cards. It is answered with 200 only when it is written.
//!
//! Of a body in which some items cannot be read the others are kept, and what is wrong is kept and logged beside them:
//! a client that were told 400 would send the same body again for ever, or never again what was good in it.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, Resource, web};

use super::auth::Caller;
use super::error::{Refused, later, method_not_allowed, refused};
use super::{State, limits};
use cds_hooks::call::read_body;
use cds_hooks::feedback::{Feedback, Item};
use fingerprint::hash;
use store::note::FeedbackEvent;

/// How soon a client may send again what could not be kept, in seconds.
const LATER: u64 = 30;

/// The URL with its methods.
pub fn resource() -> Resource {
    web::resource("/cds-services/{id}/feedback")
        .route(web::post().to(take))
        .default_service(web::to(async |request: HttpRequest| method_not_allowed("POST", &request)))
}

async fn take(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<State>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let service = state.service(&id)?;
    let body = limits::body(&request, payload, &state.settings.limits).await?;
    let received = (state.now)().timestamp();
    let caller = request.extensions().get::<Caller>().cloned();
    let client = caller.as_ref().map(|caller| &*caller.name);
    let document = read_body(body, limits::of_body(&state.settings.limits)).map_err(Refused)?;
    let feedback = Feedback::read(&document, received).map_err(|error| {
        tracing::warn!(client, service, problem = error.message, "feedback refused");
        Refused(error)
    })?;
    for problem in feedback.odd.iter().take(10) {
        tracing::warn!(client, service, problem, "odd feedback");
    }
    for (error, _) in feedback.unreadable.iter().take(10) {
        tracing::warn!(
            client,
            service,
            problem = error.message,
            "an item of feedback cannot be read; the others are kept"
        );
    }
    let taker = Taker { service, client, received_ms: received.as_millisecond() };
    let (items, unreadable) = (feedback.items.len(), feedback.unreadable.len());
    let comments = state.settings.store.comments;
    let read = feedback.items.into_iter().map(|item| taker.event(item, comments));
    let unread = feedback.unreadable.iter().map(|(error, text)| taker.unreadable(&error.message, text));
    if state.store.feedback(read.chain(unread).collect()).await.is_err() {
        tracing::warn!(client, service, items, "feedback cannot be kept now; the client is told to send it again");
        let refusal = refused(503, "transient", "feedback cannot be kept now; send it again later");
        return Ok(later(&refusal, LATER));
    }
    tracing::info!(client, service, items, unreadable, kept = state.store.is_on(), "feedback");
    // No body is defined; an empty object is JSON to those that expect some.
    Ok(HttpResponse::Ok().content_type("application/json").body("{}"))
}

/// Who takes feedback, and when.
struct Taker<'a> {
    service: &'a str,
    client: Option<&'a str>,
    received_ms: i64,
}

impl Taker<'_> {
    fn event(&self, item: Item, comments: bool) -> FeedbackEvent {
        FeedbackEvent {
            card: item.card,
            outcome: item.outcome.code(),
            at_ms: item.at.map(|at| at.as_millisecond()),
            suggestions: item.accepted,
            reason: item.reason,
            commented: item.comment.is_some(),
            comment: item.comment.filter(|_| comments),
            ..self.blank()
        }
    }

    fn unreadable(&self, problem: &str, text: &str) -> FeedbackEvent {
        FeedbackEvent { unread: Some((problem.to_owned(), hash([text.as_bytes()]))), ..self.blank() }
    }

    fn blank(&self) -> FeedbackEvent {
        FeedbackEvent {
            card: String::new(),
            service: self.service.to_owned(),
            client: self.client.map(str::to_owned),
            outcome: "unreadable",
            at_ms: None,
            received_ms: self.received_ms,
            suggestions: Vec::new(),
            reason: None,
            commented: false,
            comment: None,
            unread: None,
        }
    }
}
