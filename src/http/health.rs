//! `GET /health/live` and `GET /health/ready`: whether the process runs, and whether it should be sent calls. Asked
//! without credentials, so nothing is said that an outsider must not know.

use std::collections::BTreeMap;

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Resource, web};
use serde::Serialize;

use super::admission::Admission;
use super::error::method_not_allowed;
use super::tls::Tls;
use super::{Doors, State};

/// The URL that says whether the process runs.
pub fn live() -> Resource {
    only_get(web::resource("/health/live").route(web::get().to(async || said(200, &Live { status: "live" }))))
}

/// The URL that says whether calls should be sent here.
pub fn ready() -> Resource {
    only_get(web::resource("/health/ready").route(web::get().to(readiness)))
}

fn only_get(resource: Resource) -> Resource {
    resource.default_service(web::to(async |request: HttpRequest| method_not_allowed("GET", &request)))
}

#[derive(Serialize)]
struct Live {
    status: &'static str,
}

/// What the service says of itself.
#[derive(Serialize)]
struct Ready {
    /// `ready`; `degraded` when cards come but something beside them fails; `stopping`.
    status: &'static str,
    version: &'static str,
    library: Knowledge,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parts: BTreeMap<&'static str, Part>,
}

#[derive(Serialize)]
struct Knowledge {
    services: usize,
    drugs: usize,
    rules: usize,
}

/// How a part of the service fares that no card depends on.
#[derive(Serialize)]
struct Part {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<&'static str>,
}

impl Part {
    fn new(trouble: Option<&'static str>) -> Part {
        Part { status: if trouble.is_some() { "failing" } else { "working" }, trouble }
    }
}

async fn readiness(state: web::Data<State>, admission: web::Data<Admission>, doors: web::Data<Doors>) -> HttpResponse {
    let parts = parts(&doors);
    let (code, status) = match admission.is_draining() {
        true => (503, "stopping"),
        false if parts.values().any(|part| part.trouble.is_some()) => (200, "degraded"),
        false => (200, "ready"),
    };
    let library = Knowledge {
        services: state.library.services.services.len(),
        drugs: state.library.drugs.len(),
        rules: state.library.drugs.iter().map(|drug| drug.rules.len()).sum(),
    };
    said(code, &Ready { status, version: env!("CARGO_PKG_VERSION"), library, parts })
}

/// The parts that may fail while cards still come; one that is not in use is not named.
fn parts(doors: &Doors) -> BTreeMap<&'static str, Part> {
    let tls = doors.tls.as_ref().map(|tls| ("tls", Part::new(Tls::trouble(tls))));
    tls.into_iter().collect()
}

fn said(status: u16, body: &impl Serialize) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    HttpResponse::build(status).insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store"))).json(body)
}
