//! Which web pages may call from a browser: answers to its preflights, and the headers that let a page read an answer,
//! errors included. The service uses no cookies, so credentials are never allowed.

use actix_cors::Cors;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, RETRY_AFTER};

use super::trace::{SERVER_TIMING, X_REQUEST_ID};
use crate::config::{self, AllowedOrigin, Parsed};

/// The header in which an answer names the record of its decision.
const DECISION_RECORD: HeaderName = HeaderName::from_static("x-decision-record");

/// How long a browser may keep the answer to a preflight, in seconds.
const MAX_AGE: usize = 3600;

/// The middleware. It must be the outermost one: a browser sends a preflight without credentials, and hides an error
/// without these headers from the page altogether.
pub fn layer(origins: &[Parsed<AllowedOrigin>]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "POST", "OPTIONS"])
        .allowed_headers([AUTHORIZATION, CONTENT_TYPE])
        .expose_headers([DECISION_RECORD, RETRY_AFTER, SERVER_TIMING, X_REQUEST_ID])
        .max_age(MAX_AGE)
        // A caller that is no browser is answered whatever origin it names; a browser hides the answer from other pages.
        .block_on_origin_mismatch(false);
    if origins.iter().any(|origin| matches!(**origin, AllowedOrigin::Any)) {
        return cors.allow_any_origin().send_wildcard();
    }
    let origins = origins.to_vec();
    cors.allowed_origin_fn(move |origin, _| origin.to_str().is_ok_and(|origin| allows(&origins, origin)))
}

/// Whether pages of this origin may call: those that the site lists; where it lists none, those of this machine.
pub fn allows(origins: &[Parsed<AllowedOrigin>], origin: &str) -> bool {
    let Some(asked) = config::origin(origin) else { return false };
    if origins.is_empty() {
        return is_local(&asked);
    }
    origins.iter().any(|allowed| match &**allowed {
        AllowedOrigin::Any => true,
        AllowedOrigin::Page(page) => *page == asked,
    })
}

/// Whether an origin is this machine, on any port.
fn is_local(origin: &str) -> bool {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|local| host.strip_prefix(local).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn a_page_of_this_machine_is_known_by_its_whole_host() {
        for (origin, local) in [
            ("http://localhost:8080", true),
            ("https://127.0.0.1", true),
            ("http://[::1]:3000", true),
            ("http://localhost.evil.test", false),
            ("http://127.0.0.1.evil.test:80", false),
            ("http://evil.test", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_local(origin), local, "{origin}");
        }
    }
}
