//! Who calls: a client proves itself with a JWT of its own, checked before anything of the call's body is read.
//!
//! What fails is told to the log; the caller reads the same 401 whatever it was.

/// The keys behind a `jku`.
mod jku;
/// Tokens that were seen.
pub mod jti;
/// The keys of a client in a file.
mod key_file;
/// Where the keys of each client are.
mod key_sets;
/// From a JWK Set to keys.
mod keys;
/// Who holds which token.
mod lock;
/// Whether calls must be authenticated.
mod mode;
/// The check of a signature.
mod signature;
/// A JWT as a call brings it.
mod token;

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse, ResponseError, web};

use self::jti::Shared;
use self::lock::{Lock, Turned};
use self::token::{Cause, short};
use super::State;
use super::admission::Admission;
use super::error::Refused;
use crate::config::{Client, Settings};
use cds_hooks::error::CallError;

/// The client that a call was authenticated as; it stands in the extensions of the request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Its name in the settings.
    pub name: Arc<str>,
    /// What the settings say of it.
    pub client: Arc<Client>,
}

/// The door.
#[derive(Debug)]
pub enum Gate {
    /// Anyone may call; with what whoever starts the service must read about that.
    Open(&'static str),
    /// Clients that prove themselves may call.
    Locked(Box<Lock>),
}

impl Gate {
    /// The door for these settings on this address, with the memory that replicas share; or why the service must not
    /// start with them.
    pub fn new(settings: &Settings, address: SocketAddr, shared: Option<Arc<dyn Shared>>) -> Result<Gate, String> {
        let loopback = address.ip().is_loopback();
        if !mode::is_required(settings, loopback)? {
            return Ok(Gate::Open(mode::warning(loopback)));
        }
        Lock::new(settings, shared).map(|lock| Gate::Locked(Box::new(lock)))
    }

    /// Begins to read keys, in the background of this runtime.
    pub fn start(&self) {
        if let Gate::Locked(lock) = self {
            lock.start();
        }
    }
}

/// Lets a call through to what is behind it, with its [`Caller`] when it was authenticated. A browser's preflight
/// carries no token and passes.
pub async fn guard(
    state: web::Data<State>,
    admission: web::Data<Admission>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let lock = match &*state.gate {
        Gate::Locked(lock) if request.method() != Method::OPTIONS => lock,
        _ => return Ok(next.call(request).await?.map_into_left_body()),
    };
    let now = (state.now)();
    let service = request.match_info().get("id").map(str::to_owned);
    let refusal = match lock.admit(request.headers(), request.path(), &now).await {
        Ok(caller) if may_call(&caller, service.as_deref()) => {
            request.extensions_mut().insert(caller);
            return Ok(next.call(request).await?.map_into_left_body());
        }
        Ok(caller) => {
            tracing::warn!(
                client = &*caller.name,
                service = service.as_deref().map(short),
                "not on the client's list of services"
            );
            forbidden()
        }
        Err(Turned::Unknown(caller, Cause { code, detail })) => {
            // Guessing is not for free: beyond the rate of one address there is neither an answer nor a line in the log.
            if let Some(too_many) = admission.turned_away(&request) {
                return Ok(request.into_response(too_many).map_into_right_body());
            }
            let client = caller.as_ref().map(|caller| &*caller.name);
            // Our own name for the URL: the path is the sender's.
            tracing::warn!(client, url = request.match_pattern(), cause = code, detail, "not authenticated");
            unauthenticated()
        }
        Err(Turned::Unsure(caller)) => {
            tracing::error!(
                client = &*caller.name,
                "too many tokens are remembered (authentication.remembered); a call is refused until some expire"
            );
            unavailable()
        }
    };
    Ok(request.into_response(refusal).map_into_right_body())
}

fn may_call(caller: &Caller, service: Option<&str>) -> bool {
    let services = &caller.client.services;
    services.is_empty() || service.is_none_or(|service| services.iter().any(|allowed| allowed == service))
}

/// The same for every cause: what was wrong helps whoever tries.
fn unauthenticated() -> HttpResponse {
    let message = "the call must carry a valid JWT of a known client (Authorization: Bearer); the log of the service \
                   says what is wrong";
    let mut response = Refused(CallError::plain(401, "login", message)).error_response();
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

fn forbidden() -> HttpResponse {
    Refused(CallError::plain(403, "forbidden", "this client may not call this service")).error_response()
}

fn unavailable() -> HttpResponse {
    Refused(CallError::plain(503, "throttled", "too many calls of this client are remembered; try again later"))
        .error_response()
}
