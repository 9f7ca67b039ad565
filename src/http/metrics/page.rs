//! `GET /metrics`, on the listener of the services or on one of its own.

use std::net::TcpListener;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::middleware::Next;
use actix_web::{App, Error, HttpMessage, HttpResponse, HttpServer, Resource, web};
use store::{Health, Store};

use super::super::State;
use super::super::admission::Admission;
use super::super::auth::{CallAuthentication, Caller};
use super::super::error::{Refused, not_found, other_methods, refused};
use super::super::shared_state::{RequestState, SharedState};
use super::super::spans::{Call, Reads};
use super::super::tls::Tls;
use super::super::trace::Origin;
use super::{Metrics, Phases};

/// The media type of the text format of Prometheus.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The route next to the services. The figures cover all clients, so they are served there only where anyone may call.
pub fn resource() -> Resource {
    let beside = async |state: RequestState, admission: web::Data<Admission>, tls: web::Data<Option<Tls>>| {
        if state.settings.metrics.listen.is_some() || !matches!(*state.authentication, CallAuthentication::Off(_)) {
            let message = "figures are served on a listener of their own (setting metrics.listen)";
            return Err(refused(404, "not-found", message));
        }
        figures(&state, &admission, (**tls).as_ref())
    };
    web::resource("/metrics").route(web::get().to(beside)).default_service(other_methods("GET"))
}

/// Serves the figures on a listener of their own, for as long as the process runs.
///
/// # Errors
///
/// The server cannot accept connections.
pub fn listen(
    listener: TcpListener,
    shared_state: web::Data<SharedState>,
    admission: web::Data<Admission>,
    tls: web::Data<Option<Tls>>,
) -> std::io::Result<()> {
    let app = move || {
        let alone = async |state: RequestState, admission: web::Data<Admission>, tls: web::Data<Option<Tls>>| {
            figures(&state, &admission, (**tls).as_ref())
        };
        App::new()
            .app_data(shared_state.clone())
            .app_data(admission.clone())
            .app_data(tls.clone())
            .service(web::resource("/metrics").route(web::get().to(alone)).default_service(other_methods("GET")))
            .default_service(web::to(not_found))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener)?;
    actix_web::rt::spawn(server.run());
    Ok(())
}

/// Counts a call of a hook by what it is answered with, also where it is refused.
pub async fn count_call(
    state: RequestState,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let begun = Instant::now();
    let response = next.call(request).await?;
    let (client, status, took) = (client(&response), response.status().as_u16(), begun.elapsed());
    let (service, client) = (service(&state, &response), client.as_deref());
    state.metrics.call(service, client, status, took);
    if let Some(spans) = &state.spans {
        let phases = response.request().extensions().get::<Phases>().copied();
        let reads = response.request().extensions().get::<Arc<Reads>>().map(|reads| reads.take());
        let reads = reads.unwrap_or_default();
        let (origin, ended) = (Origin::found(response.request()), (state.now)().timestamp().into());
        spans.call(&Call { origin: &origin, service, client, status, begun, ended, took, phases, reads: &reads });
    }
    Ok(response)
}

/// Counts a body of feedback in the same way.
pub async fn count_feedback(
    state: RequestState,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let response = next.call(request).await?;
    state.metrics.feedback(service(&state, &response), client(&response).as_deref(), response.status().as_u16());
    Ok(response)
}

/// The service of a request, where the library has it.
fn service<'s, B>(state: &'s State, response: &ServiceResponse<B>) -> Option<&'s str> {
    let id = response.request().match_info().get("id")?;
    state.library.services.get(id).map(|service| service.id.as_str())
}

fn client<B>(response: &ServiceResponse<B>) -> Option<Arc<str>> {
    response.request().extensions().get::<Caller>().map(|caller| caller.name.clone())
}

/// The figures as they are now.
fn figures(state: &State, admission: &Admission, tls: Option<&Tls>) -> Result<HttpResponse, Refused> {
    let metrics = &state.metrics;
    let _writing = metrics.writing.lock().unwrap_or_else(PoisonError::into_inner);
    metrics.in_flight.set(i64::try_from(admission.in_flight()).unwrap_or(i64::MAX));
    metrics.of_store(&state.store);
    metrics.of_certificate(tls, (state.now)().timestamp().as_second());
    let version = &state.version;
    let policy = version.policy_digest();
    let labels = [version.program.as_str(), version.library_digest(), policy, state.settings.mode.code()];
    // What decided before, if settings and files were read again, is no longer reported.
    metrics.build.reset();
    metrics.build.with_label_values(&labels).set(1);
    let text =
        metrics.text().map_err(|_| refused(500, "exception", "a fault of the service: figures cannot be written"))?;
    let mut response = HttpResponse::Ok();
    Ok(response.insert_header((CONTENT_TYPE, TEXT)).insert_header((CACHE_CONTROL, "no-store")).body(text))
}

impl Metrics {
    fn of_store(&self, store: &Store) {
        let Health { ok, queued, written, lost, .. } = store.health();
        self.store_up.set(i64::from(ok));
        self.store_queued.set(i64::try_from(queued).unwrap_or(i64::MAX));
        // The store counts itself; a counter of ours is brought to the same number.
        self.store_written.inc_by(written.saturating_sub(self.store_written.get()));
        self.store_lost.inc_by(lost.saturating_sub(self.store_lost.get()));
    }

    fn of_certificate(&self, tls: Option<&Tls>, now_s: i64) {
        if let Some(end) = tls.and_then(Tls::ends) {
            self.certificate.with_label_values(&["tls.certificate"]).set(end.saturating_sub(now_s));
        }
    }
}
