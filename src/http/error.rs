//! Errors as HTTP answers: the status, and an OperationOutcome that says what is wrong and where.

use std::future::ready;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCESS_CONTROL_REQUEST_METHOD, ALLOW, CONTENT_TYPE, HeaderValue, ORIGIN, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError, Route, web};

use cds_hooks::author::Author;
use cds_hooks::error::CallError;

use super::shared_state::SharedState;
use crate::author::Sdk;

/// The media type of pages, errors of the workbench among them.
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// The media type of every answer that is not a page.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// After how many seconds a call may be tried again that was refused to protect the service.
const SOON: u64 = 1;

/// A call error as an HTTP answer.
#[derive(Debug)]
pub struct Refused(pub CallError);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.status_code() == StatusCode::SERVICE_UNAVAILABLE {
            // A refusal that protects the service must not lose a card unnoticed: `Retry-After` says when to try again.
            response.insert_header((RETRY_AFTER, SOON));
        }
        response.insert_header((CONTENT_TYPE, JSON)).body(Sdk.operation_outcome(&self.0))
    }
}

/// An error of the request as a whole. `code` is one of FHIR's issue types.
pub fn refused(status: u16, code: &'static str, message: impl Into<String>) -> Refused {
    Refused(CallError::plain(status, code, message))
}

/// A temporary error, with `Retry-After`: the same request may be sent again after this many seconds.
pub fn later(refused: &Refused, seconds: u64) -> HttpResponse {
    let mut response = refused.error_response();
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The answer for a URL under which nothing is served.
///
/// # Errors
///
/// Always: a 404.
pub async fn not_found(request: HttpRequest) -> Result<HttpResponse, Refused> {
    let (method, path) = (request.method(), request.path());
    let pages = match request
        .app_data::<web::Data<SharedState>>()
        .is_some_and(|shared_state| shared_state.get().workbench.is_some())
    {
        true => "the pages for people begin at GET /",
        false => "the handbook of the rules is GET /handbook",
    };
    let message =
        format!("nothing is served at {method} {path}; the services are listed at GET /cds-services, and {pages}");
    Err(refused(404, "not-found", message))
}

/// The route for all methods of a URL but the allowed one, which is `GET` or `POST`.
pub fn other_methods(allowed: &'static str) -> Route {
    web::to(move |request: HttpRequest| ready(method_not_allowed(allowed, &request)))
}

/// The answer for a method that a URL is not served with. OPTIONS is answered with the methods that it is served with.
pub fn method_not_allowed(allowed: &'static str, request: &HttpRequest) -> HttpResponse {
    let all = HeaderValue::from_static(match allowed {
        "GET" => "GET, HEAD, OPTIONS",
        _ => "POST, OPTIONS",
    });
    if request.method() == Method::OPTIONS {
        return HttpResponse::NoContent().insert_header((ALLOW, all)).finish();
    }
    let message = format!("{} is not answered at {}; use {allowed}", request.method(), request.path());
    let mut response = refused(405, "not-supported", message).error_response();
    response.headers_mut().insert(ALLOW, all);
    response
}

/// Makes every error an OperationOutcome, also those that the libraries below answer in plain text. Answers HEAD as
/// GET, of which the server then sends only the head.
pub async fn outcomes(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let origin = request.headers().get(ORIGIN).filter(|_| {
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    });
    let preflight_of = origin.map(|origin| String::from_utf8_lossy(origin.as_bytes()).into_owned());
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    if !failed || [JSON, HTML].iter().any(|kind| response.headers().get(CONTENT_TYPE) == Some(kind)) {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (mut response, body) = response.into_parts();
    let body = body.try_into_bytes().unwrap_or_default();
    let said = match String::from_utf8_lossy(&body).trim() {
        "" => status.canonical_reason().unwrap_or("the request cannot be answered").to_owned(),
        said => said.to_owned(),
    };
    let message = match preflight_of {
        Some(origin) => {
            // The browser shows its user next to nothing, so the log must name the reason.
            tracing::warn!(origin, said, "a browser's preflight is refused (setting cors.origins)");
            format!(
                "the preflight is refused: {said} (origins: setting cors.origins; headers: authorization, content-type)"
            )
        }
        None => said,
    };
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    let body = Sdk.operation_outcome(&refused(status.as_u16(), "processing", message).0);
    Ok(ServiceResponse::new(request, response.set_body(BoxBody::new(body))))
}
