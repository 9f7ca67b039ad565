//! Who is let in: calls are counted while they are answered, refused when there are too many of them or the service
//! stops, and refused to a client that sends more in a second than is its share.
//!
//! Only what stands behind this counts, which is what costs work: the list of services, health and the handbook are
//! always answered.

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

/// What the workers share to count calls.
#[derive(Debug)]
pub struct Admission {
    most: usize,
    inside: AtomicUsize,
    left: Notify,
    draining: AtomicBool,
    closed: AtomicBool,
    rate: Rate,
}

/// A call that is being answered; it leaves when this is dropped, also when its client went away.
struct Inside(web::Data<Admission>);

impl Drop for Inside {
    fn drop(&mut self) {
        if self.0.inside.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.left.notify_one();
        }
    }
}

/// Lets a call in or refuses it.
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
    match let_in(&admission, client, address) {
        Ok(_inside) => Ok(next.call(request).await?.map_into_boxed_body()),
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

/// Counts a call in, or says why not, and after how many seconds it may be worth another try.
fn let_in(admission: &web::Data<Admission>, client: Option<&str>, address: IpAddr) -> Result<Inside, (Refused, u64)> {
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

fn enter(admission: &web::Data<Admission>) -> Option<Inside> {
    let one_more = |inside: usize| (inside < admission.most).then_some(inside + 1);
    admission.inside.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).ok()?;
    Some(Inside(admission.clone()))
}

impl Admission {
    /// An open door with the limits of these settings.
    pub fn new(settings: &Settings) -> Admission {
        Admission {
            most: settings.limits.concurrent_calls.get(),
            inside: AtomicUsize::new(0),
            left: Notify::new(),
            draining: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            rate: Rate::new(settings),
        }
    }

    /// Counts a call of whoever could not say who it is; the answer when there were too many of its address.
    pub fn turned_away(&self, request: &ServiceRequest) -> Option<HttpResponse> {
        let (refused, seconds) = self.rate.check(None, address_of(request)).err().map(too_many)?;
        Some(later(&refused, seconds))
    }

    /// From now on the service says that it is not ready; calls are still answered.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether the service is on its way out.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// From now on no call is let in.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// How many calls are being answered.
    pub fn inside(&self) -> usize {
        self.inside.load(Ordering::Acquire)
    }

    /// Waits until no call is being answered.
    pub async fn empty(&self) {
        while self.inside() > 0 {
            self.left.notified().await;
        }
    }
}
