//! Authentication: a client sends a JWT that it has signed, which is checked before anything of the body is read.
//!
//! The log says why a token is refused; the caller gets the same 401 whatever the reason.

/// The check of a call's token, step by step.
mod authenticator;
/// What is wrong with a token, in words.
mod explain;
/// The keys at the URL of a `jku`.
mod jku;
/// Tokens that were used.
pub mod jti;
/// The keys of a client in a file.
mod key_file;
/// The keys of each client.
mod key_sets;
/// The public keys of a JWK Set.
mod keys;
/// Whether calls must be authenticated.
mod mode;
/// The check of a signature.
mod signature;
/// A JWT: its header and its claims.
mod token;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderValue, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse, ResponseError, web};

pub use self::authenticator::Authenticator;
use self::authenticator::Rejection;
pub use self::explain::TokenFinding;
use self::jti::SharedMemory;
use self::token::{Cause, short};
use super::admission::Admission;
use super::error::Refused;
use super::shared_state::RequestState;
use super::trace::Origin;
use crate::config::{Client, Settings};
use cds_hooks::error::CallError;

/// The client that a call was authenticated as. It is found in the extensions of the request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The name of the client in the settings.
    pub name: Arc<str>,
    /// The section of the client in the settings.
    pub client: Arc<Client>,
    /// The organisation that this call comes from: the `tenant` of its JWT.
    pub tenant: Option<Arc<str>>,
}

/// Whether calls are authenticated.
#[derive(Debug)]
pub enum CallAuthentication {
    /// Calls are not authenticated: anyone may call. The text is a warning for the operator.
    Off(&'static str),
    /// Every call must be authenticated.
    Required(Box<Authenticator>),
}

impl CallAuthentication {
    /// The gate for these settings, for a service that listens on this address. `shared` is the memory of used tokens
    /// that outlives the process; what the gate `before` has seen this one knows as well.
    ///
    /// # Errors
    ///
    /// Why the service must not start like this: everyone or nobody could call by mistake, or keys cannot be read.
    pub fn new(
        settings: &Settings,
        address: SocketAddr,
        shared: Option<Arc<dyn SharedMemory>>,
        before: Option<&CallAuthentication>,
    ) -> Result<CallAuthentication, String> {
        let loopback = address.ip().is_loopback();
        if !mode::is_required(settings, loopback)? {
            return Ok(CallAuthentication::Off(mode::warning(loopback)));
        }
        let before = before.and_then(CallAuthentication::authenticator);
        Authenticator::new(settings, shared, before)
            .map(|authenticator| CallAuthentication::Required(Box::new(authenticator)))
    }

    /// The names of the keys that are known now, by client.
    pub fn key_names(&self) -> BTreeMap<String, Vec<String>> {
        self.authenticator().map(Authenticator::key_names).unwrap_or_default()
    }

    fn authenticator(&self) -> Option<&Authenticator> {
        match self {
            CallAuthentication::Off(_) => None,
            CallAuthentication::Required(authenticator) => Some(authenticator),
        }
    }

    /// Starts to read keys in the background, on the runtime of the caller.
    pub fn start(&self) {
        if let Some(authenticator) = self.authenticator() {
            authenticator.start();
        }
    }
}

/// Passes a call on, with its [`Caller`] when it was authenticated. A browser's preflight carries no token and is
/// always passed on.
///
/// # Errors
///
/// Those of the handler that it passes the call on to. A refused call gets an answer, which is no error.
pub async fn guard(
    state: RequestState,
    admission: web::Data<Admission>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let authenticator = match &*state.authentication {
        CallAuthentication::Required(authenticator) if request.method() != Method::OPTIONS => authenticator,
        _ => return Ok(next.call(request).await?.map_into_left_body()),
    };
    let now = (state.now)();
    let service = request.match_info().get("id").map(str::to_owned);
    let address = Origin::found(request.request()).address();
    let refusal = match authenticator.authenticate(request.headers(), request.path(), &now).await {
        Ok(caller) if may_call(&caller, service.as_deref()) => {
            request.extensions_mut().insert(caller);
            return Ok(next.call(request).await?.map_into_left_body());
        }
        Ok(caller) => {
            tracing::warn!(
                client = &*caller.name,
                %address,
                service = service.as_deref().map(short),
                "not on the client's list of services"
            );
            forbidden()
        }
        Err(Rejection::Unauthenticated(caller, Cause { code, detail })) => {
            state.metrics.token_refused(code);
            // A caller that guesses tokens is slowed down: beyond the rate of its address it gets a 429, and the log no
            // line.
            if let Some(too_many) = admission.refuse_unauthenticated(address) {
                return Ok(request.into_response(too_many).map_into_right_body());
            }
            let client = caller.as_ref().map(|caller| &*caller.name);
            // The pattern of the route: the path itself is text of the sender.
            tracing::warn!(client, %address, url = request.match_pattern(), cause = code, detail, "not authenticated");
            unauthenticated()
        }
        Err(Rejection::Undecided(caller)) => {
            state.metrics.token_refused("undecided");
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

/// The same answer for every cause: to know what was wrong would help an attacker.
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
