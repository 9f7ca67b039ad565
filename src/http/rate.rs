//! Rate limits: callers without a token are counted by address. A client that proved who it is has no limit unless the
//! site gave it one: it is known, and a call that is refused may be a card that nobody sees.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::fair_pool::Holder;
use crate::config::{PerSecond, Settings};

/// After how many calls the addresses are removed that have not called for long.
const SWEEP: usize = 1024;

/// The counters of the clients that have a limit, and of all addresses.
#[derive(Debug)]
pub struct Rate {
    clients: BTreeMap<String, DefaultDirectRateLimiter>,
    addresses: DefaultKeyedRateLimiter<Holder>,
    asked: AtomicUsize,
}

impl Rate {
    /// Counters at zero, with the limits of the settings.
    pub fn new(settings: &Settings) -> Rate {
        let limited = settings.clients.iter().filter_map(|(name, client)| {
            client.calls_per_second.map(|own| (name.clone(), RateLimiter::direct(quota(own))))
        });
        Rate {
            clients: limited.collect(),
            addresses: RateLimiter::keyed(quota(settings.limits.calls_per_second)),
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
        let checked = match client {
            Some(name) => self.clients.get(name).map_or(Ok(()), RateLimiter::check),
            None => self.addresses.check_key(&Holder::at(address)),
        };
        checked.map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()))
    }
}

fn quota(per_second: PerSecond<1>) -> Quota {
    Quota::per_second(NonZeroU32::new(per_second.get()).unwrap_or(NonZeroU32::MIN))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Rate;

    #[test]
    fn only_clients_with_a_limit_and_addresses_are_counted() {
        let text = "limits.calls-per-second = 3\n\
            [clients.busy]\nissuer = \"a\"\nkeys = \"k\"\ncalls-per-second = 5\n\
            [clients.plain]\nissuer = \"b\"\nkeys = \"k\"";
        let settings = crate::config::read(Some((Path::new("f"), text)), |_| None).expect("settings");
        let rate = Rate::new(&settings);
        for (client, address, allowed) in [
            (Some("busy"), "192.0.2.1", 5),
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
        let address = "192.0.2.1".parse().expect("an address");
        assert!((0..1000).all(|_| rate.check(Some("plain"), address).is_ok()), "a client without a limit");
    }
}
