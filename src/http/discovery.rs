//! `GET /cds-services`: the list of services.

use actix_web::{HttpRequest, HttpResponse, Resource, web};

use super::State;
use super::error::method_not_allowed;
use cds_hooks::discovery::discovery;

/// The URL with its methods.
pub fn resource() -> Resource {
    web::resource("/cds-services")
        .route(web::get().to(list))
        .default_service(web::to(async |request: HttpRequest| method_not_allowed("GET", &request)))
}

async fn list(state: web::Data<State>) -> HttpResponse {
    HttpResponse::Ok().json(discovery(&state.library, state.settings.standard_version.as_str()))
}
