//! `GET /stats`: statistics of the outcomes of cards. A client sees those of its own calls only.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::Query;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Resource, web};
use serde::Deserialize;

use super::auth::Caller;
use super::error::{Refused, later, other_methods, refused};
use super::shared_state::RequestState;
use cds_hooks::error::CallError;
use knowledge::policy::silenced;
use store::stats::{Statistics, beginning};

/// The route of the URL.
pub fn resource() -> Resource {
    web::resource("/stats").route(web::get().to(statistics)).default_service(other_methods("GET"))
}

/// The parameters of the URL.
#[derive(Deserialize)]
struct Parameters {
    /// The first day that counts, such as `2026-11-01`.
    since: Option<String>,
}

async fn statistics(
    request: HttpRequest,
    Query(Parameters { since }): Query<Parameters>,
    state: RequestState,
) -> Result<HttpResponse, Refused> {
    if !state.store.is_on() {
        return Err(refused(404, "not-found", "no statistics: nothing is kept (setting store.url)"));
    }
    let since_ms = since.as_deref().map_or(Ok(i64::MIN), |text| beginning(text, &state.zone));
    let since_ms = since_ms.map_err(|message| Refused(CallError::field("since", message)))?;
    let caller = request.extensions().get::<Caller>().cloned();
    match state.store.counts(since_ms, caller.as_ref().map(|caller| &*caller.name)).await {
        Ok(counts) => {
            let statistics = Statistics::of(&counts, since, &state.zone).with_silenced(silenced(&state.library));
            Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store"))).json(statistics))
        }
        Err(problem) => {
            tracing::warn!(problem, "no statistics");
            Ok(later(&refused(503, "transient", "the store cannot be read now; the log says why"), 10))
        }
    }
}
