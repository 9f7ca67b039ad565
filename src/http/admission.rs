//! Limits on the number of calls. A call is refused when too many are being answered, when all memory is in use, when the
//! service stops, or when its sender has sent more in a second than it may. Each refusal says after how many seconds to
//! try again, and is counted.
//!
//! A call takes a slot once its body has arrived, so that slow senders block nobody. Only calls of a hook and feedback
//! are counted, because they cost work. The list of services, health and the handbook are always answered.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use serde::Serialize;
use tokio::sync::Notify;

use super::address;
use super::auth::Caller;
use super::error::{Refused, later, refused};
use super::fair_pool::{FairPool, Holder, Reservation};
use super::rate::Rate;
use super::shared_state::RequestState;
use crate::config::Settings;
use cds_hooks::error::CallError;

/// The counters that all workers share.
#[derive(Debug)]
pub struct Admission {
    in_flight: AtomicUsize,
    /// Notified when no call is being answered any more.
    ended: Notify,
    draining: AtomicBool,
    closed: AtomicBool,
    rate: RwLock<Arc<Rate>>,
    slots: Arc<FairPool>,
    memory: Arc<FairPool>,
    refused_calls: RefusalCounters,
}

/// How many calls were refused to protect the service, since the start.
#[derive(Debug, Default)]
pub struct RefusalCounters {
    busy: AtomicU64,
    memory: AtomicU64,
    throttled: AtomicU64,
    late: AtomicU64,
}

/// The numbers of [`RefusalCounters`] at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Refusals {
    /// No slot was free (`limits.concurrent-calls`).
    pub busy: u64,
    /// No memory was free (`limits.memory-bytes`).
    pub memory: u64,
    /// Came too often (`calls-per-second`).
    pub throttled: u64,
    /// Could not be answered in time (`deadline-ms`, `limits.judging-ms`).
    pub late: u64,
}

/// The caller of a request that was admitted. Its slots and its memory are counted. Handlers find it in the extensions of the
/// request.
#[derive(Debug, Clone)]
pub struct AdmittedCaller {
    admission: web::Data<Admission>,
    holder: Holder,
}

/// Counts a request while it is being answered. It is dropped at its end, also when the client went away.
struct InFlight(web::Data<Admission>);

impl Drop for InFlight {
    fn drop(&mut self) {
        if self.0.in_flight.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.ended.notify_one();
        }
    }
}

/// Counts a request and passes it on, or refuses it.
pub async fn admit(
    admission: web::Data<Admission>,
    state: RequestState,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method() != Method::POST {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let address = address::of(request.request(), &state.settings.proxies);
    let caller = request.extensions().get::<Caller>().cloned();
    let client = caller.as_ref().map(|caller| &*caller.name);
    if let Err((refused, seconds)) = check(&admission, client, address) {
        let CallError { status, message: reason, .. } = &refused.0;
        tracing::warn!(client, %address, status, reason, "refused");
        let mut response = later(&refused, seconds);
        if admission.closed.load(Ordering::Acquire) {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        return Ok(request.into_response(response));
    }
    let _in_flight = InFlight::begin(&admission);
    let holder = caller.map_or_else(|| Holder::at(address), |caller| Holder::Client(caller.name));
    request.extensions_mut().insert(AdmittedCaller { admission: admission.clone(), holder });
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Whether a call may come in at all, or why not and after how many seconds the client may try again.
fn check(admission: &Admission, client: Option<&str>, address: IpAddr) -> Result<(), (Refused, u64)> {
    if admission.closed.load(Ordering::Acquire) {
        return Err((refused(503, "transient", "the service is stopping"), 1));
    }
    admission.rate().check(client, address).map_err(|wait| {
        admission.refused_calls.throttled.fetch_add(1, Ordering::Relaxed);
        too_many(wait)
    })
}

fn too_many(wait: Duration) -> (Refused, u64) {
    let message =
        "more calls in a second than this client may make (setting limits.calls-per-second, or that of the client)";
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    (refused(429, "throttled", message), seconds.max(1))
}

impl InFlight {
    fn begin(admission: &web::Data<Admission>) -> InFlight {
        admission.in_flight.fetch_add(1, Ordering::AcqRel);
        InFlight(admission.clone())
    }
}

impl AdmittedCaller {
    /// The caller of a request that was admitted.
    ///
    /// # Errors
    ///
    /// The request did not pass [`admit`], which is a fault of the service.
    pub fn of(request: &HttpRequest) -> Result<AdmittedCaller, Refused> {
        let admitted = request.extensions().get::<AdmittedCaller>().cloned();
        admitted.ok_or_else(|| refused(500, "exception", "a fault of the service itself: a call that was not admitted"))
    }

    /// A slot for one call, which is free again when the reservation is dropped.
    ///
    /// # Errors
    ///
    /// No slot is free.
    pub fn slot(&self) -> Result<Reservation, Refused> {
        let slot = self.admission.slots.reservation(self.holder.clone());
        if slot.take(1) {
            return Ok(slot);
        }
        self.admission.refused_calls.busy.fetch_add(1, Ordering::Relaxed);
        let (held, all) = (self.admission.slots.held(), self.admission.slots.all());
        let message = format!(
            "{held} of at most {all} calls are being answered already, and one caller may have no more than it leaves \
             free for others (setting limits.concurrent-calls)"
        );
        Err(refused(503, "transient", message))
    }

    /// The memory of a call, of which it has taken nothing yet.
    pub fn memory(&self) -> Reservation {
        self.admission.memory.reservation(self.holder.clone())
    }

    /// Takes memory for bytes that came in.
    ///
    /// # Errors
    ///
    /// There is not enough.
    pub fn hold(&self, memory: &Reservation, bytes: usize) -> Result<(), Refused> {
        if memory.take(bytes) {
            return Ok(());
        }
        self.admission.refused_calls.memory.fetch_add(1, Ordering::Relaxed);
        let message = "the memory for bodies and answers is in use by other calls (setting limits.memory-bytes)";
        Err(refused(503, "transient", message))
    }

    /// Counts a call that could not be answered in time.
    pub fn was_late(&self) {
        self.admission.refused_calls.late.fetch_add(1, Ordering::Relaxed);
    }
}

impl Admission {
    /// Counters at zero, with the limits of the settings.
    pub fn new(settings: &Settings) -> Admission {
        Admission {
            in_flight: AtomicUsize::new(0),
            ended: Notify::new(),
            draining: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            rate: RwLock::new(Arc::new(Rate::new(settings))),
            slots: FairPool::of(settings.limits.concurrent_calls.get()),
            memory: FairPool::of(settings.limits.memory_bytes.get()),
            refused_calls: RefusalCounters::default(),
        }
    }

    /// Uses the limits of other settings from now on. What was counted so far stays, but for the calls of the last second.
    pub fn adopt(&self, settings: &Settings) {
        *self.rate.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Rate::new(settings));
        self.slots.resize(settings.limits.concurrent_calls.get());
        self.memory.resize(settings.limits.memory_bytes.get());
    }

    /// Counts a call that could not be authenticated. Returns the answer when its address has sent too many of them.
    pub fn refuse_unauthenticated(&self, address: IpAddr) -> Option<HttpResponse> {
        let (refused, seconds) = self.rate().check(None, address).err().map(too_many)?;
        self.refused_calls.throttled.fetch_add(1, Ordering::Relaxed);
        Some(later(&refused, seconds))
    }

    /// How many calls were refused to protect the service, since the start.
    pub fn refusals(&self) -> Refusals {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let RefusalCounters { busy, memory, throttled, late } = &self.refused_calls;
        Refusals { busy: of(busy), memory: of(memory), throttled: of(throttled), late: of(late) }
    }

    /// How many bytes of bodies and answers are held.
    pub fn memory_in_use(&self) -> usize {
        self.memory.held()
    }

    /// Makes `/health/ready` say that the service is stopping. Calls are still answered.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether the service is stopping.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Refuses all calls from now on.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// How many calls are being answered, those included whose body still arrives.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Acquire)
    }

    /// Waits until no call is being answered.
    pub async fn empty(&self) {
        while self.in_flight() > 0 {
            self.ended.notified().await;
        }
    }

    fn rate(&self) -> Arc<Rate> {
        self.rate.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
