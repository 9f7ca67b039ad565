//! The service over HTTP: one file per URL, and errors that are OperationOutcomes.

/// The address of a caller.
mod address;
/// Limits on the number of calls.
mod admission;
/// The body of an answer while it is sent.
mod answer_body;
/// Which cards a user has answered already.
mod answered;
/// Authentication of clients.
pub mod auth;
/// Web pages of others, where anybody may call.
mod browsers;
/// Which web pages may call from a browser.
mod cors;
/// Which cards of a decision an answer carries.
mod delivery;
/// File descriptors that run out.
mod descriptors;
/// `GET /cds-services`.
mod discovery;
/// Errors as HTTP answers.
mod error;
/// Resources that callers share fairly.
mod fair_pool;
/// Bugs of the service.
mod fault;
/// `POST /cds-services/{id}/feedback`.
mod feedback;
/// `GET /handbook` and its pages.
mod handbook;
/// `GET /health/live` and `GET /health/ready`.
mod health;
/// A limit on large calls.
mod large_calls;
/// Limits on one call.
mod limits;
/// Figures for Prometheus.
pub mod metrics;
/// What is kept of a call.
mod notes;
/// Rate limits of callers.
mod rate;
/// Settings and files read again on a signal.
pub mod reload;
/// `POST /cds-services/{id}`.
mod service;
/// The state that requests share.
mod shared_state;
/// Shutdown on a signal.
mod shutdown;
/// Spans for a collector of traces.
mod spans;
/// `GET /stats`.
mod stats;
/// TLS of the service itself.
pub mod tls;
/// Which request this is, for those who look for it later.
mod trace;
/// Values that are made again when their files change.
mod watched;
/// `GET /` and `GET /workbench/…`: what is decided, and why, for people.
mod workbench;

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::middleware::{NormalizePath, TrailingSlash, from_fn};
use actix_web::{App, HttpServer, web};
use jiff::Zoned;
use jiff::tz::TimeZone;

use self::admission::Admission;
pub use self::admission::Refusals;
pub use self::answered::AnsweredCards;
use self::auth::CallAuthentication;
use self::descriptors::Descriptors;
pub use self::descriptors::allow_all as allow_descriptors;
use self::error::{Refused, refused};
pub use self::handbook::Handbook;
use self::large_calls::LargeCalls;
pub use self::metrics::Metrics;
use self::reload::{Hangup, Reload};
pub use self::service::grant;
use self::shared_state::SharedState;
pub use self::spans::Spans;
use self::tls::Tls;
pub use self::workbench::{Source, WorkbenchState};
use crate::config::{Client, Parsed, Settings};
use domain::time::Clock;
use engine::record::KnowledgeVersion;
use fhir_client::{FhirServers, ReaderOptions, ServerUrl};
use knowledge::Library;
use store::Store;

/// What every request can use.
#[derive(Debug, Clone)]
pub struct State {
    /// The library, with the site's policy applied.
    pub library: Arc<Library>,
    /// The pages under `/handbook`.
    pub handbook: Arc<Handbook>,
    /// The workbench, where it is served.
    pub workbench: Option<Arc<WorkbenchState>>,
    /// The reader of the FHIR servers that calls may name.
    pub fhir: FhirServers,
    /// Whether calls are authenticated, and how.
    pub authentication: Arc<CallAuthentication>,
    /// The store of feedback, issued cards and decision records.
    pub store: Store,
    /// The version of the knowledge, for records and for the store.
    pub version: Arc<KnowledgeVersion>,
    /// The cards that users have answered when orders were selected.
    pub answered: Arc<AnsweredCards>,
    /// Figures of this process.
    pub metrics: Arc<Metrics>,
    /// What sends spans to a collector, where the settings name one.
    pub spans: Option<Arc<Spans>>,
    /// The settings as they were at the start.
    pub settings: Arc<Settings>,
    /// The time zone whose calendar counts.
    pub zone: TimeZone,
    /// Reads the clock; the service asks for the time in no other way.
    pub now: fn() -> Zoned,
}

impl State {
    /// The current moment in the time zone whose calendar counts.
    fn clock(&self) -> Clock {
        Clock::at((self.now)().with_time_zone(self.zone.clone()))
    }

    /// The id of a service of the library; an unknown one is answered with 404.
    fn service(&self, id: &str) -> Result<&str, Refused> {
        let services = &self.library.services;
        services.get(id).map(|service| service.id.as_str()).ok_or_else(|| {
            let known: Vec<&str> = services.services.iter().map(|s| s.id.as_str()).collect();
            refused(404, "not-found", format!("there is no service `{id}`; known are {}", known.join(", ")))
        })
    }
}

/// The options of the reader of FHIR servers.
pub fn reader_options(settings: &Settings) -> ReaderOptions {
    let urls = |servers: &[Parsed<ServerUrl>]| servers.iter().map(|url| (**url).clone()).collect::<Vec<_>>();
    let of_client = |(name, client): (&String, &Client)| (name.clone(), urls(&client.fhir_servers));
    ReaderOptions {
        servers: urls(&settings.fhir_servers),
        servers_of_clients: settings.clients.iter().map(of_client).collect(),
        private_addresses: settings.fhir_private_addresses,
        body_bytes: settings.limits.fhir_body_bytes.get(),
        pages: settings.limits.fhir_pages.get(),
        reads: settings.limits.fhir_reads.get(),
        keep: settings.fhir_answers_for_s.duration(),
        observer: None,
    }
}

/// Answers on a socket that already listens, and with figures on another where there is one, until a signal ends the
/// service. At the signal `hangup`, `reload` reads settings and files again. Returns how many calls were cut off at the end.
///
/// # Errors
///
/// TLS cannot be set up, or the server cannot accept connections.
pub async fn serve(
    listener: TcpListener,
    for_metrics: Option<TcpListener>,
    tls: Option<Tls>,
    state: State,
    hangup: Hangup,
    reload: Reload,
) -> std::io::Result<usize> {
    fault::log_places_only();
    let settings = state.settings.clone();
    let limits = &settings.limits;
    descriptors::close_unread(&listener, limits.reader_ms.duration());
    let now = state.now;
    state.authentication.start();
    let admission = web::Data::new(Admission::new(&settings));
    let shared_state = web::Data::new(SharedState::new(state));
    let shown_tls = web::Data::new(tls.clone());
    let large_calls = web::Data::new(LargeCalls::new(limits));
    let descriptors = web::Data::new(Descriptors::default());
    actix_web::rt::spawn(descriptors.clone().into_inner().watch());
    actix_web::rt::spawn(hangup.wait(shared_state.clone(), admission.clone(), reload));
    if let Some(listener) = for_metrics {
        metrics::page::listen(listener, shared_state.clone(), admission.clone(), shown_tls.clone())?;
    }
    let (admitted, shared) = (admission.clone(), settings.clone());
    let app = move || {
        App::new()
            .app_data(shared_state.clone())
            .app_data(admitted.clone())
            .app_data(shown_tls.clone())
            .app_data(large_calls.clone())
            .app_data(descriptors.clone())
            // A request passes through these from the last to the first.
            .wrap(from_fn(browsers::check))
            .wrap(cors::layer(&shared.cors.origins))
            .wrap(NormalizePath::new(TrailingSlash::Trim))
            .wrap(from_fn(handbook::note_slash))
            .wrap(from_fn(fault::answered))
            .wrap(from_fn(error::outcomes))
            .wrap(from_fn(trace::note_origin))
            .service(discovery::resource().wrap(from_fn(auth::guard)))
            .service(
                service::resource()
                    .wrap(from_fn(admission::admit))
                    .wrap(from_fn(auth::guard))
                    .wrap(from_fn(metrics::page::count_call)),
            )
            .service(
                feedback::resource()
                    .wrap(from_fn(admission::admit))
                    .wrap(from_fn(auth::guard))
                    .wrap(from_fn(metrics::page::count_feedback)),
            )
            .service(stats::resource().wrap(from_fn(auth::guard)))
            .service(handbook::index())
            .service(handbook::page())
            .service(metrics::page::resource())
            .service(health::live())
            .service(health::ready())
            .configure(workbench::routes)
            .default_service(web::to(error::not_found))
    };
    let sender = limits.sender_ms.duration();
    let server = HttpServer::new(app)
        // Long answers are written in pieces. Without this the last piece waits until the reader confirms the one before,
        // which readers put off for 40 ms.
        .tcp_nodelay(true)
        .client_request_timeout(sender)
        .tls_handshake_timeout(sender)
        .keep_alive(limits.keep_alive_ms.duration())
        .shutdown_timeout(limits.shutdown_ms.get().div_ceil(1000).max(1))
        .disable_signals();
    let server = match tls {
        Some(tls) => {
            let config = tls.config().map_err(std::io::Error::other)?;
            actix_web::rt::spawn(tls.watch(now));
            server.listen_rustls_0_23(listener, config)?
        }
        None => server.listen(listener)?,
    };
    shutdown::run(server.run(), &admission, limits).await
}
