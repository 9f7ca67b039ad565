//! The service over HTTP: one file per URL, and errors that are OperationOutcomes.

/// Who calls.
pub mod auth;
/// `GET /cds-services`.
mod discovery;
/// Errors as answers.
mod error;
/// `GET /handbook` and its pages.
mod handbook;
/// `POST /cds-services/{id}`.
mod service;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::{NormalizePath, TrailingSlash, from_fn};
use actix_web::{App, HttpServer, web};
use jiff::Zoned;
use jiff::tz::TimeZone;

use self::auth::Gate;
use crate::config::Settings;
use crate::domain::time::Clock;
use crate::fhir::client::FhirServers;
use crate::library::Library;

/// What every request may look at.
#[derive(Debug, Clone)]
pub struct State {
    /// The knowledge.
    pub library: Arc<Library>,
    /// The pages of the handbook by path.
    pub handbook: Arc<BTreeMap<String, String>>,
    /// The FHIR servers that calls may name.
    pub fhir: FhirServers,
    /// The door.
    pub gate: Arc<Gate>,
    /// The settings.
    pub settings: Arc<Settings>,
    /// The time zone whose calendar counts.
    pub zone: TimeZone,
    /// What the clock says; the one place where the service asks for the time.
    pub now: fn() -> Zoned,
}

impl State {
    /// The moment of a decision.
    fn clock(&self) -> Clock {
        Clock::at((self.now)().with_time_zone(self.zone.clone()))
    }
}

/// Starts to answer on a socket that already listens; in-flight calls are finished when it is stopped.
pub fn serve(listener: TcpListener, state: State) -> std::io::Result<Server> {
    let limit = state.settings.limits.body_bytes;
    state.gate.start();
    let app = move || {
        App::new()
            .app_data(web::Data::new(state.clone()))
            .app_data(web::PayloadConfig::new(limit))
            .wrap(NormalizePath::new(TrailingSlash::Trim))
            .service(discovery::resource().wrap(from_fn(auth::guard)))
            .service(service::resource().wrap(from_fn(auth::guard)))
            .service(handbook::index())
            .service(handbook::page())
            .default_service(web::to(error::not_found))
    };
    let server =
        HttpServer::new(app).client_request_timeout(Duration::from_secs(10)).shutdown_timeout(10).listen(listener)?;
    Ok(server.run())
}
