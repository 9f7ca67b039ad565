//! `GET /stats`: what became of the cards, in numbers.

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Resource, web};

use super::State;
use super::error::{Refused, later, method_not_allowed, refused};
use cds_hooks::error::CallError;
use store::stats::{Statistics, beginning};

/// The URL with its methods.
pub fn resource() -> Resource {
    web::resource("/stats")
        .route(web::get().to(numbers))
        .default_service(web::to(async |request: HttpRequest| method_not_allowed("GET", &request)))
}

async fn numbers(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, Refused> {
    if !state.store.is_on() {
        return Err(refused(404, "not-found", "no statistics: nothing is kept (setting store.url)"));
    }
    let pairs = request.query_string().split('&').filter_map(|pair| pair.split_once('='));
    let since = pairs.into_iter().find(|(name, _)| *name == "since").map(|(_, value)| value.to_owned());
    let since_ms = since.as_deref().map_or(Ok(i64::MIN), |text| beginning(text, &state.zone));
    let since_ms = since_ms.map_err(|message| Refused(CallError::field("since", message)))?;
    let store = state.store.clone();
    // Reading waits for the database, which a worker of the server must not.
    match web::block(move || store.counts(since_ms)).await {
        Ok(Ok(counts)) => {
            let statistics = Statistics::of(&counts, since, &state.zone);
            Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store"))).json(statistics))
        }
        Ok(Err(problem)) => {
            tracing::warn!(problem, "no statistics");
            Ok(later(&refused(503, "transient", "the store cannot be read now; why stands in the log"), 10))
        }
        Err(_) => Err(refused(500, "exception", "the statistics could not be made")),
    }
}
