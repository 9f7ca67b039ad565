//! `GET /health/live` and `GET /health/ready`: whether the process runs, and whether it should be sent calls. Both are
//! answered without authentication, so they say nothing that an outsider must not know.

use std::collections::BTreeMap;

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpResponse, Resource, web};
use serde::Serialize;

use super::State;
use super::admission::Admission;
use super::error::other_methods;
use super::tls::Tls;
use knowledge::policy::silenced;
use store::{Health, Store};

/// The route that says whether the process runs.
pub fn live() -> Resource {
    let live = web::get().to(async || answer(200, &Live { status: "live" }));
    web::resource("/health/live").route(live).default_service(other_methods("GET"))
}

/// The route that says whether calls should be sent here.
pub fn ready() -> Resource {
    web::resource("/health/ready").route(web::get().to(readiness)).default_service(other_methods("GET"))
}

#[derive(Serialize)]
struct Live {
    status: &'static str,
}

/// The answer of `/health/ready`.
#[derive(Serialize)]
struct Ready {
    /// `ready`, `degraded` when cards are answered but another part fails, or `stopping`.
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
    /// The rules that the site's policy silences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    silenced: Vec<String>,
}

/// A part of the service that no card depends on.
#[derive(Serialize)]
struct Part {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<&'static str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    notes: Option<Notes>,
}

/// How many notes wait, and how many were written or lost since the start.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notes {
    queued: usize,
    written: u64,
    lost: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<String>,
}

impl Part {
    fn new(trouble: Option<&'static str>) -> Part {
        Part { status: if trouble.is_some() { "failing" } else { "working" }, trouble, notes: None }
    }

    fn of_store(store: &Store) -> Part {
        let Health { ok, failing_since, queued, written, lost, .. } = store.health();
        let trouble = (!ok).then_some("notes wait in memory and feedback is refused; why stands in the log");
        Part { notes: Some(Notes { queued, written, lost, failing_since }), ..Part::new(trouble) }
    }
}

async fn readiness(
    state: web::Data<State>,
    admission: web::Data<Admission>,
    tls: web::Data<Option<Tls>>,
) -> HttpResponse {
    let parts = parts((**tls).as_ref(), &state.store);
    let (code, status) = match admission.is_draining() {
        true => (503, "stopping"),
        false if parts.values().any(|part| part.trouble.is_some()) => (200, "degraded"),
        false => (200, "ready"),
    };
    let library = Knowledge {
        services: state.library.services.services.len(),
        drugs: state.library.drugs.len(),
        rules: state.library.drugs.iter().map(|drug| drug.rules.len()).sum(),
        silenced: silenced(&state.library),
    };
    answer(code, &Ready { status, version: env!("CARGO_PKG_VERSION"), library, parts })
}

/// The parts that may fail while cards are still answered. A part that is not in use is not listed.
fn parts(tls: Option<&Tls>, store: &Store) -> BTreeMap<&'static str, Part> {
    let tls = tls.map(|tls| ("tls", Part::new(Tls::trouble(tls))));
    let store = (store.is_on() || !store.health().ok).then(|| ("store", Part::of_store(store)));
    tls.into_iter().chain(store).collect()
}

fn answer(status: u16, body: &impl Serialize) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    HttpResponse::build(status).insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store"))).json(body)
}
