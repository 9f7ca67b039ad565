//! `POST /cds-services/{id}/feedback`: what users did with cards. It is answered with 200 only when it is written.
//!
//! When some items of a body cannot be read, the others are kept, and the store and the log say what is wrong with the
//! rest. A client that gets a 400 would either send the same body again and again, or lose the readable items.

use std::net::IpAddr;

use actix_web::{HttpMessage, HttpRequest, HttpResponse, Resource, web};

use super::admission::AdmittedCaller;
use super::auth::Caller;
use super::error::{Refused, later, other_methods, refused};
use super::large_calls::{LARGE, LargeCalls};
use super::shared_state::RequestState;
use super::trace::Origin;
use super::{State, limits};
use cds_hooks::call::read_body;
use cds_hooks::feedback::{Feedback, Item};
use fingerprint::hash;
use jiff::Timestamp;
use store::note::FeedbackEvent;

/// After how many seconds a client may send feedback again that could not be kept.
const RETRY_AFTER: u64 = 30;

/// The route of the URL.
pub fn resource() -> Resource {
    web::resource("/cds-services/{id}/feedback").route(web::post().to(take)).default_service(other_methods("POST"))
}

async fn take(
    request: HttpRequest,
    id: web::Path<String>,
    state: RequestState,
    large_calls: web::Data<LargeCalls>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let service = state.service(&id)?.to_owned();
    let admitted = AdmittedCaller::of(&request)?;
    let memory = admitted.memory();
    let body = limits::body(&request, payload, &state.settings.limits, &admitted, &memory).await?;
    let _slot = admitted.slot()?;
    let received_ms = (state.now)().timestamp().as_millisecond();
    let client = request.extensions().get::<Caller>().map(|caller| caller.name.to_string());
    let address = Origin::found(&request).address();
    let receipt = Receipt { service, client, address, received_ms };
    match keep(receipt, body, &state, &large_calls).await? {
        Some(refusal) => Ok(later(&refusal, RETRY_AFTER)),
        // The standard defines no body; an empty object serves clients that expect JSON.
        None => Ok(HttpResponse::Ok().content_type("application/json").body("{}")),
    }
}

/// Keeps the feedback of a body. A refusal without an error is temporary.
///
/// # Errors
///
/// The body is no feedback.
pub async fn keep(
    receipt: Receipt,
    body: String,
    state: &RequestState,
    large_calls: &LargeCalls,
) -> Result<Option<Refused>, Refused> {
    let Read { receipt, events, items, unreadable } = if body.len() < LARGE {
        receipt.read(body, state)?
    } else {
        // Much feedback at once is read outside the workers, as a large call is.
        let (_permit, state) = (large_calls.permit(body.len()).await, state.clone());
        let read = web::block(move || receipt.read(body, &state)).await;
        read.unwrap_or_else(|_| Err(refused(500, "exception", "a fault of the service itself; its log says where")))?
    };
    let Receipt { service, client, .. } = &receipt;
    if state.store.feedback(events).await.is_err() {
        tracing::warn!(client, service, items, "feedback cannot be kept now; the client is asked to send it again");
        return Ok(Some(refused(503, "transient", "feedback cannot be kept now; send it again later")));
    }
    tracing::info!(client, service, items, unreadable, kept = state.store.is_on(), "feedback");
    Ok(None)
}

/// What all events of one body have in common.
pub struct Receipt {
    /// The service whose cards it is about.
    pub service: String,
    /// The client that sent it.
    pub client: Option<String>,
    /// The address that it came from.
    pub address: IpAddr,
    /// When it came.
    pub received_ms: i64,
}

/// A body of feedback that was read.
struct Read {
    receipt: Receipt,
    events: Vec<FeedbackEvent>,
    items: usize,
    unreadable: usize,
}

impl Receipt {
    fn read(self, body: String, state: &State) -> Result<Read, Refused> {
        let Receipt { service, client, address, received_ms } = &self;
        let document = read_body(body, limits::of_body(&state.settings.limits)).map_err(Refused)?;
        let received = Timestamp::from_millisecond(*received_ms).unwrap_or_default();
        let feedback = Feedback::read(&document, received).map_err(|error| {
            tracing::warn!(client, service, %address, problem = error.message, "feedback refused");
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
        let (items, unreadable) = (feedback.items.len(), feedback.unreadable.len());
        let comments = state.settings.store.comments;
        state.answered.take(&feedback.items);
        let read = feedback.items.into_iter().map(|item| self.event(item, comments));
        let unread = feedback.unreadable.iter().map(|(error, text)| self.unreadable(&error.message, text));
        let events = read.chain(unread).collect();
        Ok(Read { events, items, unreadable, receipt: self })
    }

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
            service: self.service.clone(),
            client: self.client.clone(),
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
