//! `GET /cds-services`: the list of services.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, Resource, web};

use super::auth::Caller;
use super::error::other_methods;
use super::shared_state::RequestState;
use cds_hooks::discovery::discovery;

/// The route of the URL.
pub fn resource() -> Resource {
    web::resource("/cds-services").route(web::get().to(list)).default_service(other_methods("GET"))
}

async fn list(request: HttpRequest, state: RequestState) -> HttpResponse {
    let of_client = request.extensions().get::<Caller>().and_then(|caller| caller.client.prefetch);
    let set = of_client.unwrap_or(state.settings.prefetch);
    HttpResponse::Ok().json(discovery(&state.library, state.settings.standard_version.as_str(), set))
}
