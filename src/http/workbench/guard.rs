//! Who may use the workbench: pages of this service only. Pages of other sites can neither read what is shown here nor
//! send a form, and no page of ours loads anything from elsewhere. That a browser came here under the service's own name
//! is checked before this, for all pages.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};

use super::super::State;
use super::super::shared_state::RequestState;
use super::session::{COOKIE, is_cookie};
use super::{Workbench, WorkbenchState};
use crate::config::Settings;
use workbench::fault::fault;
use workbench::form::TOKEN;

/// What a page may load: stylesheet and script of this service, and nothing else; nobody may put it into a frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The browser that sends a request.
#[derive(Debug, Clone)]
pub struct Browser {
    /// Its cookie, old or new.
    pub cookie: String,
    /// The token that its forms must carry.
    pub token: String,
}

impl Browser {
    /// The browser that a request comes from; it was checked before any page is made.
    pub fn of(request: &HttpRequest) -> Browser {
        let known = request.extensions().get::<Browser>().cloned();
        known.unwrap_or_else(|| Browser { cookie: String::new(), token: String::new() })
    }
}

/// Lets a request in or refuses it, gives the browser its cookie, and guards the page on its way out.
pub async fn only_own_pages(
    state: RequestState,
    workbench: Workbench,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Err(why) = may_enter(&request, &state) {
        // The names are the sender's own and may be anything, so they are not logged.
        tracing::warn!(why, "a request for the workbench is refused");
        return Ok(request.into_response(guarded(refusal(421, why))));
    }
    let known = request.cookie(COOKIE).map(|cookie| cookie.value().to_owned()).filter(|text| is_cookie(text));
    let (cookie, is_new) = match known {
        Some(cookie) => (cookie, false),
        None => match workbench.sessions.cookie() {
            Ok(cookie) => (cookie, true),
            Err(why) => return Ok(request.into_response(guarded(refusal(503, &why)))),
        },
    };
    let token = workbench.sessions.token(&cookie);
    request.extensions_mut().insert(Browser { cookie: cookie.clone(), token });
    let mut response = next.call(request).await?.map_into_boxed_body();
    guard(response.headers_mut());
    if is_new {
        let cookie = Cookie::build(COOKIE, cookie).path("/").http_only(true).same_site(SameSite::Strict);
        let cookie = cookie.secure(state.settings.tls.certificate.is_some()).finish();
        response.response_mut().add_cookie(&cookie)?;
    }
    Ok(response)
}

/// Checks that a form comes from a page of this workbench: its token must be that of the browser that sends it.
///
/// # Errors
///
/// The answer that refuses it.
pub fn check_form_token(
    workbench: &WorkbenchState,
    browser: &Browser,
    fields: &[(String, String)],
) -> Result<(), Box<HttpResponse>> {
    let token = fields.iter().find(|(name, _)| name == TOKEN).map(|(_, token)| token.as_str());
    if token.is_some_and(|token| workbench.sessions.is_token(&browser.cookie, token)) {
        return Ok(());
    }
    let why = "The form was not sent from a page of this workbench, or the page is too old. Open it again.";
    Err(Box::new(refusal(403, why)))
}

/// A refusal as a page.
pub fn refusal(status: u16, why: &str) -> HttpResponse {
    let title = match status {
        403 | 421 => "Not from here",
        404 => "Nothing is here",
        410 => "No longer here",
        413 => "Too large",
        503 => "Not now",
        _ => "This cannot be done",
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(fault(title, why))
}

fn may_enter(request: &ServiceRequest, state: &State) -> Result<(), &'static str> {
    let headers = request.headers();
    let host = text(headers, header::HOST).or_else(|| request.uri().authority().map(|host| host.as_str()));
    let host = host.unwrap_or_default();
    let origin = text(headers, header::ORIGIN);
    if origin.is_some_and(|origin| !is_own_origin(origin, host, &state.settings)) {
        return Err("The request comes from a page of another origin.");
    }
    let site = text(headers, HeaderName::from_static("sec-fetch-site"));
    if request.method() == Method::POST && site.is_some_and(|site| site != "same-origin") {
        return Err("The form was sent from a page of another site.");
    }
    Ok(())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether an origin is this service: the host that was asked, or the one that it is reached by from outside.
fn is_own_origin(origin: &str, host: &str, settings: &Settings) -> bool {
    let public = settings.public_url.as_ref().map(|url| url.0.origin().ascii_serialization());
    let asked = origin.split_once("://").is_some_and(|(_, named)| !host.is_empty() && named.eq_ignore_ascii_case(host));
    asked || public.is_some_and(|public| public == origin)
}

fn guarded(mut response: HttpResponse) -> HttpResponse {
    guard(response.headers_mut());
    response
}

fn guard(headers: &mut HeaderMap) {
    let all = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in all {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests {
    use super::is_own_origin;
    use crate::config::Settings;

    #[test]
    fn only_the_service_itself_is_its_own_origin() {
        let settings = Settings { public_url: "https://cds.example.org/x".parse().ok(), ..Settings::default() };
        for (origin, host, own) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
            ("https://cds.example.org", "10.0.0.1", true),
            ("http://127.0.0.1:9090", "127.0.0.1:8080", false),
            ("http://evil.test", "127.0.0.1:8080", false),
            ("null", "127.0.0.1:8080", false),
            ("http://", "", false),
        ] {
            assert_eq!(is_own_origin(origin, host, &settings), own, "{origin} {host}");
        }
    }
}
