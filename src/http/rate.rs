//! Rate limits: an authenticated client is counted by its name, any other caller by its address.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::{PerSecond, Settings};

/// After how many calls the addresses are removed that have not called for long.
const SWEEP: usize = 1024;

/// The counters of all clients and addresses.
#[derive(Debug)]
pub struct Rate {
    clients: BTreeMap<String, DefaultDirectRateLimiter>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    asked: AtomicUsize,
}

impl Rate {
    /// Counters at zero, with the limits of the settings.
    pub fn new(settings: &Settings) -> Rate {
        let all = settings.limits.calls_per_second;
        let own = |own: Option<PerSecond<1>>| RateLimiter::direct(quota(own.unwrap_or(all)));
        Rate {
            clients: settings.clients.iter().map(|(name, c)| (name.clone(), own(c.calls_per_second))).collect(),
            addresses: RateLimiter::keyed(quota(all)),
            asked: AtomicUsize::new(0),
        }
    }

    /// Counts a call of a client, given by its name in the settings, or else of an address.
    ///
    /// # Errors
    ///
    /// There were too many calls; after this time another one is allowed.
    pub fn check(&self, client: Option<&str>, address: IpAddr) -> Result<(), Duration> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            self.addresses.retain_recent();
        }
        let checked = match client.and_then(|name| self.clients.get(name)) {
            Some(own) => own.check(),
            None => self.addresses.check_key(&counted(address)),
        };
        checked.map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()))
    }
}

fn quota(per_second: PerSecond<1>) -> Quota {
    Quota::per_second(NonZeroU32::new(per_second.get()).unwrap_or(NonZeroU32::MIN))
}

/// The address that is counted: of IPv6 the /64 network, since one machine can use every address in it.
fn counted(address: IpAddr) -> IpAddr {
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
