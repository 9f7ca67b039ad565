//! The addresses to which a host name may resolve. They are checked where names are resolved, so that the address that
//! was checked is the one that is contacted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use fhir::refusal::Forbidden;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// The system found no address for a host name.
#[derive(Debug)]
pub struct HostNotFound(std::io::Error);

impl std::fmt::Display for HostNotFound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for HostNotFound {}

/// Why an address is never asked, whatever the settings list; `None` when it may be asked.
pub fn never(ip: IpAddr) -> Option<Forbidden> {
    const CLOUDS: [IpAddr; 3] = [
        IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
        IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
        IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    ];
    let ip = innermost(ip);
    if CLOUDS.contains(&ip) {
        return Some(Forbidden::Metadata);
    }
    let link_local = match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast() || v4.octets()[0] == 0);
    if link_local {
        Some(Forbidden::LinkLocal)
    } else if ip.is_unspecified() || ip.is_multicast() || broadcast {
        Some(Forbidden::NoMachine)
    } else {
        None
    }
}

/// Why an address to which a name resolves is not asked. `private` is whether private addresses are allowed.
fn forbidden(name: &str, ip: IpAddr, private: bool) -> Option<Forbidden> {
    let inner = innermost(ip);
    if let Some(reason) = never(ip) {
        return Some(reason);
    }
    match (name == "localhost", inner.is_loopback()) {
        (true, true) => None,
        (true, false) => Some(Forbidden::NotLoopback),
        (false, true) => Some(Forbidden::Loopback),
        (false, false) => (is_private(inner) && !private).then_some(Forbidden::Private),
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        // 100.64.0.0/10 is shared by the customers of a carrier behind its NAT (RFC 6598).
        IpAddr::V4(v4) => v4.is_private() || (v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64),
        IpAddr::V6(v6) => v6.is_unique_local(),
    }
}

/// The IPv4 address inside an IPv6 address that embeds one: mapped, compatible, 6to4 or NAT64.
fn innermost(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip else { return ip };
    let embedded = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)));
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        // `::` and `::1` embed nothing.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        _ => ip,
    }
}

/// Resolves host names as the system does, and refuses names that resolve to a forbidden address.
#[derive(Debug)]
pub struct Resolver {
    /// Whether names may resolve to private addresses.
    pub private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await.map_err(HostNotFound)?.collect();
            // An attacker may hide one bad address among good ones, so one of them is enough to refuse the name.
            if let Some(bad) = found.iter().find_map(|address| forbidden(name.as_str(), address.ip(), private)) {
                return Err(bad.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::forbidden;

    /// Rows of: name, address, what is said of it, and what with private networks allowed.
    #[test]
    fn names_lead_only_where_they_may() {
        for (name, address, public, private) in [
            ("ehr.example", "192.0.2.7", None, None),
            ("ehr.example", "2001:db8::7", None, None),
            ("ehr.example", "10.1.2.3", Some("address-private"), None),
            ("ehr.example", "172.16.0.1", Some("address-private"), None),
            ("ehr.example", "172.32.0.1", None, None),
            ("ehr.example", "192.168.1.1", Some("address-private"), None),
            ("ehr.example", "100.64.0.1", Some("address-private"), None),
            ("ehr.example", "100.128.0.1", None, None),
            ("ehr.example", "fd12:3456::1", Some("address-private"), None),
            ("ehr.example", "::ffff:10.0.0.1", Some("address-private"), None),
            ("ehr.example", "64:ff9b::a00:1", Some("address-private"), None),
            ("ehr.example", "2002:a00:1::", Some("address-private"), None),
            ("ehr.example", "127.0.0.1", Some("address-loopback"), Some("address-loopback")),
            ("ehr.example", "::1", Some("address-loopback"), Some("address-loopback")),
            ("ehr.example", "::ffff:127.0.0.1", Some("address-loopback"), Some("address-loopback")),
            ("ehr.example", "169.254.1.1", Some("address-link-local"), Some("address-link-local")),
            ("ehr.example", "fe80::1", Some("address-link-local"), Some("address-link-local")),
            ("ehr.example", "169.254.169.254", Some("address-metadata"), Some("address-metadata")),
            ("ehr.example", "::ffff:169.254.169.254", Some("address-metadata"), Some("address-metadata")),
            ("ehr.example", "fd00:ec2::254", Some("address-metadata"), Some("address-metadata")),
            ("ehr.example", "100.100.100.200", Some("address-metadata"), Some("address-metadata")),
            ("ehr.example", "0.0.0.0", Some("address-of-no-machine"), Some("address-of-no-machine")),
            ("ehr.example", "::", Some("address-of-no-machine"), Some("address-of-no-machine")),
            ("ehr.example", "224.0.0.1", Some("address-of-no-machine"), Some("address-of-no-machine")),
            ("ehr.example", "ff02::1", Some("address-of-no-machine"), Some("address-of-no-machine")),
            ("ehr.example", "255.255.255.255", Some("address-of-no-machine"), Some("address-of-no-machine")),
            ("localhost", "127.0.0.1", None, None),
            ("localhost", "::1", None, None),
            ("localhost", "192.0.2.7", Some("localhost-elsewhere"), Some("localhost-elsewhere")),
            ("localhost", "10.0.0.1", Some("localhost-elsewhere"), Some("localhost-elsewhere")),
        ] {
            let ip = address.parse().expect("an address");
            assert_eq!(forbidden(name, ip, false).map(|bad| bad.code()), public, "{name} {address}");
            assert_eq!(forbidden(name, ip, true).map(|bad| bad.code()), private, "{name} {address}, private allowed");
        }
    }
}
