//! `GET /health/live` and `GET /health/ready`: whether the process runs, and whether it should be sent calls. Both are
//! answered without authentication, so they say nothing that an outsider must not know.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpResponse, Resource, web};
use jiff::Timestamp;
use serde::Serialize;

use super::admission::{Admission, Refusals};
use super::descriptors::Descriptors;
use super::error::other_methods;
use super::shared_state::RequestState;
use super::tls::Tls;
use crate::config::{Delivery, Settings};
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
    /// Whether answers carry their cards.
    mode: Mode,
    library: Knowledge,
    /// Digest of the site's policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parts: BTreeMap<&'static str, Part>,
    /// Calls that were refused to protect the service.
    #[serde(skip_serializing_if = "is_none")]
    refused: Refusals,
}

fn is_none(refused: &Refusals) -> bool {
    *refused == Refusals::default()
}

/// Whether answers carry their cards: `live` or `silent`, and what differs from that.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Mode {
    all: &'static str,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    silent_services: BTreeSet<String>,
    /// How many clients have a mode of their own. Their names are not shown to everyone.
    #[serde(skip_serializing_if = "is_zero")]
    silent_clients: usize,
    #[serde(skip_serializing_if = "is_zero")]
    live_clients: usize,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Mode {
    fn of(settings: &Settings) -> Mode {
        let clients = |mode| settings.clients.values().filter(|client| client.mode == Some(mode)).count();
        Mode {
            all: settings.mode.code(),
            silent_services: settings.silent_services.iter().cloned().collect(),
            silent_clients: clients(Delivery::Silent),
            live_clients: clients(Delivery::Live),
        }
    }
}

#[derive(Serialize)]
struct Knowledge {
    /// Digest of its files, as notes and the handbook name it.
    digest: String,
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
    /// Days until the certificate ends; negative when it has ended.
    #[serde(rename = "daysLeft", skip_serializing_if = "Option::is_none")]
    days_left: Option<i64>,
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
        Part { status: if trouble.is_some() { "failing" } else { "working" }, trouble, notes: None, days_left: None }
    }

    fn of_tls(tls: &Tls, now: Timestamp) -> Part {
        Part { days_left: tls.days_left(now), ..Part::new(tls.trouble(now)) }
    }

    fn of_store(store: &Store) -> Part {
        let Health { ok, failing_since, queued, written, lost, .. } = store.health();
        let trouble = (!ok).then_some("notes wait in memory and feedback is refused; the log says why");
        Part { notes: Some(Notes { queued, written, lost, failing_since }), ..Part::new(trouble) }
    }
}

async fn readiness(
    state: RequestState,
    admission: web::Data<Admission>,
    tls: web::Data<Option<Tls>>,
    descriptors: web::Data<Descriptors>,
    exchanged: web::Data<super::shared_state::SharedState>,
) -> HttpResponse {
    let now = (state.now)().timestamp();
    let mut parts = parts((**tls).as_ref().map(|tls| Part::of_tls(tls, now)), &state.store);
    for (name, trouble) in [("descriptors", descriptors.trouble()), ("settings", exchanged.trouble())] {
        parts.extend(trouble.map(|trouble| (name, Part::new(Some(trouble)))));
    }
    let (code, status) = match admission.is_draining() {
        true => (503, "stopping"),
        false if parts.values().any(|part| part.trouble.is_some()) => (200, "degraded"),
        false => (200, "ready"),
    };
    let library = Knowledge {
        digest: state.version.library_digest().to_owned(),
        services: state.library.services.services.len(),
        drugs: state.library.drugs.len(),
        rules: state.library.drugs.iter().map(|drug| drug.rules.len()).sum(),
        silenced: silenced(&state.library),
    };
    let policy = state.version.policy.as_ref().map(|_| state.version.policy_digest().to_owned());
    let mode = Mode::of(&state.settings);
    answer(
        code,
        &Ready {
            status,
            version: env!("CARGO_PKG_VERSION"),
            mode,
            library,
            policy,
            parts,
            refused: admission.refusals(),
        },
    )
}

/// The parts that may fail while cards are still answered. A part that is not in use is not listed.
fn parts(tls: Option<Part>, store: &Store) -> BTreeMap<&'static str, Part> {
    let tls = tls.map(|tls| ("tls", tls));
    let store = (store.is_on() || !store.health().ok).then(|| ("store", Part::of_store(store)));
    tls.into_iter().chain(store).collect()
}

fn answer(status: u16, body: &impl Serialize) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).unwrap_or_default();
    HttpResponse::build(status).insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store"))).json(body)
}
