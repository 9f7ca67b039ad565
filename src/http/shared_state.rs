//! The state that requests share. It is replaced as a whole when the settings and files are read again.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};

use super::State;
use super::error::refused;

/// The state in use.
#[derive(Debug)]
pub struct SharedState {
    state: RwLock<Arc<State>>,
    /// Whether the settings and files could be used when they were last read.
    is_current: AtomicBool,
}

impl SharedState {
    /// Begins with this state.
    pub fn new(state: State) -> SharedState {
        SharedState { state: RwLock::new(Arc::new(state)), is_current: AtomicBool::new(true) }
    }

    /// The state in use.
    pub fn get(&self) -> Arc<State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Uses another state from the next request on. Requests that are being answered keep the one they began with.
    pub fn put(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
        self.is_current.store(true, Ordering::Relaxed);
    }

    /// Notes that settings or files were read again and cannot be used.
    pub fn keep(&self) {
        self.is_current.store(false, Ordering::Relaxed);
    }

    /// What is wrong, when the settings and files were read again and cannot be used.
    pub fn trouble(&self) -> Option<&'static str> {
        (!self.is_current.load(Ordering::Relaxed)).then_some(
            "settings, policy, keys or library were read again and cannot be used; those before are still in use (see \
             the log)",
        )
    }
}

/// The state that a request began with; the same one wherever the request asks for it.
#[derive(Debug, Clone)]
pub struct RequestState(Arc<State>);

impl Deref for RequestState {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl FromRequest for RequestState {
    type Error = Error;
    type Future = Ready<Result<RequestState, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let begun = request.extensions().get::<RequestState>().cloned();
        let current = begun.or_else(|| Some(RequestState(request.app_data::<web::Data<SharedState>>()?.get())));
        ready(match current {
            Some(current) => {
                request.extensions_mut().insert(current.clone());
                Ok(current)
            }
            None => Err(refused(500, "exception", "a fault of the service itself: it has no state").into()),
        })
    }
}
