//! The address of a caller: that of the connection, or what a proxy of the site says of it.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;

use crate::config::{Network, Parsed};

/// The header in which proxies tell for whom they call, each at its end.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address that a request comes from. `proxies` are those of the site, whose word counts.
pub fn of(request: &HttpRequest, proxies: &[Parsed<Network>]) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
    let forwarded = request.headers().get_all(FORWARDED_FOR).map(|value| value.to_str().unwrap_or_default());
    let forwarded: Vec<&str> = forwarded.flat_map(|value| value.split(',')).collect();
    behind(peer, &forwarded, proxies)
}

/// Goes back from proxy to proxy, until an address that is none of ours: what stands before it was written by anyone who
/// called, and may be anything.
fn behind(peer: IpAddr, forwarded: &[&str], proxies: &[Parsed<Network>]) -> IpAddr {
    let ours = |address: IpAddr| proxies.iter().any(|network| network.holds(address));
    let mut address = peer;
    for text in forwarded.iter().rev() {
        if !ours(address) {
            break;
        }
        match text.trim().parse::<IpAddr>() {
            Ok(before) => address = before.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::behind;
    use crate::config::{Network, Parsed};

    #[test]
    fn only_our_own_proxies_are_believed() {
        let proxies: Vec<Parsed<Network>> =
            ["10.0.0.0/8", "2001:db8::/32"].iter().map(|text| text.parse().expect("a network")).collect();
        for (peer, forwarded, expected) in [
            ("192.0.2.1", &[][..], "192.0.2.1"),
            ("192.0.2.1", &["198.51.100.1"], "192.0.2.1"),
            ("10.0.0.5", &[], "10.0.0.5"),
            ("10.0.0.5", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.5", &["203.0.113.9", " 198.51.100.1 "], "198.51.100.1"),
            ("10.0.0.5", &["198.51.100.1", "10.0.0.6"], "198.51.100.1"),
            ("2001:db8::5", &["::ffff:198.51.100.1"], "198.51.100.1"),
            ("10.0.0.5", &["198.51.100.1", "unknown"], "10.0.0.5"),
            ("10.0.0.5", &["10.0.0.7", "10.0.0.6"], "10.0.0.7"),
        ] {
            let found = behind(peer.parse().expect("an address"), forwarded, &proxies);
            assert_eq!(found.to_string(), expected, "{peer} {forwarded:?}");
            assert_eq!(
                behind(peer.parse().expect("an address"), forwarded, &[]).to_string(),
                peer,
                "without any proxy"
            );
        }
    }
}
