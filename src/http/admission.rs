//! Limits on the number of calls. A call is refused when too many are being answered, when the service stops, or when
//! its client has sent more in a second than it may.
//!
//! Only calls of a hook and feedback are counted, because they cost work. The list of services, health and the handbook
//! are always answered.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use tokio::sync::Notify;

use super::auth::Caller;
use super::error::{Refused, later, refused};
use super::rate::Rate;
use crate::config::Settings;
use cds_hooks::error::CallError;

/// The counters that all workers share.
#[derive(Debug)]
pub struct Admission {
    most: usize,
    in_flight: AtomicUsize,
    /// Notified when no call is being answered any more.
    ended: Notify,
    draining: AtomicBool,
    closed: AtomicBool,
    rate: Rate,
}

/// Counts a call while it is being answered. It is dropped at the end of the call, also when the client went away.
struct InFlight(web::Data<Admission>);

impl Drop for InFlight {
    fn drop(&mut self) {
        if self.0.in_flight.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.ended.notify_one();
        }
    }
}

/// Counts a call and passes it on, or refuses it.
pub async fn admit(
    admission: web::Data<Admission>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method() != Method::POST {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let address = address_of(&request);
    let caller = request.extensions().get::<Caller>().cloned();
    let client = caller.as_ref().map(|caller| &*caller.name);
    match check(&admission, client, address) {
        Ok(_in_flight) => Ok(next.call(request).await?.map_into_boxed_body()),
        Err((refused, seconds)) => {
            let CallError { status, message: reason, .. } = &refused.0;
            tracing::warn!(client, %address, status, reason, "refused");
            let mut response = later(&refused, seconds);
            if admission.closed.load(Ordering::Acquire) {
                response.head_mut().set_connection_type(ConnectionType::Close);
            }
            Ok(request.into_response(response))
        }
    }
}

/// Counts a call, or says why it is refused and after how many seconds the client may try again.
fn check(admission: &web::Data<Admission>, client: Option<&str>, address: IpAddr) -> Result<InFlight, (Refused, u64)> {
    if admission.closed.load(Ordering::Acquire) {
        return Err((refused(503, "transient", "the service is stopping"), 1));
    }
    admission.rate.check(client, address).map_err(too_many)?;
    enter(admission).ok_or_else(|| {
        let message = format!("{} calls are being answered already (setting limits.concurrent-calls)", admission.most);
        (refused(503, "transient", message), 1)
    })
}

fn address_of(request: &ServiceRequest) -> IpAddr {
    request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip())
}

fn too_many(wait: Duration) -> (Refused, u64) {
    let message =
        "more calls in a second than this client may make (setting limits.calls-per-second, or that of the client)";
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    (refused(429, "throttled", message), seconds.max(1))
}

fn enter(admission: &web::Data<Admission>) -> Option<InFlight> {
    let one_more = |calls: usize| (calls < admission.most).then_some(calls + 1);
    admission.in_flight.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok()?;
    Some(InFlight(admission.clone()))
}

impl Admission {
    /// Counters at zero, with the limits of the settings.
    pub fn new(settings: &Settings) -> Admission {
        Admission {
            most: settings.limits.concurrent_calls.get(),
            in_flight: AtomicUsize::new(0),
            ended: Notify::new(),
            draining: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            rate: Rate::new(settings),
        }
    }

    /// Counts a call that could not be authenticated. Returns the answer when its address has sent too many of them.
    pub fn refuse_unauthenticated(&self, request: &ServiceRequest) -> Option<HttpResponse> {
        let (refused, seconds) = self.rate.check(None, address_of(request)).err().map(too_many)?;
        Some(later(&refused, seconds))
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

    /// How many calls are being answered.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Acquire)
    }

    /// Waits until no call is being answered.
    pub async fn empty(&self) {
        while self.in_flight() > 0 {
            self.ended.notified().await;
        }
    }
}
