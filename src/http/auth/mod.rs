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
/// Whether calls must be authenticated.
mod mode;
/// The check of a signature.
mod signature;
/// A JWT as a call brings it.
mod token;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse, ResponseError, web};
use jiff::Zoned;

use self::jti::{Memory, SeenTokens, Shared, TokenId};
use self::key_sets::{ClientKeys, Sources};
use self::token::{Cause, Measure, Token, short};
use super::State;
use super::error::Refused;
use crate::config::{Authentication, Client, Settings};
use crate::hook::error::CallError;

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

/// What it takes to know a client.
#[derive(Debug)]
pub struct Lock {
    settings: Authentication,
    public_url: Option<String>,
    most_bytes: usize,
    sources: Sources,
    /// By issuer.
    clients: HashMap<String, (Caller, ClientKeys)>,
    seen: SeenTokens,
}

/// Why a call is not let in.
enum Turned {
    /// We do not know who it is.
    Unknown(Option<Caller>, Cause),
    /// We do, but cannot tell whether its token was used before.
    Unsure(Caller),
}

impl Gate {
    /// The door for these settings on this address, with the memory that replicas share; or why the service must not
    /// start with them.
    pub fn new(settings: &Settings, address: SocketAddr, shared: Option<Arc<dyn Shared>>) -> Result<Gate, String> {
        let loopback = address.ip().is_loopback();
        if !mode::is_required(settings, loopback)? {
            return Ok(Gate::Open(mode::warning(loopback)));
        }
        let mut sources = Sources::new(&settings.authentication)?;
        let mut clients = HashMap::new();
        for (name, client) in &settings.clients {
            let keys = sources.of_client(name, client)?;
            let caller = Caller { name: name.as_str().into(), client: Arc::new(client.clone()) };
            clients.insert(client.issuer.clone(), (caller, keys));
        }
        Ok(Gate::Locked(Box::new(Lock {
            public_url: settings.public_url.clone(),
            most_bytes: settings.limits.token_bytes,
            seen: SeenTokens::new(settings.authentication.remembered, shared),
            settings: settings.authentication.clone(),
            sources,
            clients,
        })))
    }

    /// Begins to read keys, in the background of this runtime.
    pub fn start(&self) {
        if let Gate::Locked(lock) = self {
            lock.sources.start();
        }
    }
}

impl Lock {
    /// The caller of a URL's path, proven.
    async fn admit(&self, headers: &HeaderMap, path: &str, now: &Zoned) -> Result<Caller, Turned> {
        let unknown = |cause| Turned::Unknown(None, cause);
        let text = bearer(headers, self.most_bytes).map_err(unknown)?;
        let token = Token::parse(text, &self.settings.algorithms).map_err(unknown)?;
        let Some((caller, keys)) = self.clients.get(&token.claims.iss) else {
            return Err(unknown(Cause::new(
                "issuer",
                format!("no client has the issuer {}", short(&token.claims.iss)),
            )));
        };
        let turned = |cause| Turned::Unknown(Some(caller.clone()), cause);
        if !keys.of(&token).await.map_err(turned)?.iter().any(|key| token.is_signed_with(key)) {
            return Err(turned(Cause::new("signature", "it was not made with the key that the token names")));
        }
        let urls = self.urls(path);
        let aliases = self.settings.audiences.iter().chain(&caller.client.audiences);
        let measure = Measure {
            audiences: urls.iter().chain(aliases).map(String::as_str).collect(),
            tenants: &caller.client.tenants,
            skew: self.settings.skew_s as f64,
            lifetime: self.settings.lifetime_s as f64,
        };
        let moment = now.timestamp().as_duration().as_secs_f64();
        token.check(&measure, moment).map_err(turned)?;
        // Last, so that only a genuine token takes a place in the memory. The check above bounds `exp`.
        let id = TokenId::new(&token.claims.iss, &token.claims.jti);
        let until = (token.claims.exp + measure.skew).ceil() as i64;
        match self.seen.remember(&caller.name, id, until, moment as i64).await {
            Memory::First => Ok(caller.clone()),
            Memory::Seen => Err(turned(Cause::new("replayed", "its `jti` came before"))),
            Memory::Unavailable => Err(Turned::Unsure(caller.clone())),
        }
    }

    /// Our own URLs that a token for this path may name. What feedback is to name no standard says: the service's URL
    /// counts as well.
    fn urls(&self, path: &str) -> Vec<String> {
        let Some(base) = self.public_url.as_deref() else { return Vec::new() };
        let base = base.strip_suffix('/').unwrap_or(base);
        [Some(path), path.strip_suffix("/feedback")].into_iter().flatten().map(|path| format!("{base}{path}")).collect()
    }
}

/// The one token of a call.
fn bearer(headers: &HeaderMap, most: usize) -> Result<&str, Cause> {
    let mut all = headers.get_all(AUTHORIZATION);
    let missing = || Cause::new("missing", "the call has no Authorization header");
    let value = all.next().ok_or_else(missing)?;
    if all.next().is_some() {
        return Err(Cause::new("malformed", "the call has several Authorization headers"));
    }
    if value.len() > most {
        return Err(Cause::new("too-long", format!("the token is larger than {most} bytes (limits.token-bytes)")));
    }
    let text = value.to_str().map_err(|_| Cause::new("malformed", "the Authorization header is not ASCII"))?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => Ok(token.trim()),
        _ => Err(Cause::new("malformed", "the Authorization header is not `Bearer TOKEN`")),
    }
}

/// Lets a call through to what is behind it, with its [`Caller`] when it was authenticated. A browser's preflight
/// carries no token and passes.
pub async fn guard(
    state: web::Data<State>,
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
