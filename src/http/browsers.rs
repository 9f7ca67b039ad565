//! Protects an open service, which anybody may call without a token, from web pages of others: whatever runs in a
//! browser on this machine reaches the service too, so a page must not be able to use it. A service that asks for
//! tokens needs none of this, since a page has none.
//!
//! A page may point its own host name to this service after it was loaded (DNS rebinding): it is recognised by the
//! `Host` that its browser sends. A page of another site is recognised by its `Origin` and `Sec-Fetch-Site`.

use std::net::IpAddr;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HOST, HeaderMap, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError};
use reqwest::Url;

use super::auth::CallAuthentication;
use super::cors;
use super::error::{Refused, refused};
use super::shared_state::RequestState;
use crate::config::Settings;

/// How a browser says whether a page calls its own site.
const FETCH_SITE: &str = "sec-fetch-site";

/// Passes a request on, unless it comes from a page that must not use an open service.
///
/// # Errors
///
/// Those of the handler that it passes the request on to. A refused request gets an answer, which is no error.
pub async fn check(
    state: RequestState,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    // Health tells nothing that a page could use, and is asked by whatever name a container has.
    let is_open =
        matches!(*state.authentication, CallAuthentication::Off(_)) && !request.path().starts_with("/health/");
    match is_open.then(|| may_use(request.method(), request.headers(), &state.settings)) {
        Some(Err(refused)) => {
            let url = request.match_pattern();
            tracing::warn!(url, reason = refused.0.message, "refused");
            Ok(request.into_response(refused.error_response()).map_into_right_body())
        }
        _ => Ok(next.call(request).await?.map_into_left_body()),
    }
}

fn may_use(method: &Method, headers: &HeaderMap, settings: &Settings) -> Result<(), Refused> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(HOST.as_str());
    if host.is_some_and(|host| !is_ours(host, settings)) {
        let message = "the service is not known under the name of the Host header (settings public-url and \
                       authentication.hosts); without tokens other names are refused, because a web page could have its \
                       own name lead here";
        return Err(refused(421, "security", message));
    }
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let origin = text(ORIGIN.as_str());
    let is_listed = || origin.is_some_and(|origin| cors::allows(&settings.cors.origins, origin));
    let is_same = || match (origin, host) {
        (Some(origin), Some(host)) => is_of(origin, host),
        (origin, _) => origin.is_none(),
    };
    let own = match text(FETCH_SITE) {
        // Of these a page cannot choose what its browser says.
        Some("same-origin" | "none") => true,
        Some(_) => origin.is_some() && is_same(),
        None => is_same(),
    };
    if own || is_listed() {
        return Ok(());
    }
    let message = "web pages of another origin may not call a service without tokens (setting cors.origins)";
    Err(refused(403, "security", message))
}

/// Whether a Host header names this service. An IP address is always accepted, because DNS rebinding needs a host name.
fn is_ours(host: &str, settings: &Settings) -> bool {
    let name = name_of(host);
    let is_address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok();
    let listen = settings.listen.as_str();
    let public = settings.public_url.as_ref().and_then(|url| url.0.host_str().map(str::to_owned));
    let known = settings.authentication.hosts.iter().map(String::as_str).chain([name_of(listen), "localhost"]);
    is_address || known.chain(public.as_deref()).any(|known| known.eq_ignore_ascii_case(name))
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let name = host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(host, |(name, _)| name);
    name.trim_end_matches('.')
}

/// Whether a page of this origin was loaded from this host.
fn is_of(origin: &str, host: &str) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    let host = Url::parse(&format!("{}://{host}", origin.scheme()));
    host.is_ok_and(|host| host.has_host() && host.origin() == origin.origin())
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

    use super::may_use;

    #[test]
    fn only_our_own_pages_and_those_listed_may_write() {
        let settings = |text: &str| crate::config::read(Some((std::path::Path::new("f"), text)), |_| None);
        let plain = settings("").expect("settings");
        let listed = settings(
            "public-url = 'https://cds.example/base'\ncors.origins = ['https://ehr.example']\n\
             authentication.hosts = ['cds', 'CDS.internal']",
        )
        .expect("settings");
        // Host, Origin, Sec-Fetch-Site; what becomes of a POST by default, and with the lists; 0 is let in.
        for (host, origin, site, by_default, with_lists) in [
            ("127.0.0.1:8080", "", "", 0, 0),
            ("localhost:8080", "", "", 0, 0),
            ("LOCALHOST.", "", "", 0, 0),
            ("[::1]:8080", "", "", 0, 0),
            ("10.1.2.3", "", "", 0, 0),
            ("", "", "", 0, 0),
            ("evil.example", "", "", 421, 421),
            ("evil.example", "http://evil.example", "same-origin", 421, 421),
            ("localhost.evil.example", "", "", 421, 421),
            ("127.0.0.1.evil.example:8080", "", "", 421, 421),
            ("cds.example", "", "", 421, 0),
            ("cds:8080", "", "", 421, 0),
            ("cds.internal", "", "", 421, 0),
            // Pages of our own.
            ("127.0.0.1:8080", "http://127.0.0.1:8080", "same-origin", 0, 0),
            ("127.0.0.1:8080", "null", "same-origin", 0, 0),
            ("127.0.0.1:8080", "http://127.0.0.1:8080", "", 0, 0),
            ("cds.example", "https://cds.example", "", 421, 0),
            ("127.0.0.1:8080", "", "none", 0, 0),
            // Pages of others.
            ("127.0.0.1:8080", "null", "cross-site", 403, 403),
            ("127.0.0.1:8080", "null", "", 403, 403),
            ("127.0.0.1:8080", "", "cross-site", 403, 403),
            ("127.0.0.1:8080", "https://evil.example", "cross-site", 403, 403),
            ("127.0.0.1:8080", "https://evil.example", "", 403, 403),
            ("127.0.0.1:8080", "http://127.0.0.1.evil.example:8080", "", 403, 403),
            ("127.0.0.1:8080", "not an origin", "", 403, 403),
            ("127.0.0.1:8080", "http://localhost:3000", "cross-site", 0, 403),
            ("127.0.0.1:8080", "https://ehr.example", "cross-site", 403, 0),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [("host", host), ("origin", origin), ("sec-fetch-site", site)] {
                if !value.is_empty() {
                    headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
                }
            }
            for (settings, expected) in [(&plain, by_default), (&listed, with_lists)] {
                let said = may_use(&Method::POST, &headers, settings).map_or_else(|refused| refused.0.status, |()| 0);
                assert_eq!(said, expected, "{host} {origin} {site}");
                let read = may_use(&Method::GET, &headers, settings).map_or_else(|refused| refused.0.status, |()| 0);
                assert_eq!(read, if expected == 421 { 421 } else { 0 }, "to read: {host} {origin} {site}");
            }
        }
    }
}
