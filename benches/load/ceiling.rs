//! The ceiling: a server of the same kind that reads a body, scans it and answers with as many bytes as it is asked for.

use actix_web::web::{self, Bytes, PayloadConfig};
use actix_web::{App, HttpResponse, HttpServer};
use serde::de::IgnoredAny;

/// The largest body, as in the service's default settings.
const MOST: usize = 8 * 1024 * 1024;

/// Answers on this address until a signal ends it.
pub fn serve(address: &str) -> Result<(), String> {
    let app = || {
        App::new()
            .app_data(PayloadConfig::new(MOST))
            .route("/answer/{bytes}", web::post().to(answer))
            .route("/health/live", web::get().to(HttpResponse::Ok))
    };
    let server = HttpServer::new(app).bind(address).map_err(|error| format!("{address}: {error}"))?;
    actix_web::rt::System::new().block_on(server.run()).map_err(|error| error.to_string())
}

async fn answer(bytes: web::Path<usize>, body: Bytes) -> HttpResponse {
    match serde_json::from_slice::<IgnoredAny>(&body) {
        Ok(_) => HttpResponse::Ok().content_type("application/json").body(vec![b' '; *bytes]),
        Err(error) => HttpResponse::BadRequest().body(error.to_string()),
    }
}
