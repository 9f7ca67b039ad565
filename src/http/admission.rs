//! Who is let in: calls are counted while they are answered, refused when there are too many of them or the service
//! stops, and refused to a client that sends more in a second than is its share.
//!
//! Only what stands behind this counts, which is what costs work: the list of services, health and the handbook are
//! always answered.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::Notify;

use super::auth::Caller;
use super::error::{later, refused};
use crate::config::Settings;

/// How many calls pass between two looks for addresses that have long been silent.
const SWEEP: usize = 1024;

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

/// How often each client calls.
#[derive(Debug)]
struct Rate {
    clients: BTreeMap<String, DefaultDirectRateLimiter>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    asked: AtomicUsize,
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
    if admission.closed.load(Ordering::Acquire) {
        let mut response = later(&refused(503, "transient", "the service is stopping"), 1);
        response.head_mut().set_connection_type(ConnectionType::Close);
        return Ok(request.into_response(response));
    }
    let address = request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
    let caller = request.extensions().get::<Caller>().cloned();
    if let Err(wait) = admission.rate.check(caller.as_ref().map(|caller| &*caller.name), address) {
        let message =
            "more calls in a second than this client may make (setting limits.calls-per-second, or that of the client)";
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        return Ok(request.into_response(later(&refused(429, "throttled", message), seconds.max(1))));
    }
    let Some(_inside) = enter(&admission) else {
        let message = format!("{} calls are being answered already (setting limits.concurrent-calls)", admission.most);
        return Ok(request.into_response(later(&refused(503, "transient", message), 1)));
    };
    Ok(next.call(request).await?.map_into_boxed_body())
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
            most: settings.limits.concurrent_calls,
            inside: AtomicUsize::new(0),
            left: Notify::new(),
            draining: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            rate: Rate::new(settings),
        }
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

impl Rate {
    fn new(settings: &Settings) -> Rate {
        let all = settings.limits.calls_per_second;
        let own = |own: Option<u32>| RateLimiter::direct(quota(own.unwrap_or(all)));
        Rate {
            clients: settings.clients.iter().map(|(name, c)| (name.clone(), own(c.calls_per_second))).collect(),
            addresses: RateLimiter::keyed(quota(all)),
            asked: AtomicUsize::new(0),
        }
    }

    /// Counts a call of a client we know, or else of an address; the time to wait when it is one too many.
    fn check(&self, client: Option<&str>, address: IpAddr) -> Result<(), Duration> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.addresses.retain_recent();
        }
        let checked = match client.and_then(|name| self.clients.get(name)) {
            Some(own) => own.check(),
            None => self.addresses.check_key(&neighbourhood(address)),
        };
        checked.map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()))
    }
}

fn quota(per_second: u32) -> Quota {
    Quota::per_second(NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN))
}

/// An address as it counts: of IPv6 the network, since a single machine has as many addresses as it likes.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Rate;

    #[test]
    fn each_client_has_a_share_of_its_own_and_each_address_one() {
        let text = "limits.calls-per-second = 3\n\
            [clients.busy]\nissuer = \"a\"\nkeys = \"k\"\ncalls-per-second = 5\n\
            [clients.plain]\nissuer = \"b\"\nkeys = \"k\"";
        let settings = crate::config::read(Some((Path::new("f"), text)), |_| None).expect("settings");
        let rate = Rate::new(&settings);
        for (client, address, allowed) in [
            (Some("busy"), "192.0.2.1", 5),
            (Some("plain"), "192.0.2.1", 3),
            (None, "192.0.2.1", 3),
            (None, "192.0.2.2", 3),
            (None, "2001:db8::1", 3),
            (None, "2001:db8::2", 0),
            (None, "::ffff:192.0.2.2", 0),
            (None, "2001:db8:0:1::1", 3),
        ] {
            let address = address.parse().expect("an address");
            let passed = (0..10).take_while(|_| rate.check(client, address).is_ok()).count();
            assert_eq!(passed, allowed, "{client:?} from {address}");
            let wait = rate.check(client, address).expect_err("one too many");
            assert!(wait.as_secs_f64() <= 1.0, "{client:?}: {wait:?}");
        }
    }
}
