//! Errors as answers: the status, and an OperationOutcome that says what is wrong and where.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use crate::hook::error::CallError;

/// A call error as an answer.
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
        HttpResponse::build(self.status_code()).insert_header((CONTENT_TYPE, "application/json")).body(self.0.outcome())
    }
}

/// Nothing is served under this URL.
pub async fn not_found(request: HttpRequest) -> Result<HttpResponse, Refused> {
    let message = format!(
        "nothing is served at {} {}; the services are listed at GET /cds-services",
        request.method(),
        request.path()
    );
    Err(Refused(CallError::plain(404, "not-found", message)))
}

/// The URL is served, but not with this method.
pub fn method_not_allowed(allowed: &'static str, request: &HttpRequest) -> HttpResponse {
    let message = format!("{} is not answered at {}; use {allowed}", request.method(), request.path());
    let mut response = Refused(CallError::plain(405, "not-supported", message)).error_response();
    response.headers_mut().insert(ALLOW, actix_web::http::header::HeaderValue::from_static(allowed));
    response
}
