//! `GET /cds-services`: the list of services.

use actix_web::{HttpResponse, Resource, web};

use super::error::other_methods;
use super::live::Current;
use cds_hooks::discovery::discovery;

/// The route of the URL.
pub fn resource() -> Resource {
    web::resource("/cds-services").route(web::get().to(list)).default_service(other_methods("GET"))
}

async fn list(state: Current) -> HttpResponse {
    HttpResponse::Ok().json(discovery(&state.library, state.settings.standard_version.as_str()))
}
